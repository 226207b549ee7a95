/** Gateways set no service.instance.id by default, so all pods of one have the same resource. */
import type { Metric } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { batch, counter, histogram, histograms, longAgo, minute, number, plan, resource, rig, serverStart, term, type Rig } from './builders.js';

const requests = plan('requests', { kind: 'sum', terms: [term('requests')] });
const shop = { metric: 'requests', service: 'shop' };
const t0 = serverStart + 10 * minute;

interface Pod {
  readonly start: number;
  value: number;
}

function push(it: Rig, pod: Pod, at: number): void {
  it.send(counter('requests', [number(pod.value, { at, start: pod.start })]));
}

/** Requests that each minute shows. */
function shown(it: Rig, minutes: number): (number | undefined)[] {
  return Array.from({ length: minutes }, (_, index) => it.stream.value(shop, 0, t0 / minute + index));
}

describe('pods of one identical resource', () => {
  test.each([2, 9, 40])('%d that all grow by 10 a minute add up in every minute', (count) => {
    const it = rig([requests]);
    const pods = Array.from({ length: count }, (_, index): Pod => ({ start: serverStart + 1 + index * 777, value: 0 }));
    for (let step = 0; step < 5; step += 1) {
      pods.forEach((pod, index) => {
        pod.value += 10;
        push(it, pod, t0 + step * minute + index * 100);
      });
    }
    expect(shown(it, 5)).toEqual(Array.from({ length: 5 }, () => 10 * count));
    expect(it.metrics.value('meterlark_meter_streams')).toBe(count);
  });

  test('a steady one loses nothing beside one that restarts a hundred times', () => {
    const it = rig([requests]);
    const steady: Pod = { start: serverStart + 1, value: 0 };
    for (let step = 0; step < 100; step += 1) {
      steady.value += 10;
      push(it, { start: t0 + step * minute, value: 3 }, t0 + step * minute + 1000);
      if (step % 20 === 0) push(it, steady, t0 + step * minute + 2000);
    }
    push(it, steady, t0 + 100 * minute);
    expect(it.stream.value(shop)).toBe(1000 + 300);
  });

  test('start times beyond the limit of streams are refused, and nobody loses the place', () => {
    const it = rig([requests], { maxStreams: 20 });
    const pods = Array.from({ length: 20 }, (_, index): Pod => ({ start: serverStart + 1 + index, value: 5 }));
    for (const pod of pods) push(it, pod, t0);
    const flood = Array.from({ length: 50 }, (_, index) => number(1, { at: t0, start: serverStart + 1000 + index }));
    const outcome = it.send(counter('requests', flood));
    expect([outcome.rejected, it.dropped('stream_limit')]).toEqual([50, 50]);
    for (const pod of pods) push(it, { ...pod, value: 6 }, t0 + minute);
    expect(it.stream.value(shop)).toBe(20 * 6);
  });

  test('a stream older than the server that was refused is a baseline when there is room for it', () => {
    const it = rig([requests], { maxStreams: 2, idleMs: 10 * minute });
    const send = (at: number, ...models: readonly string[]) =>
      it.send(counter('requests', models.map((model) => number(1000 + at / minute - t0 / minute, { at, attributes: { model } }))));
    send(t0, 'a', 'b', 'late');
    for (let step = 1; step <= 12; step += 1) {
      it.clock.advance(minute);
      send(t0 + step * minute, 'a');
    }
    send(t0 + 13 * minute, 'a', 'late');
    send(t0 + 14 * minute, 'a', 'late');
    expect(it.stream.value(shop)).toBe(14 + 1);
  });

  test('those that are idle go, counted, and the others stay', () => {
    const it = rig([requests], { idleMs: 10 * minute });
    const pods = Array.from({ length: 12 }, (_, index): Pod => ({ start: serverStart + 1 + index, value: 5 }));
    for (const pod of pods) push(it, pod, t0);
    for (let step = 1; step <= 11; step += 1) {
      it.clock.advance(minute);
      push(it, { ...pods[4]!, value: 5 + step }, t0 + step * minute);
    }
    expect(it.metrics.value('meterlark_meter_streams')).toBe(1);
    expect(it.metrics.value('meterlark_meter_streams_forgotten_total', { reason: 'idle' })).toBe(11);
    push(it, { ...pods[4]!, value: 20 }, t0 + 20 * minute);
    expect(it.stream.value(shop)).toBe(12 * 5 + 15);
  });

  test('identities of idle streams are remembered up to the limit and counted beyond it', () => {
    const it = rig([requests], { idleMs: 10 * minute, maxStreams: 3 });
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 3; index += 1) push(it, { start: serverStart + 1 + round * 10 + index, value: 5 }, t0 + round * 20 * minute);
      it.clock.advance(20 * minute);
      it.send();
    }
    const forgotten = (reason: string) => it.metrics.value('meterlark_meter_streams_forgotten_total', { reason });
    expect([forgotten('idle'), forgotten('identity')]).toEqual([9, 6]);
    push(it, { start: serverStart + 21, value: 8 }, t0 + 60 * minute);
    expect(it.stream.value(shop)).toBe(9 * 5);
  });
});

