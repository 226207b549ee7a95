/** Every kind merges by its own rule and rolls up into hours and days. */
import { expect } from 'vitest';
import { bucketValue } from '../../model/metric-value.js';
import type { HistogramState, MetricKind } from '../../model/metric.js';
import { dayMs, hourMs, minuteMs } from '../../model/time.js';
import { type Cell, type ContractCase, definitionOf, type StorageBench } from './bench.js';

const partMs = 24 * minuteMs;

/** Two batches of one bucket, then what each step shows of [a, b]. */
interface MergeRow {
  readonly kind: MetricKind;
  readonly first: readonly [number, number];
  readonly second: readonly [number, number];
  readonly merged: readonly [number, number];
}

const mergeTable: readonly MergeRow[] = [
  { kind: 'sum', first: [3, 0], second: [4, 0], merged: [7, 0] },
  { kind: 'sum', first: [0, 0], second: [0, 0], merged: [0, 0] },
  { kind: 'sum', first: [-5, 0], second: [2.25, 0], merged: [-2.75, 0] },
  { kind: 'ratio', first: [10, 4], second: [20, 1], merged: [30, 5] },
  { kind: 'ratio', first: [10, 0], second: [1, 0], merged: [11, 0] },
  { kind: 'gauge', first: [1.5, 1], second: [2.5, 3], merged: [4, 4] },
  { kind: 'total', first: [8, 2], second: [4, 1], merged: [12, 3] },
  { kind: 'min', first: [3, 0], second: [9, 0], merged: [3, 0] },
  { kind: 'min', first: [5, 0], second: [0, 0], merged: [0, 0] },
  { kind: 'min', first: [-1, 0], second: [-7, 0], merged: [-7, 0] },
  { kind: 'max', first: [3, 0], second: [9, 0], merged: [9, 0] },
  { kind: 'max', first: [-1, 0], second: [-7, 0], merged: [-1, 0] },
  { kind: 'max', first: [-2, 0], second: [0, 0], merged: [0, 0] },
  { kind: 'totalMin', first: [3, 0], second: [9, 0], merged: [3, 0] },
  { kind: 'totalMax', first: [-3, 0], second: [-9, 0], merged: [-3, 0] },
  { kind: 'latest', first: [3, 2000], second: [4, 1000], merged: [3, 2000] },
  { kind: 'latest', first: [3, 1000], second: [4, 1000], merged: [4, 1000] },
  { kind: 'latest', first: [-3, 1000], second: [-4, 1000], merged: [-3, 1000] },
  { kind: 'totalLatest', first: [0, 2000], second: [4, 1000], merged: [0, 2000] },
];

function mergeCase(row: MergeRow): ContractCase {
  const text = (pair: readonly [number, number]): string => `(${pair.join(', ')})`;
  return {
    name: `${row.kind}: ${text(row.first)} and ${text(row.second)} merge to ${text(row.merged)}, in one minute and over an hour and a day`,
    run: (bench) => checkMerge(bench, row),
  };
}

async function checkMerge(bench: StorageBench, row: MergeRow): Promise<void> {
  const timed = row.kind === 'latest' || row.kind === 'totalLatest';
  const cell = (at: number, [a, b]: readonly [number, number], entity: string): Cell => ({
    at,
    a,
    b: timed ? bench.hour + b : b,
    entity,
  });
  const later = bench.hour + 3 * minuteMs;
  await bench.write(row.kind, [cell(bench.hour, row.first, 'same'), cell(bench.hour, row.first, 'apart')]);
  await bench.write(row.kind, [cell(bench.hour, row.second, 'same'), cell(later, row.second, 'apart')]);
  const [a, b] = row.merged;
  const expected = { a, b: timed ? bench.hour + b : b };
  for (const step of ['minute', 'hour', 'day'] as const) {
    expect(await bench.read(row.kind, step, { entityIds: ['same'] })).toMatchObject([expected]);
  }
  expect(await bench.values(row.kind, 'minute', { entityIds: ['apart'] })).toEqual([row.first[0], row.second[0]]);
  for (const step of ['hour', 'day'] as const) {
    expect(await bench.read(row.kind, step, { entityIds: ['apart'] })).toMatchObject([expected]);
  }
}

async function replacedPod(bench: StorageBench): Promise<void> {
  const cells: Cell[] = [];
  for (let minute = 0; minute < 60; minute += 1) {
    cells.push({ at: bench.hour + minute * minuteMs, a: 8, b: 1, source: minute < 30 ? 'pod-old' : 'pod-new' });
  }
  await bench.write('total', cells);
  const hours = await bench.read('total', 'hour');
  expect(hours.map((row) => [row.source, row.a, row.b, row.slots])).toEqual([
    ['pod-new', 240, 30, ((1n << 30n) - 1n) << 30n],
    ['pod-old', 240, 30, (1n << 30n) - 1n],
  ]);
  const states = hours.map((row) => ({ a: row.a, b: row.b, slots: row.slots, histogram: undefined }));
  expect(bucketValue(definitionOf(bench.metric, 'total'), 'hour', states)).toBe(8);
  const minutes = await bench.read('total', 'minute');
  expect(minutes).toHaveLength(60);
  expect(minutes.every((row) => row.slots === 1n)).toBe(true);
}

async function daySlots(bench: StorageBench, kind: MetricKind): Promise<void> {
  const at = [0, 23 * minuteMs, partMs, 12 * hourMs, dayMs - minuteMs];
  await bench.write(kind, at.map((offset, index) => ({ at: bench.day + offset, a: index, b: 1, source: 's' })));
  const days = await bench.read(kind, 'day');
  expect(days.map((row) => [row.at, row.slots])).toEqual([[bench.day, 1n | (1n << 1n) | (1n << 30n) | (1n << 59n)]]);
  const hours = await bench.read(kind, 'hour');
  expect(hours.map((row) => [(row.at - bench.day) / hourMs, row.slots])).toEqual([
    [0, 1n | (1n << 23n) | (1n << 24n)],
    [12, 1n],
    [23, 1n << 59n],
  ]);
}

