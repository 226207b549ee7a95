/** Entities and metric definitions. */
import { expect } from 'vitest';
import type { EntityQuery, EntityRecord } from '../../contract/storage.js';
import { minuteMs } from '../../model/time.js';
import { type ContractCase, definitionOf, type StorageBench } from './bench.js';

function record(bench: StorageBench, name: string, changes: Partial<EntityRecord> = {}): EntityRecord {
  return {
    tenant: bench.tenant,
    id: `id-${name}`,
    scope: 'Service',
    name,
    serviceId: `id-${name}`,
    instanceId: '',
    layers: ['GENERAL'],
    firstSeenMs: bench.hour,
    lastSeenMs: bench.hour,
    properties: {},
    ...changes,
  };
}

async function find(bench: StorageBench, changes: Partial<EntityQuery> = {}): Promise<readonly EntityRecord[]> {
  return bench.session.metadataReader.entities({ tenant: bench.tenant, scope: 'Service', limit: 1000, ...changes });
}

async function namesOf(bench: StorageBench, changes: Partial<EntityQuery> = {}): Promise<readonly string[]> {
  return (await find(bench, changes)).map((found) => found.name);
}

async function roundTrip(bench: StorageBench): Promise<void> {
  const instance = record(bench, 'i', {
    scope: 'ServiceInstance',
    serviceId: 'id-s',
    layers: ['GENERAL', 'MESH'],
    properties: { os: 'linux', language: 'nodejs' },
    lastSeenMs: bench.hour + 1,
  });
  const process = record(bench, 'p', { scope: 'Process', serviceId: 'id-s', instanceId: 'id-i' });
  const endpoint = record(bench, 'e', { scope: 'Endpoint', serviceId: 'id-s' });
  const service = record(bench, 's');
  await bench.session.metadataWriter.upsertEntities([service, instance, process, endpoint]);
  expect(await find(bench)).toEqual([service]);
  const [found] = await find(bench, { scope: 'ServiceInstance' });
  expect({ ...found, layers: [...(found?.layers ?? [])].sort() }).toEqual(instance);
  expect(await find(bench, { scope: 'Process', instanceId: 'id-i' })).toEqual([process]);
  expect(await find(bench, { scope: 'Process', instanceId: 'id-other' })).toEqual([]);
  expect(await find(bench, { scope: 'Endpoint', serviceId: 'id-s' })).toEqual([endpoint]);
  await bench.session.metadataWriter.upsertEntities([]);
}

/** Spans and logs tell microseconds. */
async function fractions(bench: StorageBench): Promise<void> {
  const at = bench.hour;
  await bench.session.metadataWriter.upsertEntities([record(bench, 'x', { firstSeenMs: at + 0.642, lastSeenMs: at + 10.358 })]);
  const found = await find(bench);
  expect(found.map(({ firstSeenMs, lastSeenMs }) => [Math.floor(firstSeenMs), Math.floor(lastSeenMs)])).toEqual([[at, at + 10]]);
}

async function merges(bench: StorageBench): Promise<void> {
  const { metadataWriter } = bench.session;
  const at = bench.hour;
  await metadataWriter.upsertEntities([record(bench, 'x', { layers: ['A'], lastSeenMs: at + 10, properties: { v: '1', old: 'yes' } })]);
  await metadataWriter.upsertEntities([record(bench, 'x', { layers: ['B'], firstSeenMs: at - 5, lastSeenMs: at - 5, properties: { v: '0' } })]);
  await metadataWriter.upsertEntities([record(bench, 'x', { layers: ['A'], lastSeenMs: at + 20, properties: { v: '2' } })]);
  await metadataWriter.upsertEntities([record(bench, 'x', { layers: [], lastSeenMs: at + 30 })]);
  const [found, ...others] = await find(bench);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ firstSeenMs: at - 5, lastSeenMs: at + 30 });
  expect(found?.properties).toEqual({ v: '2' });
  expect([...(found?.layers ?? [])].sort()).toEqual(['A', 'B']);
}

