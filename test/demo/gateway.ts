/**
 * A gateway's meter with a clock of its own: it aggregates measurements as an OpenTelemetry SDK does and gives
 * the SDK's ResourceMetrics, so that the SDK's own exporters can send the past.
 */
import { ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Instrument, Measurement } from './instruments.js';

type MetricData = ResourceMetrics['scopeMetrics'][number]['metrics'][number];
type HrTime = [number, number];

interface Stream {
  readonly attributes: Readonly<Record<string, string>>;
  startMs: number;
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly counts: number[];
}

export interface GatewayOptions {
  readonly service: string;
  readonly instance: string;
  readonly temporality: 'cumulative' | 'delta';
  readonly startMs: number;
  /** Added to the resource; `job_name` is set unless this says otherwise. */
  readonly attributes?: Readonly<Record<string, string>>;
}

function hrTime(timeMs: number): HrTime {
  const seconds = Math.floor(timeMs / 1000);
  return [seconds, Math.round((timeMs - seconds * 1000) * 1e6)];
}

export class GatewayMeter {
  private readonly streams = new Map<Instrument, Map<string, Stream>>();
  private startMs: number;
  private lastCollectMs: number;

  constructor(private readonly options: GatewayOptions) {
    this.startMs = options.startMs;
    this.lastCollectMs = options.startMs;
  }

  record({ instrument, value, attributes }: Measurement): void {
    let streams = this.streams.get(instrument);
    if (streams === undefined) this.streams.set(instrument, (streams = new Map<string, Stream>()));
    const key = JSON.stringify(attributes);
    let stream = streams.get(key);
    if (stream === undefined) streams.set(key, (stream = this.newStream(attributes, instrument)));
    stream.count += 1;
    stream.sum += value;
    stream.min = Math.min(stream.min, value);
    stream.max = Math.max(stream.max, value);
    const bucket = (instrument.bounds ?? []).findIndex((bound) => value <= bound);
    const index = bucket < 0 ? stream.counts.length - 1 : bucket;
    stream.counts[index] = (stream.counts[index] ?? 0) + 1;
  }

  /** What the gateway would export at this time; delta temporality starts again from zero. */
  collect(timeMs: number): ResourceMetrics {
    const delta = this.options.temporality === 'delta';
    const metrics = [...this.streams].map(([instrument, streams]) => this.metricOf(instrument, streams, timeMs));
    if (delta) this.streams.clear();
    this.lastCollectMs = timeMs;
    return {
      resource: resourceFromAttributes({
        'service.name': this.options.service,
        'service.instance.id': this.options.instance,
        job_name: 'envoy-ai-gateway',
        'service.layer': 'ENVOY_AI_GATEWAY',
        ...this.options.attributes,
      }),
      scopeMetrics: [{ scope: { name: 'envoyproxy/ai-gateway' }, metrics }],
    };
  }

  /** The process ends and another starts: streams begin again, with a new start time. */
  restart(timeMs: number): void {
    this.streams.clear();
    this.lastCollectMs = timeMs;
    this.startMs = timeMs;
  }

  private newStream(attributes: Readonly<Record<string, string>>, instrument: Instrument): Stream {
    const startMs = this.options.temporality === 'delta' ? this.lastCollectMs : this.startMs;
    const counts = new Array<number>((instrument.bounds ?? []).length + 1).fill(0);
    return { attributes, startMs, count: 0, sum: 0, min: Infinity, max: -Infinity, counts };
  }

  private metricOf(instrument: Instrument, streams: Map<string, Stream>, timeMs: number): MetricData {
    const aggregationTemporality =
      this.options.temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
    const descriptor = { name: instrument.name, description: '', unit: instrument.unit, valueType: ValueType.DOUBLE, advice: {} };
    const points = [...streams.values()].map((stream) => ({
      stream,
      common: { startTime: hrTime(stream.startMs), endTime: hrTime(timeMs), attributes: { ...stream.attributes } },
    }));
    if (instrument.bounds === undefined) {
      const dataPoints = points.map(({ stream, common }) => ({ ...common, value: stream.sum }));
      return { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
    }
    const boundaries = [...instrument.bounds];
    const dataPoints = points.map(({ stream, common }) => ({
      ...common,
      value: {
        buckets: { boundaries, counts: [...stream.counts] },
        sum: stream.sum,
        count: stream.count,
        min: stream.min,
        max: stream.max,
      },
    }));
    return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
}
