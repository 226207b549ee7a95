/** Gateways set no service.instance.id by default, so all pods of one have the same resource. */
import { describe, expect, test } from 'vitest';
import { counter, histogram, histograms, longAgo, minute, number, plan, rig, serverStart, term, type Rig } from './builders.js';

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
