import { describe, expect, test } from 'vitest';
import { label } from '../../src/testing/storage/bench.js';
import { StreamScene } from './harness.js';

describe('merging into minutes', () => {
  test('a sum adds, and adding 0 is data', async () => {
    const scene = new StreamScene();
    const { merger, minute } = scene;
    const slot = scene.slot('sum');
    const still = scene.slot('sum', { labels: label('a', 'still') });
    merger.add(slot, minute, 2);
    merger.add(slot, minute, 3.5);
    merger.add(slot, minute + 1, -4);
    merger.add(still, minute, 0);
    const rows = await scene.flushed();
    expect(rows.map((row) => [row.key.labels, row.minute, row.a, row.b])).toEqual([
      ['', minute, 5.5, 0],
      [label('a', 'still'), minute, 0, 0],
      ['', minute + 1, -4, 0],
    ]);
  });

  test.each(['ratio', 'gauge', 'total'] as const)('%s adds both numbers', async (kind) => {
    const scene = new StreamScene();
    const slot = scene.slot(kind);
    scene.merger.addPair(slot, scene.minute, 10, 2);
    scene.merger.addPair(slot, scene.minute, -1, 1);
    expect(await scene.flushed()).toMatchObject([{ kind, a: 9, b: 3 }]);
  });

  test.each(['ratio', 'gauge', 'total'] as const)('%s keeps a number that was touched alone', async (kind) => {
    const scene = new StreamScene();
    const slot = scene.slot(kind);
    const after = scene.slot('sum');
    scene.merger.add(after, scene.minute, 1);
    scene.merger.add(slot + 1, scene.minute, 2);
    expect(await scene.flushed()).toMatchObject([{ kind, a: 0, b: 2 }, { kind: 'sum', a: 1 }]);
    scene.merger.add(slot, scene.minute, 7);
    expect(await scene.flushed()).toMatchObject([{ kind, a: 7, b: 0 }]);
    scene.merger.add(slot + 1, scene.minute, 3);
    scene.merger.addPair(slot, scene.minute, 1, 1);
    expect(await scene.flushed()).toMatchObject([{ kind, a: 1, b: 4 }]);
  });

  test.each([
    ['min', [5, 3, 8], 3],
    ['min', [5, 0, 8], 0],
    ['min', [-5, -3], -5],
    ['totalMin', [4, 2], 2],
    ['max', [5, 3, 8], 8],
    ['max', [-5, -3], -3],
    ['max', [0, -3], 0],
    ['totalMax', [4, 2], 4],
  ] as const)('%s of %j is %d, whatever zero is', async (kind, values, expected) => {
    const scene = new StreamScene();
    const slot = scene.slot(kind);
    const merge = kind === 'min' || kind === 'totalMin' ? 'min' : 'max';
    for (const value of values) scene.merger[merge](slot, scene.minute, value);
    expect(await scene.flushed()).toMatchObject([{ kind, a: expected, b: 0 }]);
  });

  test.each(['latest', 'totalLatest'] as const)('%s keeps the greatest pair of time and value', async (kind) => {
    const scene = new StreamScene();
    const slot = scene.slot(kind);
    const at = scene.clock.now();
    scene.merger.latest(slot, scene.minute, at, 5);
    scene.merger.latest(slot, scene.minute, at - 1, 99);
    scene.merger.latest(slot, scene.minute, at, 4);
    expect(await scene.flushed()).toMatchObject([{ a: 5, b: at }]);
    scene.merger.latest(slot, scene.minute, at + 1, -7);
    scene.merger.latest(slot, scene.minute, at + 1, -6);
    expect(await scene.flushed()).toMatchObject([{ a: -6, b: at + 1 }]);
  });

  test('a histogram gives touched buckets only, bounds ascending, whatever order they were asked in', async () => {
    const scene = new StreamScene();
    const { merger, minute } = scene;
    const [high, low, never] = merger.buckets(scene.key('histogram'), [9_000, 1_000, 5_000]);
    merger.add(high ?? -1, minute, 1);
    merger.add(low ?? -1, minute, 2);
    merger.add(low ?? -1, minute, 3);
    merger.add(low ?? -1, minute + 1, 0);
    const rows = await scene.flushed();
    expect(rows.map((row) => [row.minute, row.histogram])).toEqual([
      [minute, { bounds: [1_000, 9_000], counts: [5, 1] }],
      [minute + 1, { bounds: [1_000], counts: [0] }],
    ]);
    expect(never).toBeTypeOf('number');
  });

  test('two sets of bounds of one histogram share the bounds they have in common', async () => {
    const scene = new StreamScene();
    const first = scene.merger.buckets(scene.key('histogram'), [1, 2, 3]);
    const second = scene.merger.buckets(scene.key('histogram'), [3, 4]);
    expect(second[0]).toBe(first[2]);
    scene.merger.add(first[2] ?? -1, scene.minute, 1);
    scene.merger.add(second[0] ?? -1, scene.minute, 1);
    scene.merger.add(second[1] ?? -1, scene.minute, 1);
    expect(await scene.flushed()).toMatchObject([{ histogram: { bounds: [3, 4], counts: [2, 1] } }]);
  });

  test('thousands of series over many pages keep apart, pairs and histograms among them', async () => {
    const scene = new StreamScene();
    const { merger, minute } = scene;
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 9000; index += 1) {
        const entityId = `e${index}`;
        if (index % 3 === 0) merger.add(scene.slot('sum', { entityId }), minute, index);
        else if (index % 3 === 1) merger.addPair(scene.slot('gauge', { entityId }), minute, index, 1);
        else merger.buckets(scene.key('histogram', { entityId }), [1, 2]).forEach((slot) => merger.add(slot, minute, index));
      }
    }
    const rows = await scene.flushed();
    expect(rows).toHaveLength(9000);
    for (const row of rows) {
      const index = Number(row.key.entityId.slice(1));
      if (row.kind === 'histogram') expect(row.histogram).toEqual({ bounds: [1, 2], counts: [2 * index, 2 * index] });
      else expect([row.a, row.b]).toEqual([2 * index, row.kind === 'gauge' ? 2 : 0]);
    }
  });

  test('one key gives one number, and every part of the key matters', () => {
    const scene = new StreamScene();
    const base = scene.slot('sum', { tenant: 'a', metric: 'b' });
    expect(scene.slot('sum', { tenant: 'a', metric: 'b' })).toBe(base);
    const others = [{ tenant: 'ab', metric: '' }, { tenant: '', metric: 'ab' }, { tenant: 'a', metric: 'b', source: 'x' }];
    const more = [{ tenant: 'a', metric: 'b', entityId: 'x' }, { tenant: 'a', metric: 'b', labels: label('a', 'b') }];
    const slots = [...others, ...more].map((changes) => scene.slot('sum', changes));
    expect(new Set([base, ...slots, scene.slot('max', { tenant: 'a', metric: 'b' })]).size).toBe(7);
  });

  test('after a flush every state starts again from zero and each increment is handed over once', async () => {
    const scene = new StreamScene();
    const slots = { sum: scene.slot('sum'), min: scene.slot('min'), gauge: scene.slot('gauge') };
    const bucket = scene.merger.buckets(scene.key('histogram'), [7])[0] ?? -1;
    const touch = (value: number): void => {
      scene.merger.add(slots.sum, scene.minute, value);
      scene.merger.min(slots.min, scene.minute, value);
      scene.merger.addPair(slots.gauge, scene.minute, value, 1);
      scene.merger.add(bucket, scene.minute, value);
    };
    touch(3);
    expect((await scene.flushed()).map((row) => row.histogram?.counts[0] ?? row.a)).toEqual([3, 3, 3, 3]);
    expect(await scene.flushed()).toEqual([]);
    touch(5);
    expect((await scene.flushed()).map((row) => row.histogram?.counts[0] ?? row.a)).toEqual([5, 5, 5, 5]);
  });
});

