/** What Envoy AI Gateway tells of its requests over OTLP/gRPC, through OpenTelemetry's own SDKs, set up by their variables alone. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { detectResources, envDetector, type Resource } from '@opentelemetry/resources';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { accessLog, type Tags } from './senders.js';

export interface Passed {
  readonly id: string;
  readonly model: string;
  readonly streaming: boolean;
  readonly startMs: number;
  readonly durationMs: number;
  readonly status: number;
  readonly tokens?: { readonly input: number; readonly output: number };
}

const scope = 'envoyproxy/ai-gateway';

/** Everything is sent when it returns. The variables of the exporters are read from the process's environment. */
export async function tellAll(passed: readonly Passed[]): Promise<void> {
  const resource = detectResources({ detectors: [envDetector] });
  await Promise.all([tellSpans(resource, passed), tellLogs(resource, passed), tellMetrics(resource, passed)]);
}

async function tellSpans(resource: Resource, passed: readonly Passed[]): Promise<void> {
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())] });
  for (const { id, model, startMs, durationMs, status, tokens } of passed) {
    const span = provider.getTracer(scope).startSpan('ChatCompletion', { kind: SpanKind.INTERNAL, startTime: startMs });
    span.setAttributes({
      'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': model, 'llm.invocation_parameters': JSON.stringify({ model }), 'x-request-id': id,
      ...(tokens === undefined ? {} : { 'llm.token_count.prompt': tokens.input, 'llm.token_count.completion': tokens.output, 'llm.token_count.total': tokens.input + tokens.output }),
    });
    if (status >= 400) {
      span.addEvent('exception', { 'exception.type': 'NotFoundError', 'exception.message': `Error code: ${status}` }, startMs + durationMs);
      span.setStatus({ code: SpanStatusCode.ERROR, message: `Error code: ${status}` });
    } else span.setStatus({ code: SpanStatusCode.OK });
    span.end(startMs + durationMs);
  }
  await provider.forceFlush();
  await provider.shutdown();
}

async function tellLogs(resource: Resource, passed: readonly Passed[]): Promise<void> {
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor(new OTLPLogExporter())] });
  for (const { id, model, startMs, durationMs, status, tokens } of passed) {
    const used: Tags = tokens === undefined ? {} : {
      'gen_ai.response.model': model, 'gen_ai.usage.input_tokens': String(tokens.input), 'gen_ai.usage.output_tokens': String(tokens.output),
    };
    const line = accessLog({ model, code: String(status), duration: String(durationMs), 'x-request-id': id, ...used }, { timeMs: startMs });
    provider.getLogger('').emit({ timestamp: startMs, body: line.body as string, attributes: line.attributes as Record<string, string> });
  }
  await provider.forceFlush();
  await provider.shutdown();
}

async function tellMetrics(resource: Resource, passed: readonly Passed[]): Promise<void> {
  // Its own interval never comes: the shutdown pushes.
  const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(), exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter(scope);
  const duration = meter.createHistogram('gen_ai.server.request.duration', { unit: 's' });
  const firstToken = meter.createHistogram('gen_ai.server.time_to_first_token', { unit: 's' });
  const usage = meter.createHistogram('gen_ai.client.token.usage', { unit: 'token' });
  for (const { model, streaming, durationMs, status, tokens } of passed) {
    const named = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.original.model': model, 'gen_ai.request.model': model, 'gen_ai.response.model': model };
    duration.record(durationMs / 1000, status >= 400 ? { ...named, 'error.type': '_OTHER' } : named);
    if (streaming) firstToken.record(durationMs / 2000, named);
    if (tokens === undefined) continue;
    usage.record(tokens.input, { ...named, 'gen_ai.token.type': 'input' });
    usage.record(tokens.output, { ...named, 'gen_ai.token.type': 'output' });
  }
  await provider.shutdown();
}
