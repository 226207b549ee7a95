/** The whole receiver over stand-ins for the servers, the pipeline and the stream. */
import {
  Clock,
  defineErrors,
  GrpcServer,
  HttpServer,
  isMeterlarkError,
  MetricStream,
  SelfMetrics,
  TelemetrySink,
  type AcceptOutcome,
  type ClientStreamHandler,
  type EntityRecord,
  type GrpcCall,
  type HttpResponse,
  type HttpRoute,
  type LogBatch,
  type MetricBatch,
  type ServiceToken,
  type SpanBatch,
  type TelemetryBatch,
  type UnaryHandler,
} from '@meterlark/core';
import { ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import provider, { type SkyWalkingReceiverConfig } from '../../src/index.js';
import { at } from './messages.js';

export const fakeErrors = defineErrors({ METERLARK_FAKE_FULL: { class: 'retryable', message: 'full', cure: 'wait' } });

const anyone: GrpcCall = { header: () => undefined, peer: 'test' };

/** Small limits. */
const defaults: SkyWalkingReceiverConfig = {
  maxItemsPerMessage: 1_000,
  maxJsonBodyBytes: 100_000,
  maxLogBodyBytes: 200,
  maxSources: 100,
  maxWaitingMeters: 50,
  maxWaitingLogs: 50,
};

export class Service {
  readonly batches: TelemetryBatch[] = [];
  readonly entities: EntityRecord[] = [];
  readonly metrics = new RecordingMetrics();
  readonly unary = new Map<string, UnaryHandler>();
  readonly streams = new Map<string, ClientStreamHandler>();
  readonly routes = new Map<string, HttpRoute>();
  readonly access = new Set<string>();
  outcome: AcceptOutcome = { rejected: 0, reason: '' };
  isFull = false;
  /** Called with each batch that is taken. */
  onBatch: () => void = () => undefined;

  constructor(config: Partial<SkyWalkingReceiverConfig> = {}) {
    const services = new Map<symbol, unknown>([
      [SelfMetrics.key, this.metrics],
      [Clock.key, new ManualClock(at + 5_000)],
      [MetricStream.key, { observe: (record: EntityRecord) => void this.entities.push(record) }],
      [TelemetrySink.key, { accept: (batch: TelemetryBatch) => this.accept(batch) }],
      [GrpcServer.key, this.grpc()],
      [HttpServer.key, { route: (route: HttpRoute) => this.keep(route) }],
    ]);
    const get = <T>(token: ServiceToken<T>): T => services.get(token.key) as T;
    void provider.start?.({ get, all: () => [], config: { ...defaults, ...config }, logger: new RecordingLogger() });
  }

  async call(path: string, body: Buffer): Promise<Uint8Array> {
    const handler = this.unary.get(path);
    if (handler === undefined) throw new Error(`nothing at ${path}`);
    return handler(body, anyone);
  }

  async send(path: string, bodies: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<Uint8Array> {
    const handler = this.streams.get(path);
    if (handler === undefined) throw new Error(`nothing at ${path}`);
    return handler((async function* () { yield* bodies; })(), anyone);
  }

  async post(path: string, body: unknown): Promise<HttpResponse> {
    const route = this.routes.get(`POST ${path}`);
    if (route === undefined) throw new Error(`nothing at ${path}`);
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return route.handler({ method: 'POST', path, query: {}, header: () => undefined, body: bytes });
  }

  get spanBatches(): readonly SpanBatch[] {
    return this.batches.filter((batch) => batch.signal === 'spans');
  }

  get metricBatches(): readonly MetricBatch[] {
    return this.batches.filter((batch) => batch.signal === 'metrics');
  }

  get logBatches(): readonly LogBatch[] {
    return this.batches.filter((batch) => batch.signal === 'logs');
  }

  count(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.metrics.value(`meterlark_receiver_skywalking_${name}_total`, labels);
  }

  private keep(route: HttpRoute): void {
    this.access.add(route.access);
    this.routes.set(`${route.method} ${route.path}`, route);
  }

  private async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    if (this.isFull) throw fakeErrors.METERLARK_FAKE_FULL();
    this.batches.push(batch);
    this.onBatch();
    return this.outcome;
  }

  private grpc(): GrpcServer {
    return {
      unary: (path, access, handler) => {
        this.access.add(access);
        this.unary.set(path, handler);
      },
      clientStream: (path, access, handler) => {
        this.access.add(access);
        this.streams.set(path, handler);
      },
    };
  }
}

/** Code of the error that the promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(() => undefined, (reason: unknown) => reason);
  return isMeterlarkError(error) ? error.code : error;
}
