/** Models and questions that cannot be. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GroupQuery, RecordModel, RecordQuery } from '@meterlark/core';
import { openTestStore, testFolder, type OpenedStore, type TestFolder } from './surroundings.js';

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
const all = { model: small, tenant: '', fromUs: 0, toUs: Infinity, where: [], limit: 10 };

let folder: TestFolder;
let store: OpenedStore;
beforeAll(async () => {
  folder = await testFolder();
  store = await openTestStore({ path: folder.path });
  await store.installRecords([small]);
});
afterAll(async () => {
  await store.close();
  await folder.remove();
});

describe('installing', () => {
  const [tenant, time, ...others] = small.columns as [RecordModel['columns'][0], RecordModel['columns'][0], ...RecordModel['columns']];
  test.each<[string, Partial<RecordModel>]>([
    ['without tenant and time first', { columns: [time, tenant, ...others] }],
    ['with a column twice', { columns: [...small.columns, { name: 'id', type: 'text' }] }],
    ['with a column that is no name', { columns: [...small.columns, { name: 'a b', type: 'text' }] }],
    ['sorted by a column that it has not', { sortBy: ['nothing'] }],
    ['with a key without time', { key: ['id'] }],
    ['with a key but no revision', { key: ['time', 'id'] }],
    ['called as a table of ours', { name: 'metric_sums_minute' }],
    ['called as no table may be', { name: 'x; DROP TABLE small' }],
  ])('a model %s is refused for good', async (_, changes) => {
    await expect(store.installRecords([{ ...small, ...changes }])).rejects.toMatchObject({ class: 'permanent' });
  });
});

describe('reading', () => {
  test.each<[string, Partial<RecordQuery>]>([
    ['a condition', { where: [{ column: 'x', is: 'present' }] }],
    ['an order', { orderBy: [{ column: 'id; DROP TABLE small', descending: false }] }],
    ['a column', { columns: ['1 AS one'] }],
    ['a key of what is no map', { where: [{ column: 'id', key: 'k', is: 'present' }] }],
    ['a limit', { limit: -1 }],
    ['a broken limit', { limit: 1.5 }],
    ['an offset', { offset: NaN }],
    ['too long a list', { where: [{ column: 'id', is: 'in', values: ['x'.repeat(17 * 1024 * 1024)] }] }],
  ])('%s that cannot be is refused for good before the engine sees it', async (_, changes) => {
    const code = 'METERLARK_STORAGE_CLICKHOUSE_REFUSED';
    await expect(store.recordReader.rows({ ...all, orderBy: [], offset: 0, ...changes })).rejects.toMatchObject({ code, class: 'permanent', fields: { number: 36 } });
  });

  test.each<[string, Partial<GroupQuery>]>([
    ['a rank', { measures: [{ of: 'quantile', column: 'order', rank: 1.01 }] }],
    ['a sum of texts', { measures: [{ of: 'sum', column: 'id' }] }],
    ['an order by a measure that is not asked for', { orderBy: { measure: 1, descending: true } }],
    ['a bucket', { bucketUs: -1 }],
    ['a group', { by: [{ column: 'x' }] }],
  ])('%s that cannot be is refused for good', async (_, changes) => {
    await expect(store.recordReader.groups({ ...all, by: [], measures: [{ of: 'count' }], ...changes })).rejects.toMatchObject({ class: 'permanent', fields: { number: 36 } });
  });
});
