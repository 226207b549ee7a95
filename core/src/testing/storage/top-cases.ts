/** Rankings: mean over the buckets that have data of the value each shows, ties by entity id, limits and filters. */
import { expect } from 'vitest';
import type { TopEntry, TopQuery } from '../../contract/storage.js';
import type { MetricDefinition, MetricKind } from '../../model/metric.js';
import { dayMs, hourMs, minuteMs } from '../../model/time.js';
import { type Cell, type ContractCase, definitionOf, type StorageBench } from './bench.js';

async function top(bench: StorageBench, definition: MetricDefinition, changes: Partial<TopQuery> = {}): Promise<readonly TopEntry[]> {
  return bench.session.reader.top({
    tenant: bench.tenant,
    definition,
    serviceId: undefined,
    entityIds: undefined,
    step: 'minute',
    fromMs: bench.hour,
    toMs: bench.hour + hourMs,
    order: 'des',
    limit: 10,
    ...changes,
  });
}

interface RankRow {
  readonly kind: MetricKind;
  readonly changes?: Partial<MetricDefinition>;
  /** [entity, minute of the hour, a, b, source] */
  readonly rows: readonly (readonly [string, number, number, number, string?])[];
  readonly minute: Readonly<Record<string, number>>;
  readonly hour: Readonly<Record<string, number>>;
}

const rankTable: readonly RankRow[] = [
  { kind: 'sum', rows: [['x', 0, 10, 0], ['x', 1, 20, 0], ['y', 5, 16, 0]], minute: { y: 16, x: 15 }, hour: { x: 30, y: 16 } },
  {
    kind: 'sum',
    changes: { form: 'perSecond', factor: 60 },
    rows: [['x', 0, 120, 0], ['y', 0, 180, 0]],
    minute: { y: 180, x: 120 },
    hour: { y: 3, x: 2 },
  },
  {
    kind: 'sum',
    changes: { form: 'perMinute' },
    rows: [['x', 0, 120, 0], ['y', 0, 180, 0]],
    minute: { y: 180, x: 120 },
    hour: { y: 3, x: 2 },
  },
  {
    kind: 'ratio',
    changes: { factor: 100 },
    rows: [['x', 0, 1, 2], ['x', 1, 0, 6], ['y', 0, 1, 4], ['z', 0, 5, 0]],
    minute: { x: 25, y: 25 },
    hour: { y: 25, x: 12.5 },
  },
  { kind: 'gauge', rows: [['x', 0, 9, 3], ['x', 1, 5, 1], ['y', 0, 7, 2]], minute: { x: 4, y: 3.5 }, hour: { x: 3.5, y: 3.5 } },
  {
    kind: 'total',
    rows: [['x', 0, 8, 1, 'old'], ['x', 1, 8, 1, 'new'], ['y', 0, 6, 2, 'one'], ['y', 0, 2, 1, 'two']],
    minute: { x: 8, y: 5 },
    hour: { x: 8, y: 5 },
  },
  { kind: 'totalMax', rows: [['x', 0, 3, 0, 'one'], ['x', 0, 4, 0, 'two'], ['y', 0, 6, 0, 'one']], minute: { x: 7, y: 6 }, hour: { x: 7, y: 6 } },
  { kind: 'totalMin', rows: [['x', 0, -3, 0, 'one'], ['x', 0, -4, 0, 'two'], ['y', 0, 0, 0, 'one']], minute: { y: 0, x: -7 }, hour: { y: 0, x: -7 } },
  { kind: 'totalLatest', rows: [['x', 0, 1, 100, 'one'], ['x', 0, 2, 50, 'two'], ['y', 0, 4, 1, 'one']], minute: { y: 4, x: 3 }, hour: { y: 4, x: 3 } },
  { kind: 'min', rows: [['x', 0, 4, 0], ['x', 1, 8, 0], ['y', 0, 5, 0]], minute: { x: 6, y: 5 }, hour: { y: 5, x: 4 } },
  { kind: 'max', rows: [['x', 0, -4, 0], ['x', 1, -8, 0], ['y', 0, -5, 0]], minute: { y: -5, x: -6 }, hour: { x: -4, y: -5 } },
  { kind: 'latest', rows: [['x', 0, 4, 1000], ['x', 1, 2, 2000], ['y', 0, 2.5, 1000]], minute: { x: 3, y: 2.5 }, hour: { y: 2.5, x: 2 } },
  // Integers: 99.6 shows 100, 0.2 shows 1, halves go up.
  {
    kind: 'gauge',
    changes: { precision: 'integer' },
    rows: [['x', 0, 498, 5], ['x', 1, 1, 5], ['y', 0, 5, 2], ['z', 0, -5, 2], ['u', 0, -3, 10], ['v', 0, 5, 0]],
    minute: { x: 50.5, y: 3, u: 0, z: -2 },
    hour: { x: 50, y: 3, u: 0, z: -2 },
  },
  {
    kind: 'sum',
    changes: { precision: 'integer', form: 'perMinute' },
    rows: [['x', 0, 5, 0], ['y', 0, 80, 0], ['y', 30, 70, 0], ['z', 0, 0, 0]],
    minute: { y: 75, x: 5, z: 0 },
    hour: { y: 3, x: 1, z: 0 },
  },
  {
    kind: 'total',
    changes: { precision: 'integer', factor: 0.5 },
    rows: [['x', 0, 4, 1, 'one'], ['x', 0, 1, 1, 'two'], ['x', 1, 1, 2, 'one'], ['y', 0, 3, 1, 'one']],
    minute: { x: 2, y: 2 },
    hour: { y: 2, x: 1 },
  },
];

