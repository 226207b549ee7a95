import { describe, expect, test } from 'vitest';
import { batch, counter, gauge, histogram, histograms, longAgo, minute, number, plan, resource, rig, serverStart, term, type Rig } from './builders.js';

const requests = plan('requests', { kind: 'sum', terms: [term('requests')] });
const shop = { metric: 'requests', service: 'shop' };
const t0 = serverStart + minute;

function cumulative(at: number, value: number, start = longAgo): ReturnType<typeof counter> {
  return counter('requests', [number(value, { at, start })]);
}

function total(it: Rig): number | undefined {
  return it.stream.value(shop);
}

describe('cumulative counters', () => {
  test('the first value of a stream that is older than the server is its baseline and writes 0', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 1000));
    expect(total(it)).toBe(0);
    it.send(cumulative(t0 + minute, 1007));
    expect(total(it)).toBe(7);
  });

  test('the first value of a stream that began after the server counts in full', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 5, serverStart + 1));
    expect(total(it)).toBe(5);
  });

  test('a stream that an earlier export of its scope did not have counts in full', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 1000));
    it.send(counter('requests', [
      number(1010, { at: t0 + minute }),
      number(4, { at: t0 + minute, attributes: { model: 'new' } }),
    ]));
    expect(total(it)).toBe(14);
  });

  test('one export in two requests is one export: its second half is a baseline too', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 1000));
    it.send(counter('requests', [number(500, { at: t0, attributes: { model: 'b' } })]));
    expect(total(it)).toBe(0);
  });

  test('another scope of the same resource has a first export of its own', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 1000));
    const metrics = [counter('requests', [number(500, { at: t0 + minute })])];
    it.analyzer.accept(batch([resource({ 'service.name': 'shop' }, metrics, 'another')]));
    expect(total(it)).toBe(0);
  });

  test('a lower value is a reset and counts in full', () => {
    const it = rig([requests]);
    for (const [index, value] of [100, 130, 20, 25].entries()) it.send(cumulative(t0 + index * minute, value));
    expect(total(it)).toBe(30 + 20 + 5);
  });

  test('a later start time is a reset even when the value is higher', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 10));
    it.send(cumulative(t0 + minute, 50, t0 + 1000));
    it.send(cumulative(t0 + 2 * minute, 60, t0 + 1000));
    expect(total(it)).toBe(60);
  });

  test('two processes under one resource are told apart by their start times', () => {
    const it = rig([requests]);
    const [first, second] = [serverStart + 1000, serverStart + 2000];
    for (let index = 0; index < 5; index += 1) {
      it.send(cumulative(t0 + index * minute, 10 * (index + 1), first));
      it.send(cumulative(t0 + index * minute + 10, 3 * (index + 1), second));
    }
    expect(total(it)).toBe(50 + 15);
  });

  test('a value of the same time is ignored and an older one is dropped, both counted, neither refused', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 10));
    it.send(cumulative(t0 + minute, 20));
    expect(it.send(cumulative(t0 + minute, 20))).toEqual({ rejected: 0, reason: '' });
    it.send(cumulative(t0 + 30_000, 15));
    it.send(cumulative(t0 + 2 * minute, 21));
    expect(total(it)).toBe(11);
    expect([it.dropped('repeated'), it.dropped('stale')]).toEqual([1, 1]);
  });

  test('streams of two pods are added, whatever their order and push', () => {
    const it = rig([requests]);
    for (const [index, pod] of ['a', 'b', 'b', 'a'].entries()) {
      const metric = cumulative(t0 + index * 1000, 100 * (index + 1), serverStart + 1);
      it.analyzer.accept(batch([resource({ 'service.name': 'shop', pod }, [metric])]));
    }
    expect(total(it)).toBe(400 + 300);
  });

  test('a live stream that did not move writes 0 into its minute', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 10));
    it.send(cumulative(t0 + minute, 10));
    expect(it.stream.value(shop, 0, Math.floor((t0 + minute) / minute))).toBe(0);
    expect(it.stream.value(shop, 0, Math.floor((t0 + 2 * minute) / minute))).toBeUndefined();
  });

  test('a delta lands in the minute of its own point', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 1), cumulative(t0 + minute, 4), cumulative(t0 + 2 * minute, 9));
    const minutes = [0, 1, 2].map((index) => it.stream.value(shop, 0, t0 / minute + index));
    expect(minutes).toEqual([0, 3, 5]);
  });

  test('a sum that is not monotonic falls by 0', () => {
    const it = rig([requests]);
    for (const [index, value] of [10, 4, 9].entries()) {
      it.send(counter('requests', [number(value, { at: t0 + index * minute })], 'cumulative', false));
    }
    expect(total(it)).toBe(5);
  });

  test('a gauge that a rule reads through increase counts its rises', () => {
    const it = rig([requests]);
    for (const [index, value] of [10, 4, 9].entries()) it.send(gauge('requests', [number(value, { at: t0 + index * minute })]));
    expect(total(it)).toBe(5);
  });

  test('a late point of a gauge is no rise, and the next one rises from the newest', () => {
    const it = rig([requests]);
    for (const [at, value] of [[0, 10], [2, 14], [1, 12], [3, 15]] as const) {
      it.send(gauge('requests', [number(value, { at: t0 + at * minute })]));
    }
    expect([total(it), it.stream.value(shop, 0, t0 / minute + 1)]).toEqual([5, undefined]);
  });
});

