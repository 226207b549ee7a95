/** The gRPC server of the double. */
import { Server, ServerCredentials, status, type handleUnaryCall, type sendUnaryData, type ServerDuplexStream, type ServerUnaryCall, type ServiceError } from '@grpc/grpc-js';
import { Failure } from './failures.js';
import { serviceDefinition, serviceNames } from './protocol.js';
import type { Handler } from './registry-services.js';
import type { DataKind } from './rows.js';
import type { World } from './world.js';
import { WriteSession } from './write-session.js';

/** PEM. */
export interface DoubleTls {
  readonly key: string;
  readonly cert: string;
}

function errorOf(error: unknown): Partial<ServiceError> {
  if (error instanceof Failure) return { code: error.code, details: error.message };
  return { code: status.INTERNAL, details: `the double failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
}

function unary(world: World, path: string, handler: Handler): handleUnaryCall<object, object> {
  return (call: ServerUnaryCall<object, object>, answer: sendUnaryData<object>) => {
    void Promise.resolve()
      .then(() => {
        world.enter(path, call.metadata);
        return handler(call.request);
      })
      .then((response) => answer(null, response), (error: unknown) => answer(errorOf(error)));
  };
}

function writer(world: World, path: string, kind: DataKind): (call: ServerDuplexStream<object, object>) => void {
  return (call) => {
    try {
      world.enter(path, call.metadata);
    } catch (error) {
      call.emit('error', errorOf(error));
      return;
    }
    new WriteSession(kind, world, call);
  };
}

function kindOf(service: string): DataKind {
  return service.split('.')[1] as DataKind;
}

/** As a real server: 16 MiB a request, answers of any size. */
const limits = { 'grpc.max_receive_message_length': 16 * 1024 * 1024, 'grpc.max_send_message_length': -1 };

export function serverOf(world: World): Server {
  const server = new Server(limits);
  for (const name of serviceNames) {
    const handlers = world.handlers(name);
    if (handlers === undefined) continue;
    const definition = serviceDefinition(name);
    const implementation = Object.fromEntries(
      Object.entries(handlers).map(([method, handler]) => {
        const path = `/${name}/${method}`;
        return [method, handler === null ? writer(world, path, kindOf(name)) : unary(world, path, handler)];
      }),
    );
    server.addService(definition, implementation);
  }
  return server;
}

export function credentialsOf(tls: DoubleTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }]);
}

export function bind(server: Server, port: number, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
}
