/** A plain client for the tests of the protocol: objects in, objects out, against the double or a real server. */
import { Client, Metadata, credentials, type ServiceError } from '@grpc/grpc-js';
import { serviceDefinition } from './protocol.js';

export interface Answer {
  readonly [field: string]: unknown;
}

/** What a write stream answered, and how it ended. */
export interface WriteAnswer {
  /** `message id or version: status`, in the order of arrival. */
  readonly statuses: readonly string[];
  readonly error: ServiceError | undefined;
}

const writers = { measure: 'banyandb.measure.v1.MeasureService', stream: 'banyandb.stream.v1.StreamService', trace: 'banyandb.trace.v1.TraceService' } as const;

export interface PlainClientOptions {
  readonly user?: string;
  readonly password?: string;
}

export class PlainClient {
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor(target: string, { user, password }: PlainClientOptions = {}, channel = credentials.createInsecure()) {
    this.client = new Client(target, channel, { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
    if (user !== undefined) this.metadata.set('username', user);
    if (password !== undefined) this.metadata.set('password', password);
  }

  call(service: string, method: string, request: object): Promise<Answer> {
    const definition = serviceDefinition(service)[method];
    if (definition === undefined) throw new Error(`${service} has no ${method}`);
    return new Promise((resolve, reject) => {
      const answered = (error: ServiceError | null, answer?: object): void => (error === null ? resolve((answer ?? {}) as Answer) : reject(error));
      this.client.makeUnaryRequest(definition.path, definition.requestSerialize, definition.responseDeserialize, request, this.metadata, { deadline: Date.now() + 15_000 }, answered);
    });
  }

  registry(kind: string, method: string, request: object): Promise<Answer> {
    return this.call(`banyandb.database.v1.${kind}RegistryService`, method, request);
  }

  query(kind: keyof typeof writers, request: object): Promise<Answer> {
    return this.call(writers[kind], 'Query', request);
  }

  property(method: string, request: object): Promise<Answer> {
    return this.call('banyandb.property.v1.PropertyService', method, request);
  }

  /** Opens a stream that the caller feeds; `answer` settles when it has ended. */
  open(kind: keyof typeof writers): { write(message: object): void; end(): void; cancel(): void; readonly statuses: readonly string[]; readonly answer: Promise<WriteAnswer> } {
    const definition = serviceDefinition(writers[kind])['Write'];
    if (definition === undefined) throw new Error(`${kind} has no Write`);
    const stream = this.client.makeBidiStreamRequest(definition.path, definition.requestSerialize, definition.responseDeserialize, this.metadata, { deadline: Date.now() + 15_000 });
    const statuses: string[] = [];
    stream.on('data', (each: Answer) => statuses.push(`${String(each['messageId'] ?? each['version'])}: ${String(each['status'])}`));
    let error: ServiceError | undefined;
    stream.on('error', (found: ServiceError) => (error = found));
    // The end of the data comes before the error: one turn later both are known.
    const answer = new Promise<WriteAnswer>((resolve) => {
      stream.on('end', () => setImmediate(() => resolve({ statuses, error })));
    });
    return { write: (message) => void stream.write(message), end: () => stream.end(), cancel: () => stream.cancel(), statuses, answer };
  }

  write(kind: keyof typeof writers, messages: readonly object[]): Promise<WriteAnswer> {
    const stream = this.open(kind);
    for (const message of messages) stream.write(message);
    stream.end();
    return stream.answer;
  }

  close(): void {
    this.client.close();
  }
}
