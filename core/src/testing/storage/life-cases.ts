/** Lifetimes, health, and what must survive a crash or be shared by two processes. */
import { expect } from 'vitest';
import type { EntityQuery, EntityRecord } from '../../contract/storage.js';
import type { Step } from '../../model/metric.js';
import { bucketStart, dayMs, minuteMs } from '../../model/time.js';
import { type ContractCase, definitionOf, type StorageBench, type StorageSession } from './bench.js';

const steps: readonly Step[] = ['minute', 'hour', 'day'];

async function expired(bench: StorageBench): Promise<void> {
  const { retentionDays } = bench.session.health;
  for (const step of steps) {
    const old = bucketStart(bench.clock.now(), 'day') - (retentionDays[step] + 3) * dayMs;
    await bench.write('sum', [{ at: old, a: 7, entity: step }]);
    await bench.write('histogram', [{ at: old, entity: step, histogram: { bounds: [1], counts: [1] } }]);
    const everything = { entityIds: [step], fromMs: 0, toMs: bench.day + 3 * dayMs };
    expect(await bench.read('sum', step, everything)).toEqual([]);
    expect(await bench.read('histogram', step, everything)).toEqual([]);
    const query = { tenant: bench.tenant, serviceId: undefined, order: 'des', limit: 10, step, ...everything } as const;
    expect(await bench.session.reader.top({ ...query, definition: definitionOf(bench.metric, 'sum') })).toEqual([]);
    expect(await bench.session.reader.entityIds({ ...query, metric: bench.metric, kind: 'sum' })).not.toContain(step);
  }
}

async function mixedAges(bench: StorageBench): Promise<void> {
  await bench.write('sum', [{ at: 0, a: 1 }, { at: bench.hour, a: 2 }, { at: 86_400_000 * 365, a: 4 }]);
  for (const step of steps) expect(await bench.values('sum', step, { fromMs: 0 })).toEqual([2]);
}

async function forgottenEntities(bench: StorageBench): Promise<void> {
  const { metadataWriter, metadataReader, health } = bench.session;
  const longAgo = bucketStart(bench.clock.now(), 'day') - (health.retentionDays.day + 3) * dayMs;
  const record = (id: string, lastSeenMs: number): EntityRecord => ({ ...entityOf(bench), id, name: id, firstSeenMs: longAgo, lastSeenMs });
  const find = async (changes: Partial<EntityQuery> = {}): Promise<readonly string[]> => {
    const query = { tenant: bench.tenant, scope: 'Service', limit: 10, ...changes } as const;
    return (await metadataReader.entities(query)).map((found) => found.id);
  };
  await metadataWriter.upsertEntities([record('forgotten', longAgo), record('kept', bench.hour)]);
  expect(await find()).toEqual(['kept']);
  expect(await find({ ids: ['forgotten'], fromMs: 0 })).toEqual([]);
  await metadataWriter.upsertEntities([record('forgotten', bench.hour + 1)]);
  expect(await find()).toEqual(['forgotten', 'kept']);
}

async function lifetimes(bench: StorageBench): Promise<void> {
  const { retentionDays } = bench.session.health;
  for (const step of steps) expect(retentionDays[step]).toBeGreaterThanOrEqual(2);
  expect(retentionDays.hour).toBeGreaterThanOrEqual(retentionDays.minute);
  expect(retentionDays.day).toBeGreaterThanOrEqual(retentionDays.hour);
}

export const lifeCases: readonly ContractCase[] = [
  { name: 'rows older than their lifetime are taken without error and never shown', run: expired },
  { name: 'old rows in a batch do not harm the others', run: mixedAges },
  { name: 'an entity not seen for the lifetime of days is not shown, until it is seen again', run: forgottenEntities },
  { name: 'lifetimes are at least two days and grow with the step', run: lifetimes },
  {
    name: 'the health check resolves while the store answers',
    run: async (bench) => {
      await expect(bench.session.health.check()).resolves.toBeUndefined();
    },
  },
];

/** Writes, then looks again through the session that `next` gives. */
export interface ReopenCase {
  readonly name: string;
  readonly run: (bench: StorageBench, next: () => Promise<StorageSession>) => Promise<void>;
}

