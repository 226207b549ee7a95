/** Which slots belong to which series; numbers are handed out once per epoch. */
import { serviceId } from '../model/entity.js';
import type { MetricKind, SeriesKey } from '../model/metric.js';
import { overflowLabels, overflowName, type OverflowReason, type SeriesLimits } from './series-limits.js';

/** Slots per page; the two slots of a pair never lie on two pages. */
export const pageSlots = 4096;

const pairKinds: ReadonlySet<MetricKind> = new Set(['ratio', 'gauge', 'total', 'latest', 'totalLatest']);

/** Shared by all scalars, never written. */
const noBuckets = new Map<number, number>();

/** A histogram's further bounds over this many go to the next larger one it has. */
const maxBuckets = 512;

/** The entity whose series are made even when no slots are left. */
const spareEntityId = serviceId({ name: overflowName, normal: true });

export interface Series {
  readonly key: SeriesKey;
  readonly pair: boolean;
  /** First slot; -1 for a histogram. */
  slot: number;
  /** Bound to slot, histograms only. */
  readonly buckets: Map<number, number>;
  /** When it last had data (or was made), epoch ms. */
  seenMs: number;
}

/** What slots mean; both lists stay as they are when the table is numbered anew. */
export interface SlotNames {
  readonly owners: readonly (Series | undefined)[];
  /** Of histograms' slots, 0 for others. */
  readonly bounds: readonly number[];
}

export interface SeriesTableOptions {
  readonly maxSlots: number;
  readonly limits: SeriesLimits;
  /** Scope of a metric's entities, "" when not defined. */
  readonly scopeOf: (metric: string) => string;
  readonly overflowed: (reason: OverflowReason | 'buckets') => void;
}

export class SeriesTable {
  private readonly byKey = new Map<string, Series>();
  private owners: (Series | undefined)[] = [];
  private bounds: number[] = [];

  constructor(private readonly options: SeriesTableOptions) {}

  get size(): number {
    return this.byKey.size;
  }

  get slots(): number {
    return this.owners.length;
  }

  /** Meaning of the numbers of this epoch. */
  get names(): SlotNames {
    return { owners: this.owners, bounds: this.bounds };
  }

  /** First slot of a scalar series. */
  scalar(key: SeriesKey, nowMs: number): number {
    return this.find(key, nowMs).slot;
  }

  /** One slot per bound, in the order given. */
  histogram(key: SeriesKey, bounds: readonly number[], nowMs: number): Int32Array {
    const series = this.find(key, nowMs);
    return Int32Array.from(bounds, (bound) => series.buckets.get(bound) ?? this.bucket(series, bound));
  }

  /** Forgets series without data since the horizon and numbers the others anew; the limits must have been cleared. */
  forget(horizonMs: number): void {
    const live = [...this.byKey.values()].filter((series) => series.seenMs >= horizonMs);
    this.byKey.clear();
    this.owners = [];
    this.bounds = [];
    for (const series of live) {
      this.options.limits.fit(series.key, this.options.scopeOf(series.key.metric));
      this.byKey.set(textOf(series.key), series);
      this.number(series);
    }
  }

  idle(horizonMs: number): number {
    let count = 0;
    for (const series of this.byKey.values()) if (series.seenMs < horizonMs) count += 1;
    return count;
  }

  private find(key: SeriesKey, nowMs: number): Series {
    const known = this.byKey.get(textOf(key));
    if (known !== undefined) return known;
    const { key: fitted, reason } = this.options.limits.fit(key, this.options.scopeOf(key.metric));
    if (reason !== undefined) this.options.overflowed(reason);
    return this.byKey.get(textOf(fitted)) ?? this.create(this.withinSlots(fitted), nowMs);
  }

  /** With no slots left everything of a metric that is not known yet goes to one series, so that few come on top. */
  private withinSlots(key: SeriesKey): SeriesKey {
    if (this.slots < this.options.maxSlots) return key;
    this.options.overflowed('slots');
    return { ...key, entityId: spareEntityId, labels: overflowLabels(key.labels), source: '' };
  }

  private create(key: SeriesKey, nowMs: number): Series {
    const text = textOf(key);
    const known = this.byKey.get(text);
    if (known !== undefined) return known;
    const buckets = key.kind === 'histogram' ? new Map<number, number>() : noBuckets;
    const series: Series = { key, pair: pairKinds.has(key.kind), slot: -1, buckets, seenMs: nowMs };
    this.byKey.set(text, series);
    this.number(series);
    return series;
  }

  private number(series: Series): void {
    if (series.key.kind === 'histogram') {
      for (const bound of series.buckets.keys()) series.buckets.set(bound, this.take(series, bound));
      return;
    }
    if (series.pair && this.slots % pageSlots === pageSlots - 1) this.take(undefined, 0);
    series.slot = this.take(series, 0);
    if (series.pair) this.take(series, 0);
  }

  private bucket(series: Series, bound: number): number {
    const noSlots = this.slots >= this.options.maxSlots && series.key.entityId !== spareEntityId;
    if ((noSlots && series.buckets.size > 0) || series.buckets.size >= maxBuckets) {
      this.options.overflowed('buckets');
      return nextLarger(series.buckets, bound);
    }
    const slot = this.take(series, bound);
    series.buckets.set(bound, slot);
    return slot;
  }

  private take(series: Series | undefined, bound: number): number {
    this.owners.push(series);
    this.bounds.push(bound);
    return this.owners.length - 1;
  }
}

/** Slot of the smallest bound above, or of the greatest there is: coarser, but every observation is counted. */
function nextLarger(buckets: ReadonlyMap<number, number>, bound: number): number {
  let best = Infinity;
  let greatest = -Infinity;
  for (const known of buckets.keys()) {
    if (known >= bound && known < best) best = known;
    if (known > greatest) greatest = known;
  }
  return buckets.get(best) ?? buckets.get(greatest) ?? 0;
}

/** Lengths first, because any name may hold any separator. */
function textOf(key: SeriesKey): string {
  const { tenant, metric, kind, entityId, labels, source } = key;
  return `${tenant.length},${metric.length},${entityId.length},${labels.length},${kind},${tenant}${metric}${entityId}${labels}${source}`;
}
