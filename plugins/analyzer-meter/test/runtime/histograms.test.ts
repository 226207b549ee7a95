import { describe, expect, test } from 'vitest';
import type { ExponentialHistogramPoint, Metric } from '@meterlark/core';
import { counter, histogram, histograms, longAgo, minute, number, plan, placer, rig, serverStart, term } from './builders.js';

const t0 = serverStart + minute;
const bounds = [0.1, 0.5, 1];
const latency = plan('latency', { kind: 'histogram', term: term('d', { by: ['le', 'service_name'] }), unitScale: 1000, leLabel: 'le' });
const average = plan('average', { kind: 'ratio', numerator: [term('d_sum', { coefficient: 1000 })], denominator: [term('d_count')] });
const cpm = plan('cpm', { kind: 'sum', terms: [term('d_count')] });
const plans = [latency, average, cpm];
const of = (metric: string) => ({ metric, service: 'shop' });
const ms = (value: number): number => value * 1_000_000;

describe('other bounds under the same start time', () => {
  const wide = [0.2, 0.8];
  const one = (counts: readonly number[], limits: readonly number[], sum: number, at: number): Metric =>
    histograms('d', [histogram(counts, limits, sum, { at, start: serverStart + 1 })]);

  test('go on from what the earlier bounds counted; buckets have their baseline in the first point', () => {
    const it = rig(plans);
    it.send(one([5, 5, 0, 0], bounds, 10, t0));
    it.send(one([7, 6, 0], wide, 16, t0 + minute));
    it.send(one([7, 8, 0], wide, 19, t0 + 2 * minute));
    expect([it.stream.value(of('cpm')), it.stream.value(of('average'), 0), it.stream.value(of('average'), 1)]).toEqual([15, 19_000, 15]);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(100), 5], [ms(500), 5], [ms(800), 2]]);
    expect(it.metrics.value('meterlark_meter_streams')).toBe(1);
  });

  test('and back again count nothing twice', () => {
    const it = rig(plans);
    it.send(one([10, 0, 0, 0], bounds, 1, t0));
    it.send(one([14, 0, 0], wide, 2, t0 + minute));
    it.send(one([20, 0, 0, 0], bounds, 3, t0 + 2 * minute));
    it.send(one([21, 0, 0, 0], bounds, 4, t0 + 3 * minute));
    expect([it.stream.value(of('cpm')), it.stream.value(of('average'), 0)]).toEqual([21, 4000]);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(100), 11]]);
  });

  test('with a lower count are a reset, which counts in full', () => {
    const it = rig(plans);
    it.send(one([10, 0, 0, 0], bounds, 1, t0));
    it.send(one([3, 1, 0], wide, 2, t0 + minute));
    expect(it.stream.value(of('cpm'))).toBe(14);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(100), 10], [ms(200), 3], [ms(800), 1]]);
  });

  test('in a point that comes late are a baseline', () => {
    const it = rig(plans);
    it.send(one([10, 0, 0, 0], bounds, 1, t0 + minute));
    it.send(one([8, 0, 0], wide, 1, t0));
    it.send(one([12, 0, 0, 0], bounds, 2, t0 + 2 * minute));
    expect(it.stream.value(of('cpm'))).toBe(12);
  });

  test('in every point, as bounds that are no numbers are, keep one stream that counts once', () => {
    const it = rig([cpm]);
    for (const [step, count] of [4, 6, 9].entries()) it.send(one([count, 0, 0], [Number.NaN, 1], 1, t0 + step * minute));
    expect([it.stream.value(of('cpm')), it.metrics.value('meterlark_meter_streams')]).toEqual([9, 1]);
  });

  test('find room when the server follows as many streams as it may', () => {
    const it = rig([cpm], { maxStreams: 1 });
    it.send(one([4, 0, 0, 0], bounds, 1, t0));
    expect(it.send(one([6, 0, 0], wide, 1, t0 + minute)).rejected).toBe(0);
    expect(it.stream.value(of('cpm'))).toBe(6);
  });

  test('are of no account to delta points', () => {
    const it = rig([cpm]);
    it.send(histograms('d', [histogram([4, 0, 0, 0], bounds, 1, { at: t0 })], 'delta'));
    it.send(histograms('d', [histogram([6, 0, 0], wide, 1, { at: t0 + minute })], 'delta'));
    expect(it.stream.value(of('cpm'))).toBe(10);
  });

  test('of a summary are other quantiles: count and sum go on', () => {
    const it = rig(plans);
    const summary = (count: number, quantile: number, at: number): Metric => {
      const { attributes, startTimeMs, timeMs, noRecordedValue } = number(0, { at, start: serverStart + 1 });
      const point = { attributes, startTimeMs, timeMs, noRecordedValue, count, sum: 2 * count, quantiles: [{ quantile, value: 1 }] };
      return { type: 'summary', name: 'd', unit: '', points: [point] };
    };
    it.send(summary(5, 0.5, t0));
    it.send(summary(8, 0.9, t0 + minute));
    expect([it.stream.value(of('cpm')), it.stream.value(of('average'), 0)]).toEqual([8, 16_000]);
  });
});

