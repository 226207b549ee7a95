/** Which buckets, series and entities a read gives. */
import { expect } from 'vitest';
import type { MetricEntityQuery } from '../../contract/storage.js';
import { dayMs, hourMs, minuteMs, stepMs } from '../../model/time.js';
import { type ContractCase, label, type StorageBench } from './bench.js';

/** Rows on both sides of both ends of two buckets. */
async function range(bench: StorageBench, step: 'hour' | 'day'): Promise<void> {
  const length = stepMs[step];
  const from = step === 'day' ? bench.day - dayMs : bench.hour;
  const to = from + 2 * length;
  const at = [from - minuteMs, from, from + length - minuteMs, from + length, to - minuteMs, to];
  await bench.write('sum', at.map((time) => ({ at: time, a: 1 })));
  const rows = await bench.read('sum', step, { fromMs: from, toMs: to });
  expect(rows.map((row) => [row.at, row.a])).toEqual([[from, 2], [from + length, 2]]);
  expect(await bench.values('sum', step, { fromMs: from, toMs: from })).toEqual([]);
  expect(await bench.values('sum', step, { fromMs: to + length, toMs: to + 2 * length })).toEqual([]);
}

async function minuteRange(bench: StorageBench): Promise<void> {
  const { hour } = bench;
  const offsets = [-1, 0, 1, 2, 3];
  await bench.write('sum', offsets.map((offset) => ({ at: hour + offset * minuteMs, a: offset + 10 })));
  const bounds = { fromMs: hour, toMs: hour + 3 * minuteMs };
  expect(await bench.values('sum', 'minute', bounds)).toEqual([10, 11, 12]);
  expect(await bench.values('sum', 'minute', { fromMs: hour, toMs: hour })).toEqual([]);
}

async function bucketStarts(bench: StorageBench): Promise<void> {
  await bench.write('max', [{ at: bench.hour + 59 * minuteMs, a: 1 }]);
  for (const [step, start] of [['minute', bench.hour + 59 * minuteMs], ['hour', bench.hour], ['day', bench.day]] as const) {
    expect(await bench.read('max', step)).toMatchObject([{ at: start }]);
  }
}

async function labels(bench: StorageBench): Promise<void> {
  const sets = ['', label('model', 'a'), label('model', 'b'), label('model', '')];
  const cells = sets.map((set, index) => ({ at: bench.hour, a: index + 1, labels: set }));
  await bench.write('sum', cells);
  await bench.write('sum', cells.map((cell) => ({ ...cell, at: cell.at + minuteMs })));
  const rows = await bench.read('sum', 'hour');
  expect(new Map(rows.map((row) => [row.labels, row.a]))).toEqual(new Map(sets.map((set, index) => [set, 2 * (index + 1)])));
}

async function sources(bench: StorageBench): Promise<void> {
  const at = bench.hour;
  await bench.write('total', [{ at, a: 1, b: 1, source: 'x' }, { at, a: 2, b: 1, source: 'y' }, { at, a: 4, b: 1 }]);
  await bench.write('total', [{ at, a: 8, b: 1, source: 'y' }]);
  const rows = await bench.read('total', 'minute');
  expect(rows.map((row) => [row.source, row.a, row.b])).toEqual([['', 4, 1], ['x', 1, 1], ['y', 10, 2]]);
}

async function selections(bench: StorageBench): Promise<void> {
  const { metric, hour } = bench;
  const other = `${metric}_other`;
  await bench.write('sum', [{ at: hour, a: 1 }, { at: hour, a: 2, metric: other }, { at: hour, a: 4, metric: `${metric}_third` }]);
  await bench.write('max', [{ at: hour, a: 8 }, { at: hour, a: 16, metric: other }]);
  const buckets = await bench.session.reader.read({
    tenant: bench.tenant,
    selections: [{ metric, kind: 'sum' }, { metric: other, kind: 'max' }, { metric: `${metric}_none`, kind: 'sum' }],
    entityIds: [bench.entity],
    step: 'minute',
    fromMs: hour,
    toMs: hour + hourMs,
  });
  const found = buckets.map((bucket) => [bucket.metric, bucket.kind, bucket.state.a]).sort();
  expect(found).toEqual([[metric, 'sum', 1], [other, 'max', 16]]);
}

async function entities(bench: StorageBench): Promise<void> {
  await bench.write('sum', ['one', 'two', 'three'].map((entity, index) => ({ at: bench.hour, a: index + 1, entity })));
  const rows = await bench.read('sum', 'minute', { entityIds: ['three', 'one', 'one', 'absent'] });
  expect(rows.map((row) => [row.entity, row.a])).toEqual([['one', 1], ['three', 3]]);
  expect(await bench.read('sum', 'minute', { entityIds: [] })).toEqual([]);
  expect(await bench.read('sum', 'minute', { entityIds: ['one'], selections: [] })).toEqual([]);
}

/** Of the case's own sums over the minutes of yesterday, unless told otherwise; in order. */
async function entityIds(bench: StorageBench, changes: Partial<MetricEntityQuery> = {}): Promise<readonly string[]> {
  const { tenant, metric, day: fromMs } = bench;
  const query = { tenant, metric, kind: 'sum', step: 'minute', fromMs, toMs: fromMs + dayMs, ...changes } as const;
  return [...(await bench.session.reader.entityIds(query))].sort();
}

