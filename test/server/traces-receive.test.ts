/** Both receivers of traces behind the real shared servers, with a pipeline that the test holds. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  defineErrors,
  defineProvider,
  PipelineModule,
  TelemetrySink,
  type AcceptOutcome,
  type ProviderDefinition,
  type Span,
  type TelemetryBatch,
} from '@meterlark/core';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import otlp, { tracesExportPath } from '@meterlark/receiver-otlp';
import zipkin from '@meterlark/receiver-zipkin';
import storage from '@meterlark/storage-memory';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const errors = defineErrors({ METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' } });
const captured = (file: string): Buffer => readFileSync(new URL(`../fixtures/otlp-traces/${file}`, import.meta.url));
const token = { authorization: 'Bearer secret' };
const json = { 'content-type': 'application/json', ...token };

class HeldSink implements TelemetrySink {
  batches: TelemetryBatch[] = [];
  full = false;

  async accept(batch: TelemetryBatch): Promise<AcceptOutcome> {
    if (this.full) throw errors.METERLARK_TEST_FULL({ retryDelayMs: 3000 });
    this.batches.push(batch);
    return { rejected: 0, reason: '' };
  }

  names(): string[] {
    const spans = this.batches.flatMap((batch): readonly Span[] =>
      batch.signal === 'spans' ? batch.resources.flatMap(({ scopes }) => scopes.flatMap((scope) => scope.spans)) : [],
    );
    return spans.map(({ name }) => name).sort();
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
  const providers = [pipeline, otlp, zipkin, storage] as unknown as ProviderDefinition<never>[];
  const settings = {
    storage: 'memory',
    pipeline: 'held',
    'server/shared': { receiverToken: 'secret' },
    'receiver/zipkin': { host: '127.0.0.1', port: 0, maxBodyBytes: 10_000 },
  };
  host = await startTestHost({ settings, providers });
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

function exportOverGrpc(body: Buffer): Promise<ServiceError | undefined> {
  const metadata = new Metadata();
  metadata.set('authorization', token.authorization);
  const bytes = (value: Buffer): Buffer => value;
  return new Promise((resolve) => client.makeUnaryRequest(tracesExportPath, bytes, bytes, body, metadata, (error) => resolve(error ?? undefined)));
}

function post(url: string, headers: Readonly<Record<string, string>>, body: Buffer | string): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: typeof body === 'string' ? body : new Uint8Array(body) });
}

describe('OTLP traces', () => {
  const url = (): string => `http://127.0.0.1:${host.ports.http}/v1/traces`;

  it('come in over gRPC and over HTTP in both encodings, also as gzip', async () => {
    expect(await exportOverGrpc(captured('agent.grpc.bin'))).toBeUndefined();
    const proto = { 'content-type': 'application/x-protobuf', ...token };
    expect((await post(url(), proto, captured('agent.http-protobuf.bin'))).status).toBe(200);
    expect((await post(url(), { ...proto, 'content-encoding': 'gzip' }, gzipSync(captured('agent.http-protobuf.bin')))).status).toBe(200);
    expect(await (await post(url(), json, captured('agent.http-json.json'))).json()).toEqual({});
    expect(sink.batches).toHaveLength(4);
    expect(new Set(sink.names())).toEqual(new Set(['POST /api/chat', 'chat gpt-4o', 'invoke_agent helper']));
  });

  it('are told to come again when there is no room, and refused for good when malformed', async () => {
    expect((await exportOverGrpc(Buffer.from([0xff])))?.code).toBe(3);
    sink.full = true;
    expect((await exportOverGrpc(captured('agent.grpc.bin')))?.code).toBe(8);
    const busy = await post(url(), json, captured('agent.http-json.json'));
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '3']);
  });
});

describe('Zipkin spans', () => {
  const url = (): string => `http://127.0.0.1:${host.ports.extra['receiver/zipkin']}/api/v2/spans`;
  const span = { traceId: '463ac35c9f6413ad', id: 'a2fb4a1d1a96d312', name: 'get', tags: { text: 'x'.repeat(3000) } };

  it('come in on their own port, plain and as gzip, with or without a content type', async () => {
    expect((await post(url(), json, JSON.stringify([span]))).status).toBe(202);
    expect((await post(url(), { ...json, 'content-encoding': 'gzip' }, gzipSync(JSON.stringify([span])))).status).toBe(202);
    expect((await post(url(), token, Buffer.from(JSON.stringify([span])))).status).toBe(202);
    expect(sink.names()).toEqual(['get', 'get', 'get']);
  });

  it('are not served on the shared port, nor is OTLP on theirs', async () => {
    expect((await post(`http://127.0.0.1:${host.ports.http}/api/v2/spans`, json, '[]')).status).toBe(404);
    expect((await post(url().replace('/api/v2/spans', '/v1/traces'), json, '{}')).status).toBe(404);
  });

  it.each([
    [401, {}, '[]', 'METERLARK_SERVER_UNAUTHENTICATED'],
    [415, { ...token, 'content-type': 'application/x-thrift' }, '[]', 'METERLARK_SERVER_UNSUPPORTED_MEDIA_TYPE'],
    [400, json, JSON.stringify([span, { ...span, id: 'xyz' }]), 'METERLARK_RECEIVER_ZIPKIN_MALFORMED'],
    [413, json, ' '.repeat(10_001), 'METERLARK_SERVER_BODY_TOO_LARGE'],
  ])('answer %i with a reason', async (status, headers, body, error) => {
    const answer = await post(url(), headers, body);
    const told = (await answer.json()) as { error: string; message: string };
    expect([answer.status, told.error]).toEqual([status, error]);
    if (status === 400) expect(told.message).toContain('[1].id: the id is not hex');
    if (status === 413) expect(told.message).toContain('receiver/zipkin maxBodyBytes');
    expect(sink.batches).toHaveLength(0);
  });

  it('are told to come again when there is no room', async () => {
    sink.full = true;
    const busy = await post(url(), json, JSON.stringify([span]));
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '3']);
  });
});
