/** The OTLP receiver behind the real shared servers, with a pipeline that the test holds. */
import { gzipSync } from 'node:zlib';
import { Client, credentials, type Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  defineErrors,
  defineProvider,
  PipelineModule,
  TelemetrySink,
  type AcceptOutcome,
  type ProviderDefinition,
  type TelemetryBatch,
} from '@meterlark/core';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import receiver, { metricsExportPath } from '@meterlark/receiver-otlp';
import storage from '@meterlark/storage-memory';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const errors = defineErrors({ METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' } });
const captured = (file: string): Buffer => readFileSync(new URL(`../fixtures/otlp-metrics/${file}`, import.meta.url));

class HeldSink implements TelemetrySink {
  batches: TelemetryBatch[] = [];
  full = false;

  async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    if (this.full) throw errors.METERLARK_TEST_FULL({ retryDelayMs: 3000 });
    this.batches.push(batch);
    return { rejected: 0, reason: '' };
  }
}

const sink = new HeldSink();
const pipeline = defineProvider({
  module: PipelineModule,
  name: 'held',
  config: {},
  register: (context) => context.bind(TelemetrySink).toValue(sink),
});

let host: TestHost;
let client: Client;

beforeAll(async () => {
  const providers = [pipeline, receiver, storage] as unknown as ProviderDefinition<never>[];
  host = await startTestHost({ settings: { storage: 'memory', pipeline: 'held' }, providers });
  client = new Client(`127.0.0.1:${host.ports.grpc}`, credentials.createInsecure());
});

afterAll(async () => {
  client.close();
  await host.stop();
});

beforeEach(() => {
  sink.batches = [];
  sink.full = false;
});

interface Answer {
  readonly reply: Buffer | undefined;
  readonly error: ServiceError | undefined;
}

function exportGrpc(body: Buffer): Promise<Answer> {
  const identity = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) =>
    client.makeUnaryRequest(metricsExportPath, identity, identity, body, (error, reply) =>
      resolve({ reply, error: error ?? undefined }),
    ),
  );
}

function post(body: Buffer, headers: Record<string, string>): Promise<Response> {
  return fetch(`http://127.0.0.1:${host.ports.http}/v1/metrics`, { method: 'POST', body: new Uint8Array(body), headers });
}

describe('OTLP metrics over the shared servers', () => {
  it('come in over gRPC', async () => {
    const { reply, error } = await exportGrpc(captured('cumulative.grpc.bin'));
    expect(error).toBeUndefined();
    expect(reply).toHaveLength(0);
    expect(sink.batches).toHaveLength(1);
    expect(sink.batches[0]?.points).toBeGreaterThan(8);
  });

  it.each([
    ['application/x-protobuf', 'cumulative.http-protobuf.bin', ''],
    ['application/json', 'cumulative.http-json.json', '{}'],
  ])('come in over HTTP as %s, plain and gzipped', async (type, file, empty) => {
    const body = captured(file);
    const plain = await post(body, { 'content-type': type });
    const zipped = await post(gzipSync(body), { 'content-type': type, 'content-encoding': 'gzip' });
    for (const answer of [plain, zipped]) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(type);
      expect(await answer.text()).toBe(empty);
    }
    expect(sink.batches).toHaveLength(2);
    expect(sink.batches[1]).toEqual(sink.batches[0]);
  });

  it('are refused as INVALID_ARGUMENT and 400 when the bytes are bad', async () => {
    const bad = captured('cumulative.grpc.bin').subarray(0, 100);
    const { error } = await exportGrpc(bad);
    expect(error).toMatchObject({ code: 3 });
    expect(error?.details).toContain('resourceMetrics[0]');
    const answer = await post(bad, { 'content-type': 'application/x-protobuf' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/x-protobuf');
    expect(await answer.text()).toContain('METERLARK_RECEIVER_OTLP_MALFORMED');
  });

  it('are refused as RESOURCE_EXHAUSTED with RetryInfo and 429 with Retry-After when full', async () => {
    sink.full = true;
    const { error } = await exportGrpc(captured('delta.grpc.bin'));
    expect(error).toMatchObject({ code: 8 });
    const metadata: Metadata | undefined = error?.metadata;
    expect(String(metadata?.get('grpc-status-details-bin')[0])).toContain('google.rpc.RetryInfo');
    const answer = await post(captured('delta.http-json.json'), { 'content-type': 'application/json; charset=utf-8' });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('3');
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3s' }];
    expect(await answer.json()).toMatchObject({ code: 8, message: 'METERLARK_TEST_FULL: full. wait', details });
  });

  it('are refused by the limits of JSON when a small body would become millions of objects', async () => {
    const flood = (objects: number): Buffer =>
      gzipSync(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${'{},'.repeat(objects)}{}]}]}]}`);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const large = await post(flood(17_000_000), headers);
    expect(large.status).toBe(413);
    expect(await large.text()).toContain('receiver/otlp maxJsonBodyBytes');
    const within = await post(flood(2_000_000), headers);
    expect(within.status).toBe(400);
    expect(await within.text()).toContain('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
  });

  it('answer 415 to a content type that OTLP does not have', async () => {
    expect((await post(Buffer.from('x'), { 'content-type': 'text/plain' })).status).toBe(415);
  });
});
