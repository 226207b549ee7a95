/** A BanyanDB of a few lines: it answers what a test says, on a port of its own. */
import {
  Server,
  ServerCredentials,
  type Metadata,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { grpcStatus } from '../../src/connection/calls.js';
import { methods, type MethodName } from '../../src/protocol/methods.js';
import { decodeMessage, encodeMessage } from '../../src/protocol/root.js';

export type Message = Record<string, unknown>;

/** Thrown by an answer: the call ends with it. */
export class Status extends Error {
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super(details);
  }
}

export interface WrittenRow {
  readonly message: Message;
  /** Of the first row of its stream, which has the names. */
  readonly isFirst: boolean;
}

export interface Script {
  /** Answers a single call; a Status is its end. What is not here is UNIMPLEMENTED. */
  readonly unary?: Partial<Record<MethodName, (request: Message, metadata: Metadata) => Message | Promise<Message>>>;
  /** Of one stream, after the client's half is closed: the status name of each row, undefined for no answer; a Status ends the stream. */
  readonly stream?: (rows: readonly Message[], streamNumber: number, metadata: Metadata) => readonly (string | undefined)[] | Status | Promise<readonly (string | undefined)[]>;
}

export const apiVersion = (version: string): Message => ({ version: { version, revision: 'test' } });

export class FakeServer {
  readonly streams: Message[][] = [];
  readonly asked: MethodName[] = [];
  address = '';
  private server: Server | undefined;

  constructor(
    public script: Script = {},
    private readonly credentials: ServerCredentials = ServerCredentials.createInsecure(),
  ) {}

  /** On the port it had, when it had one. */
  async start(): Promise<this> {
    const server = new Server({ 'grpc.max_receive_message_length': -1 });
    server.addService(this.definition(), this.handlers());
    const wanted = this.address === '' ? '127.0.0.1:0' : this.address;
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(wanted, this.credentials, (error, bound) => (error === null ? resolve(bound) : reject(error))),
    );
    this.address = `127.0.0.1:${port}`;
    this.server = server;
    return this;
  }

  /** As a crash: connections are cut. */
  stop(): void {
    this.server?.forceShutdown();
    this.server = undefined;
  }

  count(method: MethodName): number {
    return this.asked.filter((one) => one === method).length;
  }

  private definition(): ServiceDefinition {
    const entries = Object.entries(methods).map(([name, { path, streaming, request, response }]) => [
      name,
      {
        path,
        requestStream: streaming,
        responseStream: streaming,
        requestSerialize: (bytes: Buffer) => bytes,
        requestDeserialize: (bytes: Buffer) => decodeMessage(request, bytes),
        responseSerialize: (message: Message) => encodeMessage(response, message),
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    ]);
    return Object.fromEntries(entries) as ServiceDefinition;
  }

  private handlers(): UntypedServiceImplementation {
    return Object.fromEntries(
      Object.entries(methods).map(([name, { streaming }]) => [name, streaming ? this.streamHandler(name as MethodName) : this.unaryHandler(name as MethodName)]),
    );
  }

  private unaryHandler(name: MethodName) {
    return (call: ServerUnaryCall<Message, Message>, done: sendUnaryData<Message>): void => {
      this.asked.push(name);
      const answer = this.script.unary?.[name] ?? defaults[name];
      if (answer === undefined) return done({ code: grpcStatus.unimplemented as number as unknown as status, details: `unknown service of ${name}` });
      Promise.resolve()
        .then(() => answer(call.request, call.metadata))
        .then(
          (message) => done(null, message),
          (error: unknown) => done(error instanceof Status ? { code: error.code as unknown as status, details: error.details } : (error as Error)),
        );
    };
  }

  private streamHandler(name: MethodName) {
    return (call: ServerDuplexStream<Message, Message>): void => {
      this.asked.push(name);
      const rows: Message[] = [];
      const number = this.streams.push(rows);
      const isTrace = name === 'traceWrite';
      call.on('data', (row: Message) => rows.push(row));
      call.on('error', () => {});
      call.on('end', () => {
        const answers = this.script.stream?.(rows, number, call.metadata) ?? rows.map(() => 'STATUS_SUCCEED');
        void Promise.resolve(answers).then((statuses) => {
          if (statuses instanceof Status) return call.emit('error', { code: statuses.code, details: statuses.details });
          for (const [index, status] of statuses.entries()) {
            const id = isTrace ? { version: rows[index]!.version } : { messageId: rows[index]!.messageId };
            if (status !== undefined) call.write({ ...id, status });
          }
          return call.end();
        });
      });
    };
  }
}

const defaults: Partial<Record<MethodName, () => Message>> = {
  apiVersion: () => apiVersion('0.10'),
  health: () => ({ status: 'SERVING' }),
};
