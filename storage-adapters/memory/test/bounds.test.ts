import type { EntityRecord, MetricRows, MetricWriteBatch } from '@meterlark/core';
import { dayMs, hourMs, minuteMs } from '@meterlark/core';
import { ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { MemoryMetadata } from '../src/metadata.js';
import { MemoryMetrics } from '../src/metrics.js';

const start = Date.UTC(2026, 3, 10);
const retentionDays = { minute: 2, hour: 5, day: 20 };

function scene(maxRows: number, maxWriters = 100): { store: MemoryMetrics; clock: ManualClock; selfMetrics: RecordingMetrics } {
  const clock = new ManualClock(start);
  const selfMetrics = new RecordingMetrics();
  return { store: new MemoryMetrics({ retentionDays, maxRows, maxWriters }, clock, selfMetrics), clock, selfMetrics };
}

let batches = 0;
function batch(atMs: number, entities: readonly string[], writer = 'process', sequence = (batches += 1)): MetricWriteBatch {
  const keys = entities.map((entityId) => ({ tenant: '', metric: 'm', kind: 'sum', entityId, labels: '', source: '' }) as const);
  const column = (value: number): Float64Array => new Float64Array(entities.length).fill(value);
  const rows: MetricRows = { kind: 'sum', keys, minutes: column(atMs), a: column(1), b: column(0), histograms: [] };
  return { writer, sequence, rows: [rows] };
}

async function minutes(store: MemoryMetrics, entity: string, step: 'minute' | 'hour' | 'day' = 'minute'): Promise<readonly number[]> {
  const selections = [{ metric: 'm', kind: 'sum' }] as const;
  const rows = await store.read({ tenant: '', selections, entityIds: [entity], step, fromMs: 0, toMs: start + 90 * dayMs });
  return rows.map((row) => row.bucketMs).sort((left, right) => left - right);
}

describe('the bound on rows', () => {
  test('lets the oldest minute go for a newer one and counts its rows', async () => {
    const { store, selfMetrics } = scene(3);
    await store.write(batch(start, ['a', 'b']));
    await store.write(batch(start + minuteMs, ['a']));
    await store.write(batch(start + 2 * minuteMs, ['a']));
    expect(await minutes(store, 'a')).toEqual([start + minuteMs, start + 2 * minuteMs]);
    expect(await minutes(store, 'b')).toEqual([]);
    expect(await minutes(store, 'b', 'hour')).toEqual([start]);
    expect(selfMetrics.value('meterlark_storage_memory_dropped_rows_total', { step: 'minute', reason: 'full' })).toBe(2);
  });

  test('refuses what is older than all it holds, and goes on merging into known rows', async () => {
    const { store, selfMetrics } = scene(2);
    await store.write(batch(start, ['a', 'b']));
    await store.write(batch(start - minuteMs, ['a']));
    await store.write(batch(start, ['a', 'c']));
    expect(await minutes(store, 'a')).toEqual([start]);
    expect(await minutes(store, 'c')).toEqual([]);
    expect(selfMetrics.value('meterlark_storage_memory_dropped_rows_total', { step: 'minute', reason: 'full' })).toBe(2);
    expect(selfMetrics.value('meterlark_storage_memory_rows')).toBe(2 + 2 + 2);
  });
});

describe('lifetimes', () => {
  test('each step forgets at its own age, even when nothing new is written', async () => {
    const { store, clock, selfMetrics } = scene(100);
    await store.write(batch(start, ['a']));
    clock.set(start + 2 * dayMs + minuteMs);
    expect([await minutes(store, 'a'), await minutes(store, 'a', 'hour')]).toEqual([[], [start]]);
    clock.set(start + 5 * dayMs + hourMs);
    expect([await minutes(store, 'a', 'hour'), await minutes(store, 'a', 'day')]).toEqual([[], [start]]);
    await store.write(batch(clock.now(), ['other']));
    expect(selfMetrics.value('meterlark_storage_memory_dropped_rows_total', { step: 'minute', reason: 'expired' })).toBe(1);
    expect(selfMetrics.value('meterlark_storage_memory_rows')).toBe(1 + 1 + 2);
  });
});

describe('repeated batches', () => {
  test('are known of as many writers as the setting says, those that wrote last', async () => {
    const { store } = scene(100, 2);
    for (const writer of ['x', 'y', 'x', 'z', 'y', 'x']) await store.write(batch(start, ['a'], writer, 1));
    const query = { tenant: '', selections: [{ metric: 'm', kind: 'sum' }], entityIds: ['a'], step: 'minute' } as const;
    const rows = await store.read({ ...query, fromMs: start, toMs: start + minuteMs });
    expect(rows.map((row) => row.state.a)).toEqual([4]);
  });
});

describe('the bound on entities', () => {
  test('lets the one go that was not touched for longest and counts it', async () => {
    const selfMetrics = new RecordingMetrics();
    const metadata = new MemoryMetadata({ maxEntities: 2, entityDays: 20 }, new ManualClock(start), selfMetrics);
    const record = (id: string): EntityRecord => {
      const seen = { firstSeenMs: start, lastSeenMs: start };
      return { tenant: '', id, scope: 'Service', name: id, serviceId: id, instanceId: '', layers: [], properties: {}, ...seen };
    };
    for (const id of ['a', 'b', 'a', 'c']) await metadata.upsertEntities([record(id)]);
    const found = await metadata.entities({ tenant: '', scope: 'Service', limit: 10 });
    expect(found.map((one) => one.id)).toEqual(['a', 'c']);
    expect(selfMetrics.value('meterlark_storage_memory_dropped_entities_total', { reason: 'full' })).toBe(1);
  });
});

describe('the lifetime of entities', () => {
  test('counts from when they were last seen; those that come too late are not kept', async () => {
    const selfMetrics = new RecordingMetrics();
    const clock = new ManualClock(start);
    const metadata = new MemoryMetadata({ maxEntities: 100, entityDays: 20 }, clock, selfMetrics);
    const record = (id: string, lastSeenMs: number): EntityRecord => {
      const rest = { instanceId: '', layers: [], properties: {}, firstSeenMs: start, lastSeenMs };
      return { tenant: '', id, scope: 'Service', name: id, serviceId: id, ...rest };
    };
    const names = async () => (await metadata.entities({ tenant: '', scope: 'Service', limit: 10 })).map((one) => one.id);
    await metadata.upsertEntities([record('gone', start), record('seen', start)]);
    clock.advance(20 * dayMs);
    await metadata.upsertEntities([record('seen', clock.now())]);
    expect(await names()).toEqual(['seen', 'gone']);
    clock.advance(dayMs);
    expect(await names()).toEqual(['seen']);
    await metadata.upsertEntities([record('late', start)]);
    expect(await names()).toEqual(['seen']);
    expect(selfMetrics.value('meterlark_storage_memory_dropped_entities_total', { reason: 'expired' })).toBe(2);
  });
});