/** Rows of one moment may tell of an entity several times, each with another part of what is known. */
async function laterToldWins(bench: StorageBench): Promise<void> {
  const tell = (name: string, properties: EntityRecord['properties']) => bench.session.metadataWriter.upsertEntities([record(bench, 'x', { name, properties })]);
  await tell('first', { v: '1', old: 'yes' });
  await tell('second', { v: '2' });
  expect(await find(bench)).toMatchObject([{ name: 'second', properties: { v: '2' } }]);
  await tell('third', {});
  await tell('fourth', { v: '4' });
  await bench.session.metadataWriter.upsertEntities([record(bench, 'x', { lastSeenMs: bench.hour - 1, name: 'earlier', properties: { v: '0' } })]);
  const [found] = await find(bench);
  expect([found?.name, found?.properties]).toEqual(['fourth', { v: '4' }]);
}

async function mergesInOneCall(bench: StorageBench): Promise<void> {
  const at = bench.hour;
  await bench.session.metadataWriter.upsertEntities([
    record(bench, 'x', { lastSeenMs: at + 5, properties: { v: 'new' } }),
    record(bench, 'x', { firstSeenMs: at - 9, layers: ['B'], properties: { v: 'older' } }),
  ]);
  const [found] = await find(bench);
  expect(found).toMatchObject({ firstSeenMs: at - 9, lastSeenMs: at + 5, properties: { v: 'new' } });
  expect([...(found?.layers ?? [])].sort()).toEqual(['B', 'GENERAL']);
}

async function keyIsWhole(bench: StorageBench): Promise<void> {
  const id = 'shared-id';
  const other = `${bench.tenant}-other`;
  await bench.session.metadataWriter.upsertEntities([
    record(bench, 'service', { id }),
    record(bench, 'endpoint', { id, scope: 'Endpoint' }),
    record(bench, 'elsewhere', { id, tenant: other }),
  ]);
  expect(await namesOf(bench, { ids: [id] })).toEqual(['service']);
  expect(await namesOf(bench, { ids: [id], scope: 'Endpoint' })).toEqual(['endpoint']);
  expect(await namesOf(bench, { ids: [id], tenant: other })).toEqual(['elsewhere']);
  expect(await namesOf(bench, { ids: [id], scope: 'Process' })).toEqual([]);
}

async function filters(bench: StorageBench): Promise<void> {
  const names = ['Alpha', 'alphabet', 'beta 100%', 'beta_1', 'betaX1'];
  await bench.session.metadataWriter.upsertEntities(
    names.map((name, index) => record(bench, name, { layers: index < 2 ? ['A', 'B'] : ['B'], lastSeenMs: bench.hour + 5 - index })),
  );
  expect(await namesOf(bench)).toEqual(names);
  expect(await namesOf(bench, { keyword: '' })).toEqual(names);
  expect(await namesOf(bench, { keyword: 'alpha' })).toEqual(['alphabet']);
  expect(await namesOf(bench, { keyword: 'a_1' })).toEqual(['beta_1']);
  expect(await namesOf(bench, { keyword: '%' })).toEqual(['beta 100%']);
  expect(await namesOf(bench, { layer: 'A' })).toEqual(['Alpha', 'alphabet']);
  expect(await namesOf(bench, { layer: 'a' })).toEqual([]);
  expect(await namesOf(bench, { ids: ['id-beta_1', 'id-Alpha', 'id-none'] })).toEqual(['Alpha', 'beta_1']);
  expect(await namesOf(bench, { ids: [] })).toEqual([]);
  expect(await namesOf(bench, { serviceId: 'id-betaX1' })).toEqual(['betaX1']);
  expect(await namesOf(bench, { layer: 'B', keyword: 'beta', ids: ['id-beta_1', 'id-alphabet'] })).toEqual(['beta_1']);
}