describe('explicit histograms', () => {
  test('count, sum and buckets become deltas; the open bucket joins the last finite one; bounds are millionths of a ms', () => {
    const it = rig(plans);
    it.send(histograms('d', [histogram([5, 5, 5, 5], bounds, 30, { at: t0 })]));
    it.send(histograms('d', [histogram([6, 8, 5, 7], bounds, 36, { at: t0 + minute })]));
    expect(it.stream.value(of('cpm'))).toBe(6);
    expect([it.stream.value(of('average'), 0), it.stream.value(of('average'), 1)]).toEqual([6000, 6]);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(100), 1], [ms(500), 3], [ms(1000), 2]]);
  });

  test('delta histograms pass through, the first included, repeated ones once', () => {
    const it = rig(plans);
    for (const at of [t0, t0 + 1000, t0]) it.send(histograms('d', [histogram([1, 0, 2, 0], bounds, 2, { at, start: at - 1000 })], 'delta'));
    expect(it.stream.value(of('cpm'))).toBe(6);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(100), 2], [ms(1000), 4]]);
  });

  test('one bucket that fell is a reset of all, even when the count rose', () => {
    const it = rig(plans);
    it.send(histograms('d', [histogram([5, 0, 0, 0], bounds, 1, { at: t0 })]));
    it.send(histograms('d', [histogram([1, 6, 0, 0], bounds, 3, { at: t0 + minute })]));
    expect(it.stream.value(of('cpm'))).toBe(7);
    expect(it.stream.value(of('average'), 0)).toBe(3000);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(100), 1], [ms(500), 6]]);
  });

  test('other bounds are another stream, which counts in full and goes on by itself', () => {
    const it = rig(plans);
    it.send(histograms('d', [histogram([5, 0, 0, 0], bounds, 1, { at: t0 })]));
    it.send(histograms('d', [histogram([2, 1], [0.2], 1, { at: t0 + minute, start: t0 })]));
    it.send(histograms('d', [histogram([3, 1], [0.2], 1, { at: t0 + 2 * minute, start: t0 })]));
    expect(it.stream.value(of('cpm'))).toBe(4);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(200), 4]]);
    expect(it.metrics.value('meterlark_meter_streams')).toBe(2);
  });

  test('an idle histogram says it lives through the count, and writes no bucket', () => {
    const it = rig(plans);
    for (const at of [t0, t0 + minute]) it.send(histograms('d', [histogram([5, 0, 0, 0], bounds, 1, { at })]));
    expect(it.stream.value(of('cpm'), 0, (t0 + minute) / minute)).toBe(0);
    expect(it.stream.value(of('average'), 1)).toBeUndefined();
    expect(it.stream.seriesOf('latency')).toEqual([]);
  });

  test('a histogram without buckets has count and sum; one without a sum has no sum', () => {
    const it = rig(plans);
    it.send(histograms('d', [{ ...histogram([], [], 4, { at: t0 }), count: 4 }], 'delta'));
    it.send(histograms('d', [histogram([3, 0, 0, 0], bounds, undefined, { at: t0, attributes: { a: 1 } })], 'delta'));
    expect([it.stream.value(of('cpm')), it.stream.value(of('average'), 0)]).toEqual([7, 4000]);
  });

  test.each([
    ['more counts than bounds allow', [1, 1, 1, 1, 1], bounds],
    ['fewer counts', [1, 1], bounds],
  ])('%s are rejected', (_, counts, limits) => {
    const it = rig(plans);
    expect(it.send(histograms('d', [histogram(counts, limits, 1, { at: t0 })])).rejected).toBe(1);
    expect(it.dropped('malformed')).toBe(1);
    expect(it.metrics.value('meterlark_meter_streams')).toBe(0);
  });

  test('bounds that no number can order do no harm', () => {
    const it = rig(plans);
    const wild = [Number.NaN, 1, 1, 0.5, 1e300, Number.POSITIVE_INFINITY];
    it.send(histograms('d', [histogram([1, 2, 3, 4, 5, 6, 7], wild, 1, { at: t0 })], 'delta'));
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(500), 4], [ms(1000), 5], [Number.MAX_SAFE_INTEGER, 5 + 6 + 7]]);
    expect(it.stream.value(of('cpm'))).toBe(28);
  });

  test('a rule may read single buckets by their Java text', () => {
    const slow = plan('slow', { kind: 'sum', terms: [term('d', { steps: [(labels) => (labels.get('le') === '1.0' ? [labels] : [])] })] });
    const it = rig([slow]);
    for (const [at, count] of [[t0, 1], [t0 + minute, 5], [t0 + 2 * minute, 5]] as const) {
      it.send(histograms('d', [histogram([9, 9, count, 9], bounds, 1, { at })]));
    }
    expect(it.stream.value(of('slow'))).toBe(4);
    expect(it.stream.value(of('slow'), 0, (t0 + 2 * minute) / minute)).toBe(0);
  });

  test('a sum of the same name is another stream than a histogram', () => {
    const it = rig([plan('both', { kind: 'sum', terms: [term('d_count')] })]);
    it.send(counter('d.count', [number(5, { at: t0 })]), histograms('d', [histogram([1, 0, 0, 0], bounds, 1, { at: t0 })]));
    it.send(counter('d.count', [number(6, { at: t0 + minute })]), histograms('d', [histogram([3, 0, 0, 0], bounds, 1, { at: t0 + minute })]));
    expect(it.stream.value(of('both'))).toBe(3);
  });

  test('percentile series of several labels keep apart', () => {
    const byModel = plan(
      'by_model',
      { kind: 'histogram', term: term('d', { by: ['service_name', 'model', 'le'] }), unitScale: 1000, leLabel: 'le' },
      { place: placer(['model']) },
    );
    const it = rig([byModel]);
    it.send(histograms('d', ['a', 'b'].map((model, index) => histogram([index + 1, 0, 0, 0], bounds, 1, { at: t0, attributes: { model } })), 'delta'));
    expect([...it.stream.histogram({ ...of('by_model'), labels: { model: 'b' } })]).toEqual([[ms(100), 2]]);
  });
});

