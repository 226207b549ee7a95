import {
  GrpcServer,
  HttpServer,
  SelfMetrics,
  TelemetrySink,
  type HttpResponse,
  type ServiceToken,
} from '@meterlark/core';
import { RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import provider, { metricsExportPath, tracesExportPath } from '../src/index.js';
import { captured, capturedTrace } from './support/captured.js';
import { fakeErrors, FakeGrpc, FakeHttp, FakeSink } from './support/fakes.js';
import { encodeRequest, typeOf, type Plain } from './support/oracle.js';
import { encodeTraces } from './support/trace-oracle.js';

const protobuf = 'application/x-protobuf';
const json = 'application/json';

let grpc: FakeGrpc;
let http: FakeHttp;
let sink: FakeSink;
let metrics: RecordingMetrics;

beforeEach(async () => {
  grpc = new FakeGrpc();
  http = new FakeHttp();
  sink = new FakeSink();
  metrics = new RecordingMetrics();
  const services = new Map<symbol, unknown>([
    [GrpcServer.key, grpc],
    [HttpServer.key, http],
    [TelemetrySink.key, sink],
    [SelfMetrics.key, metrics],
  ]);
  const get = <T>(token: ServiceToken<T>): T => services.get(token.key) as T;
  const config = { maxItemsPerRequest: 1000, maxJsonBodyBytes: 100_000, maxLogBodyBytes: 100, intern: { maxEntries: 100, maxBytes: 100_000, maxShapes: 100 } };
  await provider.start?.({ get, all: () => [], config, logger: new RecordingLogger() });
});

function post(contentType: string | undefined, body: Buffer | string): Promise<HttpResponse> {
  return http.post('/v1/metrics', contentType, body);
}

function decoded(type: string, { body }: { readonly body: string | Uint8Array }): Plain {
  if (typeof body === 'string') return JSON.parse(body) as Plain;
  const message = typeOf(type);
  return message.toObject(message.decode(body), { longs: String });
}

const twoPoints = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asInt: 1 }, { asInt: 2 }] } }] }] }] };
const misfit = {
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', histogram: { dataPoints: [{ bucketCounts: [1, 2] }, { count: 1 }] } }] }] }],
};

describe('gRPC export', () => {
  it('hands the batch on and answers with an empty message', async () => {
    const reply = await grpc.call(metricsExportPath, encodeRequest(twoPoints));
    expect(reply).toHaveLength(0);
    expect(sink.batches).toMatchObject([{ signal: 'metrics', tenant: '', points: 2 }]);
  });

  it('takes a request without resources as a success and hands nothing on', async () => {
    expect(await grpc.call(metricsExportPath, Buffer.alloc(0))).toHaveLength(0);
    expect(sink.batches).toHaveLength(0);
  });

  it('says in partial_success what the decoder and the analyzers refused', async () => {
    sink.outcome = { rejected: 1, reason: 'too late' };
    const reply = await grpc.call(metricsExportPath, encodeRequest(misfit));
    expect(decoded('ExportMetricsServiceResponse', { body: reply })).toEqual({
      partialSuccess: { rejectedDataPoints: '2', errorMessage: 'a histogram point has 2 buckets for 0 bounds; too late' },
    });
  });

  it('lets coded errors through to the shared server', async () => {
    await expect(grpc.call(metricsExportPath, Buffer.from([0xff]))).rejects.toMatchObject({
      code: 'METERLARK_RECEIVER_OTLP_MALFORMED',
      class: 'permanent',
    });
    sink.failure = fakeErrors.METERLARK_FAKE_FULL();
    await expect(grpc.call(metricsExportPath, encodeRequest(twoPoints))).rejects.toBe(sink.failure);
  });
});

describe('HTTP export', () => {
  it.each([
    [protobuf, encodeRequest(twoPoints)],
    [json, JSON.stringify(twoPoints)],
    ['Application/JSON; charset=utf-8', JSON.stringify(twoPoints)],
    [`${protobuf};proto=x`, encodeRequest(twoPoints)],
  ])('mirrors the content type %s and answers 200 with the empty message', async (contentType, body) => {
    const reply = await post(contentType, body);
    const isJson = contentType.toLowerCase().startsWith(json);
    expect(reply.status).toBe(200);
    expect(reply.headers?.['content-type']).toBe(isJson ? json : protobuf);
    expect(reply.body).toEqual(isJson ? '{}' : Buffer.alloc(0));
    expect(sink.batches).toMatchObject([{ points: 2 }]);
  });

  it('takes empty requests in both encodings', async () => {
    expect(await post(protobuf, '')).toMatchObject({ status: 200 });
    expect(await post(json, '{}')).toMatchObject({ status: 200, body: '{}' });
    expect(sink.batches).toHaveLength(0);
  });

  it('answers a partial success with 200 in both encodings', async () => {
    const expected = { partialSuccess: { rejectedDataPoints: '1', errorMessage: 'a histogram point has 2 buckets for 0 bounds' } };
    for (const [contentType, body] of [[protobuf, encodeRequest(misfit)], [json, JSON.stringify(misfit)]] as const) {
      const reply = await post(contentType, body);
      expect(reply.status).toBe(200);
      expect(decoded('ExportMetricsServiceResponse', reply)).toEqual(expected);
    }
  });

  it('leaves other content types, and JSON larger than set, to the shared server', () => {
    const setting = { provider: 'receiver/otlp', key: 'maxJsonBodyBytes' };
    const accepts = [{ mediaType: protobuf }, { mediaType: json, maxBodyBytes: 100_000, setting }];
    expect(http.routes).toMatchObject(['/v1/metrics', '/v1/traces', '/v1/logs'].map((path) => ({ path, access: 'receiver', accepts })));
  });

  it.each([
    [protobuf, 'METERLARK_RECEIVER_OTLP_MALFORMED'],
    [json, 'METERLARK_RECEIVER_OTLP_MALFORMED_JSON'],
  ])('lets the coded error for bad bytes through to the shared server, in %s', async (contentType, code) => {
    await expect(post(contentType, '\x0a\x05{')).rejects.toMatchObject({ code, class: 'permanent' });
  });

  it.each([protobuf, json])('lets what the pipeline says through to the shared server, in %s', async (contentType) => {
    const body = contentType === json ? JSON.stringify(twoPoints) : encodeRequest(twoPoints);
    for (const failure of [fakeErrors.METERLARK_FAKE_FULL(), fakeErrors.METERLARK_FAKE_NEVER(), new Error('secret detail')]) {
      sink.failure = failure;
      await expect(post(contentType, body)).rejects.toBe(failure);
    }
  });

  it('refuses a request that holds more items than set', async () => {
    const text = JSON.stringify({ resourceMetrics: Array.from({ length: 1001 }, () => ({})) });
    await expect(post(json, text)).rejects.toMatchObject({ code: 'METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS' });
  });
});

