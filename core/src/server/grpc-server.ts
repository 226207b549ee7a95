/** The shared gRPC server on grpc-js. Messages are bytes in both directions; handlers decode them. */
import {
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type sendUnaryData,
  type ServerInterceptingCallInterface,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import type { Access, GrpcServer, UnaryHandler } from '../contract/server.js';
import type { Counter, Logger, SelfMetrics } from '../kernel/ambient.js';
import { settingVariable } from '../kernel/env-names.js';
import type { MeterlarkError } from '../kernel/error.js';
import type { AccessControl } from './access.js';
import type { ByteBudget } from './byte-budget.js';
import { serverErrors } from './errors.js';
import { Gate } from './gate.js';
import { GrpcIntake } from './grpc-intake.js';
import { grpcStatusOf, presentable } from './grpc-status.js';
import { sharedIdentity } from './identity.js';
import { PortFaults, PortSet, type PortTarget } from './ports.js';
import type { GrpcSettings } from './settings.js';
import type { LifecycleState } from './state.js';
import type { TlsMaterial } from './tls.js';

export interface GrpcServerOptions {
  readonly settings: GrpcSettings;
  readonly access: AccessControl;
  readonly budget: ByteBudget;
  readonly state: LifecycleState;
  readonly logger: Logger;
  readonly metrics: SelfMetrics;
}

type Bytes = Uint8Array;

function toBuffer(value: Bytes): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** More than any health check needs. */
const freeHealthBytes = 1_024;

const asGiven = (body: Buffer): Buffer => body;

export class SharedGrpcServer implements GrpcServer {
  private readonly access = new Map<string, Access>();
  private readonly gate: Gate;
  private readonly refused: Counter;
  private readonly server: Server;
  private ports: PortSet | undefined;

  constructor(private readonly options: GrpcServerOptions) {
    const { settings, metrics } = options;
    this.gate = new Gate(settings.maxConcurrentCalls);
    this.refused = metrics.counter('meterlark_grpc_refused_total', 'Calls and connections refused, by reason.', ['reason']);
    metrics.observe('meterlark_grpc_calls', 'gRPC calls in flight.', () => this.gate.count);
    this.server = new Server({
      'grpc.max_receive_message_length': settings.maxMessageBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': settings.maxConcurrentStreams,
      'grpc.keepalive_time_ms': settings.keepaliveTimeMs,
      'grpc.keepalive_timeout_ms': settings.keepaliveTimeoutMs,
      interceptors: [(method, call) => this.admit(method.path, call)],
    });
  }

  unary(path: string, access: Access, handler: UnaryHandler): void {
    const added = this.server.register<Buffer, Bytes>(
      path,
      (call: ServerUnaryCall<Buffer, Bytes>, respond: sendUnaryData<Bytes>) => void this.run(call, respond, handler),
      toBuffer,
      asGiven,
      'unary',
    );
    if (!added) throw serverErrors.METERLARK_SERVER_ROUTE_TAKEN({ listener: 'grpc', route: path });
    this.access.set(path, access);
  }

  /** The server of grpc-js itself, for the health service, whose Watch is a stream. */
  get inner(): Server {
    return this.server;
  }

  hasService(name: string): boolean {
    const prefix = `/${name}/`;
    return [...this.access.keys()].some((path) => path.startsWith(prefix));
  }

  async open(tls: TlsMaterial | undefined): Promise<number> {
    const { host, port, otlpPort, maxConnections } = this.options.settings;
    const faults = new PortFaults('grpc', this.options);
    const injector = this.server.createConnectionInjector(credentialsOf(tls));
    this.ports = new PortSet({
      maxConnections,
      onConnection: (socket) => injector.injectConnection(socket),
      onRefused: () => this.refused.add(1, { reason: 'connections' }),
      onFault: (error) => faults.tell(error),
    });
    const target: PortTarget = { listener: 'grpc', host, port, key: 'port' };
    const real = await this.ports.open(target);
    if (otlpPort !== 0) await this.ports.open({ ...target, port: otlpPort, key: 'otlpPort' });
    return real;
  }

  /** Waits until calls in flight have ended; new ones are refused because the state is `draining`. */
  drain(withinMs: number): Promise<boolean> {
    return this.gate.idle(withinMs);
  }

  async close(): Promise<void> {
    this.ports?.close();
    const closed = new Promise<void>((resolve) => this.server.tryShutdown(() => resolve()));
    const timer = setTimeout(() => this.server.forceShutdown(), 500);
    await closed;
    clearTimeout(timer);
  }

  /** Before the body is read: state, token, room. While it comes: the bytes in flight. */
  private admit(path: string, call: ServerInterceptingCallInterface): ServerInterceptingCall {
    let entered = false;
    let intake: GrpcIntake | undefined;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            const refusal = this.refusal(path, (name) => textOf(metadata.get(name)));
            if (refusal !== undefined) return call.sendStatus(grpcStatusOf(refusal));
            entered = this.access.has(path);
            intake = this.intake(call, entered);
            proceed(metadata);
          },
          onReceiveMessage: (message: Buffer, proceed) => {
            void intake?.message(message).then((whole) => {
              if (whole !== undefined) proceed(whole);
            });
          },
          // Called when the stream has closed, however the call went.
          onCancel: () => {
            if (entered) this.gate.leave();
            entered = false;
            intake?.end();
          },
        }),
    });
  }

  private intake(call: ServerInterceptingCallInterface, counted: boolean): GrpcIntake {
    const { budget, settings } = this.options;
    const setting = `${sharedIdentity} grpc.maxMessageBytes`;
    const limit = { bytes: settings.maxMessageBytes, setting, env: settingVariable(sharedIdentity, ['grpc', 'maxMessageBytes']) };
    return new GrpcIntake(call, {
      limit,
      lease: budget.lease(counted ? 0 : freeHealthBytes),
      refuse: () => {
        throw this.count('bytes', budget.refusal());
      },
      onRefused: (error) => call.sendStatus(grpcStatusOf(presentable(error, (unknown) => this.report('', unknown)))),
    });
  }

  private refusal(path: string, header: (name: string) => string | undefined): MeterlarkError | undefined {
    const access = this.access.get(path);
    const state = this.options.state.current();
    // Only the health service is not in the table: it answers in every state and under every load.
    if (access === undefined) return undefined;
    if (state !== 'ready') return this.count('draining', serverErrors.METERLARK_SERVER_DRAINING({ state }));
    const unauthenticated = this.options.access.refusal(access, header);
    if (unauthenticated !== undefined) return this.count('token', unauthenticated);
    return this.gate.enter() ? undefined : this.busy();
  }

  private busy(): MeterlarkError {
    return this.count(
      'busy',
      serverErrors.METERLARK_SERVER_BUSY({
        listener: 'grpc',
        limit: this.options.settings.maxConcurrentCalls,
        setting: `${sharedIdentity} grpc.maxConcurrentCalls`,
        env: settingVariable(sharedIdentity, ['grpc', 'maxConcurrentCalls']),
      }),
    );
  }

  private count(reason: string, error: MeterlarkError): MeterlarkError {
    this.refused.add(1, { reason });
    return error;
  }

  private async run(call: ServerUnaryCall<Buffer, Bytes>, respond: sendUnaryData<Bytes>, handler: UnaryHandler): Promise<void> {
    try {
      const body = await handler(call.request, {
        header: (name) => textOf(call.metadata.get(name)),
        peer: call.getPeer(),
      });
      respond(null, body);
    } catch (error) {
      respond(grpcStatusOf(presentable(error, (unknown) => this.report(call.getPath(), unknown))));
    }
  }

  private report(path: string, error: unknown): void {
    this.options.logger.error('gRPC handler failed', { path, error });
  }
}

function textOf(values: readonly (string | Buffer)[]): string | undefined {
  const first = values[0];
  return Buffer.isBuffer(first) ? first.toString('utf8') : first;
}

function credentialsOf(tls: TlsMaterial | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: tls.key, cert_chain: tls.cert };
  return ServerCredentials.createSsl(tls.clientCa ?? null, [pair], tls.clientCa !== undefined);
}
