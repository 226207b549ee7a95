import { dayMs, type RecordModel, type RecordQuery, type RecordRow } from '@meterlark/core';
import { ManualClock, RecordingMetrics, recordRows } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { RecordTable } from '../src/record-table.js';
import { MemoryRecords } from '../src/records.js';

const start = Date.UTC(2026, 3, 10);
const recordDays = { trace: 2, call: 5, content: 2, log: 2 };
const columns = [
  { name: 'tenant', type: 'word' },
  { name: 'time', type: 'time' },
  { name: 'id', type: 'text', lookedUp: true },
  { name: 'trace', type: 'text', lookedUp: true },
] as const;
const spans: RecordModel = { name: 'spans', columns, sortBy: ['time'], lifetime: 'trace' };
const calls: RecordModel = {
  ...spans, name: 'calls', columns: [...columns, { name: 'revision', type: 'integer' }], key: ['time', 'id'], lifetime: 'call',
};

function scene(maxRecords: number) {
  const clock = new ManualClock(start);
  const selfMetrics = new RecordingMetrics();
  const store = new MemoryRecords({ recordDays, maxRecords, maxWriters: 2 }, clock, selfMetrics);
  let sequence = 0;
  const write = async (model: RecordModel, rows: readonly RecordRow[], writer = 'process', number = (sequence += 1)): Promise<void> =>
    store.write({ writer, sequence: number, rows: [recordRows(model, rows)] });
  const ids = async (model: RecordModel, changes: Partial<RecordQuery> = {}): Promise<string> => {
    const all = { model, tenant: '', fromUs: 0, toUs: start * 2000, where: [], orderBy: [], limit: 1e6, offset: 0 };
    return (await store.rows({ ...all, ...changes })).map((row) => row['id'] as string).join('');
  };
  const dropped = (model: string, reason: string): number => selfMetrics.value('meterlark_storage_memory_dropped_records_total', { model, reason });
  const held = (): number => selfMetrics.value('meterlark_storage_memory_records');
  return { clock, store, write, ids, dropped, held };
}

const row = (id: string, changes: RecordRow = {}): RecordRow => ({ tenant: '', time: start * 1000, id, trace: `t-${id}`, ...changes });
const named = (id: string): Pick<RecordQuery, 'where'> => ({ where: [{ column: 'trace', is: 'in', values: [`t-${id}`] }] });

describe('the bound on records', () => {
  test('lets the one go that was held longest, per model, and counts it', async () => {
    const { store, write, ids, dropped, held } = scene(3);
    await store.install([spans, calls]);
    await write(spans, ['a', 'b', 'c', 'd', 'e'].map((id) => row(id)));
    await write(calls, [row('x', { revision: 0 })]);
    expect([await ids(spans), await ids(calls)]).toEqual(['cde', 'x']);
    expect(await ids(spans, named('a'))).toBe('');
    expect(await ids(spans, named('c'))).toBe('c');
    expect([dropped('spans', 'full'), dropped('calls', 'full'), held()]).toEqual([2, 0, 4]);
  });

  test('a new version of a record takes no more room and keeps its place', async () => {
    const { store, write, ids, dropped } = scene(2);
    await store.install([calls]);
    await write(calls, [row('a', { revision: 0 }), row('b', { revision: 0 }), row('a', { revision: 1, trace: 't-new' })]);
    expect([await ids(calls), await ids(calls, named('a')), await ids(calls, named('new'))]).toEqual(['ab', '', 'a']);
    await write(calls, [row('c', { revision: 0 })]);
    expect([await ids(calls), await ids(calls, named('new')), dropped('calls', 'full')]).toEqual(['bc', '', 1]);
  });
});

describe('lifetimes of records', () => {
  test('count from the day, are those of the model, and rows that come too late are not kept', async () => {
    const { clock, store, write, ids, dropped, held } = scene(100);
    await store.install([spans, calls]);
    await write(spans, [row('a')]);
    await write(calls, [row('a', { revision: 0 })]);
    clock.set(start + 3 * dayMs - 1);
    expect(await ids(spans)).toBe('a');
    clock.set(start + 3 * dayMs);
    expect([await ids(spans), await ids(spans, named('a')), await ids(calls)]).toEqual(['', '', 'a']);
    await write(spans, [row('late'), row('b', { time: clock.now() * 1000 })]);
    expect([await ids(spans), dropped('spans', 'expired'), held()]).toEqual(['b', 2, 2]);
  });
});

describe('repeated batches of records', () => {
  test('are known of as many writers as the setting says, those that wrote last', async () => {
    const { store, write, ids } = scene(100);
    await store.install([spans]);
    for (const writer of ['x', 'y', 'x', 'z', 'y', 'x']) await write(spans, [row('a')], writer, 1);
    expect(await ids(spans)).toBe('aaaa');
  });
});

describe('a model that was never installed', () => {
  test('is refused for good, and nothing of the batch is stored', async () => {
    const { store, write, ids } = scene(100);
    const refused = { code: 'METERLARK_STORAGE_MEMORY_NO_MODEL', class: 'permanent', fields: { model: 'calls' } };
    await store.install([spans]);
    const rows = [recordRows(spans, [row('a')]), recordRows(calls, [row('b', { revision: 0 })])];
    await expect(store.write({ writer: 'w', sequence: 1, rows })).rejects.toMatchObject(refused);
    await expect(ids(calls)).rejects.toMatchObject(refused);
    expect(await ids(spans)).toBe('');
    await write(spans, [row('c')], 'w', 1);
    expect(await ids(spans)).toBe('c');
  });
});

test('a look-up goes over the rows that have the value only, also by a column that is looked up since later', () => {
  const table = new RecordTable({ ...spans, columns: columns.map(({ name, type }) => ({ name, type })) }, 1e6, () => expect.unreachable());
  for (let index = 0; index < 5000; index += 1) table.add(row(`${index}`));
  const where = [{ column: 'tenant', is: 'in', values: [''] }, { column: 'trace', is: 'in', values: ['t-7', 't-4999', 't-7', 't-none'] }] as const;
  expect([...table.candidates({ where })]).toHaveLength(5000);
  table.install(spans);
  expect([...table.candidates({ where })].map((found) => found['id'])).toEqual(['7', '4999']);
});
