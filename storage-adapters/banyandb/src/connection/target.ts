/** One address of BanyanDB: its channel, single calls and streams over it, and whether its version was seen on this connection. */
import type { Metadata} from '@grpc/grpc-js';
import { Client, connectivityState, type CallOptions, type ChannelCredentials, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { methods, type MethodName } from '../protocol/methods.js';
import { CallFailure, grpcStatus } from './calls.js';

export interface TargetOptions {
  readonly credentials: ChannelCredentials;
  readonly metadata: Metadata;
  readonly maxMessageBytes: number;
  /** Gives the version; rejects when it is not one to work with. */
  readonly askVersion: (target: Target, timeoutMs: number) => Promise<string>;
  /** A connection that had worked is gone. */
  readonly lost: () => void;
}

export type RowStream<A> = ClientDuplexStream<Buffer, A>;

const same = (bytes: Buffer): Buffer => bytes;

export class Target {
  /** It failed: others come first until then. Epoch ms. */
  restUntilMs = 0;
  /** Number of the connection: who was failed by an earlier one says nothing of this. */
  connection = 1;
  /** It worked and nobody was told since that it does not. */
  isInGoodStanding = false;
  private verified = false;
  private wasConnected = false;
  private verifying: Promise<void> | undefined;
  private client: Client;
  private readonly running = new Set<{ cancel(): void }>();

  constructor(
    readonly name: string,
    private readonly options: TargetOptions,
  ) {
    this.client = this.connect();
  }

  get isReady(): boolean {
    return this.verified;
  }

  /** Connects and asks for the version, unless this connection has told it. */
  ready(timeoutMs: number): Promise<void> {
    if (this.verified) return Promise.resolve();
    this.verifying ??= this.verify(timeoutMs).finally(() => {
      this.verifying = undefined;
    });
    return this.verifying;
  }

  /** The connection may be dead without a word: the version is asked for again before the next call. */
  doubt(): void {
    this.verified = false;
  }

  /** Leaves the connection and its waiting times; the next call makes a new one. Running calls may end. */
  reconnect(): void {
    const { client } = this;
    this.client = this.connect();
    client.close();
    this.connection += 1;
    this.gone();
  }

  unary(method: MethodName, request: Buffer, timeoutMs: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, answer?: Buffer): void => {
        this.running.delete(call);
        if (error !== null) reject(failureOf(error));
        else if (answer === undefined) reject(new CallFailure(grpcStatus.internal, 'the answer is empty'));
        else resolve(answer);
      };
      const call = this.client.makeUnaryRequest(methods[method].path, same, same, request, this.options.metadata, within(timeoutMs), done);
      this.running.add(call);
    });
  }

  /** The caller sends, reads to the end and calls `ended`. */
  stream<A>(method: MethodName, decode: (bytes: Buffer) => A, timeoutMs: number): RowStream<A> {
    const call = this.client.makeBidiStreamRequest(methods[method].path, same, decode, this.options.metadata, within(timeoutMs));
    this.running.add(call);
    return call;
  }

  ended(call: RowStream<never>): void {
    this.running.delete(call);
  }

  /** Running calls are cancelled. */
  close(): void {
    this.verified = false;
    for (const call of this.running) call.cancel();
    this.client.close();
  }

  private async verify(timeoutMs: number): Promise<void> {
    const { client } = this;
    await this.options.askVersion(this, timeoutMs);
    this.isInGoodStanding = true;
    this.verified = client === this.client && isConnected(client);
    this.wasConnected ||= this.verified;
  }

  private gone(): void {
    this.verified = false;
    if (!this.wasConnected) return;
    this.wasConnected = false;
    // The channel makes the next one by itself: calls that this one has failed are not about that.
    this.connection += 1;
    this.options.lost();
  }

  private connect(): Client {
    const client = new Client(`dns:${this.name}`, this.options.credentials, {
      'grpc.max_receive_message_length': this.options.maxMessageBytes,
      'grpc.max_send_message_length': -1,
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
    });
    this.watch(client);
    return client;
  }

  /** A connection that went away and came back may lead to another server: its version counts for this one only. */
  private watch(client: Client): void {
    const channel = client.getChannel();
    channel.watchConnectivityState(channel.getConnectivityState(false), Infinity, () => {
      if (client !== this.client) return;
      if (!isConnected(client)) this.gone();
      if (channel.getConnectivityState(false) !== connectivityState.SHUTDOWN) this.watch(client);
    });
  }
}

function isConnected(client: Client): boolean {
  return client.getChannel().getConnectivityState(false) === connectivityState.READY;
}

/** grpc-js counts deadlines by the clock of the machine. */
function within(timeoutMs: number): CallOptions {
  return { deadline: Date.now() + timeoutMs };
}

export function failureOf(error: { readonly code: number; readonly details: string }): CallFailure {
  return new CallFailure(error.code, error.details, { cause: error });
}
