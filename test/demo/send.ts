/** Sends traffic with the OpenTelemetry SDK's own exporters. */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import type { GatewayMeter } from './gateway.js';
import { instruments, measure, type Instrument } from './instruments.js';
import type { TrafficEvent } from './traffic.js';

export const exportIntervalMs = 15_000;

export function grpcExporter(url: string): PushMetricExporter {
  return new OTLPMetricExporter({ url });
}

export async function send(exporter: PushMetricExporter, metrics: ResourceMetrics): Promise<void> {
  const result = await new Promise<{ code: number; error?: Error }>((done) => exporter.export(metrics, done));
  if (result.code !== 0) throw new Error('the server refused an export', { cause: result.error });
}

export interface BackfillOptions {
  readonly exporter: PushMetricExporter;
  readonly meter: GatewayMeter;
  /** In time order; those before `fromMs` happened before anyone listened. */
  readonly events: readonly TrafficEvent[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** One export per interval, as the gateway would have sent it then; gives the number of exports. */
export async function backfill({ exporter, meter, events, fromMs, toMs }: BackfillOptions): Promise<number> {
  let next = 0;
  let exports = 0;
  for (let endMs = fromMs; endMs <= toMs; endMs += exportIntervalMs) {
    for (; next < events.length && events[next]!.timeMs < endMs; next += 1) measure(events[next]!).forEach((one) => meter.record(one));
    // The last millisecond of the interval: at its very end the next minute has begun.
    const metrics = meter.collect(endMs - 1);
    if (metrics.scopeMetrics.some((scope) => scope.metrics.length > 0)) {
      await send(exporter, metrics);
      exports += 1;
    }
  }
  return exports;
}

export interface LiveOptions {
  readonly exporter: PushMetricExporter;
  readonly service: string;
  readonly seconds: number;
  /** Events by the time at which they happen. */
  readonly events: readonly TrafficEvent[];
}

/** Plays the events in real time through a MeterProvider of the SDK. */
export async function live({ exporter, service, seconds, events }: LiveOptions): Promise<void> {
  const all: readonly Instrument[] = Object.values(instruments);
  const views = all.flatMap(({ name, bounds }): ViewOptions[] => {
    if (bounds === undefined) return [];
    const options = { boundaries: [...bounds] };
    return [{ instrumentName: name, aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options } }];
  });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 5_000 });
  const resource = resourceFromAttributes({
    'service.name': service,
    'service.instance.id': 'live-1',
    job_name: 'envoy-ai-gateway',
  });
  const provider = new MeterProvider({ resource, readers: [reader], views });
  const meter = provider.getMeter('envoyproxy/ai-gateway');
  const recorders = new Map(
    all.map((instrument) => {
      const { name, unit, bounds } = instrument;
      if (bounds === undefined) {
        const counter = meter.createCounter(name, { unit });
        return [instrument, counter.add.bind(counter)] as const;
      }
      const histogram = meter.createHistogram(name, { unit });
      return [instrument, histogram.record.bind(histogram)] as const;
    }),
  );
  const endMs = Date.now() + seconds * 1000;
  for (const event of events) {
    const waitMs = event.timeMs - Date.now();
    if (waitMs > 0) await new Promise((done) => setTimeout(done, waitMs));
    for (const { instrument, value, attributes } of measure(event)) recorders.get(instrument)!(value, attributes);
  }
  await new Promise((done) => setTimeout(done, Math.max(0, endMs - Date.now())));
  await provider.shutdown();
}
