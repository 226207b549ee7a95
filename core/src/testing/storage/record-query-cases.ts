/** Records: ranges, conditions, order, limit and offset. */
import { expect } from 'vitest';
import type { RecordCondition } from '../../model/record-query.js';
import type { ContractCase, StorageBench } from './bench.js';
import { RecordBench } from './record-bench.js';

async function range(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const fromUs = records.hourUs;
  await records.write(...[-1, 0, 1, 999, 1000, 1001].map((offset) => records.row(`t${offset}`, { time: fromUs + offset })));
  expect(await records.ids([], { fromUs, toUs: fromUs + 1000 })).toEqual(['t0', 't1', 't999']);
  expect(await records.ids([], { fromUs: fromUs + 1000, toUs: fromUs + 1001 })).toEqual(['t1000']);
  expect(await records.ids([], { fromUs, toUs: fromUs })).toEqual([]);
  expect(await records.ids([], { fromUs: fromUs + 5, toUs: fromUs - 5 })).toEqual([]);
  expect(await records.groups({ fromUs, toUs: fromUs + 1000 })).toMatchObject([{ measures: [3] }]);
}

/** Three rows that differ in everything, and one that has nothing. */
async function scene(bench: StorageBench): Promise<RecordBench> {
  const records = await RecordBench.open(bench);
  await records.write(
    records.row('a', {
      word: 'alpha', body: 'The quick fox', whole: 1, maybe: 10, amount: 0.5, ratio: 0, on: true, tags: { k: 'v1', e: '' }, counts: { n: 1, z: 0 },
    }),
    records.row('b', { word: 'beta', body: 'the_lazy%dog', whole: 2, maybe: 0, amount: 1.5, tags: { k: 'v2' }, counts: { n: 2.5 } }),
    records.row('c', { word: 'alphabet', body: 'THE END', whole: -3, amount: 0, ratio: -1, on: true, tags: { other: 'v1' }, counts: { m: 1 } }),
    records.row('d'),
  );
  return records;
}

type Expectation = readonly [condition: RecordCondition, ids: string];

async function holds(bench: StorageBench, expectations: readonly Expectation[]): Promise<void> {
  const records = await scene(bench);
  for (const [condition, ids] of expectations) {
    expect((await records.ids([condition])).join(''), JSON.stringify(condition)).toBe(ids);
    expect(await records.measure({ of: 'count', where: [condition] }), JSON.stringify(condition)).toEqual([ids.length]);
  }
}

const lists: readonly Expectation[] = [
  [{ column: 'word', is: 'in', values: ['alpha', 'beta', 'none'] }, 'ab'],
  [{ column: 'word', is: 'in', values: [''] }, 'd'],
  [{ column: 'word', is: 'in', values: [] }, ''],
  [{ column: 'word', is: 'notIn', values: ['alpha', 'beta'] }, 'cd'],
  [{ column: 'word', is: 'notIn', values: [] }, 'abcd'],
  [{ column: 'body', is: 'in', values: ['THE END'] }, 'c'],
  [{ column: 'body', is: 'notIn', values: ['THE END'] }, 'abd'],
  [{ column: 'id', is: 'in', values: ['a', 'd', 'a'] }, 'ad'],
  [{ column: 'id', is: 'notIn', values: ['a', 'd'] }, 'bc'],
  [{ column: 'whole', is: 'in', values: [1, -3] }, 'ac'],
  [{ column: 'whole', is: 'notIn', values: [1, -3] }, 'bd'],
  [{ column: 'maybe', is: 'in', values: [0, 10] }, 'ab'],
  [{ column: 'maybe', is: 'notIn', values: [0] }, 'acd'],
  [{ column: 'amount', is: 'in', values: [0.5, 0] }, 'acd'],
  [{ column: 'ratio', is: 'in', values: [0, -1] }, 'ac'],
  [{ column: 'on', is: 'in', values: [true] }, 'ac'],
  [{ column: 'on', is: 'in', values: [false] }, 'bd'],
  [{ column: 'on', is: 'notIn', values: [false] }, 'ac'],
  [{ column: 'on', is: 'in', values: [true, false] }, 'abcd'],
  [{ column: 'tags', key: 'k', is: 'in', values: ['v1', 'v2'] }, 'ab'],
  [{ column: 'tags', key: 'k', is: 'in', values: [''] }, 'cd'],
  [{ column: 'tags', key: 'k', is: 'notIn', values: ['v1'] }, 'bcd'],
  [{ column: 'counts', key: 'n', is: 'in', values: [2.5] }, 'b'],
  [{ column: 'counts', key: 'n', is: 'in', values: [0] }, ''],
  [{ column: 'counts', key: 'n', is: 'notIn', values: [2.5] }, 'acd'],
];

