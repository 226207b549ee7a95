import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/model/metric.js';
import { dayMs, minuteMs } from '../../src/model/time.js';
import { ManualClock } from '../../src/testing/fakes.js';
import { StorageBench, type StorageSession } from '../../src/testing/storage/bench.js';
import { describeStorageContract } from '../../src/testing/storage/suite.js';
import { RowServer } from './row-server.js';
import { openWholeRowStore } from './whole-row-store.js';
import type { WholeRowLimits } from './whole-row-writer.js';

const clock = new ManualClock(Date.UTC(2026, 1, 28, 13, 37, 11, 250));
/** Few open rows, so that most are let go and read back. */
const limits: WholeRowLimits = {
  retentionDays: { minute: 3, hour: 7, day: 30 },
  recordDays: { trace: 3, call: 30, content: 3, log: 7 },
  maxOpenRows: 500,
  maxResultRows: 100_000,
};

const server = new RowServer();
const open = async (): Promise<StorageSession> => openWholeRowStore(server, clock, limits);
describeStorageContract('whole rows, last version wins', { clock, open, reopen: open, another: open });

const steps: readonly Step[] = ['minute', 'hour', 'day'];
const away = { code: 'METERLARK_TEST_WHOLE_ROW_AWAY', class: 'retryable' };

function scene(changes: Partial<WholeRowLimits> = {}): { own: RowServer; bench: StorageBench; reopened: () => StorageBench } {
  const own = new RowServer();
  const session = (): StorageSession => openWholeRowStore(own, clock, { ...limits, ...changes });
  const bench = new StorageBench(session(), clock, 'x');
  return { own, bench, reopened: () => bench.with(session()) };
}

async function sums(bench: StorageBench): Promise<readonly number[]> {
  const totals = steps.map(async (step) => (await bench.values('sum', step, { entityIds: ['a', 'b', 'c'] })).reduce((sum, a) => sum + a, 0));
  return Promise.all(totals);
}

/** Nine rows: three entities at three steps. */
const rowsOfBatch = 9;

describe('a batch that broke off', () => {
  const cells = (bench: StorageBench, a: number) => ['a', 'b', 'c'].map((entity) => ({ at: bench.hour, a, entity }));

  test.each(Array.from({ length: rowsOfBatch }, (_, rows) => rows))('after %i rows is stored once when it comes again', async (rows) => {
    const { own, bench } = scene();
    await bench.write('sum', cells(bench, 1));
    own.rowsUntilFailure = rows;
    const batch = bench.batch([bench.rows('sum', cells(bench, 10))]);
    await expect(bench.session.writer.write(batch)).rejects.toMatchObject(away);
    own.rowsUntilFailure = Infinity;
    await bench.session.writer.write(batch);
    await bench.write('sum', cells(bench, 100));
    expect(await sums(bench)).toEqual([333, 333, 333]);
  });

  test.each(Array.from({ length: rowsOfBatch }, (_, rows) => rows))('after %i rows by a crash is stored once by the next process', async (rows) => {
    const { own, bench, reopened } = scene();
    const first = bench.batch([bench.rows('sum', cells(bench, 1))]);
    const second = bench.batch([bench.rows('sum', cells(bench, 10))]);
    await bench.session.writer.write(first);
    own.rowsUntilFailure = rows;
    await expect(bench.session.writer.write(second)).rejects.toMatchObject(away);
    own.rowsUntilFailure = Infinity;
    const next = reopened();
    for (const batch of [first, second]) await next.session.writer.write(batch);
    await next.write('sum', cells(next, 100));
    expect(await sums(next)).toEqual([333, 333, 333]);
  });
});

test('a batch that is given up after a part of it arrived does no harm to the next', async () => {
  const { own, bench } = scene();
  const write = (a: number): Promise<void> => bench.write('sum', ['a', 'b', 'c'].map((entity) => ({ at: bench.hour, a, entity })));
  await write(1);
  // All minutes and two of three hours arrive.
  own.rowsUntilFailure = 5;
  await expect(write(10)).rejects.toMatchObject(away);
  own.rowsUntilFailure = Infinity;
  await write(100);
  expect(await sums(bench)).toEqual([333, 323, 303]);
});

describe('limits', () => {
  test('a row that was let go is read back before it grows', async () => {
    const { bench } = scene({ maxOpenRows: 1 });
    for (const a of [1, 2, 4]) {
      for (const entity of ['a', 'b', 'c']) await bench.write('sum', [{ at: bench.hour, a, entity }]);
    }
    expect(await sums(bench)).toEqual([21, 21, 21]);
  });

  test('an answer that may have been cut is an error, not a part', async () => {
    const { bench } = scene({ maxResultRows: 3 });
    for (let minute = 0; minute < 3; minute += 1) await bench.write('sum', [{ at: bench.hour + minute * minuteMs, a: 1 }]);
    await expect(bench.read('sum', 'minute')).rejects.toMatchObject({ code: 'METERLARK_TEST_WHOLE_ROW_TOO_MANY' });
    expect(await bench.values('sum', 'minute', { toMs: bench.hour + 2 * minuteMs })).toEqual([1, 1]);
  });
});

describe('the server', () => {
  const measure = { name: 'm', tags: { name: 'string' as const }, fields: { a: 'float' as const, b: 'string' as const } };
  const all = { measure: 'm', where: {}, fromMs: 0, toMs: dayMs, limit: 10 };

  test('merges nothing: the highest version replaces the whole row, wrong kinds are null', async () => {
    const own = new RowServer();
    own.create(measure);
    const row = { tags: { name: 'x' }, timeMs: 1 };
    await own.write('m', [{ ...row, version: 2n, fields: { a: 1, b: 'first' } }]);
    await own.write('m', [{ ...row, version: 1n, fields: { a: 5, b: 'late' } }, { ...row, version: 2n, fields: { a: 6, b: 'equal' } }]);
    expect(await own.query(all)).toMatchObject([{ fields: { a: 1, b: 'first' } }]);
    await own.write('m', [{ ...row, version: 3n, fields: { b: 7n } }]);
    expect(await own.query(all)).toMatchObject([{ version: 3n, fields: { a: null, b: null } }]);
  });

  test('cuts at the limit without a word, and refuses a query without one and a filter on a field', async () => {
    const own = new RowServer();
    own.create(measure);
    await own.write('m', [1, 2, 3].map((timeMs) => ({ tags: { name: 'x' }, timeMs, version: 1n, fields: {} })));
    expect(await own.query({ ...all, limit: 2 })).toHaveLength(2);
    expect(await own.query({ ...all, fromMs: 1, toMs: 3 })).toHaveLength(3);
    await expect(own.query({ ...all, limit: 0 })).rejects.toThrow('limit');
    await expect(own.query({ ...all, where: { a: 'x' } })).rejects.toThrow('entity tag');
    await expect(own.query({ ...all, fromMs: 0.5 })).rejects.toThrow('whole number');
  });
});