async function entitiesOnce(bench: StorageBench): Promise<void> {
  const cells = ['b', 'a', 'c'].flatMap((entity) => [0, 1, 90].map((minute) => ({ at: bench.hour + minute * minuteMs, a: 1, entity })));
  const sets = ['', label('model', 'x'), label('model', 'y')];
  await bench.write('sum', cells);
  await bench.write('sum', sets.map((labels) => ({ at: bench.hour, a: 0, entity: 'd', labels })));
  await bench.write('total', ['x', 'y', ''].map((source) => ({ at: bench.hour, a: 1, b: 1, entity: 'e', source })));
  await bench.write('histogram', [{ at: bench.hour, entity: 'f', histogram: { bounds: [1], counts: [0] } }]);
  for (const step of ['minute', 'hour', 'day'] as const) {
    expect(await entityIds(bench, { step })).toEqual(['a', 'b', 'c', 'd']);
    expect(await entityIds(bench, { step, kind: 'total' })).toEqual(['e']);
    expect(await entityIds(bench, { step, kind: 'histogram' })).toEqual(['f']);
  }
}

async function entitiesOfRange(bench: StorageBench): Promise<void> {
  const { day, hour } = bench;
  const times = { before: hour - minuteMs, first: hour, last: hour + 2 * hourMs - minuteMs, after: hour + 2 * hourMs };
  await bench.write('sum', Object.entries(times).map(([entity, at]) => ({ at, a: 1, entity })));
  const bounds = { fromMs: hour, toMs: hour + 2 * hourMs };
  for (const step of ['minute', 'hour'] as const) expect(await entityIds(bench, { step, ...bounds })).toEqual(['first', 'last']);
  await bench.write('sum', [{ at: day - minuteMs, a: 1, entity: 'day before' }, { at: day + dayMs, a: 1, entity: 'day after' }]);
  expect(await entityIds(bench, { step: 'day' })).toEqual(['after', 'before', 'first', 'last']);
  expect(await entityIds(bench, { fromMs: hour, toMs: hour })).toEqual([]);
  expect(await entityIds(bench, { fromMs: hour + hourMs, toMs: hour })).toEqual([]);
}

async function entitiesApart(bench: StorageBench): Promise<void> {
  const { hour: at, metric, tenant } = bench;
  const odd = `'"\\\n|%*é`;
  await bench.write('sum', [
    { at, a: 1, entity: odd },
    { at, a: 1, entity: 'other metric', metric: `${metric}_other` },
    { at, a: 1, entity: 'other tenant', tenant: `${tenant}-other` },
  ]);
  await bench.write('max', [{ at, a: 1, entity: 'other kind' }]);
  expect(await entityIds(bench)).toEqual([odd]);
  expect(await entityIds(bench, { kind: 'max' })).toEqual(['other kind']);
  expect(await entityIds(bench, { metric: `${metric}_other` })).toEqual(['other metric']);
  expect(await entityIds(bench, { tenant: `${tenant}-other` })).toEqual(['other tenant']);
  expect(await entityIds(bench, { metric: `${metric}_none` })).toEqual([]);
  expect(await entityIds(bench, { kind: 'ratio' })).toEqual([]);
}

async function manyEntities(bench: StorageBench): Promise<void> {
  const names = Array.from({ length: 3000 }, (_, place) => `entity-${String(place).padStart(4, '0')}`);
  await bench.write('gauge', names.map((entity) => ({ at: bench.hour, a: 1, b: 1, entity })));
  for (const step of ['minute', 'day'] as const) expect(await entityIds(bench, { kind: 'gauge', step })).toEqual(names);
}

async function nothing(bench: StorageBench): Promise<void> {
  for (const kind of ['sum', 'total', 'histogram', 'latest', 'min'] as const) {
    for (const step of ['minute', 'hour', 'day'] as const) expect(await bench.read(kind, step)).toEqual([]);
  }
}

async function wholeDay(bench: StorageBench): Promise<void> {
  const cells = Array.from({ length: 1440 }, (_, minute) => ({ at: bench.day + minute * minuteMs, a: 1 }));
  await bench.write('sum', cells);
  expect(await bench.values('sum', 'minute')).toEqual(cells.map(() => 1));
  expect(await bench.values('sum', 'hour')).toEqual(Array.from({ length: 24 }, () => 60));
  expect(await bench.values('sum', 'day')).toEqual([1440]);
}

export const rangeCases: readonly ContractCase[] = [
  { name: 'hours: the start of a range is in it, its end is not', run: (bench) => range(bench, 'hour') },
  { name: 'days: the start of a range is in it, its end is not', run: (bench) => range(bench, 'day') },
  { name: 'minutes: the start of a range is in it, its end is not', run: minuteRange },
  { name: 'a bucket is known by its start in UTC', run: bucketStarts },
  { name: 'each label set is a series of its own, the empty one too', run: labels },
  { name: 'each source of a total is a row of its own', run: sources },
  { name: 'a read gives the metrics and kinds it asked for, no others', run: selections },
  { name: 'a read gives the entities it asked for, each once', run: entities },
  { name: 'nothing stored reads as nothing', run: nothing },
  { name: 'entities of a metric: each once, whatever its labels, sources and buckets', run: entitiesOnce },
  { name: 'entities of a metric: only those with a bucket in the range', run: entitiesOfRange },
  { name: 'entities of a metric: tenants, metrics and kinds are kept apart, and ids may hold anything', run: entitiesApart },
  { name: 'entities of a metric: thousands come whole', run: manyEntities },
  { name: 'a whole day of minutes reads as 1,440 minutes, 24 hours and one day', run: wholeDay },
];
