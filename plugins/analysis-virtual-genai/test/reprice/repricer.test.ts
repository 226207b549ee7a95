import { describe, expect, test } from 'vitest';
import type { PriceBook } from '../../src/pricing/price-book.js';
import { Repricer } from '../../src/reprice/repricer.js';
import type { Tally } from '../../src/reprice/tally.js';
import { call, dayStart, FakeStore, newBook, oldBook, priced, unknownCost } from './fixtures.js';

const hour = 3_600_000;
const us = (ms: number): number => (dayStart + ms) * 1000;

function run(store: FakeStore, book: PriceBook, some: { dryRun?: boolean; pageRows?: number; maxChanges?: number; days?: number } = {}): Promise<Tally> {
  const { days = 1, ...rest } = some;
  const options = { book, dryRun: false, pageRows: 100, maxChanges: 1000, ...rest };
  return new Repricer(store.services(), options).run({ fromMs: dayStart, toMs: dayStart + days * 24 * hour });
}

describe('re-pricing', () => {
  test('writes a next revision of what changed, and nothing of what did not', async () => {
    const store = new FakeStore(priced([call('a'), call('b', { model: 'same' })], oldBook()));
    const tally = await run(store, newBook());
    expect(store.call('a')).toEqual({ ...priced([call('a')], newBook())[0], revision: 1 });
    expect(store.call('b').revision).toBe(0);
    expect(tally.counts).toEqual({ calls: 2, repriced: 1, unchanged: 1, reported: 0, none: 0, nowPriced: 0, nowUnknown: 0 });
  });

  test('lets metrics follow by the difference alone: calls, latency and counts of averages cancel out', async () => {
    const store = new FakeStore(priced([call('a'), call('b', { startUs: us(61_000) })], oldBook()));
    await run(store, newBook());
    const old = 60 * 1_000_000 + 40 * 100_000 + 10 * 10_000_000;
    expect(Object.fromEntries(store.sums)).toEqual({
      'cost m 0 sum a': old, 'cost_avg m 0 ratio a': old, 'cost_avg m 0 ratio b': 0,
      'cost m 60000 sum a': old, 'cost_avg m 60000 ratio a': old, 'cost_avg m 60000 ratio b': 0,
    });
  });

  test('gives a call that had no price its place in sum, average and count, and takes it from one that lost it', async () => {
    const [known] = priced([call('b')], oldBook());
    const store = new FakeStore([call('a', { model: 'late' }), { ...call('c', { model: 'gone' }), cost: known!.cost }]);
    const tally = await run(store, newBook());
    expect(Object.fromEntries(store.sums)).toMatchObject({
      'cost late 0 sum a': 330_000_000, 'cost_avg late 0 ratio b': 1, 'unpriced late 0 sum a': -1,
      'cost gone 0 sum a': -known!.cost.total!, 'cost_avg gone 0 ratio b': -1, 'unpriced gone 0 sum a': 1,
    });
    expect(tally.counts).toMatchObject({ repriced: 2, nowPriced: 1, nowUnknown: 1 });
    expect(store.call('c').cost).toEqual(unknownCost);
  });

  test('leaves what the provider told and what owes nothing', async () => {
    const reported = call('a', { cost: { ...unknownCost, source: 'provider-reported', total: 7 } });
    const none = call('b', { status: 'error', usage: { ...call('x').usage, input: undefined, cacheRead: undefined, output: undefined }, cost: { ...unknownCost, source: 'none' } });
    const store = new FakeStore([reported, none]);
    expect((await run(store, newBook())).counts).toMatchObject({ calls: 2, reported: 1, none: 1, repriced: 0 });
    expect([store.call('a'), store.call('b'), store.batches.length]).toEqual([reported, none, 0]);
  });

  test('leaves an estimate an estimate, also where there was no price before, and counts it as a price', async () => {
    const logged = (id: string, some: object = {}) => call(id, { dialect: 'gateway-log', usage: { ...call('x').usage, cacheRead: undefined }, ...some });
    const [was] = priced([logged('a')], oldBook());
    const store = new FakeStore([{ ...was!, cost: { ...was!.cost, source: 'estimated' } }, logged('b', { model: 'late' }), logged('c', { usage: call('x').usage })]);
    const tally = await run(store, newBook());
    expect(['a', 'b', 'c'].map((id) => [store.call(id).cost.source, store.call(id).cost.total])).toEqual([
      ['estimated', 400_000_000], ['estimated', 330_000_000], ['computed', 328_000_000],
    ]);
    expect(tally.counts).toMatchObject({ repriced: 3, nowPriced: 2, nowUnknown: 0 });
    const gone = await run(store, oldBook());
    expect([gone.counts, store.call('b').cost.source]).toMatchObject([{ nowPriced: 0, nowUnknown: 1 }, 'unknown']);
  });

  test('changes nothing the second time', async () => {
    const store = new FakeStore(priced([call('a'), call('b', { model: 'late' })], oldBook()));
    await run(store, newBook());
    const [rows, sums, batches] = [new Map(store.rows), new Map(store.sums), store.batches.length];
    expect((await run(store, newBook())).counts).toMatchObject({ repriced: 0, unchanged: 2 });
    expect([store.rows, store.sums, store.batches.length]).toEqual([rows, sums, batches]);
  });

  test('there and back leaves metrics as they were', async () => {
    const store = new FakeStore(priced([call('a'), call('b')], oldBook()));
    await run(store, newBook());
    await run(store, oldBook());
    expect([...store.sums.values()].every((sum) => sum === 0)).toBe(true);
    expect([store.call('a').revision, store.call('a').cost]).toEqual([2, priced([call('a')], oldBook())[0]?.cost]);
  });

  test('writes nothing on a dry run and answers the same', async () => {
    const store = new FakeStore(priced([call('a'), call('b', { model: 'late' })], oldBook()));
    const [dry, before] = [await run(store, newBook(), { dryRun: true }), new Map(store.rows)];
    expect([store.batches.length, store.rows]).toEqual([0, before]);
    const real = await run(store, newBook());
    expect([dry.counts, dry.result()]).toEqual([real.counts, real.result()]);
  });

  test('after a crash between the two writes, the next run does not double the metrics', async () => {
    const store = new FakeStore(priced(Array.from({ length: 50 }, (_, index) => call(`c${index}`, { startUs: us(index * 60_000) })), oldBook()));
    store.failing = true;
    await expect(run(store, newBook())).rejects.toThrow('killed');
    const half = new Map(store.sums);
    expect(half.size).toBeGreaterThan(0);
    store.failing = false;
    store.pending.length = 0;
    await run(store, newBook());
    expect(store.sums).toEqual(half);
    expect(store.batches.map(({ writer }) => writer)).toEqual([store.batches[0]?.writer, store.batches[0]?.writer]);
    expect(store.call('c49').revision).toBe(1);
  });

  test('reads page by page, also where many calls have one time, and misses or doubles none', async () => {
    const calls = Array.from({ length: 57 }, (_, index) => call(`c${String(index).padStart(2, '0')}`, { startUs: us(index < 40 ? 5 : index) }));
    const store = new FakeStore(priced(calls, oldBook()));
    expect((await run(store, newBook(), { pageRows: 7 })).counts).toMatchObject({ calls: 57, repriced: 57 });
    expect(store.queries.every(({ limit }) => limit === 7)).toBe(true);
    expect([...store.rows.values()].every((row) => row['revision'] === 1)).toBe(true);
  });

  test('writes large changes in parts, and each hour for itself', async () => {
    const calls = Array.from({ length: 30 }, (_, index) => call(`c${index}`, { startUs: us(index < 20 ? index : hour + index) }));
    const store = new FakeStore(priced(calls, oldBook()));
    await run(store, newBook(), { pageRows: 5, maxChanges: 10 });
    expect(store.batches).toHaveLength(3);
    expect(new Set(store.batches.map(({ writer }) => writer)).size).toBe(3);
    expect(store.sums.get('cost m 0 sum a')).toBe(20 * 164_000_000);
  });

  test('flushes what is on its way before it reads', async () => {
    const store = new FakeStore([]);
    expect((await run(store, newBook())).counts.calls).toBe(0);
    expect(store.flushes.slice(0, 2)).toEqual(['metrics', 'records']);
  });

  test('tells old and new cost by day and model, exactly', async () => {
    const next = call('b', { startUs: us(24 * hour), model: 'late' });
    const store = new FakeStore(priced([call('a'), call('a2'), next], oldBook()));
    const tally = await run(store, newBook(), { days: 2 });
    expect(tally.result()).toEqual([
      { day: '2026-03-01', provider: 'acme', model: 'm', calls: 2, repriced: 2, oldUsd: '0.000328', newUsd: '0.000656', oldUnknown: 0, newUnknown: 0 },
      { day: '2026-03-02', provider: 'acme', model: 'late', calls: 1, repriced: 1, oldUsd: '0', newUsd: '0.00033', oldUnknown: 1, newUnknown: 0 },
    ]);
  });
});
