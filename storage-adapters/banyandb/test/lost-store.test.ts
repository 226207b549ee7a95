/** A store that dies forgets what it had in memory only; it is written again when it is back, before anything else is asked of it. */
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hourMs, minuteMs, spansModel, topRecordsModel, type EntityRecord, type MetricDefinition, type RecordRow } from '@meterlark/core';
import { ManualClock, recordRows, StorageBench } from '@meterlark/core/testing';
import type { BanyanSettings } from '../src/settings.js';
import { startBanyanDouble, type BanyanDouble } from './double/index.js';
import { newNamespace, openTestStore, sessionOf, wallClock, type OpenedStore } from './surroundings.js';

/** Of the store and of the double: what is on the disk of the double, and what is held for it, is for the test to say. */
let clock: ManualClock;
let double: BanyanDouble;
let store: OpenedStore;
let namespace: string;
beforeEach(async () => {
  clock = new ManualClock(Date.now());
  double = await startBanyanDouble({ nowMs: () => clock.now() });
  namespace = newNamespace();
  store = await opened();
});
afterEach(async () => {
  await store.close();
  await double.stop();
});

function opened(changes: Partial<BanyanSettings> = {}): Promise<OpenedStore> {
  const retry = { attempts: 2, initialMs: 0, maxMs: 0 };
  return openTestStore({ targets: [double.target], namespace, retry, ...changes }, clock);
}

async function openAnew(changes: Partial<BanyanSettings>): Promise<void> {
  await store.close();
  store = await opened(changes);
}

const bench = (): StorageBench => new StorageBench(sessionOf(store), wallClock, randomUUID().slice(0, 8));

