import { describe, expect, test } from 'vitest';
import { batch, counter, gauge, minute, number, placer, plan, resource, rig, serverStart, term, type Rig, type Values } from './builders.js';

const t0 = serverStart + minute;
const raw = (family: string, changes: Parameters<typeof term>[1] = {}) => term(family, { reads: 'raw', ...changes });
const of = (metric: string) => ({ metric, service: 'shop' });

function memory(at: number, ...values: readonly number[]): ReturnType<typeof gauge> {
  return gauge('memory', values.map((value, disk) => number(value, { at, attributes: { disk } })));
}

function pod(it: Rig, name: string, ...metrics: readonly ReturnType<typeof gauge>[]): void {
  it.analyzer.accept(batch([resource({ 'service.name': 'shop', pod: name }, metrics)]));
}

/** Mean per source, then the sum over sources: what a total shows for one minute. */
function shownTotal(it: Rig, metric: string): number {
  const sources = new Set(it.stream.seriesOf(metric).map(([, , source]) => source));
  return [...sources].reduce((sum, source) => {
    const [a = 0, n = 0] = [it.stream.value({ ...of(metric), source }, 0), it.stream.value({ ...of(metric), source }, 1)];
    return sum + (n === 0 ? 0 : a / n);
  }, 0);
}

describe('gauges', () => {
  test('are averaged over streams and pushes', () => {
    const it = rig([plan('m', { kind: 'gauge', term: raw('memory', { coefficient: 2 }) })]);
    it.send(memory(t0, 10, 20));
    it.send(memory(t0 + 1000, 30, 40));
    expect([it.stream.value(of('m'), 0), it.stream.value(of('m'), 1)]).toEqual([200, 4]);
  });

  test('further terms add to the value and not to the number of samples', () => {
    const it = rig([plan('free', { kind: 'gauge', term: raw('limit'), others: [raw('memory', { coefficient: -1 })] })]);
    it.send(gauge('limit', [number(100, { at: t0 })]), memory(t0, 30));
    expect([it.stream.value(of('free'), 0), it.stream.value(of('free'), 1)]).toEqual([70, 1]);
  });

  test('min, max and latest keep one value', () => {
    const it = rig((['min', 'max', 'latest'] as const).map((kind) => plan(kind, { kind, term: raw('memory') })));
    for (const [at, value] of [[t0, 5], [t0 + 2000, 9], [t0 + 1000, 2]] as const) {
      pod(it, String(at), memory(at, value));
    }
    expect(['min', 'max', 'latest'].map((metric) => it.stream.value(of(metric)))).toEqual([2, 9, 9]);
  });

  test('late points count in their own minute, each time once', () => {
    const it = rig([plan('m', { kind: 'gauge', term: raw('memory') })]);
    for (const [step, value] of [[20, 5], [0, 9], [10, 7], [0, 9], [20, 5]] as const) it.send(memory(t0 + step * minute, value));
    const minutes = [0, 10, 20].map((step) => [0, 1].map((part) => it.stream.value(of('m'), part as 0 | 1, t0 / minute + step)));
    expect(minutes).toEqual([[9, 1], [7, 1], [5, 1]]);
    expect([it.dropped('stale'), it.dropped('repeated')]).toEqual([0, 2]);
  });

  test('valueGreater and its kin look at the raw value', () => {
    const it = rig([plan('m', { kind: 'gauge', term: raw('memory', { keeps: (value) => value > 15 }) })]);
    it.send(memory(t0, 10, 20));
    expect([it.stream.value(of('m'), 0), it.stream.value(of('m'), 1)]).toEqual([20, 1]);
  });
});

