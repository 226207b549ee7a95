/** Batches: late, repeated, partial, several of one minute, from two writers, and large. */
import { expect } from 'vitest';
import { dayMs, minuteMs } from '../../model/time.js';
import type { ContractCase, StorageBench } from './bench.js';

async function repeated(bench: StorageBench): Promise<void> {
  const batch = bench.batch([
    bench.rows('sum', [{ at: bench.hour, a: 3 }]),
    bench.rows('histogram', [{ at: bench.hour, histogram: { bounds: [1], counts: [2] } }]),
  ]);
  for (let attempt = 0; attempt < 3; attempt += 1) await bench.session.writer.write(batch);
  await bench.write('sum', [{ at: bench.hour, a: 4 }]);
  await bench.session.writer.write(batch);
  for (const step of ['minute', 'hour', 'day'] as const) {
    expect(await bench.values('sum', step)).toEqual([7]);
    expect(await bench.read('histogram', step)).toMatchObject([{ histogram: [[1, 2]] }]);
  }
}

async function equalContent(bench: StorageBench): Promise<void> {
  await bench.write('sum', [{ at: bench.hour, a: 3 }]);
  await bench.write('sum', [{ at: bench.hour, a: 3 }]);
  for (const step of ['minute', 'hour', 'day'] as const) expect(await bench.values('sum', step)).toEqual([6]);
}

async function replayed(bench: StorageBench): Promise<void> {
  const at = (index: number): number => bench.hour + (index % 2) * minuteMs;
  const batches = [1, 2, 4, 8].map((a, index) => bench.batch([bench.rows('sum', [{ at: at(index), a }])]));
  for (const batch of batches) await bench.session.writer.write(batch);
  await bench.with(bench.session).write('sum', [{ at: bench.hour, a: 16 }]);
  for (const batch of batches.slice(1)) await bench.session.writer.write(batch);
  await bench.write('sum', [{ at: bench.hour, a: 32 }]);
  expect(await bench.values('sum', 'minute')).toEqual([1 + 4 + 16 + 32, 2 + 8]);
  for (const step of ['hour', 'day'] as const) expect(await bench.values('sum', step)).toEqual([63]);
}

async function gaps(bench: StorageBench): Promise<void> {
  await bench.write('sum', [{ at: bench.hour, a: 1 }]);
  const givenUp = bench.batch([bench.rows('sum', [{ at: bench.hour, a: 1000 }])]);
  await bench.write('sum', [{ at: bench.hour, a: 2 }]);
  expect(givenUp.sequence).toBe(2);
  for (const step of ['minute', 'hour', 'day'] as const) expect(await bench.values('sum', step)).toEqual([3]);
}

async function late(bench: StorageBench): Promise<void> {
  await bench.write('sum', [{ at: bench.hour + 30 * minuteMs, a: 1 }]);
  await bench.write('sum', [{ at: bench.hour, a: 10 }]);
  await bench.write('sum', [{ at: bench.day, a: 100 }]);
  expect(await bench.values('sum', 'minute')).toEqual([100, 10, 1]);
  expect(await bench.values('sum', 'hour')).toEqual([100, 11]);
  expect(await bench.values('sum', 'day')).toEqual([111]);
}

async function partial(bench: StorageBench): Promise<void> {
  const minute = { at: bench.hour };
  await bench.write('ratio', [{ ...minute, a: 1, b: 2, entity: 'one' }, { ...minute, a: 3, b: 4, entity: 'two' }]);
  await bench.write('ratio', [{ ...minute, a: 5, b: 6, entity: 'two' }]);
  const rows = await bench.read('ratio', 'hour', { entityIds: ['one', 'two'] });
  expect(rows.map((row) => [row.entity, row.a, row.b])).toEqual([['one', 1, 2], ['two', 8, 10]]);
}

async function oneMinuteManyFlushes(bench: StorageBench): Promise<void> {
  for (let flush = 1; flush <= 12; flush += 1) {
    await bench.write('gauge', [{ at: bench.hour, a: flush, b: 1 }]);
    await bench.write('totalMax', [{ at: bench.hour, a: flush, source: 'pod' }]);
  }
  for (const step of ['minute', 'hour', 'day'] as const) {
    expect(await bench.read('gauge', step)).toMatchObject([{ a: 78, b: 12 }]);
    expect(await bench.read('totalMax', step)).toMatchObject([{ a: 12, source: 'pod' }]);
  }
}

async function atOnce(bench: StorageBench): Promise<void> {
  const writers = Array.from({ length: 8 }, () => bench.with(bench.session));
  const writes = writers.map((writer, index) => writer.write('sum', [{ at: bench.hour, a: 2 ** index }]));
  await Promise.all(writes);
  for (const step of ['minute', 'hour', 'day'] as const) expect(await bench.values('sum', step)).toEqual([255]);
}

