/** Stored states as increments in minutes: what, written, merges into the same states. */
import type { MetricBucket } from '../../contract/storage.js';
import { isTotal } from '../../model/metric-merge.js';
import type { HistogramState, MetricKind, MetricRows, SeriesKey, Step } from '../../model/metric.js';
import { minuteMs } from '../../model/time.js';

interface Columns {
  readonly keys: SeriesKey[];
  readonly minutes: number[];
  readonly a: number[];
  readonly b: number[];
  readonly histograms: HistogramState[];
}

/** Minutes of a slot: one of an hour, the first of a 24-minute part of a day. */
const slotMinutes: Readonly<Record<Step, number>> = { minute: 0, hour: 1, day: 24 };

const emptyHistogram: HistogramState = { bounds: [], counts: [] };

/** One batch in the making. */
export class Increments {
  private readonly kinds = new Map<MetricKind, Columns>();
  private key: SeriesKey | undefined;
  private size = 0;

  get count(): number {
    return this.size;
  }

  /**
   * A state of a total has one row for each of its slots: the first has the sums, the others nothing to add, and what is
   * greatest, least or newest stands in all. Any other state is one row, in the first minute of its bucket.
   */
  add(tenant: string, step: Step, bucket: MetricBucket): void {
    const key = this.keyOf(tenant, bucket);
    const { kind, bucketMs, state } = bucket;
    if (!isTotal(kind) || step === 'minute' || state.slots === 0n) return this.row(key, bucketMs, bucket);
    let isFirst = true;
    let slot = 0;
    for (let rest = state.slots; rest > 0n; rest >>= 1n) {
      if ((rest & 1n) === 1n) {
        this.row(key, bucketMs + slot * slotMinutes[step] * minuteMs, bucket, kind !== 'total' || isFirst);
        isFirst = false;
      }
      slot += 1;
    }
  }

  rows(): MetricRows[] {
    return [...this.kinds].map(([kind, { keys, minutes, a, b, histograms }]) => ({
      kind,
      keys,
      minutes: Float64Array.from(minutes),
      a: Float64Array.from(a),
      b: Float64Array.from(b),
      histograms,
    }));
  }

  private row(key: SeriesKey, minute: number, { kind, state }: MetricBucket, counts = true): void {
    const columns = this.columnsOf(kind);
    columns.keys.push(key);
    columns.minutes.push(minute);
    columns.a.push(counts ? state.a : 0);
    columns.b.push(counts ? state.b : 0);
    if (kind === 'histogram') columns.histograms.push(state.histogram ?? emptyHistogram);
    this.size += 1;
  }

  private columnsOf(kind: MetricKind): Columns {
    const known = this.kinds.get(kind);
    if (known !== undefined) return known;
    const columns: Columns = { keys: [], minutes: [], a: [], b: [], histograms: [] };
    this.kinds.set(kind, columns);
    return columns;
  }

  /** Buckets of a series come one after the other: they share its key. */
  private keyOf(tenant: string, { metric, kind, entityId, labels, source }: MetricBucket): SeriesKey {
    const key = this.key;
    const isSame =
      key?.entityId === entityId &&
      key.labels === labels &&
      key.source === source &&
      key.metric === metric &&
      key.kind === kind &&
      key.tenant === tenant;
    return isSame ? key : (this.key = { tenant, metric, kind, entityId, labels, source });
  }
}