/** Calls that come while nobody is there fail as passing. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      expect(error).toMatchObject({ class: 'retryable' });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const value = (name: string, labels?: Record<string, string>): number => store.metrics.value(`meterlark_storage_banyandb_${name}`, labels);

describe('a store that crashed and is back', () => {
  test('has metrics and records again that it had acknowledged, once each, for the first who asks', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 3 }, { at: own.hour + minuteMs, a: 4 }]);
    const row = (value: number): RecordRow => ({ tenant: own.tenant, time: own.hour * 1000 + value, list: 'slow', value });
    await store.schemaInstaller.install([topRecordsModel, spansModel]);
    const span = { tenant: own.tenant, time: own.hour * 1000, trace_id: 'abc', span_id: 'def', entry: true };
    await store.recordWriter.write(own.recordBatch([recordRows(topRecordsModel, [row(1), row(2)]), recordRows(spansModel, [span])]));
    await double.restart({ crash: true });
    const range = { tenant: own.tenant, fromUs: own.day * 1000, toUs: (own.day + 24 * hourMs) * 1000, where: [], limit: 10, offset: 0 };
    const orderBy = [{ column: 'value', descending: false }];
    const trace = { ...range, where: [{ column: 'trace_id', is: 'in', values: ['abc'] } as const], orderBy: [] };
    const [values, records, spans] = await Promise.all([
      eventually(() => own.values('sum', 'minute')),
      eventually(() => store.recordReader.rows({ ...range, model: topRecordsModel, columns: ['value'], orderBy })),
      eventually(() => store.recordReader.rows({ ...trace, model: spansModel, columns: ['span_id'] })),
    ]);
    expect([values, records, spans]).toEqual([[3, 4], [{ value: 1 }, { value: 2 }], [{ span_id: 'def' }]]);
    await own.write('sum', [{ at: own.hour, a: 10 }]);
    expect(await own.values('sum', 'minute')).toEqual([13, 4]);
    for (const step of ['hour', 'day'] as const) expect(await own.values('sum', step)).toEqual([17]);
    expect(value('repeated_writes_total')).toBeGreaterThan(0);
    expect(value('suspect_writes')).toBe(0);
  });

  test('a write that it missed while it was away is there after its repetition by the caller', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 1 }]);
    const batch = own.batch([own.rows('sum', [{ at: own.hour, a: 2 }])]);
    await double.restart({ crash: true, before: () => expect(store.metricWriter.write(batch)).rejects.toMatchObject({ class: 'retryable' }) });
    await eventually(() => store.metricWriter.write(batch));
    expect(await own.values('sum', 'hour')).toEqual([3]);
  });

  test('rows that were let go from memory are whole: they are read back after the repetition only', async () => {
    await openAnew({ maxOpenRows: 10 });
    const own = bench();
    const cells = Array.from({ length: 40 }, (_, index) => ({ at: own.hour + (index % 20) * minuteMs, entity: `e${index}`, a: 5 }));
    await own.write('sum', cells);
    await double.restart({ crash: true });
    const batch = own.batch([own.rows('sum', cells.map((cell) => ({ ...cell, a: 2 })))]);
    await eventually(() => store.metricWriter.write(batch));
    const entityIds = cells.map(({ entity }) => entity);
    for (const step of ['minute', 'hour', 'day'] as const) {
      const sums = (await own.read('sum', step, { entityIds })).map(({ a }) => a);
      expect(sums).toEqual(cells.map(() => 7));
    }
  });

  test('rows that were let go are not begun anew while it shuts down and says that it has nothing', async () => {
    await openAnew({ maxOpenRows: 1 });
    const own = bench();
    const batchOf = (a: number) => own.batch([own.rows('sum', ['x', 'y', 'z'].map((entity) => ({ at: own.hour, entity, a })))]);
    await store.metricWriter.write(batchOf(5));
    const batch = batchOf(2);
    await double.restart({ whileClosing: () => expect(store.metricWriter.write(batch)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_UNREACHABLE' }) });
    await eventually(() => store.metricWriter.write(batch));
    for (const step of ['minute', 'hour', 'day'] as const) {
      expect((await own.read('sum', step, { entityIds: ['x', 'y', 'z'] })).map(({ a }) => a)).toEqual([7, 7, 7]);
    }
  });

  test('a write that it only seemed to take while it shut down is written again', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 1 }]);
    await double.restart({ whileClosing: () => own.write('sum', [{ at: own.hour, a: 2 }]).then(() => undefined) });
    for (const step of ['minute', 'hour', 'day'] as const) expect(await eventually(() => own.values('sum', step))).toEqual([3]);
  });

  test('twice in a row loses nothing either', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 1 }]);
    await double.restart({ crash: true });
    await eventually(() => own.write('sum', [{ at: own.hour, a: 2 }]));
    await double.restart({ crash: true });
    expect(await eventually(() => own.values('sum', 'minute'))).toEqual([3]);
  });

  test('that crashes again long after the first write and soon after its repetition loses nothing', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 1 }]);
    await double.restart({ crash: true, before: async () => clock.advance(16_000) });
    expect(await eventually(() => own.values('sum', 'minute'))).toEqual([1]);
    clock.advance(4_000);
    await double.restart({ crash: true });
    expect(await eventually(() => own.values('sum', 'minute'))).toEqual([1]);
  });

  test('what is on its disk is not written again', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 1 }]);
    clock.advance(15_000);
    expect(await own.values('sum', 'minute')).toEqual([1]);
    await double.restart({ crash: true });
    expect(await eventually(() => own.values('sum', 'minute'))).toEqual([1]);
    expect(value('repeated_writes_total')).toBe(0);
  });
});

describe('entities and definitions', () => {
  const entityOf = (own: StorageBench, more: Partial<EntityRecord> = {}): EntityRecord => ({
    tenant: own.tenant, id: 'x', scope: 'Service', name: 'x', serviceId: 'x', instanceId: '', layers: ['A'], properties: { a: 'b' }, firstSeenMs: own.hour, lastSeenMs: own.hour + hourMs, ...more,
  });
  const all = (own: StorageBench) => store.metadataReader.entities({ tenant: own.tenant, scope: 'Service', limit: 10 });
  const definition = (unit: string) => ({ name: 'm', kind: 'sum', scope: 'Service', unit }) as unknown as MetricDefinition;

  test('come back too', async () => {
    const own = bench();
    await store.metadataWriter.upsertEntities([entityOf(own)]);
    await store.metadataWriter.defineMetrics([definition('ms')]);
    await double.restart({ crash: true });
    expect(await eventually(() => all(own))).toEqual([entityOf(own)]);
    expect(await store.metadataReader.metrics()).toEqual([definition('ms')]);
  });

  test('an entity has its layers again at its next sighting, even when nothing could be repeated', async () => {
    await openAnew({ repeat: { windowMs: 15_000, bytes: 0 } });
    const own = bench();
    await store.metadataWriter.upsertEntities([entityOf(own)]);
    await double.restart({ crash: true });
    expect(await eventually(() => all(own))).toEqual([]);
    await store.metadataWriter.upsertEntities([entityOf(own, { lastSeenMs: own.hour + 2 * hourMs })]);
    expect((await all(own))[0]).toMatchObject({ layers: ['A'], firstSeenMs: own.hour });
  });

  test('a definition that another server has changed since is left as it is', async () => {
    const other = await opened();
    await store.metadataWriter.defineMetrics([definition('old')]);
    await other.metadataWriter.defineMetrics([definition('new')]);
    double.flush();
    await double.restart({ crash: true });
    expect(await eventually(() => store.metadataReader.metrics())).toEqual([definition('new')]);
    expect(await eventually(() => other.metadataReader.metrics())).toEqual([definition('new')]);
    await other.close();
  });
});

describe('a repetition that fails', () => {
  test('while the disk is full is tried until it is not, and others wait and are told to come again', async () => {
    await openAnew({ queryTimeoutMs: 100 });
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 5 }]);
    double.faults.failBatches(1_000, 'STATUS_DISK_FULL');
    await double.restart({ crash: true });
    await expect.poll(() => store.logger.lines.some(({ message }) => message.includes('cannot be written again yet'))).toBe(true);
    expect(value('suspect_writes')).toBeGreaterThan(0);
    await expect(own.values('sum', 'minute')).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_UNREACHABLE', class: 'retryable' });
    double.faults.clear();
    expect(await eventually(() => own.values('sum', 'minute'))).toEqual([5]);
    expect(value('unrepeatable_writes_total')).toBe(0);
  });

  test('for ever is counted, told, and in the way of none', async () => {
    const own = bench();
    const names = ['p0', 'p1', 'p2', 'p3'];
    for (const entity of names) await own.write('sum', [{ at: own.hour, entity, a: 5 }]);
    double.faults.failBatches(1, 'STATUS_INVALID_TIMESTAMP');
    await double.restart({ crash: true });
    await eventually(() => own.read('sum', 'minute', { entityIds: names }));
    expect(value('unrepeatable_writes_total', { reason: 'refused' })).toBe(1);
    expect(store.logger.lines.some(({ level, message }) => level === 'error' && message.includes('refused'))).toBe(true);
    expect(value('suspect_writes')).toBe(0);
    await own.write('sum', names.map((entity) => ({ at: own.hour, entity, a: 1 })));
    expect((await own.read('sum', 'minute', { entityIds: names })).map(({ a }) => a)).toEqual([6, 6, 6, 6]);
  });

  test('because the registry does not answer yet begins again with the schemas', async () => {
    const own = bench();
    await own.write('sum', [{ at: own.hour, a: 5 }]);
    double.faults.failCalls(7, status.UNAVAILABLE, { method: 'RegistryService' });
    await double.restart({ crash: true });
    expect(await eventually(() => own.values('sum', 'minute'))).toEqual([5]);
  });
});

test('while a store is back and not ready, a write that waits longer than its own time fails as passing', async () => {
  await openAnew({ writeTimeoutMs: 200 });
  const own = bench();
  await own.write('sum', [{ at: own.hour, a: 5 }]);
  double.faults.failCalls(10_000, status.RESOURCE_EXHAUSTED, { method: 'RegistryService' });
  await double.restart({ crash: true });
  const batch = own.batch([own.rows('sum', [{ at: own.hour, a: 1 }])]);
  await expect.poll(() => store.metricWriter.write(batch).catch(String), { timeout: 10_000 }).toContain('still written again');
  double.faults.clear();
  await eventually(() => store.metricWriter.write(batch));
  expect(await own.values('sum', 'minute')).toEqual([6]);
}, 15_000);