async function rowTwice(bench: StorageBench): Promise<void> {
  const at = bench.hour;
  await bench.write('sum', [{ at, a: 1 }, { at, a: 2 }, { at: at + minuteMs, a: 4 }]);
  await bench.write('latest', [{ at, a: 1, b: at + 5 }, { at, a: 2, b: at + 4 }]);
  const histogram = { bounds: [1, 2], counts: [3, 4] };
  await bench.write('histogram', [{ at, histogram }, { at, histogram: { bounds: [2, 9], counts: [5, 6] } }]);
  expect(await bench.values('sum', 'minute')).toEqual([3, 4]);
  expect(await bench.values('latest', 'minute')).toEqual([1]);
  expect(await bench.read('histogram', 'minute')).toMatchObject([{ histogram: [[1, 3], [2, 9], [9, 6]] }]);
}

async function allKinds(bench: StorageBench): Promise<void> {
  const kinds = ['sum', 'ratio', 'gauge', 'total', 'totalMax', 'totalMin', 'totalLatest', 'min', 'max', 'latest'] as const;
  const rows = kinds.map((kind, index) => bench.rows(kind, [{ at: bench.hour, a: index + 1, b: 1 }]));
  await bench.session.writer.write(bench.batch(rows));
  for (const [index, kind] of kinds.entries()) expect(await bench.values(kind, 'hour')).toEqual([index + 1]);
}

async function empty(bench: StorageBench): Promise<void> {
  await bench.session.writer.write(bench.batch([]));
  await bench.write('sum', []);
  await bench.write('histogram', []);
  expect(await bench.read('sum', 'minute')).toEqual([]);
}

async function tenThousand(bench: StorageBench): Promise<void> {
  const entity = (index: number): string => `entity-${String(index).padStart(5, '0')}`;
  const cells = Array.from({ length: 10_000 }, (_, index) => ({ at: bench.hour, a: index, entity: entity(index) }));
  await bench.write('sum', cells);
  await bench.write('sum', cells.map((cell) => ({ ...cell, at: cell.at + minuteMs, a: 1 })));
  const ids = Array.from({ length: 1000 }, (_, index) => entity(index * 10));
  const rows = await bench.read('sum', 'hour', { entityIds: ids });
  expect(rows.map((row) => row.a)).toEqual(ids.map((_, index) => index * 10 + 1));
  expect(await bench.read('sum', 'minute', { entityIds: [entity(9999)] })).toMatchObject([{ a: 9999 }, { a: 1 }]);
}

async function untouchedInput(bench: StorageBench): Promise<void> {
  const rows = bench.rows('sum', [{ at: bench.hour, a: 1 }]);
  await bench.session.writer.write(bench.batch([rows]));
  rows.a[0] = 99;
  rows.minutes[0] = bench.day;
  expect(await bench.read('sum', 'minute')).toMatchObject([{ at: bench.hour, a: 1 }]);
}

async function currentMinute(bench: StorageBench): Promise<void> {
  const at = Math.floor(bench.clock.now() / minuteMs) * minuteMs;
  const range = { fromMs: bench.day, toMs: bench.day + 3 * dayMs };
  await bench.write('sum', [{ at, a: 1 }, { at: at + 10 * minuteMs, a: 2 }]);
  expect(await bench.values('sum', 'minute', range)).toEqual([1, 2]);
  expect((await bench.values('sum', 'hour', range)).reduce((total, value) => total + value, 0)).toBe(3);
}

export const batchCases: readonly ContractCase[] = [
  { name: 'a batch that is repeated is stored once', run: repeated },
  { name: 'two batches of equal content both count', run: equalContent },
  { name: 'batches that come again in order add nothing, and the writer goes on', run: replayed },
  { name: 'a number that never comes is no fault', run: gaps },
  { name: 'late rows go into their own minute, hour and day', run: late },
  { name: 'a batch with a part of the series leaves the others alone', run: partial },
  { name: 'several flushes of one minute merge', run: oneMinuteManyFlushes },
  { name: 'batches of several writers at the same time all count', run: atOnce },
  { name: 'one batch may hold a row twice', run: rowTwice },
  { name: 'one batch may hold every kind', run: allKinds },
  { name: 'an empty batch is fine', run: empty },
  { name: 'a batch may hold 10,000 entities', run: tenThousand },
  { name: 'a written batch is not tied to its buffers', run: untouchedInput },
  { name: 'the running minute and ten minutes ahead are stored and seen at once', run: currentMinute },
];