async function survives(bench: StorageBench, next: () => Promise<StorageSession>): Promise<void> {
  const batch = bench.batch([bench.rows('sum', [{ at: bench.hour, a: 3 }])]);
  const definition = definitionOf(bench.metric, 'sum');
  await bench.session.writer.write(batch);
  await bench.session.metadataWriter.defineMetrics([definition]);
  await bench.session.metadataWriter.upsertEntities([entityOf(bench)]);
  const again = bench.with(await next());
  for (const step of steps) expect(await again.values('sum', step)).toEqual([3]);
  expect(await again.session.metadataReader.metrics()).toContainEqual(definition);
  const found = await again.session.metadataReader.entities({ tenant: bench.tenant, scope: 'Service', limit: 10 });
  expect(found).toEqual([entityOf(bench)]);
  await again.write('sum', [{ at: bench.hour, a: 4 }, { at: bench.hour + minuteMs, a: 1 }]);
  expect(await again.values('sum', 'minute')).toEqual([7, 1]);
  for (const step of ['hour', 'day'] as const) expect(await again.values('sum', step)).toEqual([8]);
}

async function repeatedAfterReopen(bench: StorageBench, next: () => Promise<StorageSession>): Promise<void> {
  const batch = bench.batch([bench.rows('sum', [{ at: bench.hour, a: 3 }])]);
  await bench.session.writer.write(batch);
  const again = bench.with(await next());
  await again.session.writer.write(batch);
  for (const step of steps) expect(await again.values('sum', step)).toEqual([3]);
}

async function goesOnAfterReopen(bench: StorageBench, next: () => Promise<StorageSession>): Promise<void> {
  const batches = [1, 2, 4].map((a, index) => bench.batch([bench.rows('sum', [{ at: bench.hour + (index % 2) * minuteMs, a }])]));
  for (const batch of batches) await bench.session.writer.write(batch);
  const again = bench.with(await next());
  const more = bench.batch([bench.rows('sum', [{ at: bench.hour, a: 8 }])]);
  for (const batch of [...batches, more]) await again.session.writer.write(batch);
  await again.write('sum', [{ at: bench.hour, a: 16 }]);
  expect(await again.values('sum', 'minute')).toEqual([1 + 4 + 8 + 16, 2]);
  for (const step of ['hour', 'day'] as const) expect(await again.values('sum', step)).toEqual([31]);
}

function entityOf(bench: StorageBench): EntityRecord {
  const id = `id-${bench.tenant}`;
  const seen = { firstSeenMs: bench.day, lastSeenMs: bench.hour };
  const rest = { instanceId: '', layers: ['GENERAL'], properties: { a: 'b' } };
  return { tenant: bench.tenant, id, scope: 'Service', name: 'survivor', serviceId: id, ...rest, ...seen };
}

export const reopenCases: readonly ReopenCase[] = [
  { name: 'after a crash everything acknowledged is there and merging goes on', run: survives },
  { name: 'a batch repeated after a crash is stored once', run: repeatedAfterReopen },
  { name: "a crashed writer's batches that come again add nothing, and what it had not yet written does", run: goesOnAfterReopen },
];

async function shares(bench: StorageBench, next: () => Promise<StorageSession>): Promise<void> {
  const other = bench.with(await next());
  const at = bench.hour;
  await bench.write('sum', [{ at, a: 1 }]);
  await other.write('sum', [{ at, a: 2 }]);
  await bench.write('sum', [{ at, a: 4 }]);
  await bench.write('total', [{ at, a: 5, b: 1, source: 'pod' }]);
  await other.write('total', [{ at: at + minuteMs, a: 7, b: 1, source: 'pod' }]);
  for (const view of [bench, other]) {
    for (const step of steps) expect(await view.values('sum', step)).toEqual([7]);
    expect(await view.read('total', 'hour')).toMatchObject([{ a: 12, b: 2, slots: 3n }]);
  }
}

export const sharedCases: readonly ReopenCase[] = [
  { name: 'two processes that write one bucket add up, and both see it', run: shares },
];
