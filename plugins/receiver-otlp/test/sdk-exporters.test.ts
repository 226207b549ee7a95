/** The SDK's own exporters against the receiver behind small real servers. */
import type { MetricBatch } from '@meterlark/core';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { metricsSignal } from '../src/signals.js';
import { fakeErrors, FakeSink } from './support/fakes.js';
import { startRealServers, type RealServers } from './support/real-servers.js';

let sink: FakeSink;
let servers: RealServers;

beforeAll(async () => {
  servers = await startRealServers(metricsSignal);
});

beforeEach(() => {
  sink = new FakeSink();
  servers.serve(sink);
});

afterAll(() => servers.stop());

function metricsIn({ batches }: FakeSink): MetricBatch {
  const [batch] = batches;
  if (batch?.signal !== 'metrics') throw new Error('no metrics came');
  return batch;
}

const exporters: readonly (readonly [string, () => PushMetricExporter])[] = [
  ['gRPC', () => new GrpcExporter({ url: servers.grpcUrl })],
  ['http/protobuf', () => new ProtoExporter({ url: servers.httpUrl })],
  ['http/protobuf with gzip', () => new ProtoExporter({ url: servers.httpUrl, compression: CompressionAlgorithm.GZIP })],
  ['http/json', () => new JsonExporter({ url: servers.httpUrl })],
];

/** What the exporter reported: undefined when it was told that all is well. */
async function pushOnce(exporter: PushMetricExporter): Promise<Error | undefined> {
  let failure: Error | undefined;
  const send = exporter.export.bind(exporter);
  exporter.export = (metrics, done) =>
    send(metrics, (result) => {
      failure ??= result.error;
      done(result);
    });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader], resource: resourceFromAttributes({ 'service.name': 'gateway' }) });
  provider.getMeter('envoyproxy/ai-gateway').createCounter('requests').add(3, { model: 'gpt-4o' });
  await provider.forceFlush();
  await provider.shutdown();
  return failure;
}

it.each(exporters)('takes what the SDK pushes over %s', async (_name, make) => {
  expect(await pushOnce(make())).toBeUndefined();
  const [resource] = metricsIn(sink).resources;
  expect(resource!.resource.attributes).toEqual(new Map([['service.name', 'gateway']]));
  expect(resource!.scopes).toMatchObject([
    {
      scope: { name: 'envoyproxy/ai-gateway' },
      metrics: [{ type: 'sum', name: 'requests', temporality: 'cumulative', monotonic: true, points: [{ value: 3 }] }],
    },
  ]);
});

it.each(exporters)('makes the SDK see a refusal for good over %s', async (_name, make) => {
  sink.failure = fakeErrors.METERLARK_FAKE_NEVER();
  expect(await pushOnce(make())).toBeInstanceOf(Error);
});
