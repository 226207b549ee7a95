/** The provider's log endpoints over stand-ins for the servers and the pipeline. */
import { GrpcServer, HttpServer, SelfMetrics, TelemetrySink, type ServiceToken } from '@meterlark/core';
import { RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import provider, { logsExportPath } from '../src/index.js';
import { capturedLog } from './support/captured.js';
import { fakeErrors, FakeGrpc, FakeHttp, FakeSink } from './support/fakes.js';
import { encodeLogs } from './support/log-oracle.js';
import { typeOf, type Plain } from './support/oracle.js';

const protobuf = 'application/x-protobuf';
const json = 'application/json';
const maxLogBodyBytes = 100;

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
  const intern = { maxEntries: 100, maxBytes: 100_000, maxShapes: 100 };
  const config = { maxItemsPerRequest: 1000, maxJsonBodyBytes: 100_000, maxLogBodyBytes, intern };
  await provider.start?.({ get, all: () => [], config, logger: new RecordingLogger() });
});

const records = [{ body: { stringValue: 'short' } }, { body: { stringValue: 'x'.repeat(500) }, attributes: [{ key: 'a', value: { stringValue: 'y'.repeat(500) } }] }];
const request = (logRecords: readonly Plain[]): Plain => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const bytes = encodeLogs(request(records));
const forms = [['grpc', ''], ['http_protobuf', protobuf], ['http_json', json]] as const;

/** The answer as an object. */
async function send(contentType: string, plain: Plain): Promise<Plain> {
  const message = typeOf('ExportLogsServiceResponse');
  const read = (body: Uint8Array): Plain => message.toObject(message.decode(body), { longs: String });
  if (contentType === '') return read(await grpc.call(logsExportPath, encodeLogs(plain)));
  const { status, headers, body } = await http.post('/v1/logs', contentType, contentType === json ? JSON.stringify(plain) : encodeLogs(plain));
  expect([status, headers?.['content-type']]).toEqual([200, contentType]);
  return typeof body === 'string' ? (JSON.parse(body) as Plain) : read(body);
}

describe('logs', () => {
  it.each(forms)('are handed on and answered with an empty message over %s', async (_protocol, contentType) => {
    expect(await send(contentType, request(records))).toEqual({});
    expect(sink.batches).toMatchObject([{ signal: 'logs', protocol: 'otlp', tenant: '', points: 2 }]);
  });

  it.each(forms)('that an analyzer refused are told to the sender over %s', async (_protocol, contentType) => {
    sink.outcome = { rejected: 1, reason: 'too late' };
    expect(await send(contentType, request(records))).toEqual({ partialSuccess: { rejectedLogRecords: '1', errorMessage: 'too late' } });
  });

  it.each(forms)('that are none are a success and handed to nobody over %s', async (_protocol, contentType) => {
    expect(await send(contentType, {})).toEqual({});
    expect(await send(contentType, request([]))).toEqual({});
    expect(sink.batches).toHaveLength(0);
  });

  it('are cut at the limit that is set, and that is counted once they are taken', async () => {
    const value = (name: string): number => metrics.value(`meterlark_receiver_otlp_log_${name}_total`, { signal: 'logs', protocol: 'grpc' });
    const names = ['bodies_cut', 'values_cut', 'ids_ignored'];
    sink.failure = fakeErrors.METERLARK_FAKE_FULL();
    await expect(grpc.call(logsExportPath, bytes)).rejects.toBe(sink.failure);
    expect(names.map(value)).toEqual([0, 0, 0]);
    sink.failure = undefined;
    await grpc.call(logsExportPath, bytes);
    await grpc.call(logsExportPath, encodeLogs(request([{ traceId: Buffer.alloc(3, 1) }])));
    expect(names.map(value)).toEqual([1, 1, 1]);
    const [batch] = sink.batches;
    expect(batch?.signal === 'logs' && batch.resources[0]?.scopes[0]?.logs[1]?.body).toBe('x'.repeat(maxLogBodyBytes));
  });

  it('are counted by their own signal', async () => {
    await grpc.call(logsExportPath, capturedLog('lines', 'grpc.bin'));
    await expect(grpc.call(logsExportPath, Buffer.from([0xff]))).rejects.toMatchObject({ code: 'METERLARK_RECEIVER_OTLP_MALFORMED' });
    await expect(http.post('/v1/logs', json, '{"resourceLogs":7}')).rejects.toMatchObject({ code: 'METERLARK_RECEIVER_OTLP_MALFORMED_JSON' });
    sink.outcome = { rejected: 2, reason: 'late' };
    await grpc.call(logsExportPath, bytes);
    sink.failure = fakeErrors.METERLARK_FAKE_FULL();
    await expect(grpc.call(logsExportPath, bytes)).rejects.toBe(sink.failure);
    const value = (name: string, protocol = 'grpc', signal = 'logs'): number => metrics.value(`meterlark_receiver_otlp_${name}_total`, { signal, protocol });
    const names = ['requests', 'points', 'rejected_points', 'malformed_requests', 'refused_requests'];
    expect(names.map((name) => value(name))).toEqual([4, 5, 2, 1, 1]);
    expect(value('malformed_requests', 'http_json')).toBe(1);
    expect(value('received_bytes')).toBe(capturedLog('lines', 'grpc.bin').length + 1 + 2 * bytes.length);
    for (const signal of ['spans', 'metrics']) expect(value('requests', 'grpc', signal)).toBe(0);
  });
});
