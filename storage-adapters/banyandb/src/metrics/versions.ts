import type { Clock } from '@meterlark/core';

/** Versions of rows in microseconds, which a number holds exactly. */
export class Versions {
  private last = 0;

  constructor(private readonly clock: Clock) {}

  /**
   * Greater than every one before, of all rows: a write that was given up may still arrive, and must not win over what was
   * written after it.
   */
  next(before: number): number {
    this.last = Math.max(this.last + 1, before + 1, Math.floor(this.clock.now() * 1000));
    return this.last;
  }
}

/** In the store they count nanoseconds. */
export function versionOf(micros: number): bigint {
  return BigInt(micros) * 1000n;
}

export function microsOf(version: bigint): number {
  return Number(version / 1000n) + 1;
}