describe('totals', () => {
  test('streams of one resource in one push are one sample; resources are sources of their own', () => {
    const it = rig([plan('used', { kind: 'total', term: raw('memory') })]);
    for (const at of [t0, t0 + 1000]) {
      pod(it, 'a', memory(at, 1, 2, 3));
      pod(it, 'b', memory(at, 10, 20));
    }
    pod(it, 'a', memory(t0 + 2000, 3, 4, 5));
    expect(shownTotal(it, 'used')).toBeCloseTo((6 + 6 + 12) / 3 + 30);
    expect(new Set(it.stream.seriesOf('used').map(([, , source]) => source)).size).toBe(2);
  });

  test('an export that comes in two requests is one sample', () => {
    const it = rig([plan('used', { kind: 'total', term: raw('memory') })]);
    for (const at of [t0, t0 + 1000]) {
      for (const disk of [1, 2]) it.send(gauge('memory', [number(10 * disk, { at, attributes: { disk } })]));
    }
    expect([it.stream.value(of('used'), 0), it.stream.value(of('used'), 1)]).toEqual([60, 2]);
  });

  test('several times in one request are several samples', () => {
    const it = rig([plan('used', { kind: 'total', term: raw('memory') })]);
    it.send(gauge('memory', [0, 1, 2].flatMap((step) => [0, 1].map((disk) => number(5, { at: t0 + step * 1000, attributes: { disk } })))));
    expect([it.stream.value(of('used'), 0), it.stream.value(of('used'), 1)]).toEqual([30, 3]);
  });

  test('max, min and latest take the place of the mean over pushes', () => {
    const it = rig((['totalMax', 'totalMin', 'totalLatest'] as const).map((kind) => plan(kind, { kind, term: raw('memory') })));
    it.send(memory(t0, 1, 9));
    it.send(memory(t0 + 1000, 8, 8));
    it.send(memory(t0 + 2000, 7, 6));
    expect(['totalMax', 'totalMin', 'totalLatest'].map((metric) => it.stream.value(of(metric)))).toEqual([16, 10, 13]);
  });

  test('differences of two gauges are summed within the push', () => {
    const it = rig([plan('free', { kind: 'total', term: raw('limit'), others: [raw('memory', { coefficient: -1 })] })]);
    it.send(gauge('limit', [number(100, { at: t0 })]), memory(t0, 10, 20));
    expect([it.stream.value(of('free'), 0), it.stream.value(of('free'), 1)]).toEqual([70, 1]);
  });
});

describe('counts', () => {
  const count = (counted: readonly string[]) => plan('nodes', { kind: 'count', term: raw('up'), counted });
  const up = (at: number, ...nodes: readonly Values[]) => gauge('up', nodes.map((attributes) => number(1, { at, attributes })));

  test('each distinct value is a source, whatever pushes it; blank ones do not count', () => {
    const it = rig([count(['node'])]);
    pod(it, 'a', up(t0, { node: 'x' }, { node: 'y', disk: 1 }, { node: 'y', disk: 2 }, { node: ' ' }, {}));
    pod(it, 'b', up(t0 + 1000, { node: 'x' }, { node: 'z' }));
    expect(shownTotal(it, 'nodes')).toBe(3);
  });

  test('without labels the samples are counted', () => {
    const it = rig([count([])]);
    for (const at of [t0, t0 + 1000]) it.send(up(at, { node: 'x' }, { node: 'y', disk: 1 }, { node: 'y', disk: 2 }));
    expect(shownTotal(it, 'nodes')).toBe(3);
  });
});

describe('sums and ratios of other readings', () => {
  test('increments take gauges and deltas as they are and cumulative counters by their increase', () => {
    const it = rig([plan('sum', { kind: 'sum', terms: [term('x', { reads: 'increment' })] })]);
    it.send(gauge('x', [number(5, { at: t0 }), number(5, { at: t0 }), number(7, { at: t0 + 1000 })]));
    expect(it.stream.value(of('sum'))).toBe(12);
    it.send(counter('x', [number(3, { at: t0 })], 'delta'));
    expect(it.stream.value(of('sum'))).toBe(15);
    it.send(counter('x', [number(100, { at: t0 }), number(101, { at: t0 + 1000 })], 'cumulative'));
    expect(it.stream.value(of('sum'))).toBe(16);
  });

  test('a quotient of raw values adds both sides at every push', () => {
    const it = rig([plan('used', { kind: 'ratio', numerator: [raw('memory')], denominator: [raw('limit')] })]);
    for (const at of [t0, t0 + 1000]) it.send(memory(at, 10, 20), gauge('limit', [number(60, { at })]));
    expect([it.stream.value(of('used'), 0), it.stream.value(of('used'), 1)]).toEqual([60, 120]);
  });

  test('a term minus a part of itself leaves the rest, and 0 where there is none', () => {
    const good = (labels: ReadonlyMap<string, string>) => ((labels.get('error') ?? '') === '' ? [labels] : []);
    const it = rig([plan('errors', { kind: 'sum', terms: [term('x'), term('x', { coefficient: -1, steps: [good] })] })]);
    const send = (at: number, fine: number, failed?: number) => {
      const points = [number(fine, { at })];
      if (failed !== undefined) points.push(number(failed, { at, attributes: { error: '500' } }));
      it.send(counter('x', points, 'delta'));
    };
    send(t0, 10);
    expect(it.stream.value(of('errors'))).toBe(0);
    send(t0 + 1000, 5, 3);
    expect(it.stream.value(of('errors'))).toBe(3);
  });

  test.each([['max', 40], ['min', 2], ['avg', 21]] as const)('%s before rate makes one stream per group and resource', (how, expected) => {
    const preAggregate = { by: ['service_name'], function: how };
    const it = rig([plan('x', { kind: 'sum', terms: [term('x', { preAggregate })] })]);
    const send = (at: number, ...values: readonly number[]) =>
      it.send(counter('x', values.map((value, cpu) => number(value, { at, attributes: { cpu } }))));
    send(t0, 10, 100);
    send(t0 + 1000, 12, 140);
    expect(it.stream.value(of('x'))).toBe(expected);
    send(t0 + 2000, 12, 140);
    expect(it.stream.value(of('x'))).toBe(expected);
  });
});

