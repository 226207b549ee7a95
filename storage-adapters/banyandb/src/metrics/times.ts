import { bucketStart, dayMs, type Clock, type Step } from '@meterlark/core';

/** No later than this is asked: the server counts nanoseconds in 63 bits. */
export const maxTimeMs = Date.UTC(2200, 0, 1);

/** Nothing older than this is kept. */
export function horizonMs(clock: Clock, retentionDays: Readonly<Record<Step, number>>, step: Step): number {
  return Math.max(0, bucketStart(clock.now() - retentionDays[step] * dayMs, step));
}
