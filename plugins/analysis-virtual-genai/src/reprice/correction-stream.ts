/**
 * A stream for corrections of stored minutes. What one call takes away and what it adds meet in `settle`, so that
 * whatever did not change cancels out to nothing, exactly; the rest adds up until it is taken as rows.
 */
import type { HistogramState, MetricKind, MetricRows, MetricStream, SeriesKey } from '@meterlark/core';

const minuteMs = 60_000;
const pairs: ReadonlySet<MetricKind> = new Set<MetricKind>(['ratio', 'gauge', 'total', 'latest', 'totalLatest']);

interface Slot {
  readonly key: SeriesKey;
  /** Upper bound of a histogram's bucket. */
  readonly bound: number;
  /** Second of a pair. */
  readonly second: boolean;
}

/** By minute. */
type Increments = Map<number, Map<number, number>>;

export type CorrectionTarget = Pick<
  MetricStream,
  'epoch' | 'series' | 'buckets' | 'add' | 'addPair' | 'min' | 'max' | 'latest' | 'acceptedMinutes'
>;

export class CorrectionStream implements CorrectionTarget {
  private currentEpoch = 1;
  private slots: Slot[] = [];
  private scalars = new Map<string, number>();
  private bounds = new Map<string, number>();
  private ofCall: Increments = new Map();
  private all: Increments = new Map();

  get epoch(): number {
    return this.currentEpoch;
  }

  /** Stored minutes may be of any age; the store drops what is past its lifetime. */
  acceptedMinutes(): { readonly first: number; readonly last: number } {
    return { first: Number.NEGATIVE_INFINITY, last: Number.POSITIVE_INFINITY };
  }

  series(key: SeriesKey): number {
    const name = nameOf(key);
    const known = this.scalars.get(name);
    if (known !== undefined) return known;
    const first = this.slots.push({ key, bound: 0, second: false }) - 1;
    if (pairs.has(key.kind)) this.slots.push({ key, bound: 0, second: true });
    this.scalars.set(name, first);
    return first;
  }

  buckets(key: SeriesKey, bounds: readonly number[]): Int32Array {
    const name = nameOf(key);
    return Int32Array.from(bounds, (bound) => {
      const place = `${name}\n${bound}`;
      let slot = this.bounds.get(place);
      if (slot === undefined) this.bounds.set(place, (slot = this.slots.push({ key, bound, second: false }) - 1));
      return slot;
    });
  }

  add(slot: number, minute: number, value: number): void {
    addTo(this.ofCall, { slot, minute, value });
  }

  addPair(slot: number, minute: number, a: number, b: number): void {
    this.add(slot, minute, a);
    this.add(slot + 1, minute, b);
  }

  /** The extremes of a call do not depend on its price, and what was seen cannot be unseen. */
  min(): void {}
  max(): void {}
  latest(): void {}

  /** Ends a call: what is not zero joins the correction. */
  settle(): void {
    for (const [minute, values] of this.ofCall) {
      for (const [slot, value] of values) if (value !== 0 && Number.isFinite(value)) addTo(this.all, { slot, minute, value });
    }
    this.ofCall.clear();
  }

  /** Rows so far, in an order that depends on nothing but the calls; starts again from nothing. */
  take(): readonly MetricRows[] {
    const kinds = new Map<MetricKind, Columns>();
    for (const minute of [...this.all.keys()].sort((left, right) => left - right)) {
      for (const row of rowsOf(this.all.get(minute) ?? new Map<number, number>(), this.slots)) {
        const columns = kinds.get(row.key.kind) ?? emptyColumns();
        kinds.set(row.key.kind, columns);
        columns.keys.push(row.key);
        columns.minutes.push(minute * minuteMs);
        columns.a.push(row.a);
        columns.b.push(row.b);
        if (row.histogram !== undefined) columns.histograms.push(row.histogram);
      }
    }
    this.forget();
    return [...kinds].map(([kind, columns]) => ({
      kind, keys: columns.keys, histograms: columns.histograms,
      minutes: Float64Array.from(columns.minutes), a: Float64Array.from(columns.a), b: Float64Array.from(columns.b),
    }));
  }

  private forget(): void {
    this.currentEpoch += 1;
    this.slots = [];
    this.scalars = new Map();
    this.bounds = new Map();
    this.ofCall = new Map();
    this.all = new Map();
  }
}

interface Columns {
  readonly keys: SeriesKey[];
  readonly minutes: number[];
  readonly a: number[];
  readonly b: number[];
  readonly histograms: HistogramState[];
}

function emptyColumns(): Columns {
  return { keys: [], minutes: [], a: [], b: [], histograms: [] };
}

interface Row {
  readonly key: SeriesKey;
  a: number;
  b: number;
  histogram: { readonly bounds: number[]; readonly counts: number[] } | undefined;
}

function rowsOf(values: ReadonlyMap<number, number>, slots: readonly Slot[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const slot of [...values.keys()].sort((left, right) => left - right)) {
    const known = slots[slot];
    const value = values.get(slot) ?? 0;
    if (known === undefined || value === 0) continue;
    const name = nameOf(known.key);
    const row = rows.get(name) ?? { key: known.key, a: 0, b: 0, histogram: undefined };
    rows.set(name, row);
    if (known.key.kind === 'histogram') place((row.histogram ??= { bounds: [], counts: [] }), known.bound, value);
    else if (known.second) row.b = value;
    else row.a = value;
  }
  return [...rows.values()];
}

/** Bounds ascend. */
function place({ bounds, counts }: { bounds: number[]; counts: number[] }, bound: number, count: number): void {
  const found = bounds.findIndex((one) => one > bound);
  const at = found < 0 ? bounds.length : found;
  bounds.splice(at, 0, bound);
  counts.splice(at, 0, count);
}

function addTo(increments: Increments, { slot, minute, value }: { slot: number; minute: number; value: number }): void {
  let values = increments.get(minute);
  if (values === undefined) increments.set(minute, (values = new Map<number, number>()));
  values.set(slot, (values.get(slot) ?? 0) + value);
}

function nameOf({ tenant, metric, kind, entityId, labels, source }: SeriesKey): string {
  return `${tenant}\n${metric}\n${kind}\n${entityId}\n${labels}\n${source}`;
}
