/** Records: groups and their measures. */
import { expect } from 'vitest';
import type { GroupQuery, RecordGroup } from '../../model/record-query.js';
import type { ContractCase, StorageBench } from './bench.js';
import { RecordBench } from './record-bench.js';

async function scene(bench: StorageBench): Promise<RecordBench> {
  const records = await RecordBench.open(bench);
  const { hourUs } = records;
  await records.write(
    records.row('1', { word: 'x', whole: 5, maybe: 3, amount: 0.5, on: true, tags: { team: 'red' }, counts: { n: 1 } }),
    records.row('2', { word: 'x', whole: 7, amount: 0.25, time: hourUs + 600_000_000, tags: { team: 'blue' } }),
    records.row('3', { word: 'y', whole: -2, maybe: 0, amount: 8, on: true, tags: { team: '' }, counts: { n: 2.5 } }),
  );
  await records.write(records.row('4', { word: 'y', whole: 1, amount: 1, time: hourUs + 3_600_000_000 }), records.row('5', { whole: 100 }));
  return records;
}

const count: GroupQuery['measures'] = [{ of: 'count' }];

function counts(groups: readonly RecordGroup[]): readonly unknown[] {
  return groups.map(({ by, measures }) => [...by, measures[0]]);
}

async function everyMeasure(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const groups = await records.groups({
    by: [{ column: 'word' }],
    measures: [
      { of: 'count' },
      { of: 'sum', column: 'whole' },
      { of: 'min', column: 'whole' },
      { of: 'max', column: 'whole' },
      { of: 'sum', column: 'maybe' },
      { of: 'max', column: 'maybe' },
      { of: 'sum', column: 'amount' },
      { of: 'min', column: 'ratio' },
      { of: 'quantile', column: 'ratio', rank: 0.5 },
      { of: 'sum', column: 'ratio' },
    ],
  });
  const none = [undefined, undefined, undefined];
  expect(groups.map(({ by, bucketUs, measures }) => [...by, bucketUs, ...measures])).toEqual([
    ['', 0, 1, 100n, 100, 100, undefined, undefined, 0, ...none],
    ['x', 0, 2, 12n, 5, 7, 3n, 3, 0.75, ...none],
    ['y', 0, 2, -1n, -2, 1, 0n, 0, 9, ...none],
  ]);
}

async function conditionalCount(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const where = [{ column: 'on', is: 'in', values: [true] }, { column: 'whole', is: 'atLeast', value: 0 }] as const;
  const groups = await records.groups({ by: [{ column: 'word' }], measures: [{ of: 'count', where }, { of: 'count' }] });
  expect(groups.map(({ by, measures }) => [...by, ...measures])).toEqual([['', 0, 1], ['x', 1, 2], ['y', 0, 2]]);
}

async function selected(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const where = [{ column: 'whole', is: 'atMost', value: 5 }] as const;
  expect(counts(await records.groups({ by: [{ column: 'word' }], where }))).toEqual([['x', 1], ['y', 2]]);
  expect(await records.groups({ where: [{ column: 'word', is: 'in', values: ['none'] }] })).toEqual([]);
  expect(await records.groups({ measures: [] })).toEqual([{ by: [], bucketUs: 0, measures: [] }]);
}

async function exactSums(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const most = Number.MAX_SAFE_INTEGER;
  await records.write(...Array.from({ length: 7 }, (_, index) => records.row(`${index}`, { whole: most, maybe: -most })));
  await records.write(records.row('one', { whole: 1 }));
  const [up, down] = await records.measure({ of: 'sum', column: 'whole' }, { of: 'sum', column: 'maybe' });
  expect([up, down]).toEqual([7n * BigInt(most) + 1n, -7n * BigInt(most)]);
}

async function quantiles(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  // 1 … 2000 in an order without order, once whole and once as thousandths.
  const values = Array.from({ length: 2000 }, (_, index) => ((index * 1237) % 2000) + 1);
  await records.write(...values.map((value) => records.row(`q${value}`, { whole: value, amount: value / 1000, word: `g${value % 2}` })));
  const ranks = [0.5, 0.75, 0.9, 0.95, 0.99];
  const measures = ranks.flatMap((rank) => ['whole', 'amount'].map((column) => ({ of: 'quantile', column, rank }) as const));
  for (const group of [...(await records.groups({ measures })), ...(await records.groups({ measures, by: [{ column: 'word' }] }))]) {
    const [wholes, amounts] = [0, 1].map((part) => group.measures.filter((_, index) => index % 2 === part).map(Number));
    for (const [place, rank] of ranks.entries()) {
      const value = 2000 * rank - (group.by[0] === 'g1' ? 1 : 0);
      expect(wholes?.[place], `${rank}`).toBe(eightBits(value));
      expect(Math.abs((amounts?.[place] ?? NaN) / (2 * rank) - 1), `${rank}`).toBeLessThan(0.01);
    }
  }
}