async function histogramsUnite(bench: StorageBench): Promise<void> {
  const histogram = (bounds: number[], counts: number[]): HistogramState => ({ bounds, counts });
  await bench.write('histogram', [
    { at: bench.hour, histogram: histogram([1_000, 5_000_000], [2, 3]) },
    { at: bench.hour + minuteMs, histogram: histogram([0, 2_500], [1, 7]) },
  ]);
  await bench.write('histogram', [{ at: bench.hour, histogram: histogram([2_500, 5_000_000], [10, 20]) }]);
  expect((await bench.read('histogram', 'minute')).map((row) => row.histogram)).toEqual([
    [[1_000, 2], [2_500, 10], [5_000_000, 23]],
    [[0, 1], [2_500, 7]],
  ]);
  for (const step of ['hour', 'day'] as const) {
    expect((await bench.read('histogram', step)).map((row) => row.histogram)).toEqual([
      [[0, 1], [1_000, 2], [2_500, 17], [5_000_000, 23]],
    ]);
  }
}

async function wideHistogram(bench: StorageBench): Promise<void> {
  const bounds = Array.from({ length: 500 }, (_, index) => (index - 3) * 1_000_003);
  const counts = bounds.map((_, index) => (index === 499 ? 2 ** 53 - 1 : index + 1));
  const huge = { bounds: [-(2 ** 53) + 1, 2 ** 53 - 1], counts: [1, 2] };
  await bench.write('histogram', [
    { at: bench.hour, histogram: { bounds, counts } },
    { at: bench.hour, histogram: huge, entity: 'huge' },
  ]);
  const [row] = await bench.read('histogram', 'hour');
  expect(row?.histogram).toEqual(bounds.map((bound, index) => [bound, counts[index]]));
  const [wide] = await bench.read('histogram', 'minute', { entityIds: ['huge'] });
  expect(wide?.histogram).toEqual([[-(2 ** 53) + 1, 1], [2 ** 53 - 1, 2]]);
}

async function stillStream(bench: StorageBench): Promise<void> {
  await bench.write('histogram', [{ at: bench.hour, histogram: { bounds: [1_000_000], counts: [0] } }]);
  expect(await bench.read('histogram', 'minute')).toMatchObject([{ at: bench.hour, histogram: [] }]);
}

async function hugeNumbers(bench: StorageBench): Promise<void> {
  const values = [2 ** 53, -(2 ** 53), 1e308, -1e308, 5e-324, 0.1, 1 / 3, 123456789.123456];
  const cells = values.map((a, index) => ({ at: bench.hour + index * minuteMs, a, b: 1 }));
  for (const kind of ['sum', 'gauge', 'min', 'max'] as const) {
    await bench.write(kind, cells);
    expect(await bench.values(kind, 'minute')).toEqual(values);
  }
  expect(await bench.values('max', 'day')).toEqual([1e308]);
  expect(await bench.values('min', 'day')).toEqual([-1e308]);
}

async function hourIsMergeOfMinutes(bench: StorageBench): Promise<void> {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  for (let batch = 0; batch < 4; batch += 1) {
    const cells = Array.from({ length: 300 }, () => ({ at: bench.day + (random() % 1440) * minuteMs, a: random() % 1000, b: 1 }));
    await bench.write('gauge', cells);
  }
  const minutes = await bench.read('gauge', 'minute');
  const hours = await bench.read('gauge', 'hour');
  for (const hour of hours) {
    const own = minutes.filter((row) => row.at >= hour.at && row.at < hour.at + hourMs);
    expect([hour.a, hour.b]).toEqual([sum(own.map((row) => row.a)), sum(own.map((row) => row.b))]);
  }
  expect(sum(hours.map((row) => row.b))).toBe(1200);
  expect(await bench.read('gauge', 'day')).toMatchObject([{ a: sum(minutes.map((row) => row.a)), b: 1200 }]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function kindsApart(bench: StorageBench): Promise<void> {
  const cells = [{ at: bench.hour, a: 5, b: 2 }];
  for (const kind of ['sum', 'max', 'gauge'] as const) await bench.write(kind, cells);
  await bench.write('sum', cells);
  expect(await bench.values('sum', 'minute')).toEqual([10]);
  expect(await bench.values('max', 'minute')).toEqual([5]);
  expect(await bench.read('gauge', 'hour')).toMatchObject([{ a: 5, b: 2 }]);
  expect(await bench.read('ratio', 'minute')).toEqual([]);
}

export const mergeCases: readonly ContractCase[] = [
  ...mergeTable.map(mergeCase),
  { name: 'a pod replaced at half past keeps the total of its hour', run: replacedPod },
  ...(['total', 'totalMax', 'totalMin', 'totalLatest'] as const).map((kind) => ({
    name: `${kind}: slots are minutes of the hour and 24-minute parts of the day`,
    run: (bench: StorageBench) => daySlots(bench, kind),
  })),
  { name: 'histograms of different bounds unite bucket by bucket', run: histogramsUnite },
  { name: 'a histogram may have hundreds of bounds, negative and huge ones among them', run: wideHistogram },
  { name: 'a histogram whose buckets are all zero is data', run: stillStream },
  { name: 'huge, tiny, negative and fractional numbers come back exactly', run: hugeNumbers },
  { name: 'an hour and a day equal the merge of their minutes', run: hourIsMergeOfMinutes },
  { name: 'two kinds of one metric name are kept apart', run: kindsApart },
];
