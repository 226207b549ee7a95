import { GoneRows } from './gone-rows.js';
import type { OpenRow } from './open-row.js';

type Bucket = Map<string, OpenRow>;

/** They take a fiftieth of the memory. */
const goneRowsPerOpenRow = 8;

/** The running state of one step's rows. The least recently used ones go, buckets first. */
export class OpenRows {
  private readonly buckets = new Map<number, Bucket>();
  private readonly gone: GoneRows;
  private weight = 0;

  /** A row counts once, and once more for every KiB. */
  constructor(private readonly maxRows: number) {
    this.gone = new GoneRows(maxRows * goneRowsPerOpenRow);
  }

  get size(): number {
    return this.weight;
  }

  get(bucketMs: number, key: string): OpenRow | undefined {
    return this.buckets.get(bucketMs)?.get(key);
  }

  /** Whether the row may have been here before. */
  mayBeGone(bucketMs: number, key: string): boolean {
    return this.gone.mayHave(bucketMs, key);
  }

  put(row: OpenRow): void {
    let bucket = this.buckets.get(row.bucketMs);
    if (bucket === undefined) this.buckets.set(row.bucketMs, (bucket = new Map<string, OpenRow>()));
    bucket.set(row.key, row);
    row.weight = row.size;
    this.weight += row.weight;
  }

  /** Now the most recently used ones. */
  use(rows: Iterable<OpenRow>): void {
    let lastMs = NaN;
    let bucket: Bucket | undefined;
    for (const row of rows) {
      if (row.bucketMs !== lastMs) bucket = this.useBucket((lastMs = row.bucketMs));
      if (bucket?.delete(row.key) !== true) continue;
      bucket.set(row.key, row);
      const weight = row.size;
      this.weight += weight - row.weight;
      row.weight = weight;
    }
  }

  /** The store knows better, or nobody. */
  forget(row: OpenRow): void {
    const bucket = this.buckets.get(row.bucketMs);
    if (bucket?.get(row.key) !== row) return;
    bucket.delete(row.key);
    if (bucket.size === 0) this.buckets.delete(row.bucketMs);
    this.weight -= row.weight;
    this.gone.add(row.bucketMs, row.key);
  }

  letGo(): void {
    for (const bucket of this.buckets.values()) {
      for (const row of bucket.values()) {
        if (this.weight <= this.maxRows) return;
        this.forget(row);
      }
    }
  }

  /** Nothing comes for these buckets any more. */
  expire(horizonMs: number): void {
    for (const [bucketMs, bucket] of this.buckets) {
      if (bucketMs >= horizonMs) continue;
      for (const row of bucket.values()) this.weight -= row.weight;
      this.buckets.delete(bucketMs);
    }
    this.gone.expire(horizonMs);
  }

  private useBucket(bucketMs: number): Bucket | undefined {
    const bucket = this.buckets.get(bucketMs);
    if (bucket === undefined) return undefined;
    this.buckets.delete(bucketMs);
    this.buckets.set(bucketMs, bucket);
    return bucket;
  }
}
