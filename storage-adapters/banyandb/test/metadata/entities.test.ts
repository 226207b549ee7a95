import { dayMs, type EntityRecord } from '@meterlark/core';
import { ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { BanyanEntities } from '../../src/metadata/entities.js';
import { entityMeasure, periodDays, periodStart } from '../../src/metadata/entity-rows.js';
import { FakeRows } from './fake-rows.js';

const now = Date.UTC(2026, 10, 20, 12);
const measure = entityMeasure('entities');

function scene(maxScannedRows = 1000) {
  const rows = new FakeRows();
  const clock = new ManualClock(now);
  const selfMetrics = new RecordingMetrics();
  const open = (): BanyanEntities => new BanyanEntities(rows, { measure, days: 180, maxScannedRows }, clock, selfMetrics);
  return { rows, clock, selfMetrics, open, entities: open() };
}

function service(changes: Partial<EntityRecord> = {}): EntityRecord {
  const seen = { firstSeenMs: now - 1000, lastSeenMs: now };
  return { tenant: '', id: 'id', scope: 'Service', name: 'shop', serviceId: 'id', instanceId: '', layers: ['GENERAL'], ...seen, properties: {}, ...changes };
}

const all = { tenant: '', scope: 'Service', limit: 100 } as const;

describe('entities in rows that merge by version', () => {
  test('two servers that know nothing of each other unite what they saw', async () => {
    const { open } = scene();
    const [one, two] = [open(), open()];
    await one.upsert([service({ layers: ['A'], firstSeenMs: now - 5000, lastSeenMs: now - 10, properties: { v: 'old' } })]);
    await two.upsert([service({ layers: ['B'], firstSeenMs: now - 9000, lastSeenMs: now - 20, properties: { v: 'older' } })]);
    await one.upsert([service({ layers: [], firstSeenMs: now - 5000, lastSeenMs: now })]);
    expect(await two.find(all)).toEqual([
      service({ layers: ['A', 'B'], firstSeenMs: now - 9000, lastSeenMs: now, properties: { v: 'old' } }),
    ]);
  });

  test('of two sightings of one time the later told wins, in one call, in two, and of another server', async () => {
    const { clock, open } = scene();
    const [one, two] = [open(), open()];
    const told = (name: string, properties: EntityRecord['properties']) => service({ name, properties });
    await one.upsert([told('first', { v: '1' }), told('second', { v: '2' })]);
    expect(await two.find(all)).toMatchObject([{ name: 'second', properties: { v: '2' } }]);
    await one.upsert([told('third', {})]);
    expect(await two.find(all)).toMatchObject([{ name: 'third', properties: { v: '2' } }]);
    clock.advance(1000);
    await two.upsert([told('fourth', { v: '4' })]);
    expect(await one.find(all)).toMatchObject([{ name: 'fourth', properties: { v: '4' } }]);
  });

  test('an entity that is seen again costs one row', async () => {
    const { rows, entities } = scene();
    await entities.upsert([service()]);
    const before = rows.sent;
    await entities.upsert([service({ lastSeenMs: now + 1 })]);
    expect(rows.sent - before).toBe(1);
    await entities.upsert([service({ lastSeenMs: now + 2, layers: ['GENERAL', 'MESH'], firstSeenMs: now - 2000 })]);
    expect(rows.sent - before).toBe(4);
    expect(await entities.find(all)).toEqual([service({ lastSeenMs: now + 2, layers: ['GENERAL', 'MESH'], firstSeenMs: now - 2000 })]);
  });

  test('a new period has all of it again, because the old one goes with its lifetime', async () => {
    const { rows, clock, entities } = scene();
    await entities.upsert([service({ layers: ['A'] })]);
    clock.advance(periodDays * dayMs);
    const later = now + periodDays * dayMs;
    await entities.upsert([service({ layers: ['A'], lastSeenMs: later })]);
    for (const [key, row] of rows.rows) if (row.timeMs < later - periodDays * dayMs) rows.rows.delete(key);
    expect(await entities.find(all)).toEqual([service({ layers: ['A'], lastSeenMs: later })]);
  });

  test('one not seen for the lifetime is not stored, and counted', async () => {
    const { rows, entities, selfMetrics } = scene();
    await entities.upsert([service({ firstSeenMs: 0, lastSeenMs: 0 })]);
    expect(rows.sent).toBe(0);
    expect(selfMetrics.value('meterlark_storage_banyandb_dropped_entities_total', { reason: 'expired' })).toBe(1);
  });

  test('one seen more than an hour ahead is not stored, and counted: its row would have the server remove others', async () => {
    const { rows, entities, selfMetrics } = scene();
    const hourMs = 3_600_000;
    await entities.upsert([service({ lastSeenMs: now + hourMs }), service({ id: 'far', lastSeenMs: now + hourMs + 1 }), service({ id: 'farther', lastSeenMs: Infinity })]);
    expect((await entities.find(all)).map(({ id }) => id)).toEqual(['id']);
    expect(Math.max(...[...rows.rows.values()].map(({ timeMs }) => timeMs))).toBeLessThanOrEqual(now + hourMs);
    expect(selfMetrics.value('meterlark_storage_banyandb_dropped_entities_total', { reason: 'future' })).toBe(2);
  });

  test('what no message holds is left out and counted, and the others are stored', async () => {
    const { entities, selfMetrics } = scene();
    const huge = 'x'.repeat(20_000_000);
    const described = service({ id: 'described', properties: { a: huge } });
    await entities.upsert([service(), service({ id: huge }), service({ id: 'named', name: huge }), described]);
    expect(await entities.find({ ...all, ids: ['id', 'named', 'described', huge] })).toEqual([service(), { ...described, properties: {} }]);
    expect(selfMetrics.value('meterlark_storage_banyandb_dropped_entities_total', { reason: 'size' })).toBe(3);
  });

  test('ids, names, layers and properties may be any text', async () => {
    const { entities } = scene();
    const odd = service({
      id: 'a|b*%\n', name: '"\\\u2028', layers: ['x/y', '|'], tenant: 't|', properties: Object.fromEntries([['__proto__', 'p'], ['', '']]),
    });
    await entities.upsert([odd]);
    const [found] = await entities.find({ ...all, tenant: 't|', ids: ['a|b*%\n', 'other'] });
    expect(found).toEqual({ ...odd, layers: ['x/y', '|'] });
    expect(Object.keys(found?.properties ?? {})).toEqual(['__proto__', '']);
    expect(await entities.find({ ...all, tenant: 't' })).toEqual([]);
  });

  test('what was seen between two milliseconds, as spans are, counts as the earlier one', async () => {
    const { entities } = scene();
    await entities.upsert([service({ firstSeenMs: now - 9.642, lastSeenMs: now + 0.358 })]);
    expect(await entities.find(all)).toEqual([service({ firstSeenMs: now - 10, lastSeenMs: now })]);
  });

  test('more ids than are asked for one by one are found too', async () => {
    const { entities } = scene(10_000);
    const records = Array.from({ length: 500 }, (_, index) => service({ id: `id-${index}`, name: `s${index}` }));
    await entities.upsert(records);
    expect(await entities.find({ ...all, limit: 1000, ids: records.slice(0, 400).map(({ id }) => id) })).toHaveLength(400);
    expect(await entities.find({ ...all, ids: [] })).toEqual([]);
  });

  test('more rows than may be read are an error, never a part', async () => {
    const { entities } = scene(5);
    await entities.upsert([service(), service({ id: 'other' })]);
    await expect(entities.find(all)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS', class: 'permanent' });
  });

  test('a row that somebody else wrote is an error', async () => {
    const { rows, entities } = scene();
    await rows.writeMeasure(measure, [{ timeMs: periodStart(now), version: 1n, tags: ['', 'Service', 'id', 'seen'], fields: ['no JSON'] }]);
    await expect(entities.find(all)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_BAD_ANSWER' });
  });
});
