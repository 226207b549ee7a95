/** What a resource pushed at one time is seen whole, in however many requests and instruments it comes. */
import { describe, expect, test } from 'vitest';
import { batch, counter, gauge, minute, number, plan, resource, rig, serverStart, term, type Rig } from './builders.js';

const t0 = serverStart + minute;
const raw = (family: string, changes: Parameters<typeof term>[1] = {}) => term(family, { reads: 'raw', ...changes });
const of = (metric: string) => ({ metric, service: 'shop' });

function memory(at: number, ...values: readonly number[]): ReturnType<typeof gauge> {
  return gauge('memory', values.map((value, disk) => number(value, { at, attributes: { disk } })));
}

function pod(it: Rig, name: string, ...metrics: readonly ReturnType<typeof gauge>[]): void {
  it.analyzer.accept(batch([resource({ 'service.name': 'shop', pod: name }, metrics)]));
}

describe('one export in several requests', () => {
  const part = (disk: number, value: number, at: number) => gauge('memory', [number(value, { at, attributes: { disk } })]);
  const shown = (it: Rig) => ['totalMax', 'totalMin', 'totalLatest'].map((metric) => it.stream.value(of(metric)));
  const plans = (['totalMax', 'totalMin', 'totalLatest'] as const).map((kind) => plan(kind, { kind, term: raw('memory') }));

  test('is one sum for max, min and latest', () => {
    const it = rig(plans);
    for (const [step, values] of [[20, 10], [5, 12], [18, -3]].entries()) {
      values.forEach((value, disk) => it.send(part(disk, value, t0 + step * 1000)));
    }
    expect(shown(it)).toEqual([30, 15, 15]);
  });

  test('stays one when another resource and the next export come in between', () => {
    const it = rig(plans);
    it.send(part(0, 20, t0));
    pod(it, 'other', memory(t0, 5));
    it.send(part(0, 7, t0 + 10_000));
    it.send(part(1, 10, t0));
    it.send(part(1, 8, t0 + 10_000));
    expect(['totalMax', 'totalMin'].map((metric) => it.stream.seriesOf(metric).map(([, , source]) => it.stream.value({ ...of(metric), source }))))
      .toEqual([[30, 5], [15, 5]]);
  });

  test('waits a second for its other part, then goes with the next flush', () => {
    const it = rig([...plans, plan('size', { kind: 'totalMin', term: raw('limit') })]);
    it.send(part(0, 20, t0));
    it.stream.settle(false);
    expect([it.metrics.value('meterlark_meter_open_pushes'), it.metrics.value('meterlark_meter_streams')]).toEqual([1, 1]);
    it.clock.advance(1000);
    it.stream.settle(false);
    expect(it.metrics.value('meterlark_meter_open_pushes')).toBe(0);
    expect(shown(it)).toEqual([20, 20, 20]);
  });

  test('does not wait when the clock is set back', () => {
    const it = rig(plans);
    it.send(part(0, 20, t0));
    it.clock.set(serverStart - 60 * minute);
    it.stream.settle(false);
    expect(it.metrics.value('meterlark_meter_open_pushes')).toBe(0);
  });

  test('is bounded in number and in size', () => {
    const it = rig(plans, { maxStreams: 400 });
    for (let step = 0; step < 200; step += 1) it.send(memory(t0 + step * 1000, step));
    expect(it.metrics.value('meterlark_meter_open_pushes')).toBe(64);
    expect(it.metrics.value('meterlark_meter_pushes_settled_early_total')).toBe(136);
    it.send(memory(t0 + minute * 10, ...Array.from({ length: 300 }, () => 1)));
    expect(it.metrics.value('meterlark_meter_open_pushes')).toBe(0);
    expect(it.stream.value(of('totalMax'), 0, t0 / minute + 3)).toBe(199);
  });

  test('stays whole however many pushes came before it: only what waits counts against the bound', () => {
    const preAggregate = { by: ['service_name'], function: 'max' as const };
    const plansOfAll = [plan('x', { kind: 'sum', terms: [term('x', { preAggregate })] }), ...plans];
    const it = rig(plansOfAll, { maxStreams: 400 });
    for (let step = 0; step < 600; step += 1) {
      const at = t0 + step * 400;
      it.clock.advance(400);
      it.send(counter('x', [number(10 + step, { at, attributes: { cpu: 0 } })]));
      pod(it, `p${step % 50}`, memory(at, 1, 1));
      it.send(counter('x', [number(100 + 10 * step, { at, attributes: { cpu: 1 } })]));
    }
    it.stream.settle(true);
    const sums = [0, 1, 2, 3].map((later) => it.stream.value(of('x'), 0, t0 / minute + later) ?? 0);
    expect(sums.reduce((total, sum) => total + sum, 0)).toBe(599 * 10);
    expect(it.metrics.value('meterlark_meter_pushes_settled_early_total')).toBe(0);
  });

  test.each([['max', 40], ['min', 2], ['avg', 21]] as const)('is one group for %s before rate', (how, expected) => {
    const preAggregate = { by: ['service_name'], function: how };
    const it = rig([plan('x', { kind: 'sum', terms: [term('x', { preAggregate })] })]);
    const send = (at: number, values: readonly number[]) =>
      values.forEach((value, cpu) => it.send(counter('x', [number(value, { at, attributes: { cpu } })])));
    send(t0, [10, 100]);
    send(t0 + 1000, [12, 140]);
    expect(it.stream.value(of('x'))).toBe(expected);
  });
});

