import { describe, expect, test } from 'vitest';
import type { TopQuery } from '@meterlark/core';
import { definition } from './definition.js';
import { FakeClient } from './fake-client.js';
import { day, hour, minute, Process, type Increment } from './surroundings.js';

const topQuery: TopQuery = {
  tenant: '', definition, serviceId: undefined, entityIds: undefined, step: 'minute', fromMs: day, toMs: day + 86_400_000, order: 'des', limit: 10,
};
const entitiesAt = (count: number, at = hour): Increment[] => Array.from({ length: count }, (_, index) => ({ at, a: index + 1, entityId: `e${index}` }));

describe('reads', () => {
  test('the end of a range is not in it, its start is', async () => {
    const process = new Process(new FakeClient());
    await process.write('sum', [-1, 0, 1, 2].map((offset) => ({ at: hour + offset * minute, a: offset + 10 })));
    const query = { tenant: '', selections: [{ metric: 'm', kind: 'sum' as const }], entityIds: ['e'], step: 'minute' as const };
    const values = async (fromMs: number, toMs: number): Promise<readonly number[]> => (await process.reader.read({ ...query, fromMs, toMs })).map(({ state }) => state.a);
    expect(await values(hour, hour + 2 * minute)).toEqual([10, 11]);
    expect(await values(hour, hour)).toEqual([]);
    expect(await values(hour + minute, hour)).toEqual([]);
    expect(await values(-Infinity, Infinity)).toEqual([9, 10, 11, 12]);
    expect(await values(NaN, NaN)).toEqual([]);
  });

  test('what has outlived its time is not asked for', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    await process.write('sum', [{ at: hour, a: 1 }]);
    process.clock.advance(8 * 86_400_000);
    expect(await process.read('sum', 'minute')).toEqual([]);
    expect(await process.read('sum', 'hour')).toHaveLength(1);
    expect(client.queries.at(-2)?.fromMs).toBe(day + 86_400_000 + 20 * 3_600_000);
  });

  test('nothing asked is nothing sent', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    expect(await process.read('sum', 'minute', [])).toEqual([]);
    expect(await process.read('sum', 'minute', ['e'], [])).toEqual([]);
    expect(await process.reader.top({ ...topQuery, entityIds: [] })).toEqual([]);
    expect(client.queries).toEqual([]);
  });

  test('a dashboard of 30 metrics of one service is one query', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const metrics = Array.from({ length: 30 }, (_, index) => `m${index}`);
    await process.write('sum', metrics.map((metric, index) => ({ at: hour, a: index, metric })));
    client.queries.length = 0;
    expect(await process.read('sum', 'minute', ['e', 'e'], [...metrics, 'm0'])).toHaveLength(30);
    expect(client.queries).toHaveLength(1);
  });

  test('many entities are asked for in several queries, each row given once', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    await process.write('sum', entitiesAt(500));
    client.queries.length = 0;
    const found = await process.read('sum', 'minute', Array.from({ length: 500 }, (_, index) => `e${index}`), ['m', 'absent']);
    expect(found.map(({ state }) => state.a).sort((left, right) => left - right)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(client.queries.length).toBeGreaterThan(10);
  });

  test('every condition names its leading tags in full', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    await process.read('sum', 'minute', ['a', 'b|c']);
    expect(client.queries.at(-1)?.criteria).toEqual({
      is: 'anyOf',
      of: ['a', 'b%7cc'].map((value) => ({
        is: 'allOf',
        of: [['tenant', ''], ['metric', 'm'], ['kind', 'sum'], ['entity', value]].map(([tag, text]) => ({ is: 'equal', tag, value: text })),
      })),
    });
  });

  test('a row that was not asked for is an error of the answer', async () => {
    const client = new FakeClient();
    const process = new Process(client);
    const found = { timeMs: hour, version: 1n, cells: ['other', 'sum', 'e', null, new Uint8Array([1, 0])] };
    client.queryMeasure = async () => [found];
    await expect(process.read('sum', 'minute')).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_BAD_ANSWER' });
  });
});

