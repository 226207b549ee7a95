/** Sends runs with the tracer and the OTLP/gRPC exporter of the OpenTelemetry SDK, each span at the time it happened. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { RunSpan } from './spans.js';

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

export class OtlpRuns {
  private readonly kept = new Kept();
  private readonly exporter: OTLPTraceExporter;
  private readonly tracer: Tracer;

  constructor(url: string, service: string) {
    this.exporter = new OTLPTraceExporter({ url });
    const resource = resourceFromAttributes({ 'service.name': service, 'service.instance.id': `${service}-1` });
    this.tracer = new BasicTracerProvider({ resource, spanProcessors: [this.kept] }).getTracer('demo-agent');
  }

  /** Gives the trace's id. */
  record(span: RunSpan): string {
    return this.write(span, ROOT_CONTEXT);
  }

  async send(): Promise<void> {
    const { spans } = this.kept;
    while (spans.length > 0) await this.export(spans.splice(0, spansPerExport));
  }

  async shutdown(): Promise<void> {
    await this.exporter.shutdown();
  }

  private write({ name, kind, startMs, durationMs, tags, failed, children }: RunSpan, parent: Context): string {
    const attributes = Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]));
    const span = this.tracer.startSpan(name, { kind: kinds[kind], startTime: hrTime(startMs), attributes }, parent);
    if (failed !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failed });
    for (const child of children) this.write(child, trace.setSpan(parent, span));
    span.end(hrTime(startMs + durationMs));
    return span.spanContext().traceId;
  }

  private async export(spans: ReadableSpan[]): Promise<void> {
    const result = await new Promise<{ code: number; error?: Error }>((done) => this.exporter.export(spans, done));
    if (result.code !== 0) throw new Error('the server refused spans', { cause: result.error });
  }
}

function hrTime(timeMs: number): [number, number] {
  return [Math.floor(timeMs / 1000), (timeMs % 1000) * 1_000_000];
}
