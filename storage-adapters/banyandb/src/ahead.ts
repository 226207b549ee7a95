/**
 * Rows that are dated ahead. The server takes the time of the latest row that it got for now, and removes what has outlived its group by
 * that: one row of next week would take a week of stored days with it.
 */
import { dayMs, hourMs, type Clock } from '@meterlark/core';

/** Clocks differ; what lies further ahead is not stored. */
const mostAheadMs = hourMs;

/** Groups keep so many days more than is promised: a clock that is fast by less, or days of another time zone, take nothing. */
export const spareDays = 1;

/** The latest time that is stored, epoch ms. */
export function latestStoredMs(clock: Clock): number {
  return clock.now() + mostAheadMs;
}

/** The latest time that is shown: what servers with faster clocks have stored is seen. */
export function latestShownMs(clock: Clock): number {
  return latestStoredMs(clock) + spareDays * dayMs;
}