describe('labels and entities', () => {
  test('a step may drop, change or multiply a sample', () => {
    const twice = (labels: ReadonlyMap<string, string>) => ['in', 'out'].map((way) => new Map(labels).set('way', way));
    const it = rig([plan('x', { kind: 'sum', terms: [term('x', { steps: [twice], by: ['service_name', 'way'] })] }, { place: placer(['way']) })]);
    it.send(counter('x', [number(4, { at: t0 })], 'delta'));
    expect(['in', 'out'].map((way) => it.stream.value({ ...of('x'), labels: { way } }))).toEqual([4, 4]);
  });

  test('point labels win over resource labels, the first of two keys that become one wins, job_name falls back to the service', () => {
    const place = placer(['a_b', 'job_name', 'flag', 'list', 'node_identifier_host_name']);
    const it = rig([plan('x', { kind: 'sum', terms: [term('x', { by: undefined })] }, { place })]);
    const point = number(1, { at: t0, attributes: { 'a.b': 'point', a_b: 'late', flag: true, list: ['x'] } });
    const values = { 'service.name': 'shop', 'a.b': 'resource', 'host.name': 'h1' };
    it.analyzer.accept(batch([resource(values, [counter('x', [point], 'delta')])]));
    const labels = { a_b: 'point', job_name: 'shop', flag: 'true', list: '', node_identifier_host_name: 'h1' };
    expect(it.stream.value({ ...of('x'), labels })).toBe(1);
  });

  test('a filter sees the scope name, the placer does not', () => {
    const filter = (labels: ReadonlyMap<string, string>): boolean => labels.get('otel_scope_name') === 'mine';
    const it = rig([plan('x', { kind: 'sum', terms: [term('x', { by: undefined })] }, { filter, place: placer(['otel_scope_name']) })]);
    for (const scope of ['mine', 'other']) {
      it.analyzer.accept(batch([resource({ 'service.name': 'shop' }, [counter('x', [number(1, { at: t0 })], 'delta')], scope)]));
    }
    expect(it.stream.value({ ...of('x'), labels: { otel_scope_name: '' } })).toBe(1);
  });

  test('a closure that throws costs its metric only, and is counted and told once', () => {
    const broken = plan('broken', { kind: 'sum', terms: [term('x', { steps: [() => { throw new Error('no'); }] })] });
    const it = rig([broken, plan('fine', { kind: 'sum', terms: [term('x')] })]);
    it.send(counter('x', [number(1, { at: t0 }), number(2, { at: t0, attributes: { a: 1 } })], 'delta'));
    expect([it.stream.value(of('fine')), it.failures]).toEqual([3, ['broken']]);
    expect(it.metrics.value('meterlark_meter_rule_failures_total', { metric: 'broken' })).toBe(2);
  });

  test('services and instances are reported once per minute with the time of the point', () => {
    const it = rig([plan('x', { kind: 'sum', terms: [term('x', { by: undefined })] }, { place: placer([], true) })]);
    const values = { 'service.name': 'shop', 'service.instance.id': 'pod-1' };
    for (const at of [t0, t0 + 1000, t0 + minute]) {
      it.analyzer.accept(batch([resource(values, [counter('x', [number(at, { at, start: at - 1 }), number(1, { at, attributes: { b: 1 } })], 'delta')])]));
    }
    const seen = it.stream.observed.map(({ scope, name, lastSeenMs, layers }) => [scope, name, lastSeenMs, layers.join()]);
    expect(seen).toEqual([
      ['Service', 'shop', t0, 'GENERAL'], ['ServiceInstance', 'pod-1', t0, 'GENERAL'],
      ['Service', 'shop', t0 + minute, 'GENERAL'], ['ServiceInstance', 'pod-1', t0 + minute, 'GENERAL'],
    ]);
  });

  test('both ends of a relation are services that exist', () => {
    const [source, destination] = [{ name: 'a', normal: true }, { name: 'b', normal: true }];
    const place = () => ({ entity: { scope: 'ServiceRelation', source, destination } as const, layer: 'MESH', labels: new Map<string, string>(), properties: {} });
    const it = rig([plan('x', { kind: 'sum', terms: [term('x')] }, { place })]);
    it.send(counter('x', [number(1, { at: t0 })], 'delta'));
    expect(it.stream.observed.map(({ scope, name }) => [scope, name])).toEqual([['Service', 'a'], ['Service', 'b']]);
  });
});
