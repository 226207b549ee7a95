import type { EntityRecord } from '@meterlark/core';
import { ManualClock } from '@meterlark/core/testing';
import { expect, test } from 'vitest';
import { SightingVersions } from '../../src/metadata/sighting-versions.js';

const now = Date.UTC(2026, 10, 20, 12);
const seen = (lastSeenMs: number, id = 'id'): EntityRecord => ({
  tenant: '', id, scope: 'Service', name: id, serviceId: id, instanceId: '', layers: [], firstSeenMs: 0, lastSeenMs, properties: {},
});

test('a later sighting has the greater version, however late or often the earlier one is told', () => {
  const clock = new ManualClock(now);
  const versions = new SightingVersions(clock);
  const earlier = [versions.next(seen(now)), versions.next(seen(now))];
  const later = versions.next(seen(now + 1));
  clock.advance(10 * 86_400_000);
  earlier.push(versions.next(seen(now)));
  expect(earlier.every((version) => version > 0n && version < later)).toBe(true);
});

test('of one time the later told is greater while the clock stands, goes, jumps back and is days later', () => {
  const clock = new ManualClock(now);
  const versions = new SightingVersions(clock);
  const told: bigint[] = [];
  for (const step of [0, 0, 1, 128, 10_000, -5_000, 86_400_000, 0, 86_400_000]) {
    clock.advance(step);
    told.push(versions.next(seen(now - 3_600_000)));
  }
  expect(new Set(told).size).toBe(told.length);
  expect([...told].sort((left, right) => (left < right ? -1 : 1))).toEqual(told);
});

test('servers that know nothing of each other agree by their clocks', () => {
  const clock = new ManualClock(now);
  const [one, two] = [new SightingVersions(clock), new SightingVersions(clock)];
  const first = one.next(seen(now - 60_000));
  clock.advance(1_000);
  expect(two.next(seen(now - 60_000))).toBeGreaterThan(first);
});

test('versions stay whole numbers of 64 bits at both ends of time', () => {
  const versions = new SightingVersions(new ManualClock(now));
  for (const at of [0, 0.5, now + 0.9, 2 ** 43, 9.2e12, Number.MAX_SAFE_INTEGER]) {
    const version = versions.next(seen(at));
    expect(version).toBeGreaterThan(0n);
    expect(version).toBeLessThan(2n ** 63n);
  }
});

test('a version is never that of the next millisecond, though one time is told more often than there are ties', () => {
  const versions = new SightingVersions(new ManualClock(now + 86_400_000));
  for (let times = 0; times < 2 ** 19 + 5; times += 1) versions.next(seen(now));
  expect(versions.next(seen(now))).toBeLessThan(versions.next(seen(now + 1)));
});

test('only so many entities are remembered, the most recently told', () => {
  const clock = new ManualClock(now + 864_000_000);
  const versions = new SightingVersions(clock, 2);
  const a = versions.next(seen(now, 'a'));
  versions.next(seen(now, 'b'));
  expect(versions.next(seen(now, 'a'))).toBe(a + 1n);
  versions.next(seen(now, 'c'));
  expect(versions.next(seen(now, 'a'))).toBe(a + 2n);
  expect(versions.next(seen(now, 'b'))).toBe(a);
});
