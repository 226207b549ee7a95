/** Real clients of Zipkin against the receiver behind a small real server. */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { attributeOf } from '@meterlark/core';
import { fakeError } from '@meterlark/core/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import zipkin from 'zipkin';
import zipkinHttp from 'zipkin-transport-http';
import { frontOf, startReceiver, type Front, type Receiver } from './support/fakes.js';

let receiver: Receiver;
let front: Front;

beforeEach(async () => {
  receiver = await startReceiver();
  front = await frontOf(receiver.http);
});

afterEach(() => front.stop());

function tracerOf(url: string): { readonly tracer: zipkin.Tracer; flush(): void } {
  const logger = new zipkinHttp.HttpLogger({ endpoint: url, jsonEncoder: zipkin.jsonEncoder.JSON_V2, httpInterval: 20 });
  const recorder = new zipkin.BatchRecorder({ logger });
  const tracer = new zipkin.Tracer({ ctxImpl: new zipkin.ExplicitContext(), recorder, localServiceName: 'shop', traceId128Bit: true });
  return { tracer, flush: () => recorder.flush() };
}

it("takes what Zipkin's own JavaScript tracer reports", async () => {
  const { tracer } = tracerOf(front.url);
  const root = tracer.createRootId();
  const child = tracer.letId(root, () => tracer.createChildId());
  for (const [id, open, close] of [
    [child, new zipkin.Annotation.ClientSend(), new zipkin.Annotation.ClientRecv()],
    [root, new zipkin.Annotation.ServerRecv(), new zipkin.Annotation.ServerSend()],
  ] as const) {
    tracer.letId(id, () => {
      tracer.recordServiceName('shop');
      tracer.recordRpc('get');
      tracer.recordAnnotation(open);
      tracer.recordBinary('http.status_code', '404');
      tracer.recordMessage('cache miss');
      tracer.recordAnnotation(close);
    });
  }
  await expect.poll(() => receiver.sink.spans().length).toBe(2);
  const server = receiver.sink.spans().find(({ kind }) => kind === 'server');
  const client = receiver.sink.spans().find(({ kind }) => kind === 'client');
  expect(server).toMatchObject({ traceId: root.traceId, spanId: root.spanId, parentSpanId: '', name: 'get', events: [{ name: 'cache miss' }] });
  expect(client).toMatchObject({ traceId: root.traceId, spanId: child.spanId, parentSpanId: root.spanId });
  expect(attributeOf(server!.attributes, 'http.status_code')).toBe('404');
  expect(Math.abs(server!.startUs / 1000 - Date.now())).toBeLessThan(60_000);
  const [resource] = receiver.sink.of('spans').flatMap(({ resources }) => resources);
  expect(resource?.resource.attributes.get('service.name')).toBe('shop');
});

/** What the exporter reported is undefined when it was told that all is well. */
async function exportOne(): Promise<{ readonly failure: Error | undefined; readonly traceId: string; readonly parentId: string }> {
  const exporter = new ZipkinExporter({ url: front.url });
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
  const tracer = provider.getTracer('test');
  const parent = tracer.startSpan('parent');
  const attributes = { 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 12, 'peer.service': 'openai' };
  const call = tracer.startSpan('chat', { kind: SpanKind.CLIENT, startTime: [1_763_716_376, 123_456_000], attributes }, trace.setSpan(context.active(), parent));
  call.addEvent('first token');
  call.setStatus({ code: SpanStatusCode.ERROR, message: 'rate limited' });
  call.end([1_763_716_377, 123_456_000]);
  await provider.forceFlush();
  await provider.shutdown();
  const { traceId, spanId } = parent.spanContext();
  return { failure, traceId, parentId: spanId };
}

it("takes what OpenTelemetry's Zipkin exporter sends", async () => {
  const { failure, traceId, parentId } = await exportOne();
  expect(failure).toBeUndefined();
  const batch = receiver.sink.only('spans');
  expect(batch.resources[0]?.resource.attributes.get('service.name')).toBe('agent-app');
  const [span] = receiver.sink.spans();
  expect(span).toMatchObject({
    traceId,
    parentSpanId: parentId,
    name: 'chat',
    kind: 'client',
    startUs: 1_763_716_376_123_456,
    durationNs: 1e9,
    status: 'error',
    statusMessage: 'rate limited',
    peer: 'openai',
    events: [{ name: 'first token' }],
  });
  expect(attributeOf(span!.attributes, 'gen_ai.usage.input_tokens')).toBe('12');
});

it("makes OpenTelemetry's Zipkin exporter see a refusal", async () => {
  receiver.sink.failure = fakeError('permanent');
  expect((await exportOne()).failure).toBeInstanceOf(Error);
});
