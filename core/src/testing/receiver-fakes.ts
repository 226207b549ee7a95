/** Stand-ins for what receivers stand between: the shared servers in front, the pipeline behind. */
import type { AcceptOutcome, TelemetrySink } from '../contract/pipeline.js';
import type { Access, ClientStreamHandler, GrpcCall, GrpcServer, HttpResponse, HttpRoute, HttpServer, UnaryHandler } from '../contract/server.js';
import type { Resolver } from '../kernel/definition.js';
import { MeterlarkError } from '../kernel/error.js';
import type { ServiceToken } from '../kernel/token.js';
import type { Log, LogBatch } from '../model/log.js';
import type { Span, SpanBatch } from '../model/span.js';
import type { Signal, TelemetryBatch } from '../model/telemetry.js';

/** What a pipeline throws that may take the batch later, or will never. */
export function fakeError(errorClass: MeterlarkError['class']): MeterlarkError {
  return new MeterlarkError({ code: `METERLARK_FAKE_${errorClass.toUpperCase()}`, class: errorClass, message: errorClass, cure: 'none', fields: {} });
}

type BatchOf<S extends Signal> = Extract<TelemetryBatch, { readonly signal: S }>;

/** Keeps every batch, or throws. */
export class FakeSink implements TelemetrySink {
  readonly batches: TelemetryBatch[] = [];
  outcome: AcceptOutcome = { rejected: 0, reason: '' };
  /** Thrown instead of taking anything. */
  failure: Error | undefined;
  /** Called with each batch that was taken. */
  onBatch: (batch: TelemetryBatch) => void = () => undefined;

  async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(batch);
    this.onBatch(batch);
    return this.outcome;
  }

  /** In order of arrival. */
  of<S extends Signal>(signal: S): readonly BatchOf<S>[] {
    return this.batches.filter((batch): batch is BatchOf<S> => batch.signal === signal);
  }

  /** The one batch that came; throws when there is another, or it is of another signal. */
  only<S extends Signal>(signal: S): BatchOf<S> {
    const [batch] = this.of(signal);
    if (batch === undefined || this.batches.length !== 1) throw new Error(`not one batch of ${signal}: ${this.batches.map((each) => each.signal).join(', ')}`);
    return batch;
  }

  spans(): readonly Span[] {
    return this.of('spans').flatMap(spansIn);
  }

  logs(): readonly Log[] {
    return this.of('logs').flatMap(logsIn);
  }
}

export function spansIn({ resources }: SpanBatch): readonly Span[] {
  return resources.flatMap(({ scopes }) => scopes.flatMap(({ spans }) => spans));
}

export function logsIn({ resources }: LogBatch): readonly Log[] {
  return resources.flatMap(({ scopes }) => scopes.flatMap(({ logs }) => logs));
}

const anyone: GrpcCall = { header: () => undefined, peer: 'test' };

/** Keeps handlers and calls them without a network. */
export class FakeGrpc implements GrpcServer {
  readonly handlers = new Map<string, UnaryHandler>();
  readonly streams = new Map<string, ClientStreamHandler>();
  /** By path: which token guards it. */
  readonly access = new Map<string, Access>();

  unary(path: string, access: Access, handler: UnaryHandler): void {
    this.access.set(path, access);
    this.handlers.set(path, handler);
  }

  clientStream(path: string, access: Access, handler: ClientStreamHandler): void {
    this.access.set(path, access);
    this.streams.set(path, handler);
  }

  async call(path: string, body: Buffer, call: GrpcCall = anyone): Promise<Uint8Array> {
    return there(this.handlers.get(path), path)(body, call);
  }

  async send(path: string, bodies: Iterable<Buffer> | AsyncIterable<Buffer>, call: GrpcCall = anyone): Promise<Uint8Array> {
    return there(this.streams.get(path), path)((async function* () { yield* bodies; })(), call);
  }
}

/** Keeps routes and calls them without a network; what a route accepts is not checked. */
export class FakeHttp implements HttpServer {
  readonly routes: HttpRoute[] = [];

  route(route: HttpRoute): void {
    this.routes.push(route);
  }

  async post(path: string, contentType: string | undefined, body: Buffer | string): Promise<HttpResponse> {
    const route = there(this.routes.find((one) => one.method === 'POST' && one.path === path), path);
    const header = (name: string): string | undefined => (name === 'content-type' ? contentType : undefined);
    return route.handler({ method: 'POST', path, query: {}, header, body: Buffer.from(body) });
  }
}

type Kept<T> = readonly [ServiceToken<T>, T];

/** One service for a provider under test, of any part of it that is used; see `fakeResolver`. */
export function kept<T>(token: ServiceToken<T>, service: Partial<T>): Kept<unknown> {
  return [token, service];
}

/** What a provider gets when it is started by a test: these services, and an error for any other. */
export function fakeResolver(...services: readonly Kept<unknown>[]): Resolver {
  const all = <T>({ key }: ServiceToken<T>): readonly T[] => services.filter(([token]) => token.key === key).map(([, service]) => service as T);
  return { all, get: (token) => there(all(token)[0], token.name) };
}

function there<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`nothing at ${what}`);
  return found;
}