/** A value of another type equals nothing. */
const strangers: readonly Expectation[] = [
  [{ column: 'whole', is: 'in', values: ['1', true, 1.5] }, ''],
  [{ column: 'whole', is: 'notIn', values: ['1', true, 1.5, 2] }, 'acd'],
  [{ column: 'word', is: 'in', values: [0, false, 'beta'] }, 'b'],
  [{ column: 'on', is: 'in', values: ['true', 1] }, ''],
  [{ column: 'on', is: 'notIn', values: ['true', 1] }, 'abcd'],
  [{ column: 'amount', is: 'in', values: ['0.5', NaN, Infinity] }, ''],
  [{ column: 'tags', key: 'k', is: 'in', values: [1] }, ''],
  [{ column: 'counts', key: 'n', is: 'in', values: ['1'] }, ''],
];

const parts: readonly Expectation[] = [
  [{ column: 'word', is: 'contains', value: 'alpha' }, 'ac'],
  [{ column: 'word', is: 'notContains', value: 'alpha' }, 'bd'],
  [{ column: 'body', is: 'contains', value: 'the' }, 'b'],
  [{ column: 'body', is: 'contains', value: 'THE' }, 'c'],
  [{ column: 'body', is: 'contains', value: '_' }, 'b'],
  [{ column: 'body', is: 'contains', value: '%' }, 'b'],
  [{ column: 'body', is: 'contains', value: '' }, 'abcd'],
  [{ column: 'body', is: 'notContains', value: '' }, ''],
  [{ column: 'tags', key: 'k', is: 'contains', value: 'v' }, 'ab'],
  [{ column: 'tags', key: 'k', is: 'notContains', value: '1' }, 'bcd'],
];

const bounds: readonly Expectation[] = [
  [{ column: 'whole', is: 'atLeast', value: 0 }, 'abd'],
  [{ column: 'whole', is: 'atLeast', value: 0.5 }, 'ab'],
  [{ column: 'whole', is: 'atMost', value: 1 }, 'acd'],
  [{ column: 'maybe', is: 'atLeast', value: 0 }, 'ab'],
  [{ column: 'maybe', is: 'atMost', value: 5 }, 'b'],
  [{ column: 'amount', is: 'atLeast', value: 0.5 }, 'ab'],
  [{ column: 'ratio', is: 'atMost', value: -0.5 }, 'c'],
  [{ column: 'counts', key: 'n', is: 'atLeast', value: 1 }, 'ab'],
  [{ column: 'counts', key: 'n', is: 'atMost', value: 1 }, 'a'],
  [{ column: 'counts', key: 'none', is: 'atMost', value: 1 }, ''],
];

const presence: readonly Expectation[] = [
  [{ column: 'word', is: 'present' }, 'abc'],
  [{ column: 'body', is: 'absent' }, 'd'],
  [{ column: 'whole', is: 'present' }, 'abcd'],
  [{ column: 'maybe', is: 'present' }, 'ab'],
  [{ column: 'maybe', is: 'absent' }, 'cd'],
  [{ column: 'ratio', is: 'present' }, 'ac'],
  [{ column: 'on', is: 'present' }, 'abcd'],
  [{ column: 'tags', is: 'present' }, 'abc'],
  [{ column: 'counts', is: 'absent' }, 'd'],
  [{ column: 'tags', key: 'k', is: 'present' }, 'ab'],
  [{ column: 'tags', key: 'e', is: 'present' }, 'a'],
  [{ column: 'tags', key: 'e', is: 'absent' }, 'bcd'],
  [{ column: 'counts', key: 'z', is: 'present' }, 'a'],
  [{ column: 'counts', key: 'n', is: 'absent' }, 'cd'],
];

async function together(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const on: RecordCondition = { column: 'on', is: 'in', values: [true] };
  const positive: RecordCondition = { column: 'whole', is: 'atLeast', value: 0 };
  expect(await records.ids([on, positive])).toEqual(['a']);
  expect(await records.ids([positive, { column: 'whole', is: 'atMost', value: 1 }, { column: 'word', is: 'notIn', values: ['x'] }])).toEqual(['a', 'd']);
  expect(await records.ids([on, { column: 'id', is: 'in', values: ['b', 'c'] }])).toEqual(['c']);
}