function rankCase(row: RankRow): ContractCase {
  const form = row.changes === undefined ? '' : ` (${JSON.stringify(row.changes)})`;
  return {
    name: `a ranking of ${row.kind}${form} is by the mean of the buckets' values`,
    run: async (bench) => {
      const cells = row.rows.map(([entity, minute, a, b, source]): Cell => {
        return { at: bench.hour + minute * minuteMs, a, b, entity, source: source ?? '' };
      });
      await bench.write(row.kind, cells);
      const definition = definitionOf(bench.metric, row.kind, { precision: 'decimal', ...row.changes });
      expectRanking(await top(bench, definition), row.minute);
      expectRanking(await top(bench, definition, { step: 'hour' }), row.hour);
    },
  };
}

function expectRanking(entries: readonly TopEntry[], expected: Readonly<Record<string, number>>): void {
  expect(entries.map((entry) => entry.entityId)).toEqual(Object.keys(expected));
  for (const entry of entries) expect(entry.value).toBeCloseTo(expected[entry.entityId] ?? NaN, 9);
}

/** Pod A pushes 10 every minute, B and C push 20 and 30 more seldom: in every minute there are three pods. */
async function seldomPushes(bench: StorageBench): Promise<void> {
  const every = (minutes: number, value: number, source: string): Cell[] =>
    Array.from({ length: Math.ceil(60 / minutes) }, (_, index) => ({ at: bench.hour + index * minutes * minuteMs, a: value, b: 1, entity: source.slice(0, 1), source }));
  await bench.write('total', [...every(1, 10, 'x1'), ...every(2, 20, 'x2'), ...every(3, 30, 'x3'), ...every(1, 10, 'y1'), ...every(4, 20, 'y2')]);
  const definition = definitionOf(bench.metric, 'total', { precision: 'decimal' });
  const hour = { x: 10 + (20 * 59) / 60 + (30 * 58) / 60, y: 10 + (20 * 15) / 60 };
  expectRanking(await top(bench, definition, { step: 'hour' }), hour);
}

/** The successor of a pod is no return of it, and the missing parts of a day are no gaps. */
async function replacedPods(bench: StorageBench): Promise<void> {
  const pod = (source: string, from: number, to: number): Cell[] =>
    Array.from({ length: to - from }, (_, index) => ({ at: bench.hour + (from + index) * minuteMs, a: 8, b: 1, entity: 'hour', source }));
  const part = (source: string, index: number, a: number): Cell => ({ at: bench.day + index * 24 * minuteMs, a, b: 1, entity: 'day', source });
  const all = Array.from({ length: 60 }, (_, index) => part('all', index, 10));
  await bench.write('total', [...pod('old', 0, 30), ...pod('new', 30, 60), ...all, part('seldom', 0, 30), part('seldom', 2, 30)]);
  const definition = definitionOf(bench.metric, 'total', { precision: 'decimal' });
  expectRanking(await top(bench, definition, { step: 'hour', entityIds: ['hour'] }), { hour: 8 });
  const day = { step: 'day', fromMs: bench.day, toMs: bench.day + dayMs, entityIds: ['day'] } as const;
  expectRanking(await top(bench, definition, day), { day: 11 });
}

