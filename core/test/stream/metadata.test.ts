import { describe, expect, test } from 'vitest';
import type { EntityRecord } from '../../src/contract/storage.js';
import { definitionOf } from '../../src/testing/storage/bench.js';
import { storageError, StreamScene } from './harness.js';

function record(changes: Partial<EntityRecord> = {}): EntityRecord {
  const seen = { firstSeenMs: 1_000_000, lastSeenMs: 1_000_000 };
  const names = { tenant: '', id: 'c3Zj.1', scope: 'Service', name: 'svc', serviceId: 'c3Zj.1', instanceId: '' } as const;
  return { ...names, layers: ['GENERAL'], properties: {}, ...seen, ...changes };
}

describe('entities seen', () => {
  test('are stored with the next flush, once', async () => {
    const scene = new StreamScene();
    for (let again = 0; again < 5; again += 1) scene.merger.observe(record());
    await scene.merger.flush();
    await scene.merger.flush();
    expect(scene.store.upserts).toEqual([[record()]]);
  });

  test('are stored again only when they were seen a minute later, or earlier, than the store knows', async () => {
    const scene = new StreamScene();
    const see = async (lastSeenMs: number, firstSeenMs = 1_000_000): Promise<number> => {
      scene.merger.observe(record({ lastSeenMs, firstSeenMs }));
      await scene.merger.flush();
      return scene.store.upserts.length;
    };
    expect(await see(1_000_000)).toBe(1);
    expect(await see(1_059_999)).toBe(1);
    expect(await see(1_060_000)).toBe(2);
    expect(await see(1_000_000, 970_000)).toBe(2);
    expect(await see(1_000_000, 940_000)).toBe(3);
    expect(scene.store.upserts.at(-1)).toEqual([record({ firstSeenMs: 940_000, lastSeenMs: 1_060_000 })]);
  });

  test('merge layers and keep the newest properties, and a change is stored at once', async () => {
    const scene = new StreamScene();
    scene.merger.observe(record({ properties: { v: '1' } }));
    await scene.merger.flush();
    scene.merger.observe(record({ layers: ['MESH'], lastSeenMs: 1_000_005, properties: { v: '2' } }));
    scene.merger.observe(record({ lastSeenMs: 999_999, properties: { v: 'old' } }));
    scene.merger.observe(record({ lastSeenMs: 1_000_009, properties: {} }));
    await scene.merger.flush();
    expect(scene.store.upserts.at(-1)).toEqual([
      record({ layers: ['GENERAL', 'MESH'], lastSeenMs: 1_000_009, properties: { v: '2' } }),
    ]);
  });

  test('of two tenants and scopes are two', async () => {
    const scene = new StreamScene();
    for (const changes of [{}, { tenant: 't' }, { scope: 'Endpoint' as const }]) scene.merger.observe(record(changes));
    await scene.merger.flush();
    expect(scene.store.upserts[0]).toHaveLength(3);
  });

  test('are bounded, and what exceeds is counted', async () => {
    const scene = new StreamScene({ maxEntities: 3 });
    for (let index = 0; index < 10; index += 1) scene.merger.observe(record({ id: `s${index}`, serviceId: `s${index}` }));
    await scene.merger.flush();
    expect(scene.store.upserts[0]).toHaveLength(3);
    expect(scene.selfMetrics.value('meterlark_stream_refused_total', { reason: 'entities' })).toBe(7);
  });

  test('survive a retryable failure of the store', async () => {
    const scene = new StreamScene();
    scene.store.entityAnswers.push(storageError('retryable'));
    scene.merger.observe(record());
    scene.merger.add(scene.slot('sum'), scene.minute, 1);
    const flushed = scene.merger.flush();
    await scene.timers.advance(1000);
    await flushed;
    expect(scene.store.upserts).toEqual([[record()]]);
    expect(scene.rows).toHaveLength(1);
  });

  test('that the store refuses for good do not hold up the rows', async () => {
    const scene = new StreamScene();
    scene.store.entityAnswers.push(storageError('permanent'));
    scene.merger.observe(record());
    scene.merger.add(scene.slot('sum'), scene.minute, 1);
    await scene.merger.flush();
    expect(scene.rows).toHaveLength(1);
    expect(scene.selfMetrics.value('meterlark_stream_dropped_total', { what: 'entities', reason: 'permanent' })).toBe(1);
  });

  test('free their place when idle', async () => {
    const scene = new StreamScene({ maxEntities: 1, idleMinutes: 5 });
    scene.merger.observe(record({ id: 'old' }));
    scene.slot('sum');
    await scene.merger.flush();
    scene.clock.advance(6 * 60_000);
    await scene.merger.flush();
    scene.merger.observe(record({ id: 'new' }));
    await scene.merger.flush();
    expect(scene.store.upserts.flat().map((one) => one.id)).toEqual(['old', 'new']);
  });
});

describe('definitions', () => {
  test('are stored when defined, and a failure reaches the caller', async () => {
    const scene = new StreamScene();
    const definition = definitionOf('m', 'sum');
    await scene.merger.define([definition]);
    expect(scene.store.defined).toEqual([definition]);
    scene.store.defineMetrics = async () => Promise.reject(storageError('retryable'));
    await expect(scene.merger.define([definition])).rejects.toMatchObject({ code: 'METERLARK_TEST_STORAGE' });
  });
});
