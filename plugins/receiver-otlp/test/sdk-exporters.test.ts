/** The SDK's own exporters against the receiver behind small real servers. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import * as grpcJs from '@grpc/grpc-js';
import { isMeterlarkError } from '@meterlark/core';
import { RecordingMetrics } from '@meterlark/core/testing';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtoExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Interns } from '../src/interns.js';
import { ExportService } from '../src/export-service.js';
import { ReceiverCounters } from '../src/receiver-counters.js';
import { metricsExportPath, metricsSignal } from '../src/signals.js';
import { fakeErrors, FakeGrpc, FakeHttp, FakeSink } from './support/fakes.js';

let sink: FakeSink;
const grpc = new FakeGrpc();
const http = new FakeHttp();
const grpcServer = new grpcJs.Server();
let httpServer: Server;
let grpcUrl: string;
let httpUrl: string;

beforeAll(async () => {
  const identity = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  grpcServer.register<Buffer, Uint8Array>(
    metricsExportPath,
    (call: grpcJs.ServerUnaryCall<Buffer, Uint8Array>, done: grpcJs.sendUnaryData<Uint8Array>) => {
      grpc.call(metricsExportPath, call.request).then(
        (reply) => done(null, reply),
        (error: unknown) => done({ code: grpcJs.status[isMeterlarkError(error) && error.class === 'permanent' ? 'INVALID_ARGUMENT' : 'INTERNAL'] }),
      );
    },
    identity,
    identity,
    'unary',
  );
  const port = await new Promise<number>((resolve, reject) =>
    grpcServer.bindAsync('127.0.0.1:0', grpcJs.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  grpcUrl = `http://127.0.0.1:${port}`;
  httpServer = createServer((request, response) => {
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
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
  httpUrl = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}/v1/metrics`;
});

beforeEach(() => {
  sink = new FakeSink();
  const interns = new Interns({ maxEntries: 1000, maxBytes: 1_000_000, maxShapes: 100 });
  const parts = { sink, interns, counters: new ReceiverCounters(new RecordingMetrics(), 'metrics') };
  http.routes.length = 0;
  new ExportService(metricsSignal, parts, { maxItems: 10_000, maxJsonBodyBytes: 1_000_000 }).serve(grpc, http);
});

afterAll(() => {
  grpcServer.forceShutdown();
  httpServer.close();
  httpServer.closeAllConnections();
});

const exporters: readonly (readonly [string, () => PushMetricExporter])[] = [
  ['gRPC', () => new GrpcExporter({ url: grpcUrl })],
  ['http/protobuf', () => new ProtoExporter({ url: httpUrl })],
  ['http/protobuf with gzip', () => new ProtoExporter({ url: httpUrl, compression: CompressionAlgorithm.GZIP })],
  ['http/json', () => new JsonExporter({ url: httpUrl })],
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
  const [resource] = sink.batches[0]!.resources;
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
