/** Hot path: shape and increase of one data point of any kind. */
import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  NumberPoint,
  SummaryPoint,
} from '@meterlark/core';
import { sparse, upperBounds, type UpperBound } from './exponential.js';
import { javaDouble } from './java-double.js';
import type { Field } from './route.js';
import type { CountedPoint, Stream, Verdict } from './stream.js';
import type { MetricState } from './stream-states.js';
import { PointValues } from './value-writer.js';

type Point = Metric['points'][number];

const nothing: readonly number[] = [];
const noBuckets: readonly UpperBound[] = [];

export class PointReader {
  /** Values of the point that was read last. */
  readonly values = new PointValues();
  /** Changed buckets of the exponential histogram that was read last. */
  upper: readonly UpperBound[] = noBuckets;
  /** One value, for a bucket of an exponential histogram; its raw value is not known. */
  readonly lane = new PointValues();

  constructor() {
    this.lane.resize(1);
    this.lane.raw[0] = Number.NaN;
  }

  /**
   * What tells streams of one attribute set apart: bounds of a histogram with buckets, quantiles of a summary, else
   * empty. undefined when bucket counts and bounds do not fit together.
   */
  bounds(metric: MetricState, point: Point): readonly number[] | undefined {
    if (metric.type === 'summary') return (point as SummaryPoint).quantiles.map(({ quantile }) => quantile);
    if (metric.type !== 'histogram') return nothing;
    const { counts, bounds } = point as HistogramPoint;
    if (counts.length < 2) return nothing;
    return counts.length === bounds.length + 1 ? bounds : undefined;
  }

  /** Sample families of a stream, in the order of the values. */
  fields({ type, family, fields }: MetricState, bounds: readonly number[]): readonly Field[] {
    if (type === 'gauge' || type === 'sum') return [{ family, label: undefined }];
    let known = fields.get(bounds);
    if (known === undefined) {
      known = type === 'summary' ? summaryFields(family, bounds) : histogramFields(family, bounds);
      fields.set(bounds, known);
    }
    return known;
  }

  /** Fills `values` (and `upper`) when the point is taken. */
  read(metric: MetricState, stream: Stream, point: Point): Verdict {
    this.upper = noBuckets;
    switch (metric.type) {
      case 'gauge':
      case 'sum':
        return this.readNumber(metric, stream, point as NumberPoint);
      case 'histogram':
        return this.readHistogram(metric, stream, point as HistogramPoint);
      case 'exponentialHistogram':
        return this.readExponential(metric, stream, point as ExponentialHistogramPoint);
      case 'summary':
        return this.readSummary(metric, stream, point as SummaryPoint);
    }
  }

  bucketField(metric: MetricState, upper: number): Field {
    return { family: metric.family, label: ['le', javaDouble(upper)] };
  }

  private readNumber(metric: MetricState, stream: Stream, point: NumberPoint): Verdict {
    const { values } = this;
    values.resize(1);
    values.raw[0] = point.value;
    return stream.advanceNumber(point, metric.progress, metric.monotonic, values.delta);
  }

  private readHistogram(metric: MetricState, stream: Stream, point: HistogramPoint): Verdict {
    const counts = stream.bounds.length === 0 ? nothing : point.counts;
    const { values } = this;
    values.resize(counts.length + 2);
    for (let index = 0; index < counts.length; index += 1) values.raw[index + 2] = counts[index] ?? 0;
    return this.readCounted(metric, stream, point, counts);
  }

  private readSummary(metric: MetricState, stream: Stream, point: SummaryPoint): Verdict {
    const { values } = this;
    const { quantiles } = point;
    values.resize(quantiles.length + 2);
    for (let index = 0; index < quantiles.length; index += 1) {
      values.raw[index + 2] = quantiles[index]?.value ?? Number.NaN;
      values.delta[index + 2] = Number.NaN;
    }
    return this.readCounted(metric, stream, point, nothing);
  }

  private readCounted(metric: MetricState, stream: Stream, point: CountedPoint, counts: readonly number[]): Verdict {
    const { raw, delta } = this.values;
    raw[0] = point.count;
    raw[1] = finiteOrNaN(point.sum);
    return stream.advanceHistogram(point, counts, metric.progress, delta);
  }

  private readExponential(metric: MetricState, stream: Stream, point: ExponentialHistogramPoint): Verdict {
    const { values } = this;
    values.resize(2);
    values.raw[0] = point.count;
    values.raw[1] = finiteOrNaN(point.sum);
    const verdict = stream.order(point.startTimeMs, point.timeMs, metric.progress);
    if (verdict !== 'taken') return verdict;
    const changed = stream.advanceExponential(point, sparse(point), metric.progress, values.delta);
    this.upper = changed === undefined ? noBuckets : (upperBounds(changed) ?? noBuckets);
    return verdict;
  }
}

function finiteOrNaN(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : Number.NaN;
}

function histogramFields(family: string, bounds: readonly number[]): readonly Field[] {
  const buckets: Field[] = bounds.map((bound) => ({ family, label: ['le', javaDouble(bound)] }));
  if (buckets.length > 0) buckets.push({ family, label: ['le', 'Infinity'] });
  return [countField(family), sumField(family), ...buckets];
}

function summaryFields(family: string, quantiles: readonly number[]): readonly Field[] {
  const values = quantiles.map((quantile): Field => ({ family, label: ['quantile', javaDouble(quantile)] }));
  return [countField(family), sumField(family), ...values];
}

function countField(family: string): Field {
  return { family: `${family}_count`, label: undefined };
}

function sumField(family: string): Field {
  return { family: `${family}_sum`, label: undefined };
}