describe('bounds of one start time', () => {
  test('that never go on from each other are refused at a limit, and the stream goes on', () => {
    const it = rig([plan('requests', { kind: 'sum', terms: [term('d_count')] })]);
    const one = (bound: number, count: number, at: number) =>
      it.send(histograms('d', [histogram([count, 0], [bound], 1, { at, start: longAgo })]));
    one(0, 1000, t0 + minute);
    let rejected = 0;
    for (let bound = 1; bound <= 100; bound += 1) rejected += one(bound, 1, t0).rejected;
    expect([rejected, it.dropped('stream_limit')]).toEqual([37, 37]);
    one(0, 1004, t0 + 2 * minute);
    expect(it.stream.value(shop)).toBe(4);
  });
});

describe('what a new stream of a process older than the server has counted', () => {
  const [oldA, oldB] = [longAgo, longAgo + 20 * minute];
  const labeled = (value: number, at: number, start: number, model = 'm') => number(value, { at, start, attributes: { model } });

  test.each([[oldA, oldB], [oldB, oldA]])('is a baseline for both of two pods of one resource (%d, %d)', (first, second) => {
    const it = rig([requests]);
    push(it, { start: first, value: 10_000 }, t0);
    push(it, { start: second, value: 20_000 }, t0 + 5000);
    expect(it.stream.value(shop)).toBe(0);
    push(it, { start: first, value: 10_010 }, t0 + minute);
    push(it, { start: second, value: 20_003 }, t0 + minute + 5000);
    expect(it.stream.value(shop)).toBe(13);
  });

  test('is a baseline when both pods began within a second of each other', () => {
    const it = rig([requests]);
    push(it, { start: oldA, value: 10_000 }, t0);
    push(it, { start: oldA + 300, value: 20_000 }, t0 + 5000);
    expect(it.stream.value(shop)).toBe(0);
  });

  test('is a baseline for a label value that only the second pod knows', () => {
    const it = rig([requests]);
    it.send(counter('requests', [labeled(10_000, t0, oldA)]));
    it.send(counter('requests', [labeled(20_000, t0 + 5000, oldB), labeled(7000, t0 + 5000, oldB, 'rare')]));
    expect(it.stream.value(shop)).toBe(0);
  });

  test('counts in full for a label value that either pod meets later', () => {
    const it = rig([requests]);
    for (const [step, start] of [oldA, oldB].entries()) it.send(counter('requests', [labeled(10_000, t0 + step * 5000, start)]));
    it.send(counter('requests', [labeled(10_000, t0 + minute, oldA), labeled(4, t0 + minute, oldA, 'new')]));
    it.send(counter('requests', [labeled(10_000, t0 + minute + 5000, oldB), labeled(5, t0 + minute + 5000, oldB, 'new')]));
    expect(it.stream.value(shop)).toBe(9);
  });

  test('counts in full for an instrument that was made with the others and used later', () => {
    const it = rig([requests]);
    it.send(counter('other', [number(1, { at: t0, start: oldA })]), counter('requests', [labeled(100, t0, oldA)]));
    it.plans.replace([requests, plan('late', { kind: 'sum', terms: [term('late')] })]);
    it.send(counter('late', [number(6, { at: t0 + minute, start: oldA + 40 })]));
    expect(it.stream.value({ ...shop, metric: 'late' })).toBe(6);
  });

  test('counts in full when the process began after the other was heard last: a restart that came late', () => {
    const it = rig([requests]);
    const before = serverStart - 30 * minute;
    push(it, { start: longAgo, value: 100 }, before);
    push(it, { start: before, value: 50 }, before + minute);
    expect(it.stream.value(shop)).toBe(50);
  });

  test('counts in full when it began after an earlier export: another pod, or a stream with a start of its own', () => {
    const it = rig([requests]);
    const before = serverStart - 30 * minute;
    it.send(counter('requests', [labeled(100, before, longAgo, 'a')]));
    it.send(counter('requests', [labeled(8, before + minute, before + 1, 'b')]));
    expect(it.stream.value(shop)).toBe(8);
  });

  test('counts in full without start times when an earlier export came without it', () => {
    const it = rig([requests]);
    it.send(counter('requests', [labeled(100, t0, 0, 'a')]));
    expect(it.stream.value(shop)).toBe(0);
    it.send(counter('requests', [labeled(103, t0 + minute, 0, 'a'), labeled(8, t0 + minute, 0, 'b')]));
    expect(it.stream.value(shop)).toBe(11);
  });

  test('is a baseline when a flood of starts left no room to note its process, and that is counted', () => {
    const it = rig([requests], { maxStreams: 40 });
    it.send(counter('requests', [labeled(1, t0, longAgo)]));
    for (let index = 0; index < 100; index += 1) it.send(counter('other', [number(1, { at: t0, start: longAgo - index * 2000 })]));
    expect(it.metrics.value('meterlark_meter_streams_forgotten_total', { reason: 'start_time' })).toBeGreaterThan(0);
    it.send(counter('requests', [labeled(500, t0 + minute, oldB, 'b')]));
    it.send(counter('requests', [labeled(900, t0 + 2 * minute, oldB, 'c')]));
    expect(it.stream.value(shop)).toBe(0);
  });
});

