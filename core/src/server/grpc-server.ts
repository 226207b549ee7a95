/** The shared gRPC server on grpc-js. Messages are bytes in both directions; handlers decode them. */
import {
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type Metadata,
  type sendUnaryData,
  type ServerInterceptingCallInterface,
  type ServerReadableStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import type { Access, ClientStreamHandler, GrpcCall, GrpcServer, UnaryHandler } from '../contract/server.js';
import type { Logger, SelfMetrics } from '../kernel/ambient.js';
import { settingVariable } from '../kernel/env-names.js';
import type { AccessControl } from './access.js';
import type { ByteBudget } from './byte-budget.js';
import { serverErrors } from './errors.js';
import { FairTurns } from './fair-turns.js';
import { GrpcAdmission } from './grpc-admission.js';
import { GrpcIntake } from './grpc-intake.js';
import { GrpcMessages } from './grpc-messages.js';
import { grpcStatusOf, presentable } from './grpc-status.js';
import { GrpcStreams } from './grpc-streams.js';
import type { BodyLimit } from './http-body.js';
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
type AnyCall = ServerUnaryCall<Buffer, Bytes> | ServerReadableStream<Buffer, Bytes>;

function toBuffer(value: Bytes): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** More than any health check needs. */
const freeHealthBytes = 1_024;

/** A few milliseconds of work. */
const bytesPerTurn = 256 * 1024;

/** Part of the drain time that streams get to end by themselves. */
const patience = 0.5;

const asGiven = (body: Buffer): Buffer => body;

export class SharedGrpcServer implements GrpcServer {
  private readonly admission: GrpcAdmission;
  private readonly server: Server;
  private readonly streams: GrpcStreams;
  private readonly turns = new FairTurns(bytesPerTurn);
  private ports: PortSet | undefined;

  constructor(private readonly options: GrpcServerOptions) {
    const { settings } = options;
    this.admission = new GrpcAdmission(options);
    this.streams = new GrpcStreams({
      admit: (path, call, metadata) => (this.isRefused(path, call, metadata) ? undefined : this.messages(call)),
      ended: (path) => this.admission.leave(path),
    });
    this.server = new Server({
      'grpc.max_receive_message_length': settings.maxMessageBytes,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': settings.maxConcurrentStreams,
      'grpc.keepalive_time_ms': settings.keepaliveTimeMs,
      'grpc.keepalive_timeout_ms': settings.keepaliveTimeoutMs,
      interceptors: [({ path, requestStream }, call) => (requestStream ? this.streams.intercept(path, call) : this.admit(path, call))],
    });
  }

  unary(path: string, access: Access, handler: UnaryHandler): void {
    const added = this.server.register<Buffer, Bytes>(
      path,
      (call: ServerUnaryCall<Buffer, Bytes>, respond: sendUnaryData<Bytes>) =>
        void this.run(call, respond, (context) => handler(call.request, context)),
      toBuffer,
      asGiven,
      'unary',
    );
    this.demandAdded(added, path);
    this.admission.add(path, access, 'unary');
  }

  clientStream(path: string, access: Access, handler: ClientStreamHandler): void {
    const added = this.server.register<Buffer, Bytes>(
      path,
      (call: ServerReadableStream<Buffer, Bytes>, respond: sendUnaryData<Bytes>) =>
        void this.run(call, respond, (context) => this.readAll(call.metadata, context, handler)),
      toBuffer,
      asGiven,
      'clientStream',
    );
    this.demandAdded(added, path);
    this.admission.add(path, access, 'stream');
  }

  /** The server of grpc-js itself, for the health service, whose Watch is a stream. */
  get inner(): Server {
    return this.server;
  }

  hasService(name: string): boolean {
    return this.admission.hasService(name);
  }

  async open(tls: TlsMaterial | undefined): Promise<number> {
    const { host, port, otlpPort, maxConnections } = this.options.settings;
    const faults = new PortFaults('grpc', this.options);
    const injector = this.server.createConnectionInjector(credentialsOf(tls));
    this.ports = new PortSet({
      maxConnections,
      onConnection: (socket) => injector.injectConnection(socket),
      onRefused: () => this.admission.countRefused('connections'),
      onFault: (error) => faults.tell(error),
    });
    const target: PortTarget = { listener: 'grpc', host, port, key: 'port' };
    const real = await this.ports.open(target);
    if (otlpPort !== 0) await this.ports.open({ ...target, port: otlpPort, key: 'otlpPort' });
    return real;
  }

  /**
   * Waits until calls in flight have ended; new ones are refused because the state is `draining`. Streams that their
   * clients do not end in time are ended here: the handler gets DRAINING in place of the next message.
   */
  async drain(withinMs: number): Promise<boolean> {
    if (await this.admission.idle(withinMs * patience)) return true;
    const draining = serverErrors.METERLARK_SERVER_DRAINING({ state: this.options.state.current() });
    this.streams.fail(draining);
    return this.admission.idle(withinMs * (1 - patience));
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
            if (this.isRefused(path, call, metadata)) return;
            entered = this.admission.knows(path);
            intake = this.intake(call, entered);
            proceed(metadata);
          },
          onReceiveMessage: (message: Buffer, proceed) => {
            if (intake !== undefined) void this.handOver(intake, message, proceed);
          },
          // Called when the stream has closed, however the call went.
          onCancel: () => {
            if (entered) this.admission.leave(path);
            entered = false;
            intake?.end();
          },
        }),
    });
  }

  private async handOver(intake: GrpcIntake, message: Buffer, proceed: (whole: Buffer) => void): Promise<void> {
    const whole = await intake.message(message);
    if (whole === undefined) return;
    await this.turns.pass(whole.length);
    proceed(whole);
  }

  private isRefused(path: string, call: ServerInterceptingCallInterface, metadata: Metadata): boolean {
    const refusal = this.admission.refusal(path, (name) => textOf(metadata.get(name)));
    if (refusal !== undefined) call.sendStatus(grpcStatusOf(refusal));
    return refusal !== undefined;
  }

  private limit(): BodyLimit {
    const bytes = this.options.settings.maxMessageBytes;
    return { bytes, setting: `${sharedIdentity} grpc.maxMessageBytes`, env: settingVariable(sharedIdentity, ['grpc', 'maxMessageBytes']) };
  }

  private intake(call: ServerInterceptingCallInterface, counted: boolean): GrpcIntake {
    return new GrpcIntake(call, {
      limit: this.limit(),
      lease: this.options.budget.lease(counted ? 0 : freeHealthBytes),
      refuse: () => this.refuseBytes(),
      onRefused: (error) => call.sendStatus(grpcStatusOf(presentable(error, (unknown) => this.report('', unknown)))),
    });
  }

  private messages(call: ServerInterceptingCallInterface): GrpcMessages {
    return new GrpcMessages(call, { limit: this.limit(), budget: this.options.budget, refuse: () => this.refuseBytes() });
  }

  private refuseBytes(): never {
    throw this.admission.count('bytes', this.options.budget.refusal());
  }

  private demandAdded(added: boolean, path: string): void {
    if (!added) throw serverErrors.METERLARK_SERVER_ROUTE_TAKEN({ listener: 'grpc', route: path });
  }

  private async readAll(metadata: Metadata, context: GrpcCall, handler: ClientStreamHandler): Promise<Bytes> {
    const messages = this.streams.messages(metadata);
    const reply = await handler(messages, context);
    // A handler may have left the messages before it could see this.
    if (messages.failure !== undefined) throw messages.failure;
    return reply;
  }

  private async run(call: AnyCall, respond: sendUnaryData<Bytes>, handle: (context: GrpcCall) => Promise<Bytes>): Promise<void> {
    try {
      respond(null, await handle({ header: (name) => textOf(call.metadata.get(name)), peer: call.getPeer() }));
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