async function manyValues(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const values = Array.from({ length: 5000 }, (_, index) => `0123456789abcdef0123456789abcdef-${index}`);
  expect(await records.ids([{ column: 'id', is: 'in', values: [...values, 'b'] }])).toEqual(['b']);
  expect(await records.ids([{ column: 'id', is: 'notIn', values: [...values, 'b'] }])).toEqual(['a', 'c', 'd']);
}

async function order(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const words = ['b', 'a', 'B', '', 'ab', 'é', 'z', '\u{1f600}', '\uffee'];
  const rows = words.map((word, index) => records.row(`r${index}`, { word, whole: index % 3, ...(index % 2 === 0 ? { maybe: index } : {}) }));
  await records.write(...rows);
  const sorted = async (column: string, descending = false): Promise<readonly unknown[]> =>
    (await records.read({ orderBy: [{ column, descending }, { column: 'id', descending: false }] })).map((row) => row[column]);
  const byCodePoint = ['', 'B', 'a', 'ab', 'b', 'z', 'é', '\uffee', '\u{1f600}'];
  expect(await sorted('word')).toEqual(byCodePoint);
  expect(await sorted('word', true)).toEqual([...byCodePoint].reverse());
  expect(await sorted('maybe')).toEqual([0, 2, 4, 6, 8, undefined, undefined, undefined, undefined]);
  expect(await sorted('maybe', true)).toEqual([8, 6, 4, 2, 0, undefined, undefined, undefined, undefined]);
  const both = await records.read({ orderBy: [{ column: 'whole', descending: true }, { column: 'word', descending: false }] });
  expect(both.map((row) => [row['whole'], row['word']])).toEqual([
    [2, 'B'], [2, 'é'], [2, '\uffee'], [1, 'a'], [1, 'ab'], [1, '\u{1f600}'], [0, ''], [0, 'b'], [0, 'z'],
  ]);
}

async function pages(bench: StorageBench): Promise<void> {
  const records = await RecordBench.open(bench);
  const time = (index: number): number => records.hourUs + index;
  await records.write(...Array.from({ length: 25 }, (_, index) => records.row(`p${index}`, { time: time(index) })));
  const page = (offset: number, limit: number): Promise<readonly string[]> =>
    records.ids([], { orderBy: [{ column: 'time', descending: true }], offset, limit });
  expect(await page(0, 3)).toEqual(['p24', 'p23', 'p22']);
  expect(await page(3, 2)).toEqual(['p21', 'p20']);
  expect(await page(24, 10)).toEqual(['p0']);
  expect(await page(25, 10)).toEqual([]);
  expect(await page(0, 0)).toEqual([]);
  expect(await records.ids([], { orderBy: [], limit: 7 })).toHaveLength(7);
}

async function someColumns(bench: StorageBench): Promise<void> {
  const records = await scene(bench);
  const orderBy = [{ column: 'amount', descending: true }];
  const rows = await records.read({ columns: ['maybe', 'tags', 'time'], orderBy, limit: 2 });
  expect(rows).toEqual([
    { maybe: 0, tags: { k: 'v2' }, time: records.hourUs },
    { maybe: 10, tags: { k: 'v1', e: '' }, time: records.hourUs },
  ]);
}

export const recordQueryCases: readonly ContractCase[] = [
  { name: 'a range of records holds its start and not its end, to the microsecond', run: range },
  { name: 'a value is in a list or it is not, for every column type and map key', run: (bench) => holds(bench, lists) },
  { name: 'a value of another type than the column equals nothing', run: (bench) => holds(bench, strangers) },
  { name: 'a text contains a part or it does not, by case and without wildcards', run: (bench) => holds(bench, parts) },
  { name: 'bounds on numbers include themselves and leave out absent values', run: (bench) => holds(bench, bounds) },
  { name: 'a value is present or absent: optional ones, texts, maps and their keys', run: (bench) => holds(bench, presence) },
  { name: 'all conditions hold together', run: together },
  { name: 'a list may have thousands of values', run: manyValues },
  { name: 'rows come in the order asked, text by code points, absent values last', run: order },
  { name: 'limit and offset cut pages out of the order', run: pages },
  { name: 'only the columns asked for are answered, whatever the order is by', run: someColumns },
];
