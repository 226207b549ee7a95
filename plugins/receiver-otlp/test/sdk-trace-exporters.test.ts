/** The SDK's own trace exporters against the receiver behind small real servers. */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { attributeOf, type Span, type SpanBatch } from '@meterlark/core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { tracesSignal } from '../src/signals.js';
import { fakeErrors, FakeSink } from './support/fakes.js';
import { startRealServers, type RealServers } from './support/real-servers.js';

let sink: FakeSink;
let servers: RealServers;

beforeAll(async () => {
  servers = await startRealServers(tracesSignal);
});

beforeEach(() => {
  sink = new FakeSink();
  servers.serve(sink);
});

afterAll(() => servers.stop());

const exporters: readonly (readonly [string, () => SpanExporter])[] = [
  ['gRPC', () => new GrpcExporter({ url: servers.grpcUrl })],
  ['http/protobuf', () => new ProtoExporter({ url: servers.httpUrl })],
  ['http/protobuf with gzip', () => new ProtoExporter({ url: servers.httpUrl, compression: CompressionAlgorithm.GZIP })],
  ['http/json', () => new JsonExporter({ url: servers.httpUrl })],
];

interface Pushed {
  readonly failure: Error | undefined;
  readonly traceId: string;
  readonly parentId: string;
}

/** A call below an agent; what the exporter reported is undefined when it was told that all is well. */
async function pushTwo(exporter: SpanExporter): Promise<Pushed> {
  let failure: Error | undefined;
  const send = exporter.export.bind(exporter);
  exporter.export = (spans, done) =>
    send(spans, (result) => {
      failure ??= result.error;
      done(result);
    });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'agent-app' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('instrumentation', '1.2.3');
  const agent = tracer.startSpan('invoke_agent');
  const attributes = { 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 12, 'server.address': 'api.openai.com' };
  const call = tracer.startSpan('chat', { kind: SpanKind.CLIENT, startTime: [1_763_716_376, 123_456_789], attributes }, trace.setSpan(context.active(), agent));
  call.setStatus({ code: SpanStatusCode.ERROR, message: 'rate limited' });
  call.end([1_763_716_377, 123_456_789]);
  await provider.forceFlush();
  await provider.shutdown();
  const { traceId, spanId } = agent.spanContext();
  return { failure, traceId, parentId: spanId };
}

function onlyBatch(): SpanBatch {
  const [batch] = sink.batches;
  if (batch?.signal !== 'spans' || sink.batches.length !== 1) throw new Error('not one batch of spans');
  return batch;
}

it.each(exporters)('takes what the SDK pushes over %s', async (_name, make) => {
  const { failure, traceId, parentId } = await pushTwo(make());
  expect(failure).toBeUndefined();
  const [resource] = onlyBatch().resources;
  expect(resource!.resource.attributes).toEqual(new Map([['service.name', 'agent-app']]));
  expect(resource!.scopes[0]!.scope).toMatchObject({ name: 'instrumentation', version: '1.2.3' });
  const span: Span = resource!.scopes[0]!.spans[0]!;
  expect(span).toMatchObject({
    traceId,
    parentSpanId: parentId,
    name: 'chat',
    kind: 'client',
    startUs: 1_763_716_376_123_456,
    durationNs: 1e9,
    status: 'error',
    statusMessage: 'rate limited',
    peer: 'api.openai.com',
  });
  expect(attributeOf(span.attributes, 'gen_ai.usage.input_tokens')).toBe(12);
  expect(attributeOf(span.attributes, 'gen_ai.request.model')).toBe('gpt-4o');
});

it.each(exporters)('makes the SDK see a refusal for good over %s', async (_name, make) => {
  sink.failure = fakeErrors.METERLARK_FAKE_NEVER();
  expect((await pushTwo(make())).failure).toBeInstanceOf(Error);
});