async function timeWindow(bench: StorageBench): Promise<void> {
  const at = bench.hour;
  await bench.session.metadataWriter.upsertEntities([record(bench, 'x', { firstSeenMs: at, lastSeenMs: at + minuteMs })]);
  const inWindow = async (fromMs: number, toMs: number): Promise<number> => (await find(bench, { fromMs, toMs })).length;
  expect(await inWindow(at - 10, at)).toBe(0);
  expect(await inWindow(at - 10, at + 1)).toBe(1);
  expect(await inWindow(at + minuteMs, at + 2 * minuteMs)).toBe(1);
  expect(await inWindow(at + minuteMs + 1, at + 2 * minuteMs)).toBe(0);
  expect(await find(bench, { fromMs: at + minuteMs })).toHaveLength(1);
  expect(await find(bench, { toMs: at })).toHaveLength(0);
}

async function orderAndLimit(bench: StorageBench): Promise<void> {
  const seen: readonly (readonly [string, number])[] = [['d', 1], ['c', 2], ['b', 2], ['a', 0]];
  await bench.session.metadataWriter.upsertEntities(
    seen.map(([name, offset]) => record(bench, name, { lastSeenMs: bench.hour + offset })),
  );
  expect(await namesOf(bench)).toEqual(['b', 'c', 'd', 'a']);
  expect(await namesOf(bench, { limit: 2 })).toEqual(['b', 'c']);
}

async function manyEntities(bench: StorageBench): Promise<void> {
  const records = Array.from({ length: 10_000 }, (_, index) => record(bench, `s${index}`));
  await bench.session.metadataWriter.upsertEntities(records);
  await bench.session.metadataWriter.upsertEntities(records.slice(0, 10).map((one) => ({ ...one, lastSeenMs: bench.hour + 1 })));
  expect(await find(bench, { limit: 20_000 })).toHaveLength(10_000);
  expect(await namesOf(bench, { limit: 10 })).toEqual(Array.from({ length: 10 }, (_, index) => `s${index}`));
}

async function definitionsRoundTrip(bench: StorageBench): Promise<void> {
  const whole = definitionOf(bench.metric, 'histogram', {
    scope: 'ServiceInstanceRelation',
    labels: ['model', 'provider'],
    form: 'perSecond',
    factor: 0.001,
    precision: 'decimal',
    percentiles: [50, 99.9],
    edge: 'lower',
    windowMinutes: 5,
    unit: 'ms',
  });
  await bench.session.metadataWriter.defineMetrics([whole, definitionOf(`${bench.metric}_other`, 'min')]);
  await bench.session.metadataWriter.defineMetrics([]);
  const stored = await bench.session.metadataReader.metrics();
  expect(stored.filter((one) => one.name.startsWith(bench.metric)).map((one) => one.name).sort()).toEqual([
    bench.metric,
    `${bench.metric}_other`,
  ]);
  expect(stored.find((one) => one.name === bench.metric)).toEqual(whole);
}

async function newestDefinition(bench: StorageBench): Promise<void> {
  const kinds = ['sum', 'max', 'gauge', 'sum', 'ratio'] as const;
  for (const kind of kinds) {
    await bench.session.metadataWriter.defineMetrics([definitionOf(bench.metric, kind, { unit: kind })]);
    const own = (await bench.session.metadataReader.metrics()).filter((one) => one.name === bench.metric);
    expect(own).toEqual([definitionOf(bench.metric, kind, { unit: kind })]);
  }
}

export const metadataCases: readonly ContractCase[] = [
  { name: 'entities of every scope come back whole', run: roundTrip },
  { name: 'times between two milliseconds are kept to the millisecond', run: fractions },
  { name: 'repeated upserts unite layers, widen the time seen and keep the newest properties', run: merges },
  { name: 'of two sightings of one time the later told properties win', run: laterToldWins },
  { name: 'one call may hold an entity twice', run: mergesInOneCall },
  { name: 'an entity is known by tenant, scope and id together', run: keyIsWhole },
  { name: 'keyword, layer, ids and service filter, alone and together', run: filters },
  { name: 'a time window takes what was seen in it, its end not included', run: timeWindow },
  { name: 'the most recently seen come first, then by name, up to the limit', run: orderAndLimit },
  { name: '10,000 entities are kept and cut by the limit only', run: manyEntities },
  { name: 'metric definitions come back whole', run: definitionsRoundTrip },
  { name: 'the newest definition of a metric wins', run: newestDefinition },
];
