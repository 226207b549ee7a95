/** Sends spans with the tracer and the OTLP/gRPC exporter of the OpenTelemetry SDK, each at the time it happened. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type SpanContext, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { RunSpan } from './agent/spans.js';

const spansPerExport = 256;
const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

/** Keeps what has ended until it is sent: the SDK's own processors drop or wait. */
class Kept implements SpanProcessor {
  readonly spans: ReadableSpan[] = [];

  onStart(): void {
    // Spans matter when they end.
  }
  onEnd(span: ReadableSpan): void {
    this.spans.push(span);
  }
  async forceFlush(): Promise<void> {
    // Nothing is under way.
  }
  async shutdown(): Promise<void> {
    // Nothing is held.
  }
}

export class OtlpSpans {
  private readonly kept = new Kept();
  private readonly exporter: OTLPTraceExporter;
  private readonly tracer: Tracer;

  constructor(url: string, resource: Readonly<Record<string, string>>, scope: string) {
    this.exporter = new OTLPTraceExporter({ url });
    this.tracer = new BasicTracerProvider({ resource: resourceFromAttributes(resource), spanProcessors: [this.kept] }).getTracer(scope);
  }

  /** `onSpan` hears of the span and all below it. Without a parent the span begins a trace. */
  record(span: RunSpan, onSpan: (span: RunSpan, context: SpanContext) => void, parent?: SpanContext): void {
    this.write(span, parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent), onSpan);
  }

  async send(): Promise<void> {
    const { spans } = this.kept;
    while (spans.length > 0) await this.export(spans.splice(0, spansPerExport));
  }

  async shutdown(): Promise<void> {
    await this.exporter.shutdown();
  }

  private write(told: RunSpan, parent: Context, onSpan: (span: RunSpan, context: SpanContext) => void): void {
    const { name, kind, startMs, durationMs, tags, failed, children, exception } = told;
    const attributes = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]));
    const span = this.tracer.startSpan(name, { kind: kinds[kind], startTime: hrTime(startMs), attributes }, parent);
    onSpan(told, span.spanContext());
    if (failed !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failed });
    for (const child of children) this.write(child, trace.setSpan(parent, span), onSpan);
    if (exception !== undefined) span.addEvent('exception', { 'exception.type': exception, 'exception.message': failed ?? '' }, hrTime(startMs + durationMs));
    span.end(hrTime(startMs + durationMs));
  }

  private async export(spans: ReadableSpan[]): Promise<void> {
    const result = await new Promise<{ code: number; error?: Error }>((done) => this.exporter.export(spans, done));
    if (result.code !== 0) throw new Error('the server refused spans', { cause: result.error });
  }
}

/** Of whole milliseconds. */
export function hrTime(timeMs: number): [number, number] {
  return [Math.floor(timeMs / 1000), (timeMs % 1000) * 1_000_000];
}
