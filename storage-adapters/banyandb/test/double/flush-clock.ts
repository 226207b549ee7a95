/** When what is in memory comes to the disk: some time after it was taken, by kind. */
import type { DataKind } from './rows.js';

export type FlushedKind = DataKind | 'property' | 'schema';

/** In ms. As the flush timeouts of real servers. */
export const flushDefaults: Readonly<Record<FlushedKind, number>> = { stream: 1_000, trace: 1_000, measure: 5_000, property: 5_000, schema: 5_000 };

interface Taken {
  readonly sequence: number;
  readonly atMs: number;
}

export class FlushClock {
  private readonly after: Readonly<Record<FlushedKind, number>>;
  /** Oldest first; those that are on disk for every kind are one. */
  private taken: Taken[] = [];
  private last = 0;
  private flushed = 0;

  constructor(
    private readonly nowMs: () => number,
    after: Partial<Record<FlushedKind, number>>,
  ) {
    this.after = { ...flushDefaults, ...after };
  }

  /** The number of what is taken now. */
  next(): number {
    this.last += 1;
    const atMs = this.nowMs();
    const newest = this.taken.at(-1);
    if (newest?.atMs === atMs) this.taken[this.taken.length - 1] = { sequence: this.last, atMs };
    else this.taken.push({ sequence: this.last, atMs });
    return this.last;
  }

  /** All that was taken up to now is on disk. */
  flush(): void {
    this.flushed = this.last;
    this.taken = [];
  }

  /** Up to this number the kind is on disk. */
  until(kind: FlushedKind): number {
    const limitMs = this.nowMs() - this.after[kind];
    let until = this.flushed;
    for (const { sequence, atMs } of this.taken) {
      if (atMs > limitMs) break;
      until = Math.max(until, sequence);
    }
    return until;
  }
}
