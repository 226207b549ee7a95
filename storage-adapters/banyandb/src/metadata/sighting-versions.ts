import type { Clock, EntityRecord } from '@meterlark/core';

/** Of a version; above them is the time of the sighting, which ends in the year 2248. */
const tieBits = 20n;
const latestMs = 2 ** 43 - 2;
/** Half of the ties are for the time between sighting and writing, up to 18 hours; the others for what comes after it. */
const clockUnitMs = 128;
const mostClockUnits = 2 ** 19 - 1;
/** Entities whose last version is remembered; of others that are told twice of one time within a moment, the first may win. */
const mostRemembered = 50_000;

/** The later seen has the greater version; of those seen at one time the later told, here exactly and among servers by their clocks. */
export class SightingVersions {
  /** The most recently told come last. */
  private readonly last = new Map<string, bigint>();

  constructor(
    private readonly clock: Clock,
    private readonly remembered = mostRemembered,
  ) {}

  next({ tenant, scope, id, lastSeenMs }: EntityRecord): bigint {
    const seenMs = Math.min(Math.floor(lastSeenMs), latestMs);
    const units = Math.floor((this.clock.now() - seenMs) / clockUnitMs);
    const start = BigInt(seenMs + 1) << tieBits;
    const told = start + BigInt(Math.max(0, Math.min(mostClockUnits, units)));
    const key = JSON.stringify([tenant, scope, id]);
    const known = this.last.get(key) ?? 0n;
    const isSameTime = known >> tieBits === start >> tieBits;
    const version = isSameTime && known >= told ? smaller(known + 1n, start + (1n << tieBits) - 1n) : told;
    this.remember(key, version > known ? version : known);
    return version;
  }

  private remember(key: string, version: bigint): void {
    this.last.delete(key);
    this.last.set(key, version);
    if (this.last.size <= this.remembered) return;
    const [oldest] = this.last.keys();
    this.last.delete(oldest!);
  }
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
