/** Questions by chance are answered as core answers them: in the double, and in a BanyanDB that runs (METERLARK_TEST_BANYANDB). */
import { groupRows, selectRows, type GroupQuery, type RecordModel, type RecordQuery, type RecordRow } from '@meterlark/core';
import { recordRows } from '@meterlark/core/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { startBanyanDouble, type BanyanDouble } from '../double/index.js';
import { newNamespace, openTestStore, realTarget, type OpenedStore } from '../surroundings.js';
import { everyColumn } from './models.js';
import { Chance } from './random-records.js';

const spanLike: RecordModel = { ...everyColumn, name: 'span_like', traceId: 'id' };
const ties = ['id', 'body', 'whole', 'word', 'maybe', 'ratio'].map((column) => ({ column, descending: false }));

function describeChance(where: string, target: () => Promise<string>, questions: number): void {
  const stores: OpenedStore[] = [];
  const open = async (namespace: string, pageRows: number): Promise<OpenedStore> => {
    const store = await openTestStore({ targets: [await target()], namespace, pageRows });
    stores.push(store);
    await store.schemaInstaller.install([everyColumn, spanLike]);
    return store;
  };
  afterAll(() => Promise.all(stores.map((store) => store.close())));

  test.each([everyColumn, spanLike])(`questions by chance, ${where}: $name`, { timeout: 120_000 }, async (model) => {
    const chance = new Chance(Date.now());
    const rows = Array.from({ length: 300 }, (_, index): RecordRow => chance.row(index));
    const namespace = newNamespace();
    const [whole, paged] = [await open(namespace, 20_000), await open(namespace, 150)];
    for (const sequence of [1, 2, 3]) {
      const batch = { writer: 'w', sequence, rows: [recordRows(model, rows.slice((sequence - 1) * 100, sequence * 100))] };
      // Again by another process too.
      for (const store of [whole, paged, whole]) await store.recordWriter.write({ ...batch });
    }
    for (let asked = 0; asked < questions; asked += 1) {
      const selection = { model, tenant: 't', ...chance.range(), where: Array.from({ length: chance.upTo(3) }, () => chance.condition()) };
      const first = chance.of([{ column: 'time', descending: true }, { column: 'time', descending: false }, { column: 'word', descending: true }]);
      const orderBy = [first, ...ties, { column: 'time', descending: false }];
      const columns = [...new Set(orderBy.map(({ column }) => column))];
      const query: RecordQuery = { ...selection, orderBy, columns, limit: chance.of([1, 7, 1000]), offset: chance.of([0, 0, 5]) };
      const { recordReader } = chance.of([whole, paged]);
      expect(await recordReader.rows(query), JSON.stringify(query)).toEqual(selectRows(query, rows));
      const measures: GroupQuery['measures'] = [{ of: 'count' }, { of: 'sum', column: 'whole' }, { of: 'quantile', column: 'whole', rank: 0.95 }, { of: 'max', column: 'maybe' }];
      const groups = { ...selection, by: chance.of([[], [{ column: 'word' }]]), limit: 1000, measures, ...chance.of([{}, { bucketUs: 60e6 }]) };
      expect(await recordReader.groups(groups), JSON.stringify(groups)).toEqual(groupRows(groups, rows));
    }
  });
}

let double: BanyanDouble | undefined;
afterAll(() => double?.stop());
describe('records', () => {
  describeChance('in the double', async () => (double ??= await startBanyanDouble()).target, 30);
  if (realTarget === undefined) test.skip('questions by chance, in a BanyanDB that runs: skipped, METERLARK_TEST_BANYANDB does not name one (host:port)', () => undefined);
  else {
    const target = realTarget;
    describeChance('in a BanyanDB that runs', () => Promise.resolve(target), 20);
  }
});