describe('delta counters', () => {
  const delta = (at: number, value: number, start = at - 1000) => counter('requests', [number(value, { at, start })], 'delta');

  test('every value counts, the first included', () => {
    const it = rig([requests]);
    it.send(delta(t0, 5));
    it.send(delta(t0 + minute, 7));
    expect(total(it)).toBe(12);
  });

  test('a repeated point counts once', () => {
    const it = rig([requests]);
    it.send(delta(t0, 5));
    it.send(delta(t0 + 1000, 6));
    it.send(delta(t0, 5));
    it.send(delta(t0 + 1000, 6));
    expect(total(it)).toBe(11);
    expect(it.dropped('repeated')).toBe(2);
  });

  test('points that overtake each other all count', () => {
    const it = rig([requests]);
    for (const shift of [3, 1, 2, 0]) it.send(delta(t0 + shift * 1000, 1 + shift));
    expect(total(it)).toBe(4 + 2 + 3 + 1);
  });

  test('a late point counts in its own minute, however old it is', () => {
    const it = rig([requests]);
    for (let index = 1; index <= 20; index += 1) it.send(delta(t0 + index * minute, 1));
    expect(it.send(delta(t0 - 600 * minute, 100))).toEqual({ rejected: 0, reason: '' });
    expect(it.stream.value(shop, 0, t0 / minute - 600)).toBe(100);
    expect([total(it), it.dropped('stale')]).toEqual([120, 0]);
  });

  test('a late point that comes again counts once', () => {
    const it = rig([requests]);
    for (let index = 1; index <= 20; index += 1) it.send(delta(t0 + index * minute, 1));
    it.send(delta(t0, 100));
    it.send(delta(t0 + 20 * minute, 1));
    it.send(delta(t0, 100));
    expect([total(it), it.dropped('repeated')]).toEqual([120, 2]);
  });

  test('points of one time that cover different spans are different points', () => {
    const it = rig([requests]);
    it.send(delta(t0, 5, t0 - 1000));
    it.send(delta(t0, 7, t0 - 2000));
    expect(total(it)).toBe(12);
  });

  test('late points of a histogram count in their own minute, buckets and all', () => {
    const by = ['le', 'service_name'];
    const it = rig([plan('requests', { kind: 'histogram', term: term('requests', { by }), unitScale: 1, leLabel: 'le' })]);
    for (const at of [t0 + 20 * minute, t0, t0]) it.send(histograms('requests', [histogram([2, 1], [1], 3, { at })], 'delta'));
    expect([...it.stream.histogram(shop)]).toEqual([[1_000_000, 6]]);
    expect(it.stream.value(shop, 0, t0 / minute)).toBeUndefined();
    expect(it.stream.entries().map((entry) => entry.minute)).toEqual([t0 / minute + 20, t0 / minute]);
    expect([it.dropped('stale'), it.dropped('repeated')]).toEqual([0, 1]);
  });
});

describe('what is refused', () => {
  test('points before the oldest and after the newest accepted minute are rejected with the reason', () => {
    const it = rig([requests]);
    it.stream.accepted = { first: t0 / minute - 1, last: t0 / minute + 1 };
    const outcome = it.send(
      cumulative(t0 - 2 * minute, 1), cumulative(0, 1), cumulative(Number.NaN, 1), cumulative(t0 + 2 * minute, 1), cumulative(t0, 1),
    );
    expect(outcome.rejected).toBe(4);
    expect(outcome.reason).toContain('older than the server accepts');
    expect(outcome.reason).toContain('in the future');
    expect([it.dropped('late'), it.dropped('future'), total(it)]).toEqual([3, 1, 0]);
  });

  test('a sum of unspecified temporality is rejected', () => {
    const it = rig([requests]);
    const outcome = it.send(counter('requests', [number(1, { at: t0 }), number(2, { at: t0, attributes: { a: 1 } })], 'unspecified'));
    expect(outcome.rejected).toBe(2);
    expect(it.dropped('temporality')).toBe(2);
    expect(total(it)).toBeUndefined();
  });

  test('values that are no finite numbers and points without a value do not touch the stream', () => {
    const it = rig([requests]);
    it.send(cumulative(t0, 10));
    it.send(cumulative(t0 + 1000, Number.NaN), cumulative(t0 + 2000, Number.POSITIVE_INFINITY));
    it.send(counter('requests', [number(0, { at: t0 + 3000, noRecordedValue: true })]));
    it.send(cumulative(t0 + 4000, 12));
    expect(total(it)).toBe(2);
    expect([it.dropped('not_finite'), it.dropped('no_value')]).toEqual([2, 1]);
  });

  test('metrics that no rule reads cost no stream', () => {
    const it = rig([requests], { maxStreams: 1 });
    expect(it.send(counter('other', [number(1, { at: t0 })])).rejected).toBe(0);
    expect(it.metrics.value('meterlark_meter_streams')).toBe(0);
  });

  test('an empty batch and metrics without points are fine', () => {
    const it = rig([requests]);
    expect(it.analyzer.accept(batch([]))).toEqual({ rejected: 0, reason: '' });
    expect(it.send(counter('requests', []))).toEqual({ rejected: 0, reason: '' });
  });

  test('there is room as long as the stream has room', () => {
    const it = rig([requests]);
    expect(it.analyzer.hasRoom()).toBe(true);
    it.stream.room = false;
    expect(it.analyzer.hasRoom()).toBe(false);
  });
});
