/** The SDK's own log exporters against the receiver behind small real servers. */
import { ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { LogBatch } from '@meterlark/core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { logsSignal } from '../src/signals.js';
import { fakeErrors, FakeSink } from './support/fakes.js';
import { startRealServers, type RealServers } from './support/real-servers.js';
import { pairs } from './support/trace-oracle.js';

let sink: FakeSink;
let servers: RealServers;

beforeAll(async () => {
  servers = await startRealServers(logsSignal(131_072));
});

beforeEach(() => {
  sink = new FakeSink();
  servers.serve(sink);
});

afterAll(() => servers.stop());

const exporters: readonly (readonly [string, () => LogRecordExporter])[] = [
  ['gRPC', () => new GrpcExporter({ url: servers.grpcUrl })],
  ['gRPC with gzip', () => new GrpcExporter({ url: servers.grpcUrl, compression: CompressionAlgorithm.GZIP })],
  ['http/protobuf', () => new ProtoExporter({ url: servers.httpUrl })],
  ['http/protobuf with gzip', () => new ProtoExporter({ url: servers.httpUrl, compression: CompressionAlgorithm.GZIP })],
  ['http/json', () => new JsonExporter({ url: servers.httpUrl })],
  ['http/json with gzip', () => new JsonExporter({ url: servers.httpUrl, compression: CompressionAlgorithm.GZIP })],
];

const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

/** A failed call's record inside a span, and one with a map as its body; undefined when the exporter was told that all is well. */
async function pushTwo(exporter: LogRecordExporter): Promise<Error | undefined> {
  let failure: Error | undefined;
  const send = exporter.export.bind(exporter);
  exporter.export = (records, done) =>
    send(records, (result) => {
      failure ??= result.error;
      done(result);
    });
  const resource = resourceFromAttributes({ 'service.name': 'agent-app' });
  const provider = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor(exporter)] });
  const logger = provider.getLogger('app.http', '1.2.3');
  const context = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: TraceFlags.SAMPLED });
  const attributes = { 'http.status_code': 404, 'gen_ai.request.model': 'nope' };
  logger.emit({ body: 'not found', severityNumber: SeverityNumber.ERROR2, timestamp: [1_763_716_376, 123_456_789], attributes, context });
  logger.emit({ eventName: 'retry', body: { attempt: 2, of: ['a', 'b'] }, severityText: 'note', context: ROOT_CONTEXT });
  await provider.forceFlush().catch(() => undefined);
  await provider.shutdown().catch(() => undefined);
  return failure;
}

function onlyBatch(): LogBatch {
  const [batch] = sink.batches;
  if (batch?.signal !== 'logs' || sink.batches.length !== 1) throw new Error('not one batch of logs');
  return batch;
}

it.each(exporters)('takes what the SDK pushes over %s', async (_name, make) => {
  expect(await pushTwo(make())).toBeUndefined();
  const batch = onlyBatch();
  expect([batch.points, batch.protocol]).toEqual([2, 'otlp']);
  const [resource] = batch.resources;
  expect(resource!.resource.attributes).toEqual(new Map([['service.name', 'agent-app']]));
  expect(resource!.scopes[0]!.scope).toMatchObject({ name: 'app.http', version: '1.2.3' });
  const [failed, event] = resource!.scopes[0]!.logs;
  expect(failed).toMatchObject({ ...ids, timeUs: 1_763_716_376_123_456, severity: 'ERROR', contentType: 'text', body: 'not found' });
  expect(pairs(failed!.attributes)).toEqual([['http.status_code', 404], ['gen_ai.request.model', 'nope']]);
  expect(event).toMatchObject({ traceId: '', spanId: '', severity: 'note', contentType: 'json', body: '{"attempt":2,"of":["a","b"]}' });
  expect(pairs(event!.attributes)).toEqual([['event.name', 'retry']]);
});

it.each(exporters)('makes the SDK see a refusal for good over %s', async (_name, make) => {
  sink.failure = fakeErrors.METERLARK_FAKE_NEVER();
  expect(await pushTwo(make())).toBeInstanceOf(Error);
});
