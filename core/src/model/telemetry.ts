/** Decoded telemetry as plain data. Times are epoch milliseconds (fractions kept), 0 when not set. */
import type { Attributes, Resource, Scope } from './attributes.js';
import type { LogBatch } from './log.js';
import type { SpanBatch } from './span.js';
export type { Attributes, AttributeValue, Resource, Scope } from './attributes.js';

export type Temporality = 'unspecified' | 'delta' | 'cumulative';

interface Point {
  readonly attributes: Attributes;
  readonly startTimeMs: number;
  readonly timeMs: number;
  /** OTLP flag FLAG_NO_RECORDED_VALUE: the stream said nothing at this time. */
  readonly noRecordedValue: boolean;
}

export interface NumberPoint extends Point {
  readonly value: number;
}

export interface HistogramPoint extends Point {
  readonly count: number;
  readonly sum: number | undefined;
  /** Upper bounds, ascending, without the open last one; `counts` has one element more (or none at all). */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface ExponentialHistogramPoint extends Point {
  readonly count: number;
  readonly sum: number | undefined;
  /** base = 2^(2^-scale); positive bucket i covers (base^(offset+i), base^(offset+i+1)]. */
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

export interface SummaryPoint extends Point {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

interface MetricBase {
  readonly name: string;
  readonly unit: string;
}
export interface GaugeMetric extends MetricBase {
  readonly type: 'gauge';
  readonly points: readonly NumberPoint[];
}
export interface SumMetric extends MetricBase {
  readonly type: 'sum';
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  readonly points: readonly NumberPoint[];
}
export interface HistogramMetric extends MetricBase {
  readonly type: 'histogram';
  readonly temporality: Temporality;
  readonly points: readonly HistogramPoint[];
}
export interface ExponentialHistogramMetric extends MetricBase {
  readonly type: 'exponentialHistogram';
  readonly temporality: Temporality;
  readonly points: readonly ExponentialHistogramPoint[];
}
export interface SummaryMetric extends MetricBase {
  readonly type: 'summary';
  readonly points: readonly SummaryPoint[];
}
export type Metric = GaugeMetric | SumMetric | HistogramMetric | ExponentialHistogramMetric | SummaryMetric;

export interface ScopeMetrics {
  readonly scope: Scope;
  readonly metrics: readonly Metric[];
}
export interface ResourceMetrics {
  readonly resource: Resource;
  readonly scopes: readonly ScopeMetrics[];
}

export interface MetricBatch {
  readonly signal: 'metrics';
  readonly tenant: string;
  readonly resources: readonly ResourceMetrics[];
  /** Number of data points in the batch. */
  readonly points: number;
}

export type TelemetryBatch = MetricBatch | SpanBatch | LogBatch;
export type Signal = TelemetryBatch['signal'];
