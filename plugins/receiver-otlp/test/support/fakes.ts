/** Stand-ins for the shared servers and the pipeline. */
import {
  defineErrors,
  type AcceptOutcome,
  type ClientStreamHandler,
  type GrpcServer,
  type HttpResponse,
  type HttpRoute,
  type HttpServer,
  type TelemetryBatch,
  type TelemetrySink,
  type UnaryHandler,
} from '@meterlark/core';

export const fakeErrors = defineErrors({
  METERLARK_FAKE_FULL: { class: 'retryable', message: 'full', cure: 'wait' },
  METERLARK_FAKE_NEVER: { class: 'permanent', message: 'never', cure: 'none' },
});

export class FakeSink implements TelemetrySink {
  readonly batches: TelemetryBatch[] = [];
  outcome: AcceptOutcome = { rejected: 0, reason: '' };
  failure: Error | undefined;

  async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(batch);
    return this.outcome;
  }
}

export class FakeGrpc implements GrpcServer {
  readonly handlers = new Map<string, UnaryHandler>();
  readonly streams = new Map<string, ClientStreamHandler>();

  unary(path: string, _access: 'receiver' | 'query' | 'open', handler: UnaryHandler): void {
    this.handlers.set(path, handler);
  }

  clientStream(path: string, _access: 'receiver' | 'query' | 'open', handler: ClientStreamHandler): void {
    this.streams.set(path, handler);
  }

  async call(path: string, body: Buffer): Promise<Uint8Array> {
    const handler = this.handlers.get(path);
    if (handler === undefined) throw new Error(`nothing at ${path}`);
    return handler(body, { header: () => undefined, peer: 'test' });
  }
}

export class FakeHttp implements HttpServer {
  readonly routes: HttpRoute[] = [];

  route(route: HttpRoute): void {
    this.routes.push(route);
  }

  async post(path: string, contentType: string | undefined, body: Buffer | string): Promise<HttpResponse> {
    const route = this.routes.find((candidate) => candidate.method === 'POST' && candidate.path === path);
    if (route === undefined) throw new Error(`nothing at ${path}`);
    const header = (name: string): string | undefined => (name === 'content-type' ? contentType : undefined);
    return route.handler({ method: 'POST', path, query: {}, header, body: Buffer.from(body) });
  }
}
