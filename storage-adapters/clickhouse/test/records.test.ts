/** What the storage contract does not ask: where records lie, what installs them, what is dropped, what a crash leaves. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  callsModel,
  contentModel,
  facetsModel,
  logsModel,
  spansModel,
  topRecordsModel,
  type Clock,
  type GroupQuery,
  type RecordModel,
  type RecordQuery,
  type RecordRow,
} from '@meterlark/core';
import { recordRows } from '@meterlark/core/testing';
import { encodeBlocks } from '../src/native/block.js';
import { nativeColumns } from '../src/records/record-columns.js';
import type { ClickHouseSettings } from '../src/settings.js';
import { openTestStore, settingsOf, testFolder, wallClock, type OpenedStore, type TestFolder } from './surroundings.js';

const dayMs = 86_400_000;
const nowUs = Math.floor(Date.now() / dayMs) * dayMs * 1000;
const small: RecordModel = {
  name: 'small',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text', lookedUp: true },
    { name: 'order', type: 'integer' },
  ],
  sortBy: ['time'],
  lifetime: 'trace',
};
const versioned: RecordModel = {
  ...small,
  name: 'versioned',
  columns: [...small.columns, { name: 'revision', type: 'integer' }],
  key: ['time', 'id'],
};

let folder: TestFolder;
const open: OpenedStore[] = [];
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await folder.remove();
});

async function openHere(changes: Partial<ClickHouseSettings> = {}, clock: Clock = wallClock): Promise<OpenedStore> {
  const store = await openTestStore({ path: folder.path, ...changes }, clock);
  open.push(store);
  return store;
}

function row(id: string, changes: RecordRow = {}): RecordRow {
  return { tenant: '', time: nowUs, id, order: 1, ...changes };
}

function query(model: RecordModel, changes: Partial<RecordQuery> = {}): RecordQuery {
  const orderBy = [{ column: 'id', descending: false }];
  return { model, tenant: '', fromUs: 0, toUs: Number.MAX_SAFE_INTEGER, where: [], orderBy, limit: 100, offset: 0, ...changes };
}

/** How many there are, unless told otherwise. */
function groups(model: RecordModel, changes: Partial<GroupQuery> = {}): GroupQuery {
  const { tenant, fromUs, toUs, where } = query(model);
  return { model, tenant, fromUs, toUs, where, by: [], measures: [{ of: 'count' }], limit: 100, ...changes };
}

async function ids(store: OpenedStore, model: RecordModel): Promise<unknown[]> {
  return (await store.recordReader.rows(query(model))).map((one) => one['id']);
}

function write(store: OpenedStore, model: RecordModel, rows: readonly RecordRow[], sequence = 1): Promise<void> {
  return store.recordWriter.write({ writer: 'w', sequence, rows: [recordRows(model, rows)] });
}

describe('models of the server', () => {
  test('are installed, written, read by any text and grouped', async () => {
    const store = await openHere();
    const models = [spansModel, facetsModel, callsModel, contentModel, logsModel, topRecordsModel];
    await store.installRecords(models);
    for (const model of models) {
      await store.recordWriter.write({ writer: model.name, sequence: 1, rows: [recordRows(model, [{ tenant: '', time: nowUs }])] });
      const [read] = await store.recordReader.rows(query(model, { orderBy: [] }));
      expect(Object.keys(read ?? {})).toEqual(model.columns.map(({ name }) => name));
      const by = model.columns.filter(({ type }) => !type.endsWith('Map')).map(({ name: column }) => ({ column }));
      expect(await store.recordReader.groups(groups(model, { by }))).toMatchObject([{ measures: [1] }]);
    }
  });
});

