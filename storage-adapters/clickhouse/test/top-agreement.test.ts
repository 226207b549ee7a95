import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  bucketStart,
  bucketValue,
  dayMs,
  hourMs,
  minuteMs,
  shownValue,
  type MetricBucket,
  type MetricDefinition,
  type MetricKind,
  type MetricRows,
  type Step,
} from '@meterlark/core';
import { definitionOf } from '@meterlark/core/testing';
import { openTestStore, testFolder, wallClock, type OpenedStore, type TestFolder } from './surroundings.js';

let folder: TestFolder;
let store: OpenedStore;
beforeAll(async () => {
  folder = await testFolder();
  store = await openTestStore({ path: folder.path });
});
afterAll(async () => {
  await store.close();
  await folder.remove();
});

const day = bucketStart(wallClock.now(), 'day') - dayMs;
let seed = 7;
const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;

/** 400 rows of 12 entities and three sources over two hours of yesterday. */
function scattered(kind: MetricKind): MetricRows {
  const count = 400;
  const source = (): string => (kind.startsWith('total') ? `pod-${random(3)}` : '');
  const keys = Array.from({ length: count }, () => ({
    tenant: 't',
    metric: `m_${kind}`,
    kind,
    entityId: `c2Vydg==.1_${random(12)}`,
    labels: '',
    source: source(),
  }));
  const minutes = Float64Array.from(keys, () => day + random(120) * minuteMs);
  const isLatest = kind === 'latest' || kind === 'totalLatest';
  const a = Float64Array.from(keys, () => random(1000) - 300);
  const b = Float64Array.from(keys, (_, row) => (isLatest ? minutes[row]! + random(minuteMs) : random(3)));
  return { kind, keys, minutes, a, b, histograms: [] };
}

/** What the contract says a ranking is, computed from what a reader gets. */
function ranked(buckets: readonly MetricBucket[], definition: MetricDefinition, step: Step) {
  const states = new Map<string, Map<number, MetricBucket[]>>();
  for (const bucket of buckets) {
    const own = states.get(bucket.entityId) ?? new Map<number, MetricBucket[]>();
    states.set(bucket.entityId, own.set(bucket.bucketMs, [...(own.get(bucket.bucketMs) ?? []), bucket]));
  }
  const entries = [...states].flatMap(([entityId, own]) => {
    const values = [...own.values()].map((sources) => bucketValue(definition, step, sources.map(({ state }) => state)));
    const known = values.filter((value) => value !== undefined).map((value) => shownValue(definition.precision, value));
    return known.length === 0 ? [] : [{ entityId, value: known.reduce((sum, value) => sum + value, 0) / known.length }];
  });
  return entries.sort((left, right) => right.value - left.value || (left.entityId < right.entityId ? -1 : 1));
}

const kinds = ['sum', 'ratio', 'gauge', 'total', 'totalMax', 'totalMin', 'totalLatest', 'min', 'max', 'latest'] as const;
const forms = ['plain', 'perMinute', 'perSecond'] as const;

test.each(kinds)('a ranking of %s in SQL equals the one computed from the states', async (kind) => {
  for (let batch = 0; batch < 2; batch += 1) await store.metricWriter.write({ writer: kind, sequence: batch + 1, rows: [scattered(kind)] });
  for (const form of kind === 'sum' ? forms : (['plain'] as const)) {
    const definition = definitionOf(`m_${kind}`, kind, { form, factor: 0.25, windowMinutes: 5 });
    for (const step of ['minute', 'hour', 'day'] as const) {
      await compare(definition, step);
      await compare({ ...definition, precision: 'decimal' }, step);
    }
  }
});

async function compare(definition: MetricDefinition, step: Step): Promise<void> {
  const range = { tenant: 't', step, fromMs: day, toMs: day + 3 * hourMs };
  const entityIds = Array.from({ length: 12 }, (_, index) => `c2Vydg==.1_${index}`);
  const buckets = await store.metricReader.read({ ...range, entityIds, selections: [{ metric: definition.name, kind: definition.kind }] });
  const expected = ranked(buckets, definition, step);
  const narrowed = { serviceId: 'c2Vydg==.1', entityIds: undefined, order: 'des' as const, limit: 100 };
  const found = await store.metricReader.top({ ...range, ...narrowed, definition });
  expect(expected.length).toBeGreaterThan(5);
  expect(new Set(found.map((entry) => entry.entityId))).toEqual(new Set(expected.map((entry) => entry.entityId)));
  for (const [place, entry] of found.entries()) expect(entry.value).toBeCloseTo(expected[place]!.value, 9);
}
