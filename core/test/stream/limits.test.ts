import { describe, expect, test } from 'vitest';
import { canonicalLabels } from '../../src/model/labels.js';
import { instanceId, serviceId } from '../../src/model/entity.js';
import { definitionOf, label } from '../../src/testing/storage/bench.js';
import { StreamScene } from './harness.js';

const service = { name: 'svc', normal: true };
const instance = (name: string): string => instanceId(service, name);

function overflows(scene: StreamScene, reason: string): number {
  return scene.selfMetrics.value('meterlark_stream_overflow_total', { reason });
}

describe('limits of cardinality', () => {
  test('label sets over the limit of a metric share the overflow series of their entity', async () => {
    const scene = new StreamScene({ maxLabelSets: 2 });
    const labels = (model: string): string => canonicalLabels([['model', model], ['provider', 'p']]);
    for (const entityId of ['one', 'two']) {
      for (const model of ['a', 'b', 'c', 'd']) {
        scene.merger.add(scene.slot('sum', { entityId, labels: labels(model) }), scene.minute, 1);
      }
    }
    const rest = canonicalLabels([['model', '_overflow'], ['provider', '_overflow']]);
    const rows = await scene.flushed();
    expect(rows.map((row) => [row.key.entityId, row.key.labels, row.a])).toEqual(
      ['one', 'two'].flatMap((entity) => [[entity, labels('a'), 1], [entity, labels('b'), 1], [entity, rest, 2]]),
    );
    expect(overflows(scene, 'label_sets')).toBe(4);
  });

  test('each metric and each tenant has its own limit, and metrics without labels have none', () => {
    const scene = new StreamScene({ maxLabelSets: 1 });
    const first = { labels: label('a', '1') };
    const slots = [
      scene.slot('sum', first),
      scene.slot('sum', { ...first, metric: 'other' }),
      scene.slot('sum', { ...first, tenant: 't' }),
      scene.slot('sum', { labels: label('a', '_overflow') }),
      scene.slot('sum'),
    ];
    expect(new Set(slots).size).toBe(5);
    expect(overflows(scene, 'label_sets')).toBe(0);
    expect(scene.slot('sum', { labels: label('a', '2') })).toBe(slots[3]);
    expect(overflows(scene, 'label_sets')).toBe(1);
  });

  test('instances over the limit of a service share the instance _overflow, in series and in metadata', async () => {
    const scene = new StreamScene({ maxEntitiesPerService: 2 });
    await scene.merger.define([definitionOf('m_sum', 'sum', { scope: 'ServiceInstance' })]);
    for (const name of ['i1', 'i2', 'i3', 'i4']) {
      const id = instance(name);
      const seen = { firstSeenMs: 1, lastSeenMs: 2, layers: ['GENERAL'], properties: { name }, instanceId: '' };
      scene.merger.observe({ tenant: '', id, scope: 'ServiceInstance', name, serviceId: serviceId(service), ...seen });
      scene.merger.add(scene.slot('sum', { entityId: id }), scene.minute, 1);
    }
    const rows = await scene.flushed();
    expect(rows.map((row) => [row.key.entityId, row.a])).toEqual([[instance('i1'), 1], [instance('i2'), 1], [instance('_overflow'), 2]]);
    expect(scene.store.upserts[0]?.map((record) => [record.id, record.name, record.properties])).toEqual([
      [instance('i1'), 'i1', { name: 'i1' }],
      [instance('i2'), 'i2', { name: 'i2' }],
      [instance('_overflow'), '_overflow', {}],
    ]);
    expect(overflows(scene, 'entities')).toBe(2);
    scene.slot('sum', { entityId: instance('_overflow'), source: 'asked for by name' });
    expect(overflows(scene, 'entities')).toBe(2);
  });

  test('services, relations and endpoints of another service are not touched by a full service', async () => {
    const scene = new StreamScene({ maxEntitiesPerService: 1 });
    const ids = [instance('a'), serviceId(service), `${serviceId(service)}-x.1`, `${instance('a')}-${instance('b')}`, 'x.1_YQ=='];
    for (const entityId of ids) scene.merger.add(scene.slot('sum', { entityId }), scene.minute, 1);
    expect((await scene.flushed()).map((row) => row.key.entityId)).toEqual(ids);
    expect(overflows(scene, 'entities')).toBe(0);
  });

  test('with no slots left, new series of a metric share one, histograms included, and known ones go on', async () => {
    const scene = new StreamScene({ maxSlots: 4 });
    const { merger, minute } = scene;
    const known = scene.slot('gauge');
    const buckets = merger.buckets(scene.key('histogram'), [10, 20]);
    const before = merger.buckets(scene.key('histogram'), [5, 10, 15, 99]);
    expect([...before]).toEqual([buckets[0], buckets[0], buckets[1], buckets[1]]);
    for (let index = 0; index < 1000; index += 1) {
      merger.add(scene.slot('sum', { entityId: `e${index}`, labels: label('a', `v${index}`) }), minute, 1);
      merger.buckets(scene.key('histogram', { entityId: `e${index}` }), [1, 2]).forEach((slot) => merger.add(slot, minute, 1));
    }
    merger.addPair(known, minute, 5, 1);
    const spare = serviceId({ name: '_overflow', normal: true });
    const rows = await scene.flushed();
    expect(rows).toHaveLength(3);
    expect(rows.find((row) => row.kind === 'gauge')).toMatchObject({ a: 5 });
    expect(rows.find((row) => row.kind === 'sum')).toMatchObject({ a: 1000, key: { entityId: spare, labels: label('a', '_overflow') } });
    expect(rows.find((row) => row.kind === 'histogram')?.histogram).toEqual({ bounds: [1, 2], counts: [1000, 1000] });
    expect(overflows(scene, 'slots')).toBe(2000);
    expect(scene.selfMetrics.value('meterlark_stream_series')).toBe(4);
  });

  test('a histogram whose bounds never end stays bounded and loses no observation', async () => {
    const scene = new StreamScene();
    for (let bound = 1; bound <= 2000; bound += 1) {
      const [slot] = scene.merger.buckets(scene.key('histogram'), [bound]);
      scene.merger.add(slot ?? -1, scene.minute, 1);
    }
    const [row] = await scene.flushed();
    expect(row?.histogram?.bounds).toHaveLength(512);
    expect(row?.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(2000);
    expect(overflows(scene, 'buckets')).toBe(1488);
  });

  test('minutes that no page is left for are packed into a batch, and nothing is lost', async () => {
    const scene = new StreamScene({ maxPages: 2 });
    const slot = scene.slot('sum');
    for (let round = 0; round < 2; round += 1) {
      for (let back = 0; back < 10; back += 1) scene.merger.add(slot, scene.minute - back, 1);
    }
    const rows = await scene.flushed();
    expect(rows.reduce((sum, row) => sum + row.a, 0)).toBe(20);
    expect(new Set(rows.map((row) => row.minute)).size).toBe(10);
    expect(scene.store.stored.length).toBeGreaterThan(5);
  });
});

describe('forgetting idle series', () => {
  const minutes = (count: number): number => count * 60_000;

  test('idle series free their slots and limits, live ones go on under new numbers in a new epoch', async () => {
    const scene = new StreamScene({ idleMinutes: 10, maxLabelSets: 2 });
    const { merger, clock } = scene;
    const key = (value: string): { labels: string } => ({ labels: label('a', value) });
    const touch = (value: string): void => merger.add(scene.slot('sum', key(value)), merger.acceptedMinutes().last, 1);
    touch('idle');
    touch('live');
    expect(merger.epoch).toBe(1);
    await scene.flushed();
    for (let minute = 0; minute < 12; minute += 1) {
      clock.advance(minutes(1));
      touch('live');
      await scene.flushed();
    }
    expect(merger.epoch).toBe(2);
    expect(scene.selfMetrics.value('meterlark_stream_series')).toBe(1);
    touch('new');
    touch('live');
    expect((await scene.flushed()).map((row) => row.key.labels)).toEqual([label('a', 'live'), label('a', 'new')]);
  });

  test('the epoch stays while nothing is idle, and changes at most once a minute', async () => {
    const scene = new StreamScene({ idleMinutes: 1 });
    for (let index = 0; index < 20; index += 1) {
      scene.slot('sum', { entityId: `e${index}` });
      scene.clock.advance(10_000);
      await scene.flushed();
    }
    expect(scene.merger.epoch).toBeGreaterThan(1);
    expect(scene.merger.epoch).toBeLessThanOrEqual(4);
    const still = new StreamScene({ idleMinutes: 60 });
    still.merger.add(still.slot('sum'), still.minute, 1);
    for (let index = 0; index < 10; index += 1) {
      still.clock.advance(minutes(5));
      await still.flushed();
    }
    expect(still.merger.epoch).toBe(1);
  });

  test('a series that has data is not idle, however long ago its number was asked for', async () => {
    const scene = new StreamScene({ idleMinutes: 5 });
    const slot = scene.slot('sum');
    for (let index = 0; index < 20; index += 1) {
      scene.clock.advance(minutes(1));
      scene.merger.add(slot, scene.merger.acceptedMinutes().last, 1);
      expect(await scene.flushed()).toMatchObject([{ a: 1 }]);
    }
    expect(scene.merger.epoch).toBe(1);
  });

  test('histograms and pairs keep their content over an epoch', async () => {
    const scene = new StreamScene({ idleMinutes: 5 });
    const { merger, clock } = scene;
    scene.slot('sum');
    const touch = (): void => {
      const minute = merger.acceptedMinutes().last - 10;
      merger.buckets(scene.key('histogram'), [3, 1]).forEach((slot, index) => merger.add(slot, minute, index + 1));
      merger.addPair(scene.slot('ratio'), minute, 4, 2);
    };
    for (let minute = 0; minute < 8; minute += 1) {
      touch();
      const rows = await scene.flushed();
      expect(rows.find((row) => row.kind === 'histogram')?.histogram).toEqual({ bounds: [1, 3], counts: [2, 1] });
      expect(rows.find((row) => row.kind === 'ratio')).toMatchObject({ a: 4, b: 2 });
      clock.advance(minutes(1));
    }
    expect(merger.epoch).toBe(2);
  });
});