describe('what is refused', () => {
  test('late points go into their own minute up to the limit; older and far future ones are counted, not stored', async () => {
    const scene = new StreamScene({ lateLimitHours: 2, futureLimitMinutes: 3 });
    const { merger, minute } = scene;
    const { first, last } = merger.acceptedMinutes();
    expect([minute - first, last - minute]).toEqual([120, 3]);
    const slot = scene.slot('sum');
    for (const at of [first - 1, first, minute, last, last + 1, NaN, Infinity, -1, 0.5, 1e300]) merger.add(slot, at, 1);
    const rows = await scene.flushed();
    expect(rows.map((row) => row.minute)).toEqual([first, minute, last]);
    expect(scene.selfMetrics.value('meterlark_stream_refused_total', { reason: 'minute' })).toBe(7);
  });

  test('numbers that are not finite are counted and leave the rest alone', async () => {
    const scene = new StreamScene();
    const { merger, minute } = scene;
    const sum = scene.slot('sum');
    const gauge = scene.slot('gauge');
    const rest = { max: scene.slot('max'), min: scene.slot('min'), latest: scene.slot('latest') };
    merger.add(sum, minute, 1);
    for (const bad of [NaN, Infinity, -Infinity]) {
      merger.add(sum, minute, bad);
      merger.addPair(gauge, minute, bad, 1);
      merger.addPair(gauge, minute, 1, bad);
      merger.min(rest.min, minute, bad);
      merger.max(rest.max, minute, bad);
      merger.latest(rest.latest, minute, 5, bad);
      merger.latest(rest.latest, minute, bad, 5);
    }
    expect(await scene.flushed()).toMatchObject([{ kind: 'sum', a: 1 }]);
    expect(scene.selfMetrics.value('meterlark_stream_refused_total', { reason: 'not_finite' })).toBe(21);
  });

  test('huge and negative numbers merge; a sum that leaves the range of doubles is counted, not stored', async () => {
    const scene = new StreamScene();
    const { merger, minute } = scene;
    const fits = scene.slot('gauge', { entityId: 'fits' });
    const bursts = scene.slot('sum', { entityId: 'bursts' });
    merger.addPair(fits, minute, 1e308, 1e308);
    merger.addPair(fits, minute, -2e307, -1e308);
    merger.add(bursts, minute, 1e308);
    merger.add(bursts, minute, 1e308);
    expect((await scene.flushed()).map((row) => [row.a, row.b])).toEqual([[8e307, 0]]);
    expect(scene.selfMetrics.value('meterlark_stream_refused_total', { reason: 'sum_not_finite' })).toBe(1);
  });

  test('a number that belongs to no series is not stored', async () => {
    const scene = new StreamScene();
    scene.merger.add(12_345, scene.minute, 1);
    expect(await scene.flushed()).toEqual([]);
  });
});
