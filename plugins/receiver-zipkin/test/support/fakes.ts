/** Stand-ins for the shared servers and the pipeline, and a small real server in front of them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import {
  Clock,
  defineErrors,
  ExtraHttpServers,
  isMeterlarkError,
  SelfMetrics,
  TelemetrySink,
  type AcceptOutcome,
  type ExtraListener,
  type HttpResponse,
  type HttpRoute,
  type HttpServer,
  type ServiceToken,
  type Span,
  type SpanBatch,
  type TelemetryBatch,
} from '@meterlark/core';
import { ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import provider from '../../src/index.js';

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

  onlyBatch(): SpanBatch {
    const [batch] = this.batches;
    if (batch?.signal !== 'spans' || this.batches.length !== 1) throw new Error('not one batch of spans');
    return batch;
  }

  spans(): readonly Span[] {
    return this.batches.flatMap((batch) => (batch.signal === 'spans' ? spansIn(batch) : []));
  }
}

export function spansIn({ resources }: SpanBatch): readonly Span[] {
  return resources.flatMap(({ scopes }) => scopes.flatMap(({ spans }) => spans));
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

export interface Receiver {
  readonly http: FakeHttp;
  readonly sink: FakeSink;
  readonly metrics: RecordingMetrics;
  readonly clock: ManualClock;
  readonly listeners: readonly ExtraListener[];
}

/** The provider, started on fakes. */
export async function startReceiver(settings: Readonly<Record<string, unknown>> = {}): Promise<Receiver> {
  const [http, sink, metrics, clock] = [new FakeHttp(), new FakeSink(), new RecordingMetrics(), new ManualClock(1_700_000_000_123)];
  const listeners: ExtraListener[] = [];
  const extra: ExtraHttpServers = {
    listen: (listener) => {
      listeners.push(listener);
      return http;
    },
  };
  const services = new Map<symbol, unknown>([
    [ExtraHttpServers.key, extra],
    [TelemetrySink.key, sink],
    [SelfMetrics.key, metrics],
    [Clock.key, clock],
  ]);
  const get = <T>(token: ServiceToken<T>): T => services.get(token.key) as T;
  const config = { host: '127.0.0.1', port: 0, maxBodyBytes: 1_000_000, maxSpansPerRequest: 1000, ...settings };
  await provider.start?.({ get, all: () => [], config, logger: new RecordingLogger() });
  return { http, sink, metrics, clock, listeners };
}

export interface Front {
  readonly url: string;
  stop(): void;
}

/** Real HTTP in front of the receiver, for real clients. */
export async function frontOf(http: FakeHttp): Promise<Front> {
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const sent = Buffer.concat(parts);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      http.post(request.url ?? '', request.headers['content-type'], body).then(
        (reply) => response.writeHead(reply.status, reply.headers).end(reply.body),
        (error: unknown) => response.writeHead(isMeterlarkError(error) && error.class === 'permanent' ? 400 : 500).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/spans`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