describe('an earlier export of a scope', () => {
  const send = (it: Rig, scope: string, ...metrics: readonly Metric[]) =>
    it.analyzer.accept(batch([resource({ 'service.name': 'shop' }, metrics, scope)]));

  test('counts though no rule reads any of its metrics', () => {
    const it = rig([requests]);
    send(it, 'followed', counter('requests', [number(1, { at: t0 })]));
    send(it, 'gateway', counter('other', [number(1000, { at: t0 })]));
    send(it, 'gateway', counter('requests', [number(7, { at: t0 + minute })]));
    expect(it.stream.value(shop)).toBe(7);
  });

  test('counts in the export that makes the resource known', () => {
    const it = rig([requests]);
    const [read, unread] = [counter('requests', [number(1, { at: t0 })]), counter('other', [number(1, { at: t0 })])];
    const [first] = [resource({ 'service.name': 'shop' }, [unread], 'gateway')];
    it.analyzer.accept(batch([{ ...first, scopes: [...first.scopes, ...resource({}, [read], 'followed').scopes] }]));
    send(it, 'gateway', counter('requests', [number(7, { at: t0 + minute })]));
    expect(it.stream.value(shop)).toBe(7);
  });

  test('counts by points that were taken before', () => {
    const it = rig([requests]);
    send(it, 'followed', counter('requests', [number(1, { at: t0 })]));
    send(it, 'gateway', counter('requests', [number(5, { at: t0 })]));
    send(it, 'gateway', counter('requests', [number(5, { at: t0 })]));
    send(it, 'gateway', counter('requests', [number(7, { at: t0 + minute, attributes: { model: 'new' } })]));
    expect(it.stream.value(shop)).toBe(7);
  });

  test('is of no account for a resource that nobody follows, and when its time is refused', () => {
    const it = rig([requests]);
    send(it, 'gateway', counter('other', [number(1000, { at: t0 })]));
    send(it, 'gateway', counter('requests', [number(70, { at: t0 + minute })]));
    it.stream.accepted = { first: t0 / minute, last: t0 / minute + 10 };
    send(it, 'another', counter('other', [number(1000, { at: t0 - minute })]));
    send(it, 'another', counter('requests', [number(70, { at: t0 + minute })]));
    expect(it.stream.value(shop)).toBe(0);
  });

  test('of scopes that no rule reads leaves room for those that one does', () => {
    const it = rig([requests], { maxStreams: 10 });
    send(it, 'followed', counter('requests', [number(1, { at: t0 })]));
    for (let index = 0; index < 50; index += 1) send(it, `unread ${index}`, counter('other', [number(1, { at: t0 })]));
    expect(send(it, 'gateway', counter('requests', [number(1, { at: t0 })])).rejected).toBe(0);
  });

  test('by deltas that no rule reads does not use up the start times', () => {
    const it = rig([requests], { maxStreams: 10 });
    push(it, { start: longAgo, value: 5 }, t0);
    for (let index = 0; index < 100; index += 1) {
      send(it, 'test', counter('other', [number(1, { at: t0 + index * minute, start: t0 + index * minute - 1 })], 'delta'));
    }
    expect(it.metrics.value('meterlark_meter_streams_forgotten_total', { reason: 'start_time' })).toBe(0);
  });

  test('is forgotten with its scope when that was idle', () => {
    const it = rig([requests], { idleMs: 10 * minute });
    send(it, 'gateway', counter('requests', [number(1, { at: t0 })]));
    it.clock.advance(20 * minute);
    it.send();
    send(it, 'gateway', counter('requests', [number(70, { at: t0 + 20 * minute, attributes: { model: 'b' } })]));
    expect(it.stream.value(shop)).toBe(0);
  });
});