describe('instruments that a collection reads some ms apart', () => {
  const free = (kind: 'totalMax' | 'totalMin' | 'totalLatest' | 'total') =>
    plan('free', { kind, term: raw('limit'), others: [raw('memory', { coefficient: -1 })] });
  const send = (it: Rig, at: number, limit: number, used: number, apart: number) =>
    it.send(gauge('limit', [number(limit, { at })]), memory(at + apart, used));

  test('are one sample of a total also when they are streams of one instrument; fast pushes stay samples of their own', () => {
    const it = rig([plan('m', { kind: 'total', term: raw('memory') })]);
    const disk = (number_: number, value: number, at: number) => gauge('memory', [number(value, { at, attributes: { disk: number_ } })]);
    it.send(disk(0, 5, t0 + 1000), disk(1, 7, t0 + 1003));
    expect([it.stream.value(of('m'), 0), it.stream.value(of('m'), 1)]).toEqual([12, 1]);
    it.send(disk(0, 5, t0 + 1050), disk(1, 7, t0 + 1053));
    expect([it.stream.value(of('m'), 0), it.stream.value(of('m'), 1)]).toEqual([24, 2]);
  });

  test.each([['totalMax', 3, 70], ['totalMin', 3, 40], ['totalLatest', -3, 40], ['totalMax', 100, 70]] as const)(
    'are one push for %s, %d ms apart', (kind, apart, expected) => {
      const it = rig([free(kind)]);
      send(it, t0 + 1000, 100, 30, apart);
      send(it, t0 + 11_000, 100, 60, apart);
      expect(it.stream.value(of('free'))).toBe(expected);
    },
  );

  test('are one sample for a mean', () => {
    const it = rig([free('total')]);
    send(it, t0 + 1000, 100, 30, 7);
    send(it, t0 + 11_000, 100, 60, 7);
    expect([it.stream.value(of('free'), 0), it.stream.value(of('free'), 1)]).toEqual([110, 2]);
  });

  test('are two pushes when they are further apart, and when one stream comes twice', () => {
    const it = rig([plan('used', { kind: 'totalMax', term: raw('memory') })]);
    it.send(memory(t0, 1), gauge('memory', [number(2, { at: t0 + 101, attributes: { disk: 9 } })]));
    expect(it.stream.value(of('used'))).toBe(2);
    const other = rig([plan('used', { kind: 'totalMax', term: raw('memory') })]);
    for (const step of [0, 1, 2]) other.send(memory(t0 + step * 10, 5));
    expect(other.stream.value(of('used'))).toBe(5);
  });
});
