import { groupRows, selectRows, type GroupQuery, type RecordQuery, type RecordReader, type RecordRow } from '@meterlark/core';
import { recordRows } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { banyanErrors } from '../../src/errors.js';
import { nowMs, openFake } from './fake-streams.js';
import { everyColumn, versioned } from './models.js';

const hourUs = (nowMs - 3_600_000) * 1000;

function row(id: string, changes: RecordRow = {}): RecordRow {
  return { tenant: 't', time: hourUs, id, word: '', body: '', whole: 0, amount: 0, on: false, tags: {}, counts: {}, ...changes };
}

/** Some in one microsecond, many in one millisecond, some hours apart. */
function manyRows(count: number): RecordRow[] {
  return Array.from({ length: count }, (_, index) => {
    const time = hourUs + (index % 3 === 0 ? 0 : index % 3 === 1 ? (index * 7919) % 900 : index * 1_234_567);
    return row(`id-${index % 50}`, { time, word: `w|${index % 7}`, whole: (index * 31) % 17, tags: { k: `v${index % 5}` }, on: index % 2 === 0 });
  });
}

const everything = { model: everyColumn, tenant: 't', fromUs: -Number.MAX_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER, where: [] };

async function filled(rows: readonly RecordRow[], limits: Parameters<typeof openFake>[0] = {}) {
  const store = openFake(limits);
  await store.tables.install([everyColumn]);
  await store.writer.write({ writer: 'w', sequence: 1, rows: [recordRows(everyColumn, rows)] });
  return store;
}

async function agrees(reader: RecordReader, rows: readonly RecordRow[], order: RecordQuery['orderBy'], where: RecordQuery['where']): Promise<void> {
  const ties = ['id', 'whole', 'word'].map((column) => ({ column, descending: false }));
  const orderBy = order.length === 0 ? [] : [...order, ...ties];
  for (const [offset, limit] of [[0, 5], [3, 40], [0, 1000]] as const) {
    const query = { ...everything, where, orderBy, offset, limit, columns: ['id', 'time', 'whole', 'word'] };
    const [answer, wanted] = [await reader.rows(query), selectRows(query, rows)];
    // Without an order any of the rows will do.
    expect(order.length > 0 ? answer : answer.length).toEqual(order.length > 0 ? wanted : wanted.length);
  }
  const groups: GroupQuery = { ...everything, where, by: [{ column: 'word' }], bucketUs: 60e6, limit: 1000, measures: [{ of: 'count' }, { of: 'sum', column: 'whole' }] };
  expect(await reader.groups(groups)).toEqual(groupRows(groups, rows));
}

