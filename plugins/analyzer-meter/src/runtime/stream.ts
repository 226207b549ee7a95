/**
 * Hot path: the last point of one stream and the step from a cumulative to a delta value. Arrays are reused and
 * objects are mutable, because this runs for every data point.
 */
import type { ExponentialHistogramPoint, NumberPoint } from '@meterlark/core';
import { subtractExponential, type SparseBuckets } from './exponential.js';
import type { Route } from './route.js';

/** How a metric's points follow each other; `unspecified` sums are refused before they get here. */
export type Progress = 'gauge' | 'delta' | 'cumulative';

/** Outcome of a point. `stale`: cumulative and older than the last of its stream; `repeated`: the same time again. */
export type Verdict = 'taken' | 'stale' | 'repeated' | 'unusable';

/** What histograms and summaries have in common. */
export interface CountedPoint {
  readonly startTimeMs: number;
  readonly timeMs: number;
  readonly count: number;
  readonly sum: number | undefined;
}

const remembered = 8;
const none = new Float64Array(0);

export class Stream {
  route: Route | undefined;
  /** Server time of the last point, for idle expiry. */
  seenMs = 0;
  /** Minute in which its entities were reported last. */
  observedMinute = -1;
  /** Point time of the last point; -1 before the first. */
  lastMs = -1;
  /** Value, or count of a histogram. */
  value = 0;
  sum = Number.NaN;
  counts: Float64Array = none;
  exponential: SparseBuckets | undefined;
  /** Routes of an exponential histogram's buckets by upper bound. */
  lanes: Map<number, Route> | undefined;
  /** The stream of the same attributes with another start time or other bounds. */
  next: Stream | undefined;
  /** Times of the last delta points and their starts, oldest overwritten: deltas may overtake each other. */
  private times: Float64Array | undefined;
  private cursor = 0;

  constructor(
    readonly startMs: number,
    /** Bounds of a histogram, quantiles of a summary. */
    readonly bounds: readonly number[],
    /** The first cumulative value is all new, not the baseline. */
    readonly countsFromZero: boolean,
  ) {}

  /** Takes over what another stream, of other bounds, has counted; buckets begin with the next point as their baseline. */
  continueFrom(other: Stream): void {
    this.value = other.value;
    this.sum = other.sum;
    this.lastMs = other.lastMs;
  }

  /** Puts the increase of a number into `delta[0]`; NaN for a gauge that came late, because what followed is counted. */
  advanceNumber(point: NumberPoint, progress: Progress, monotonic: boolean, delta: Float64Array): Verdict {
    if (!Number.isFinite(point.value)) return 'unusable';
    const verdict = this.order(point.startTimeMs, point.timeMs, progress);
    if (verdict !== 'taken') return verdict;
    const isNewest = point.timeMs > this.lastMs;
    if (progress === 'delta') delta[0] = point.value;
    else delta[0] = isNewest ? this.increase(point.value, monotonic) : Number.NaN;
    if (!isNewest) return verdict;
    this.value = point.value;
    this.lastMs = point.timeMs;
    return verdict;
  }

  /** Puts the increase of count, sum and buckets into `delta[0]`, `delta[1]` (NaN without a sum) and `delta[2 + i]`. */
  advanceHistogram(point: CountedPoint, counts: readonly number[], progress: Progress, delta: Float64Array): Verdict {
    const verdict = this.order(point.startTimeMs, point.timeMs, progress);
    if (verdict !== 'taken') return verdict;
    const sum = point.sum ?? Number.NaN;
    if (progress === 'delta') {
      delta[0] = point.count;
      delta[1] = sum;
      for (let index = 0; index < counts.length; index += 1) delta[index + 2] = counts[index] ?? 0;
    } else {
      this.subtract(point.count, sum, counts, delta);
    }
    this.lastMs = Math.max(this.lastMs, point.timeMs);
    return verdict;
  }

  /** Count and sum into `delta`; the changed buckets are returned. */
  advanceExponential(
    point: ExponentialHistogramPoint,
    buckets: SparseBuckets,
    progress: Progress,
    delta: Float64Array,
  ): SparseBuckets | undefined {
    const sum = point.sum ?? Number.NaN;
    if (progress === 'delta') {
      delta[0] = point.count;
      delta[1] = sum;
      this.lastMs = Math.max(this.lastMs, point.timeMs);
      return buckets;
    }
    const before = this.lastMs < 0 ? undefined : this.exponential;
    const changed = before === undefined ? undefined : subtractExponential(buckets, before);
    const fromZero = before === undefined ? this.countsFromZero : changed === undefined || point.count < this.value;
    const kept = fromZero ? buckets : changed;
    delta[0] = fromZero ? point.count : before === undefined ? 0 : point.count - this.value;
    delta[1] = fromZero ? sum : before === undefined ? 0 : sum - this.sum;
    this.value = point.count;
    this.sum = sum;
    this.exponential = buckets;
    this.lastMs = point.timeMs;
    return kept;
  }

  /** Whether a point of this time is new to the stream; what may come late is noted. */
  order(startMs: number, timeMs: number, progress: Progress): Verdict {
    if (progress === 'delta') return this.orderLoose(startMs, timeMs);
    if (progress === 'gauge') return this.orderLoose(0, timeMs);
    if (timeMs > this.lastMs) return 'taken';
    return timeMs === this.lastMs ? 'repeated' : 'stale';
  }

  /** Deltas and gauges belong into their own minute in whatever order they come: once each, as far as remembered. */
  private orderLoose(startMs: number, timeMs: number): Verdict {
    const times = (this.times ??= new Float64Array(2 * remembered).fill(-1));
    if (timeMs <= this.lastMs) {
      for (let index = 0; index < times.length; index += 2) {
        if (times[index] === timeMs && times[index + 1] === startMs) return 'repeated';
      }
    }
    times[2 * this.cursor] = timeMs;
    times[2 * this.cursor + 1] = startMs;
    this.cursor = (this.cursor + 1) % remembered;
    return 'taken';
  }

  private increase(value: number, monotonic: boolean): number {
    if (this.lastMs < 0) return this.countsFromZero ? value : 0;
    if (value >= this.value) return value - this.value;
    return monotonic ? value : 0;
  }

  private subtract(total: number, sum: number, counts: readonly number[], delta: Float64Array): void {
    const first = this.lastMs < 0;
    const fromZero = first ? this.countsFromZero : this.hasFallen(total, counts);
    delta[0] = fromZero ? total : first ? 0 : total - this.value;
    delta[1] = fromZero ? sum : first ? 0 : sum - this.sum;
    const baseline = first || this.counts.length !== counts.length;
    if (this.counts.length !== counts.length) this.counts = new Float64Array(counts.length);
    const before = this.counts;
    for (let index = 0; index < counts.length; index += 1) {
      const count = counts[index] ?? 0;
      delta[index + 2] = fromZero ? count : baseline ? 0 : count - (before[index] ?? 0);
      before[index] = count;
    }
    this.value = total;
    this.sum = sum;
  }

  private hasFallen(total: number, counts: readonly number[]): boolean {
    if (total < this.value) return true;
    for (let index = 0; index < counts.length; index += 1) if ((counts[index] ?? 0) < (this.counts[index] ?? 0)) return true;
    return false;
  }
}