describe('pages', () => {
  test.each([1, 2, 7, 60, 61, 1000])('a range comes whole in pages of %i rows', async (pageRows) => {
    const client = new FakeClient();
    const writer = new Process(client);
    const increments = Array.from({ length: 240 }, (_, index) => ({ at: hour + (index % 60) * minute, a: index, entityId: `e${index % 4}`, metric: `m${index % 3}` }));
    await writer.write('sum', increments);
    const process = new Process(client, 'reader', undefined, { pageRows });
    const found = await process.read('sum', 'minute', ['e0', 'e1', 'e2', 'e3'], ['m0', 'm1', 'm2']);
    expect(found.reduce((sum, { state }) => sum + state.a, 0)).toBe((239 * 240) / 2);
    expect(client.queries.every(({ order }) => order === undefined || !order.descending)).toBe(true);
  });

  test('thousands of rows of one time are more than a page and still come', async () => {
    const client = new FakeClient();
    await new Process(client).write('sum', [...entitiesAt(5000), { at: hour + 50 * minute, a: 7, entityId: 'late' }]);
    const process = new Process(client, 'reader', undefined, { pageRows: 100 });
    expect(await process.reader.top({ ...topQuery, limit: 10_000 })).toHaveLength(5001);
  });

  test('a long range with rows at its ends takes a few queries, not one for every stretch between', async () => {
    const client = new FakeClient();
    await new Process(client).write('sum', [...Array.from({ length: 200 }, (_, index) => ({ at: day + index * minute, a: 1 })), { at: day + 20 * 3_600_000, a: 1 }]);
    const process = new Process(client, 'reader', undefined, { pageRows: 20 });
    client.queries.length = 0;
    expect(await process.read('sum', 'minute')).toHaveLength(201);
    expect(client.queries.length).toBeLessThan(40);
  });

  test('more rows than a question may read are an error, never a part', async () => {
    const client = new FakeClient();
    await new Process(client).write('sum', entitiesAt(300));
    const few = new Process(client, 'reader', undefined, { maxScannedRows: 299, pageRows: 50 });
    const tooMany = { code: 'METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS', class: 'permanent', fields: { limit: 299 } };
    await expect(few.reader.top(topQuery)).rejects.toMatchObject(tooMany);
    await expect(few.read('sum', 'minute', Array.from({ length: 300 }, (_, index) => `e${index}`))).rejects.toMatchObject(tooMany);
    const enough = new Process(client, 'reader', undefined, { maxScannedRows: 300, pageRows: 50 });
    expect(await enough.reader.top({ ...topQuery, limit: 1000 })).toHaveLength(300);
  });
});

describe('rankings and entities', () => {
  test('a ranking merges all writers before it cuts', async () => {
    const client = new FakeClient();
    await new Process(client, 'w1').write('sum', [{ at: hour, a: 5, entityId: 'both' }, { at: hour, a: 8, entityId: 'one' }]);
    const process = new Process(client, 'w2');
    await process.write('sum', [{ at: hour, a: 5, entityId: 'both' }]);
    expect(await process.reader.top({ ...topQuery, limit: 1 })).toEqual([{ entityId: 'both', value: 10 }]);
    expect(await process.reader.top({ ...topQuery, order: 'asc' })).toEqual([{ entityId: 'one', value: 8 }, { entityId: 'both', value: 10 }]);
  });

  test('the value is the mean over the buckets that have data', async () => {
    const process = new Process(new FakeClient());
    await process.write('sum', [{ at: hour, a: 10 }, { at: hour + minute, a: 20 }, { at: hour, a: 1, labels: '{"not":"plain"}' }]);
    expect(await process.reader.top(topQuery)).toEqual([{ entityId: 'e', value: 15 }]);
    expect(await process.reader.top({ ...topQuery, step: 'hour' })).toEqual([{ entityId: 'e', value: 30 }]);
  });

  test('sources of a total are told apart', async () => {
    const process = new Process(new FakeClient());
    await process.write('total', [{ at: hour, a: 6, b: 2, source: 'one' }, { at: hour, a: 2, b: 1, source: 'two' }]);
    expect(await process.reader.top({ ...topQuery, definition: { ...definition, kind: 'total' } })).toEqual([{ entityId: 'e', value: 5 }]);
  });

  test.each([2, 400])('a service and %i entities narrow a ranking', async (asked) => {
    const client = new FakeClient();
    const process = new Process(client);
    await process.write('sum', ['c3Zj.1', 'c3Zj.1_aQ==', 'c3Zj.10', 'other'].map((entityId, index) => ({ at: hour, a: index + 1, entityId })));
    const ids = async (changes: Partial<TopQuery>): Promise<readonly string[]> => (await process.reader.top({ ...topQuery, ...changes })).map(({ entityId }) => entityId);
    const more = Array.from({ length: asked - 2 }, (_, index) => `absent${index}`);
    expect(await ids({ serviceId: 'c3Zj.1' })).toEqual(['c3Zj.1_aQ==', 'c3Zj.1']);
    expect(await ids({ entityIds: ['other', 'c3Zj.1', ...more] })).toEqual(['other', 'c3Zj.1']);
    expect(await ids({ entityIds: ['other', 'c3Zj.1', ...more], serviceId: 'c3Zj.1' })).toEqual(['c3Zj.1']);
  });

  test('the entities of a metric are given once, of that metric and kind only', async () => {
    const client = new FakeClient();
    const process = new Process(client, 'w1', undefined, { pageRows: 3 });
    await process.write('sum', [...entitiesAt(5), ...entitiesAt(5, hour + minute), { at: hour, entityId: '', a: 1 }, { at: hour, entityId: 'x', metric: 'other', a: 1 }, { at: hour, entityId: 'a|b', a: 1 }]);
    await process.write('max', [{ at: hour, entityId: 'y', a: 1 }]);
    const ids = await process.reader.entityIds({ tenant: '', metric: 'm', kind: 'sum', step: 'minute', fromMs: 0, toMs: Infinity });
    expect([...ids].sort()).toEqual(['', 'a|b', 'e0', 'e1', 'e2', 'e3', 'e4']);
  });
});