describe('records in streams', () => {
  const orders = [
    [{ column: 'time', descending: true }], [{ column: 'time', descending: false }], [{ column: 'whole', descending: true }], [],
  ] as const;
  const conditions: readonly RecordQuery['where'][] = [
    [], [{ column: 'id', is: 'in', values: ['id-3', 'id-4'] }], [{ column: 'word', is: 'in', values: ['w|1', 'w|2', 3] }],
    [{ column: 'tags', key: 'k', is: 'in', values: ['v1', 'v2'] }], [{ column: 'on', is: 'in', values: [true] }, { column: 'whole', is: 'atLeast', value: 5 }],
    [{ column: 'id', is: 'in', values: [''] }], [{ column: 'word', is: 'in', values: [7] }],
  ];

  test.each([7, 50, 20_000])('answer as core does, whatever the page of %i rows cuts', async (pageRows) => {
    const rows = manyRows(400);
    const { reader } = await filled(rows, { pageRows });
    for (const order of orders) for (const where of conditions) await agrees(reader, rows, order, where);
  });

  test('stop reading where the order of time makes the answer sure', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => row(`i${index}`, { time: hourUs - index * 1_000_000 }));
    const { reader, streams } = await filled(rows);
    const orderBy = [{ column: 'time', descending: true }];
    expect(await reader.rows({ ...everything, orderBy, limit: 2, offset: 1, columns: ['id'] })).toEqual([{ id: 'i1' }, { id: 'i2' }]);
    expect(streams.queries.length).toBeLessThan(12);
    expect(streams.queries.at(-1)?.fromMs).toBeGreaterThan(hourUs / 1000 - 4_000_000);
    expect(streams.queries.every(({ order, tags }) => order?.descending === false && !tags.includes('body'))).toBe(true);
  });

  test('reject what would read more rows than may be, and never answer a part', async () => {
    const { reader } = await filled(manyRows(400), { maxScannedRows: 300, pageRows: 50 });
    const query = { ...everything, orderBy: [{ column: 'whole', descending: true }], limit: 5, offset: 0 };
    await expect(reader.rows(query)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS', class: 'permanent' });
    const oneMs = await filled(Array.from({ length: 60 }, (_, index) => row(`i${index}`)), { maxScannedRows: 50, pageRows: 10 });
    for (const descending of [true, false]) {
      await expect(oneMs.reader.rows({ ...query, orderBy: [{ column: 'time', descending }] })).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS' });
    }
  });

  test('ask for less time when the server has no room, and give up when that does not help', async () => {
    const { reader, streams } = await filled(manyRows(30));
    const full = (): Error => banyanErrors.METERLARK_STORAGE_BANYANDB_OVERLOADED({ what: 'x', reason: 'memory' });
    const query = { ...everything, orderBy: [], limit: 100, offset: 0 };
    streams.failures.push(full(), full());
    expect(await reader.rows(query)).toHaveLength(30);
    streams.failures.push(...Array.from({ length: 100 }, full));
    await expect(reader.rows(query)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERLOADED' });
  });

  test.each([true, false])('are asked for in less time, and given up when that does not help, with times ahead too (descending %s)', async (descending) => {
    const { reader, streams } = await filled(manyRows(30));
    const full = (): Error => banyanErrors.METERLARK_STORAGE_BANYANDB_OVERLOADED({ what: 'x', reason: 'memory' });
    const query = { ...everything, where: [{ column: 'id', is: 'in', values: ['id-3'] } as const], orderBy: [{ column: 'time', descending }], limit: 100, offset: 0 };
    streams.failures.push(full(), full(), full());
    expect(await reader.rows(query)).toHaveLength(1);
    streams.queries.length = 0;
    streams.failures.push(...Array.from({ length: 1_000 }, full));
    await expect(reader.rows(query)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERLOADED' });
    expect(streams.queries.length).toBeLessThan(20);
  });

  test('are stored once when a batch is repeated, also after a failure, with the same drops', async () => {
    const { writer, reader, streams, tables, selfMetrics } = openFake();
    await tables.install([everyColumn]);
    const old = nowMs * 1000 - 9 * 86_400e6;
    const rows = [row('old', { time: old }), row('a'), row('never', { time: -5 }), row('far', { time: hourUs + 400 * 86_400e6 }), row('none', { time: NaN }), row('a')];
    const batch = { writer: 'w', sequence: 1, rows: [recordRows(everyColumn, rows)] };
    streams.failures.push(banyanErrors.METERLARK_STORAGE_BANYANDB_OVERLOADED({ what: 'x', reason: 'y' }));
    await expect(writer.write(batch)).rejects.toMatchObject({ class: 'retryable' });
    await writer.write(batch);
    expect((await reader.rows({ ...everything, orderBy: [], limit: 100, offset: 0 })).map(({ id }) => id)).toEqual(['a', 'a']);
    expect(selfMetrics.value('meterlark_storage_banyandb_dropped_records_total', { model: 'every_column', reason: 'expired' })).toBe(1);
    expect(selfMetrics.value('meterlark_storage_banyandb_dropped_records_total', { model: 'every_column', reason: 'time' })).toBe(2);
    expect(selfMetrics.value('meterlark_storage_banyandb_dropped_records_total', { model: 'every_column', reason: 'future' })).toBe(1);
    expect(selfMetrics.value('meterlark_storage_banyandb_written_records_total', { model: 'every_column' })).toBe(2);
  });

  test('of a versioned model show the greatest revision, the later written of equal ones, and conditions see no other', async () => {
    const { writer, reader, tables, streams } = openFake();
    await tables.install([versioned]);
    const version = (id: string, revision: number, cost: number): RecordRow => ({ tenant: 't', time: hourUs, id, revision, word: 'w', cost });
    const batches = [[version('a', 1, 5), version('b', 0, 1), version('b', 0, 2)], [version('a', 0, 9), version('c', 3, 3)], [version('c', 3, 4)]];
    for (const [index, rows] of batches.entries()) await writer.write({ writer: 'w', sequence: index + 1, rows: [recordRows(versioned, rows)] });
    const query = { ...everything, model: versioned, orderBy: [{ column: 'id', descending: false }], limit: 9, offset: 0, columns: ['id', 'cost'] };
    expect(await reader.rows(query)).toEqual([{ id: 'a', cost: 5 }, { id: 'b', cost: 2 }, { id: 'c', cost: 4 }]);
    expect(await reader.rows({ ...query, where: [{ column: 'cost', is: 'in', values: [9, 1, 3] }] })).toEqual([]);
    expect(await reader.rows({ ...query, where: [{ column: 'id', is: 'in', values: ['b'] }] })).toEqual([{ id: 'b', cost: 2 }]);
    expect(streams.queries.at(-1)?.criteria).toMatchObject({ is: 'allOf' });
  });

  test('of a model that nobody installed are refused', async () => {
    const { reader, writer } = openFake();
    await expect(writer.write({ writer: 'w', sequence: 1, rows: [recordRows(everyColumn, [row('a')])] })).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_NO_MODEL' });
    await expect(reader.rows({ ...everything, orderBy: [], limit: 1, offset: 0 })).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_NO_MODEL' });
  });
});

describe('the models installed', () => {
  const old = { ...everyColumn, columns: everyColumn.columns.slice(0, 4) };

  test('keep all columns when an older form comes after a newer one, and are made once', async () => {
    const { tables, installed, writer, reader } = openFake();
    await Promise.all([tables.install([everyColumn]), tables.install([old]), tables.install([everyColumn, old])]);
    expect(installed).toHaveLength(1);
    expect(tables.sourceOf(old).model).toBe(everyColumn);
    await writer.write({ writer: 'w', sequence: 1, rows: [recordRows(old, [row('a', { word: 'x' })])] });
    expect(await reader.rows({ ...everything, orderBy: [], limit: 9, offset: 0 })).toEqual([{ ...row('a', { word: 'x' }), maybe: undefined, ratio: undefined }]);
  });

  test('grow by new columns', async () => {
    const { tables, installed } = openFake();
    await tables.install([old]);
    await tables.install([everyColumn]);
    expect(installed.map(({ tags }) => tags.length)).toEqual([5, 14]);
  });

  test.each([
    ['without tenant first', { columns: everyColumn.columns.slice(1) }],
    ['with an unknown column in its order', { sortBy: ['nothing'] }],
    ['with a key without time', { key: ['id'], columns: versioned.columns }],
    ['with two columns of one name', { columns: [...everyColumn.columns, { name: 'id', type: 'text' }] }],
    ['with a name that is none', { name: 'a-b' }],
    ['with a trace id that is no column', { traceId: 'none' }],
  ] as const)('are none when a model is %s', async (_, changes) => {
    const { tables, installed } = openFake();
    await expect(tables.install([{ ...everyColumn, ...changes }])).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_REFUSED' });
    expect(installed).toEqual([]);
  });

  test('are not replaced by one of the name with another order or column type', async () => {
    const { tables } = openFake();
    await tables.install([everyColumn]);
    const columns = everyColumn.columns.map((column) => (column.name === 'body' ? { ...column, type: 'integer' as const } : column));
    for (const other of [{ ...everyColumn, columns }, { ...everyColumn, sortBy: ['time'] }]) {
      await expect(tables.install([other])).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_SCHEMA_CONFLICT' });
    }
  });
});