function exponential(changes: Partial<ExponentialHistogramPoint> & { readonly timeMs: number }): Metric {
  const empty = { offset: 0, counts: [] };
  const point: ExponentialHistogramPoint = {
    attributes: new Map(), startTimeMs: longAgo, noRecordedValue: false, count: 0, sum: 0, scale: 0,
    zeroCount: 0, zeroThreshold: 0, positive: empty, negative: empty, ...changes,
  };
  return { type: 'exponentialHistogram', name: 'd', unit: 's', temporality: 'cumulative', points: [point] };
}

describe('exponential histograms', () => {
  test('bucket i of scale 0 covers (2^i, 2^(i+1)]', () => {
    const it = rig(plans);
    it.send(exponential({ timeMs: t0, count: 3, sum: 10, positive: { offset: 1, counts: [1, 2] } }));
    it.send(exponential({ timeMs: t0 + minute, count: 8, sum: 40, zeroCount: 1, positive: { offset: 1, counts: [2, 4] }, negative: { offset: 0, counts: [1] } }));
    expect([it.stream.value(of('cpm')), it.stream.value(of('average'), 0)]).toEqual([5, 30_000]);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(-1000), 1], [0, 1], [ms(4000), 1], [ms(8000), 2]]);
  });

  test('a coarser scale and another offset are no reset', () => {
    const it = rig(plans);
    it.send(exponential({ timeMs: t0, count: 4, sum: 1, scale: 1, positive: { offset: -2, counts: [1, 1, 1, 1] } }));
    it.send(exponential({ timeMs: t0 + minute, count: 7, sum: 2, scale: 0, positive: { offset: -2, counts: [1, 2, 3, 1] } }));
    expect(it.stream.value(of('cpm'))).toBe(3);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(500), 1], [ms(2000), 1], [ms(4000), 1]]);
  });

  test('a wider zero bucket swallows counts without a reset', () => {
    const it = rig(plans);
    it.send(exponential({ timeMs: t0, count: 3, positive: { offset: -3, counts: [1, 0, 2] } }));
    it.send(exponential({ timeMs: t0 + minute, count: 5, zeroCount: 1, zeroThreshold: 0.25, positive: { offset: -1, counts: [4] } }));
    expect(it.stream.value(of('cpm'))).toBe(2);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(1000), 2]]);
  });

  test('a fallen bucket is a reset and counts in full', () => {
    const it = rig(plans);
    it.send(exponential({ timeMs: t0, count: 5, positive: { offset: 0, counts: [5] } }));
    it.send(exponential({ timeMs: t0 + minute, count: 6, positive: { offset: 0, counts: [2, 4] } }));
    expect(it.stream.value(of('cpm'))).toBe(6);
    expect([...it.stream.histogram(of('latency'))]).toEqual([[ms(2000), 2], [ms(4000), 4]]);
  });

  test('delta points pass through, repeated ones once', () => {
    const it = rig(plans);
    const point = { ...exponential({ timeMs: t0, count: 2, positive: { offset: 0, counts: [2] } }), temporality: 'delta' } as Metric;
    it.send(point, point);
    expect([it.stream.value(of('cpm')), [...it.stream.histogram(of('latency'))]]).toEqual([2, [[ms(2000), 2]]]);
    expect(it.dropped('repeated')).toBe(1);
  });

  test('bounds beyond all numbers cost the buckets, not the count', () => {
    const it = rig(plans);
    it.send({ ...exponential({ timeMs: t0, count: 1, scale: -10, positive: { offset: 5, counts: [1] } }), temporality: 'delta' } as Metric);
    expect([it.stream.value(of('cpm')), [...it.stream.histogram(of('latency'))]]).toEqual([1, []]);
  });
});

describe('summaries', () => {
  test('count and sum are cumulative, quantiles are raw values with a label', () => {
    const p99 = plan('p99', {
      kind: 'gauge',
      term: term('d', { reads: 'raw', steps: [(labels) => (labels.get('quantile') === '0.99' ? [labels] : [])] }),
    });
    const it = rig([cpm, average, p99]);
    const send = (at: number, count: number, sum: number, value: number) => {
      const point = { attributes: new Map(), startTimeMs: longAgo, timeMs: at, noRecordedValue: false, count, sum };
      const quantiles = [{ quantile: 0.5, value: 1 }, { quantile: 0.99, value }];
      it.send({ type: 'summary', name: 'd', unit: 's', points: [{ ...point, quantiles }] });
    };
    send(t0, 10, 100, 5);
    send(t0 + minute, 14, 120, 7);
    expect([it.stream.value(of('cpm')), it.stream.value(of('average'), 0)]).toEqual([4, 20_000]);
    expect([it.stream.value(of('p99'), 0), it.stream.value(of('p99'), 1)]).toEqual([12, 2]);
  });
});
