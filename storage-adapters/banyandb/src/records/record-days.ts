/** Which times of records are stored and shown. */
import { bucketStart, dayMs, type Clock, type Lifetime } from '@meterlark/core';
import { latestShownMs, latestStoredMs } from '../ahead.js';

/** Epoch µs. */
export interface TimeBounds {
  /** The first that is stored and shown, in whole days of UTC. */
  readonly oldestUs: number;
  /** The last that is stored. */
  readonly latestUs: number;
  /** The first that is not shown any more. */
  readonly endUs: number;
}

export class RecordDays {
  constructor(
    private readonly days: Readonly<Record<Lifetime, number>>,
    private readonly clock: Clock,
  ) {}

  boundsOf(lifetime: Lifetime): TimeBounds {
    const { clock } = this;
    const oldestMs = bucketStart(clock.now() - this.days[lifetime] * dayMs, 'day');
    return { oldestUs: Math.max(0, oldestMs) * 1000, latestUs: latestStoredMs(clock) * 1000, endUs: latestShownMs(clock) * 1000 };
  }
}