describe('installing', () => {
  test('the same models again says nothing and changes nothing', async () => {
    const store = await openHere();
    await store.installRecords([small, versioned]);
    await write(store, small, [row('a')]);
    store.logger.lines.length = 0;
    await store.installRecords([small, versioned]);
    expect(store.logger.lines).toEqual([]);
    expect(await ids(store, small)).toEqual(['a']);
  });

  test('a model that has got columns adds them and their skip indexes at the next start, and says so', async () => {
    const first = await openHere();
    await first.installRecords([small]);
    await write(first, small, [row('a')]);
    await first.close();
    const more: RecordModel = { ...small, columns: [...small.columns, { name: 'index', type: 'text', lookedUp: true }, { name: 'cost', type: 'integer', optional: true }] };
    const store = await openHere();
    await store.installRecords([more]);
    expect(store.logger.lines).toContainEqual(expect.objectContaining({ message: 'columns added', fields: { table: 'small', columns: ['index', 'cost'] } }));
    await write(store, more, [row('b', { index: 'x', cost: 7 })], 2);
    expect(await store.recordReader.rows(query(more, { columns: ['id', 'index', 'cost'] }))).toEqual([
      { id: 'a', index: '', cost: undefined },
      { id: 'b', index: 'x', cost: 7 },
    ]);
    expect(await store.recordReader.rows(query(more, { columns: ['id'], where: [{ column: 'index', is: 'in', values: ['x'] }] }))).toEqual([{ id: 'b' }]);
  });

  test('a store from before request ids of model calls gets their column and index, and keeps what it has', async () => {
    const before: RecordModel = { ...callsModel, columns: callsModel.columns.filter(({ name }) => name !== 'request_id') };
    const call = (id: string, changes: RecordRow = {}): RecordRow => ({ tenant: '', time: nowUs, id, provider: 'openai', model: 'gpt-4o', revision: 0, ...changes });
    const first = await openHere();
    await first.installRecords([before]);
    await write(first, before, [call('old', { total_cost: 7 })]);
    await first.close();
    const store = await openHere();
    await store.installRecords([callsModel]);
    expect(store.logger.lines).toContainEqual(expect.objectContaining({ fields: { table: 'model_calls', columns: ['request_id'] } }));
    await write(store, callsModel, [call('new', { request_id: 'r-1' }), call('old', { request_id: 'r-0', revision: 1, total_cost: 8 })], 2);
    const where = (value: string): Partial<RecordQuery> => ({ columns: ['id', 'total_cost', 'request_id'], where: [{ column: 'request_id', is: 'in', values: [value] }] });
    expect(await store.recordReader.rows(query(callsModel, where('r-1')))).toEqual([{ id: 'new', total_cost: undefined, request_id: 'r-1' }]);
    expect(await store.recordReader.rows(query(callsModel, where('r-0')))).toEqual([{ id: 'old', total_cost: 8, request_id: 'r-0' }]);
    expect(await ids(store, callsModel)).toEqual(['new', 'old']);
    store.logger.lines.length = 0;
    await store.installRecords([callsModel]);
    expect(store.logger.lines).toEqual([]);
  });

  test('another lifetime is taken over at the next start', async () => {
    const first = await openHere();
    await first.installRecords([small]);
    await first.close();
    const { retention } = settingsOf();
    const store = await openHere({ retention: { ...retention, traceDays: 3 } });
    await store.installRecords([small]);
    const change = expect.objectContaining({ message: 'retention changed', fields: { table: 'small', days: 3 } });
    expect(store.logger.lines).toContainEqual(change);
    store.logger.lines.length = 0;
    await store.installRecords([small]);
    expect(store.logger.lines).toEqual([]);
    expect(store.health.recordDays).toEqual({ trace: 3, call: 90, content: 7, log: 7 });
  });

  test('a column whose type changed is refused for good and named', async () => {
    const store = await openHere();
    await store.installRecords([small]);
    const changed: RecordModel = { ...small, columns: [...small.columns.slice(0, 3), { name: 'order', type: 'text' }] };
    await expect(store.installRecords([changed])).rejects.toThrow(/small\.order is Int64 in the database and String in its model/);
  });
});

