/** Merged states of one step, bucket by bucket; retention and the bound drop whole buckets, oldest first. */
import {
  bucketStart,
  isTotal,
  mergeStates,
  slotOf,
  type MetricBucket,
  type MetricKind,
  type MetricRows,
  type MetricState,
  type SeriesKey,
  type Step,
} from '@meterlark/core';

/** Why a row was let go. */
export type DropReason = 'expired' | 'full';

type Rows = Map<string, MetricBucket>;

export interface TableRange {
  readonly tenant: string;
  readonly metric: string;
  readonly kind: MetricKind;
  readonly fromMs: number;
  readonly toMs: number;
}

export class MetricTable {
  /** Bucket start -> tenant, metric and kind -> entity, labels and source. */
  private readonly buckets = new Map<number, Map<string, Rows>>();
  private size = 0;

  constructor(
    private readonly step: Step,
    private readonly maxRows: number,
    private readonly dropped: (reason: DropReason, rows: number) => void,
  ) {}

  get rows(): number {
    return this.size;
  }

  add(rows: MetricRows, horizonMs: number): void {
    rows.keys.forEach((key, index) => {
      const minute = rows.minutes[index] ?? 0;
      const bucketMs = bucketStart(minute, this.step);
      if (bucketMs < horizonMs) this.dropped('expired', 1);
      else this.merge(key, bucketMs, stateOf(rows, index, slotOf(minute, this.step)));
    });
  }

  /** Forgets buckets that start before the horizon. */
  expire(horizonMs: number): void {
    for (const bucketMs of this.buckets.keys()) if (bucketMs < horizonMs) this.forget(bucketMs, 'expired');
  }

  *find(range: TableRange): Generator<MetricBucket> {
    const group = groupOf(range);
    for (const [bucketMs, groups] of this.buckets) {
      if (bucketMs >= range.fromMs && bucketMs < range.toMs) yield* groups.get(group)?.values() ?? [];
    }
  }

  private merge(key: SeriesKey, bucketMs: number, state: MetricState): void {
    const row = JSON.stringify([key.entityId, key.labels, key.source]);
    const found = this.buckets.get(bucketMs)?.get(groupOf(key));
    const known = found?.get(row);
    if (known === undefined && !this.makeRoom(bucketMs)) return;
    const { metric, kind, entityId, labels, source } = key;
    const merged = known === undefined ? state : mergeStates(kind, known.state, state);
    const rows = found ?? this.open(bucketMs, groupOf(key));
    rows.set(row, { metric, kind, entityId, labels, source, bucketMs, state: merged });
    if (known === undefined) this.size += 1;
  }

  private open(bucketMs: number, group: string): Rows {
    const groups = this.buckets.get(bucketMs) ?? new Map<string, Rows>();
    this.buckets.set(bucketMs, groups);
    const rows: Rows = new Map();
    groups.set(group, rows);
    return rows;
  }

  /** Lets the oldest bucket go for a newer one; refuses a row that is itself the oldest. */
  private makeRoom(bucketMs: number): boolean {
    if (this.size < this.maxRows) return true;
    let oldest = Infinity;
    for (const known of this.buckets.keys()) oldest = Math.min(oldest, known);
    if (oldest < bucketMs) this.forget(oldest, 'full');
    else this.dropped('full', 1);
    return oldest < bucketMs;
  }

  private forget(bucketMs: number, reason: DropReason): void {
    let rows = 0;
    for (const group of this.buckets.get(bucketMs)?.values() ?? []) rows += group.size;
    this.buckets.delete(bucketMs);
    this.size -= rows;
    this.dropped(reason, rows);
  }
}

function groupOf(key: Pick<SeriesKey, 'tenant' | 'metric' | 'kind'>): string {
  return JSON.stringify([key.tenant, key.metric, key.kind]);
}

function stateOf(rows: MetricRows, index: number, slot: number): MetricState {
  return {
    a: rows.a[index] ?? 0,
    b: rows.b[index] ?? 0,
    slots: isTotal(rows.kind) ? 1n << BigInt(slot) : 0n,
    histogram: rows.histograms[index],
  };
}
