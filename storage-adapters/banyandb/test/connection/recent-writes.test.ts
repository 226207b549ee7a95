import { ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { RecentWrites, sizeOf } from '../../src/connection/recent-writes.js';

function scene(bytes = 100) {
  const clock = new ManualClock(100_000);
  const selfMetrics = new RecordingMetrics();
  const recent = new RecentWrites({ windowMs: 10_000, bytes }, clock, selfMetrics);
  const again: string[] = [];
  const write = (name: string, size = 1): void => recent.add(size, async () => void again.push(name));
  const repeat = async (lostAtMs: number): Promise<readonly string[]> => {
    again.length = 0;
    for (const run of recent.before(lostAtMs)) await run();
    return [...again];
  };
  return { clock, selfMetrics, write, repeat };
}

describe('writes of the last seconds', () => {
  test('are repeated in their order when the store was lost after them', async () => {
    const { clock, write, repeat } = scene();
    write('a');
    clock.advance(6000);
    write('b');
    clock.advance(1000);
    expect(await repeat(clock.now())).toEqual(['a', 'b']);
    expect(await repeat(clock.now() + 4000)).toEqual(['b']);
    expect(await repeat(clock.now() + 60_000)).toEqual([]);
  });

  test('those acknowledged after the loss was noticed are repeated too', async () => {
    const { clock, write, repeat } = scene();
    const lostAtMs = clock.now();
    clock.advance(500);
    write('late answer');
    expect(await repeat(lostAtMs)).toEqual(['late answer']);
  });

  test('are let go after their time without being counted, and when they are too large, oldest first, counted', async () => {
    const { clock, selfMetrics, write, repeat } = scene();
    const released = (): number => selfMetrics.value('meterlark_storage_banyandb_unrepeatable_writes_total');
    write('old', 90);
    clock.advance(10_001);
    write('a', 60);
    expect(released()).toBe(0);
    write('b', 30);
    write('c', 30);
    expect(released()).toBe(1);
    expect(await repeat(clock.now())).toEqual(['b', 'c']);
    write('more than all', 101);
    expect(await repeat(clock.now())).toEqual([]);
    expect(selfMetrics.value('meterlark_storage_banyandb_recent_bytes')).toBe(0);
  });
});

test('the size of rows counts every kind of cell', () => {
  const row = { tags: [null, 5, 'abc', new Uint8Array(1000), ['x', 'y']], fields: ['ten letters'], span: new Uint8Array(500) };
  expect(sizeOf([row, row])).toBeGreaterThan(2 * 1500);
  expect(sizeOf([])).toBe(0);
});
