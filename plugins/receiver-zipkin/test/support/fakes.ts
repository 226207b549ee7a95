/** The whole receiver over stand-ins for the servers and the pipeline, and a small real server in front of it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { Clock, ExtraHttpServers, isMeterlarkError, SelfMetrics, TelemetrySink, type ExtraListener } from '@meterlark/core';
import { FakeHttp, fakeResolver, FakeSink, kept, ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import provider from '../../src/index.js';

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
  const services = fakeResolver(kept(ExtraHttpServers, extra), kept(TelemetrySink, sink), kept(SelfMetrics, metrics), kept(Clock, clock));
  const config = { host: '127.0.0.1', port: 0, maxBodyBytes: 1_000_000, maxSpansPerRequest: 1000, ...settings };
  await provider.start?.({ ...services, config, logger: new RecordingLogger() });
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