describe('writing', () => {
  test('rows past their lifetime or with a time that cannot be are dropped one by one, counted, and the others stored', async () => {
    const store = await openHere();
    await store.installRecords([small]);
    const times = { old: nowUs - 8 * dayMs * 1000, kept: nowUs - 7 * dayMs * 1000, before: -1, far: nowUs + 400 * dayMs * 1000, huge: Number.MAX_SAFE_INTEGER, not: NaN, now: nowUs };
    await write(store, small, Object.entries(times).map(([id, at]) => row(id, { time: at })));
    expect(await ids(store, small)).toEqual(['kept', 'now']);
    expect(store.metrics.value('meterlark_storage_clickhouse_dropped_records_total', { model: 'small', reason: 'expired' })).toBe(1);
    expect(store.metrics.value('meterlark_storage_clickhouse_dropped_records_total', { model: 'small', reason: 'time' })).toBe(4);
    expect(store.metrics.value('meterlark_storage_clickhouse_written_records_total', { model: 'small' })).toBe(2);
  });

  test('rows of every day of a long lifetime fit into one batch', async () => {
    const store = await openHere();
    const long: RecordModel = { ...versioned, lifetime: 'call' };
    await store.installRecords([long]);
    const days = Array.from({ length: 91 }, (_, day) => row(`d${day}`, { time: nowUs - day * dayMs * 1000, revision: 0 }));
    await write(store, long, days);
    expect(await store.recordReader.groups(groups(long))).toMatchObject([{ measures: [91] }]);
  });

  test('a batch left by a crash is stored at the next start, also when its model has got columns since, and its retry adds nothing', async () => {
    const first = await openHere();
    await first.installRecords([small]);
    await write(first, small, [row('a')], 1);
    const more: RecordModel = { ...small, columns: [...small.columns, { name: 'note', type: 'text' }] };
    await first.installRecords([more]);
    await first.close();
    const spool = join(folder.path, 'spool');
    const [whole] = await encodeBlocks(nativeColumns(recordRows(small, [row('left')])), 1);
    await writeFile(join(spool, `small.left-small.${whole!.length}.native`), whole!);
    const store = await openHere();
    expect(await readdir(spool)).toEqual(['rejected']);
    await store.installRecords([more]);
    expect(await ids(store, more)).toEqual(['a', 'left']);
    await write(store, small, [row('a')], 1);
    expect(await ids(store, more)).toEqual(['a', 'left']);
  });

  test('a batch left for a table that is not there is set aside', async () => {
    const first = await openHere();
    await first.close();
    const [whole] = await encodeBlocks(nativeColumns(recordRows(small, [row('left')])), 1);
    await writeFile(join(folder.path, 'spool', `gone.left-gone.${whole!.length}.native`), whole!);
    const store = await openHere();
    expect(await readdir(join(folder.path, 'spool', 'rejected'))).toHaveLength(1);
    expect(store.metrics.value('meterlark_storage_clickhouse_refused_batches_total')).toBe(1);
  });
});

describe('reading', () => {
  test('a lifetime that ends hides rows before the engine removes them', async () => {
    let nowMs = Date.now();
    const store = await openHere({}, { now: () => nowMs });
    await store.installRecords([small]);
    await write(store, small, [row('a'), row('b', { time: nowUs + dayMs * 1000 })]);
    nowMs += 8 * dayMs;
    expect(await ids(store, small)).toEqual(['b']);
  });

  test('the newest revision is read wherever its part lies, and once when it is sent again', async () => {
    const store = await openHere();
    await store.installRecords([versioned]);
    const sum = groups(versioned, { measures: [{ of: 'count' }, { of: 'sum', column: 'order' }] });
    for (const revision of [0, 2, 1]) {
      const rows = Array.from({ length: 100 }, (_, index) => row(`r${index}`, { time: nowUs - index * 1000, revision, order: 10 ** revision }));
      await write(store, versioned, rows, revision + 1);
    }
    expect(await store.recordReader.groups(sum)).toMatchObject([{ measures: [100, 10_000n] }]);
    // Whatever was lost on the way is sent once more.
    await write(store, versioned, [row('r0', { revision: 2, order: 100 })], 4);
    expect(await store.recordReader.groups(sum)).toMatchObject([{ measures: [100, 10_000n] }]);
  });

  test('more rows than may be answered are an error for good, not fewer rows', async () => {
    const store = await openHere({ maxResultRows: 10 });
    await store.installRecords([small]);
    await write(store, small, Array.from({ length: 11 }, (_, index) => row(`r${index}`)));
    await expect(store.recordReader.rows(query(small))).rejects.toMatchObject({ class: 'permanent' });
    expect(await store.recordReader.rows(query(small, { limit: 10 }))).toHaveLength(10);
  });

  test('bounds without end and backwards, lists without a member and values of other types find what they should', async () => {
    const store = await openHere();
    await store.installRecords([small]);
    await write(store, small, [row('a')]);
    const found = async (changes: Partial<RecordQuery>): Promise<number> => (await store.recordReader.rows(query(small, changes))).length;
    expect(await found({ fromUs: -Infinity, toUs: Infinity })).toBe(1);
    expect(await found({ fromUs: nowUs, toUs: nowUs })).toBe(0);
    expect(await found({ fromUs: nowUs + 1, toUs: 0 })).toBe(0);
    expect(await found({ where: [{ column: 'id', is: 'in', values: [] }] })).toBe(0);
    expect(await found({ where: [{ column: 'id', is: 'notIn', values: [] }] })).toBe(1);
    expect(await found({ where: [{ column: 'order', is: 'in', values: ['1', true, 0.5, NaN] }] })).toBe(0);
    expect(await found({ where: [{ column: 'order', is: 'atLeast', value: -Infinity }] })).toBe(1);
    expect(await found({ where: [{ column: 'order', is: 'atMost', value: NaN }] })).toBe(0);
  });
});