describe('traces', () => {
  const hexIds = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const body = { resourceSpans: [{ scopeSpans: [{ spans: [{ ...hexIds, name: 'good' }, { ...hexIds, spanId: '0000000000000000' }] }] }] };
  const bytes = encodeTraces({
    resourceSpans: [{ scopeSpans: [{ spans: body.resourceSpans[0]!.scopeSpans[0]!.spans.map(asBytes) }] }],
  });
  const partialSuccess = { rejectedSpans: '1', errorMessage: 'the span id of a span is all zeros' };

  function asBytes({ traceId, spanId, ...rest }: Plain): Plain {
    return { ...rest, traceId: Buffer.from(traceId, 'hex'), spanId: Buffer.from(spanId, 'hex') };
  }

  it('are handed on, and refused spans counted, over gRPC', async () => {
    const reply = await grpc.call(tracesExportPath, bytes);
    expect(decoded('ExportTraceServiceResponse', { body: reply })).toEqual({ partialSuccess });
    expect(sink.batches).toMatchObject([{ signal: 'spans', protocol: 'otlp', tenant: '', points: 1 }]);
    expect(await grpc.call(tracesExportPath, capturedTrace('agent', 'grpc.bin'))).toHaveLength(0);
  });

  it('are handed on, and refused spans counted, over HTTP in both encodings', async () => {
    for (const [contentType, sent] of [[protobuf, bytes], [json, JSON.stringify(body)]] as const) {
      const reply = await http.post('/v1/traces', contentType, sent);
      expect([reply.status, reply.headers?.['content-type']]).toEqual([200, contentType]);
      expect(decoded('ExportTraceServiceResponse', reply)).toEqual({ partialSuccess });
    }
    expect(sink.batches).toHaveLength(2);
    expect(sink.batches[0]).toEqual(sink.batches[1]);
  });

  it('that are empty are a success and handed to nobody', async () => {
    expect(await grpc.call(tracesExportPath, Buffer.alloc(0))).toHaveLength(0);
    expect(await http.post('/v1/traces', json, '{}')).toMatchObject({ status: 200, body: '{}' });
    expect(sink.batches).toHaveLength(0);
  });

  it('are counted by their own signal', async () => {
    await grpc.call(tracesExportPath, bytes);
    await expect(grpc.call(tracesExportPath, Buffer.from([0xff]))).rejects.toMatchObject({ code: 'METERLARK_RECEIVER_OTLP_MALFORMED' });
    sink.failure = fakeErrors.METERLARK_FAKE_FULL();
    await expect(grpc.call(tracesExportPath, bytes)).rejects.toBe(sink.failure);
    const value = (name: string): number => metrics.value(`meterlark_receiver_otlp_${name}_total`, { signal: 'spans', protocol: 'grpc' });
    const names = ['requests', 'points', 'rejected_points', 'malformed_requests', 'refused_requests'];
    expect(names.map(value)).toEqual([3, 1, 1, 1, 1]);
    expect(metrics.value('meterlark_receiver_otlp_requests_total', { signal: 'metrics', protocol: 'grpc' })).toBe(0);
  });
});

describe('counters', () => {
  const value = (name: string, protocol: string): number =>
    metrics.value(`meterlark_receiver_otlp_${name}_total`, { signal: 'metrics', protocol });

  it('count requests, bytes and points by protocol', async () => {
    const body = captured('delta', 'grpc.bin');
    await grpc.call(metricsExportPath, body);
    await post(protobuf, body);
    await post(json, captured('delta', 'http-json.json'));
    for (const protocol of ['grpc', 'http_protobuf', 'http_json']) {
      expect(value('requests', protocol)).toBe(1);
      expect(value('points', protocol)).toBe(sink.batches[0]?.points);
    }
    expect(value('received_bytes', 'grpc')).toBe(body.length);
  });

  it('count what was rejected, malformed and refused', async () => {
    sink.outcome = { rejected: 1, reason: 'late' };
    await grpc.call(metricsExportPath, encodeRequest(misfit));
    expect(value('points', 'grpc')).toBe(0);
    expect(value('rejected_points', 'grpc')).toBe(2);
    await expect(post(protobuf, Buffer.from([0xff]))).rejects.toThrow();
    expect(value('malformed_requests', 'http_protobuf')).toBe(1);
    sink.failure = fakeErrors.METERLARK_FAKE_FULL();
    await expect(post(json, JSON.stringify(twoPoints))).rejects.toBe(sink.failure);
    expect(value('refused_requests', 'http_json')).toBe(1);
  });
});