function eightBits(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(value)) - 7);
  return Math.floor(value / unit) * unit;
}

async function byEverything(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const by = async (column: string, key?: string): Promise<readonly unknown[]> =>
    counts(await records.groups({ by: [key === undefined ? { column } : { column, key }] }));
  expect(await by('on')).toEqual([['false', 3], ['true', 2]]);
  expect(await by('whole')).toEqual([['-2', 1], ['1', 1], ['100', 1], ['5', 1], ['7', 1]]);
  expect(await by('maybe')).toEqual([['', 3], ['0', 1], ['3', 1]]);
  expect(await by('tags', 'team')).toEqual([['', 3], ['blue', 1], ['red', 1]]);
  expect(await by('counts', 'n')).toEqual([['', 3], ['1', 1], ['2.5', 1]]);
  expect(counts(await records.groups({ by: [{ column: 'word' }, { column: 'on' }] }))).toEqual([
    ['', 'false', 1], ['x', 'false', 1], ['x', 'true', 1], ['y', 'false', 1], ['y', 'true', 1],
  ]);
}

async function buckets(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const { hourUs } = records;
  const bucketed = async (changes: Partial<GroupQuery>): Promise<readonly unknown[]> =>
    (await records.groups({ measures: count, ...changes })).map(({ by, bucketUs, measures }) => [(bucketUs - hourUs) / 60_000_000, ...by, ...measures]);
  expect(await bucketed({ bucketUs: 600_000_000 })).toEqual([[0, 3], [10, 1], [60, 1]]);
  expect(await bucketed({ bucketUs: 3_600_000_000, by: [{ column: 'word' }] })).toEqual([
    [0, '', 1], [0, 'x', 2], [0, 'y', 1], [60, 'y', 1],
  ]);
  // The range cuts the rows, not the bucket.
  expect(await bucketed({ bucketUs: 3_600_000_000, fromUs: hourUs + 1, toUs: hourUs + 3_600_000_000 })).toEqual([[0, 1]]);
}

async function ordered(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const measures = [{ of: 'sum', column: 'whole' }, { of: 'max', column: 'maybe' }, { of: 'count' }] as const;
  const names = async (measure: number, descending: boolean, limit = 10): Promise<readonly unknown[]> =>
    (await records.groups({ by: [{ column: 'word' }], measures, orderBy: { measure, descending }, limit })).map(({ by }) => by[0]);
  expect(await names(0, true)).toEqual(['', 'x', 'y']);
  expect(await names(0, false)).toEqual(['y', 'x', '']);
  expect(await names(0, true, 2)).toEqual(['', 'x']);
  expect(await names(1, false)).toEqual(['y', 'x', '']);
  expect(await names(1, true)).toEqual(['x', 'y', '']);
  expect(await names(2, true)).toEqual(['x', 'y', '']);
  expect(await names(2, false)).toEqual(['', 'x', 'y']);
  expect(await names(2, false, 0)).toEqual([]);
  expect(counts(await records.groups({ by: [{ column: 'id' }], limit: 2 }))).toEqual([['1', 1], ['2', 1]]);
}

async function strangeNames(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const words = ['\n\n', '"', '\\N', '\0', '\u{1f600}', '[1]', 'a\tb'].sort();
  await records.write(...words.map((word, index) => records.row(`${index}`, { word, tags: { [word]: word } })));
  expect(counts(await records.groups({ by: [{ column: 'word' }] }))).toEqual(words.map((word) => [word, 1]));
  for (const key of words) {
    expect(counts(await records.groups({ by: [{ column: 'tags', key }] }))).toEqual([['', words.length - 1], [key, 1]]);
  }
}

export const recordGroupCases: readonly ContractCase[] = [
  { name: 'every measure of a group, undefined where no row has a value', run: everyMeasure },
  { name: 'a count with conditions counts the rows that meet them', run: conditionalCount },
  { name: 'groups are of the selected rows; without rows there is no group', run: selected },
  { name: 'sums of whole numbers are exact beyond 2^53', run: exactSums },
  { name: 'quantiles have eight significant bits', run: quantiles },
  { name: 'groups by word, flag, number, map key and several of them', run: byEverything },
  { name: 'groups by time bucket, counted from the epoch', run: buckets },
  { name: 'groups in the order of a measure, those without a value last, cut at the limit', run: ordered },
  { name: 'any text can be the name of a group', run: strangeNames },
];
