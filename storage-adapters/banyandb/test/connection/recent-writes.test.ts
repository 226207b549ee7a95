import { ManualClock, RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { RecentWrites, sizeOf, type HeldRow } from '../../src/connection/recent-writes.js';

interface NamedRow extends HeldRow {
  readonly name: string;
}

function row(name: string, more: Partial<HeldRow> = {}): NamedRow {
  return { name, tags: [], ...more };
}

function scene(bytes = 10_000) {
  const clock = new ManualClock(100_000);
  const [selfMetrics, logger] = [new RecordingMetrics(), new RecordingLogger()];
  const recent = new RecentWrites({ windowMs: 10_000, bytes }, { clock, logger, selfMetrics });
  const sent: string[] = [];
  const write = (...rows: readonly NamedRow[]): void => recent.add(rows, async (some) => void sent.push(some.map(({ name }) => name).join(' ')));
  const repeat = async (): Promise<readonly string[]> => {
    sent.length = 0;
    recent.suspectAll();
    for (const held of recent.suspects()) await held.again();
    return [...sent];
  };
  const value = (name: string, labels?: Record<string, string>): number => selfMetrics.value(`meterlark_storage_banyandb_${name}`, labels);
  return { clock, recent, logger, write, repeat, value };
}

describe('writes of the last seconds', () => {
  test('are repeated in their order', async () => {
    const { clock, write, repeat } = scene();
    write(row('a'), row('b'));
    clock.advance(1000);
    write(row('c'));
    expect(await repeat()).toEqual(['a b', 'c']);
  });

  test('are held as long as the store has answered nothing that was asked so much later, however long that is', async () => {
    const { clock, recent, write, repeat, value } = scene();
    write(row('a'));
    clock.advance(3_600_000);
    write(row('b'));
    expect(await repeat()).toEqual(['a', 'b']);
    expect(value('recent_bytes')).toBe(200);
    expect(recent.suspectWrites).toBe(2);
  });

  test('are let go by a later answer, uncounted', async () => {
    const { clock, recent, write, repeat, value } = scene();
    write(row('a'));
    clock.advance(5_000);
    write(row('b'));
    recent.answered(109_999);
    expect(value('recent_bytes')).toBe(200);
    recent.answered(110_000);
    expect(await repeat()).toEqual(['b']);
    expect(value('recent_bytes')).toBe(100);
    expect(value('unrepeatable_writes_total')).toBe(0);
  });

  test('stay suspect until they are acknowledged again, and then their time begins anew', async () => {
    const { clock, recent, write, repeat } = scene();
    write(row('a'));
    recent.suspectAll();
    clock.advance(60_000);
    recent.answered(clock.now());
    const [held] = recent.suspects();
    recent.repeated(held!);
    expect([recent.suspectWrites, recent.suspects()]).toEqual([0, []]);
    clock.advance(9_000);
    recent.answered(clock.now());
    expect(await repeat()).toEqual(['a']);
    recent.repeated(held!);
    clock.advance(10_000);
    recent.answered(clock.now());
    expect(await repeat()).toEqual([]);
  });

  test('that are too large together are let go, oldest first, counted, and told once', async () => {
    const { logger, write, repeat, value } = scene(350);
    write(row('a'), row('b'));
    write(row('c'));
    write(row('d'));
    write(row('e'), row('f'));
    expect(value('unrepeatable_writes_total', { reason: 'size' })).toBe(2);
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn']);
    expect(await repeat()).toEqual(['d', 'e f']);
  });

  test('one that is larger than all there is room for does not push out the others', async () => {
    const { write, repeat, value } = scene(250);
    write(row('a'));
    write(row('huge', { span: new Uint8Array(1000) }));
    expect(value('unrepeatable_writes_total', { reason: 'size' })).toBe(1);
    expect(await repeat()).toEqual(['a']);
  });

  test('that are given up are counted by the reason and held no more', async () => {
    const { recent, write, repeat, value } = scene();
    write(row('a'));
    write(row('b'));
    recent.suspectAll();
    recent.giveUp(recent.suspects()[0]!, 'refused');
    expect(value('unrepeatable_writes_total', { reason: 'refused' })).toBe(1);
    expect([value('suspect_writes'), value('recent_bytes')]).toEqual([1, 100]);
    expect(await repeat()).toEqual(['b']);
  });
});

describe('versions of a row', () => {
  const versions = (name: string) => {
    const identity = {};
    return (version: number): NamedRow => row(`${name}${version}`, { identity, version: BigInt(version) });
  };

  test('only the newest is held', async () => {
    const { write, repeat, value } = scene();
    const [a, b] = [versions('a'), versions('b')];
    write(a(1), b(1), row('other'));
    write(a(2));
    write(a(3), b(2));
    expect(await repeat()).toEqual(['other', 'a3 b2']);
    expect(value('recent_bytes')).toBe(300);
  });

  test('an older one that comes later replaces nothing', async () => {
    const { write, repeat } = scene();
    const a = versions('a');
    write(a(2));
    write(a(1));
    expect(await repeat()).toEqual(['a2', 'a1']);
  });

  test('are of one row again after all were let go', async () => {
    const { clock, recent, write, repeat, value } = scene();
    const a = versions('a');
    write(a(1));
    clock.advance(20_000);
    recent.answered(clock.now());
    write(a(2));
    write(a(3));
    expect(await repeat()).toEqual(['a3']);
    expect(value('recent_bytes')).toBe(100);
  });
});

test('the size of a row counts every kind of cell', () => {
  const large = row('x', { tags: [null, 5, 'abc', new Uint8Array(1000), ['x', 'y']], fields: ['ten letters'], span: new Uint8Array(500) });
  expect(sizeOf(large)).toBeGreaterThan(1500);
});