async function ties(bench: StorageBench): Promise<void> {
  const cells = ['b', 'a', 'c', 'd'].map((entity) => ({ at: bench.hour, a: entity === 'd' ? 2 : 1, entity }));
  await bench.write('sum', cells);
  const ids = async (changes: Partial<TopQuery>): Promise<readonly string[]> =>
    (await top(bench, definitionOf(bench.metric, 'sum'), changes)).map((entry) => entry.entityId);
  expect(await ids({})).toEqual(['d', 'a', 'b', 'c']);
  expect(await ids({ order: 'asc' })).toEqual(['a', 'b', 'c', 'd']);
  expect(await ids({ limit: 2 })).toEqual(['d', 'a']);
  expect(await ids({ order: 'asc', limit: 1 })).toEqual(['a']);
}

async function filters(bench: StorageBench): Promise<void> {
  const entities = ['c3Zj.1_aQ==', 'c3Zj.1_ag==', 'c3Zj.0_aQ==', 'c3ZjMg==.1_aQ==', 'c3Zj.1', 'c3Zj.1Xy'];
  await bench.write('sum', entities.map((entity, index) => ({ at: bench.hour, a: index + 1, entity })));
  const definition = definitionOf(bench.metric, 'sum', { scope: 'ServiceInstance' });
  const ids = async (changes: Partial<TopQuery>): Promise<readonly string[]> =>
    (await top(bench, definition, changes)).map((entry) => entry.entityId);
  expect(await ids({ serviceId: 'c3Zj.1' })).toEqual(['c3Zj.1', 'c3Zj.1_ag==', 'c3Zj.1_aQ==']);
  expect(await ids({ entityIds: ['c3Zj.0_aQ==', 'absent', 'c3Zj.1'] })).toEqual(['c3Zj.1', 'c3Zj.0_aQ==']);
  expect(await ids({ serviceId: 'c3Zj.1', entityIds: ['c3Zj.0_aQ==', 'c3Zj.1'] })).toEqual(['c3Zj.1']);
  expect(await ids({ entityIds: [] })).toEqual([]);
  expect(await ids({ serviceId: 'YWJzZW50.1' })).toEqual([]);
  expect(await ids({ serviceId: "' OR 1=1 --" })).toEqual([]);
}

async function rangesAndKinds(bench: StorageBench): Promise<void> {
  const definition = definitionOf(bench.metric, 'sum');
  await bench.write('sum', [-1, 0, 59, 60].map((minute) => ({ at: bench.hour + minute * minuteMs, a: minute + 2 })));
  await bench.write('max', [{ at: bench.hour, a: 1000 }]);
  expect(await top(bench, definition)).toEqual([{ entityId: bench.entity, value: 31.5 }]);
  expect(await top(bench, definition, { step: 'hour' })).toEqual([{ entityId: bench.entity, value: 63 }]);
  expect(await top(bench, definition, { toMs: bench.hour })).toEqual([]);
  expect(await top(bench, definitionOf(`${bench.metric}_none`, 'sum'))).toEqual([]);
}

async function manyEntities(bench: StorageBench): Promise<void> {
  const cells = Array.from({ length: 5000 }, (_, index) => ({ at: bench.hour, a: (index * 7919) % 5000, entity: `e${index}` }));
  await bench.write('sum', cells);
  const best = await top(bench, definitionOf(bench.metric, 'sum'), { limit: 3 });
  expect(best.map((entry) => entry.value)).toEqual([4999, 4998, 4997]);
  expect(await top(bench, definitionOf(bench.metric, 'sum'), { limit: 10_000 })).toHaveLength(5000);
}

export const topCases: readonly ContractCase[] = [
  ...rankTable.map(rankCase),
  { name: 'a source that pushes every second or third minute counts all hour in a ranking of totals', run: seldomPushes },
  { name: 'a replaced source counts for its part of the hour, and parts of a day are counted as they were seen', run: replacedPods },
  { name: 'equal values rank by entity id ascending, in both orders, and the limit cuts after that', run: ties },
  { name: 'a ranking can be narrowed to a service and to entities', run: filters },
  { name: "a ranking keeps to its range, its metric and its kind", run: rangesAndKinds },
  { name: 'a ranking over thousands of entities gives the best', run: manyEntities },
];
