/** grpc.health.v1.Health over the state of the server. */
import {
  status as grpcCode,
  type sendUnaryData,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { decodeHealthRequest, encodeHealthResponse, serving } from './protobuf.js';
import type { LifecycleState } from './state.js';

const checkPath = '/grpc.health.v1.Health/Check';
const watchPath = '/grpc.health.v1.Health/Watch';
/** Watches live as long as their client likes, so their number is bounded. */
const maxWatches = 256;

const bytes = (value: Buffer): Buffer => value;

export interface HealthOptions {
  readonly server: Server;
  readonly state: LifecycleState;
  readonly hasService: (name: string) => boolean;
}

type Answer = (typeof serving)[keyof typeof serving];

export function addHealthService({ server, state, hasService }: HealthOptions): void {
  let watches = 0;
  const answerFor = (service: string): Answer => {
    if (service !== '' && !hasService(service)) return serving.SERVICE_UNKNOWN;
    return state.current() === 'ready' ? serving.SERVING : serving.NOT_SERVING;
  };

  server.register<Buffer, Buffer>(
    checkPath,
    (call: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>) => {
      const service = decodeHealthRequest(call.request);
      if (service === undefined) return respond({ code: grpcCode.INVALID_ARGUMENT, details: 'not a HealthCheckRequest' });
      const answer = answerFor(service);
      if (answer === serving.SERVICE_UNKNOWN) return respond({ code: grpcCode.NOT_FOUND, details: 'unknown service' });
      respond(null, encodeHealthResponse(answer));
    },
    bytes,
    bytes,
    'unary',
  );

  server.register<Buffer, Buffer>(
    watchPath,
    (call: ServerWritableStream<Buffer, Buffer>) => {
      const service = decodeHealthRequest(call.request);
      if (service === undefined) return void call.emit('error', { code: grpcCode.INVALID_ARGUMENT, details: 'not a HealthCheckRequest' });
      if (watches >= maxWatches) return void call.emit('error', { code: grpcCode.RESOURCE_EXHAUSTED, details: 'too many watches' });
      watches += 1;
      const end = state.watch(() => {
        call.write(encodeHealthResponse(answerFor(service)));
        if (state.current() === 'draining') call.end();
      });
      call.write(encodeHealthResponse(answerFor(service)));
      call.once('close', () => {
        watches -= 1;
        end();
      });
      call.once('cancelled', () => call.destroy());
    },
    bytes,
    bytes,
    'serverStream',
  );
}
