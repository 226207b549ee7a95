/** Which times of records are stored and shown. */
import { bucketStart, dayMs, type Clock, type Lifetime } from '@meterlark/core';

/** Each day is a segment: what lies further ahead is no time. */
const farthestDays = 366;

/** Epoch µs: the first that is kept and the first that is not. */
export interface TimeBounds {
  readonly oldestUs: number;
  readonly endUs: number;
}

export class RecordDays {
  constructor(
    private readonly days: Readonly<Record<Lifetime, number>>,
    private readonly clock: Clock,
  ) {}

  /** In whole days of UTC. */
  boundsOf(lifetime: Lifetime): TimeBounds {
    const nowMs = this.clock.now();
    const oldestMs = bucketStart(nowMs - this.days[lifetime] * dayMs, 'day');
    return { oldestUs: Math.max(0, oldestMs) * 1000, endUs: (bucketStart(nowMs, 'day') + farthestDays * dayMs) * 1000 };
  }
}
