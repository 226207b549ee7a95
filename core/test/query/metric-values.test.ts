import { describe, expect, it, test } from 'vitest';
import { instanceId } from '../../src/model/entity.js';
import type { HistogramState, MetricState, Step } from '../../src/model/metric.js';
import { definition, minute, queryBench, show, state, t0, type Bench } from './kit.js';

const hour = 60 * minute;
const day = 24 * hour;
const lengths: Readonly<Record<Step, number>> = { minute, hour, day };

/** Slots `from` to `to`, the last not included. */
function slots(from: number, to: number): bigint {
  return ((1n << BigInt(to - from)) - 1n) << BigInt(from);
}

function histogram(counts: Readonly<Record<number, number>>): MetricState {
  const bounds = Object.keys(counts).map((bound) => Number(bound) * 1_000_000);
  const filled: HistogramState = { bounds, counts: Object.values(counts) };
  return state(0, 0, { histogram: filled });
}

async function one(change: Parameters<typeof definition>[1], states: readonly MetricState[], step: Step): Promise<string> {
  const bench = queryBench();
  bench.clock.set(t0 + 10 * day);
  bench.storage.define(definition('m', change));
  states.forEach((each, index) => bench.storage.put('m', each, { source: states.length > 1 ? `pod${index}` : '' }, step));
  return show(await bench.ask('m', { duration: { step, startMs: t0, endMs: t0 + lengths[step] } }));
}

const T = 'TIME_SERIES_VALUES';

describe('the value of a bucket', () => {
  it.each([
    ['sum', { kind: 'sum' }, [state(90)], ['90', '90', '90']],
    ['sum per minute', { kind: 'sum', form: 'perMinute' }, [state(90)], ['90', '1.5', '0.0625']],
    ['sum per minute over a window of five', { kind: 'sum', form: 'perMinute', windowMinutes: 5 }, [state(90)], ['90', '7.5', '0.3125']],
    ['sum per second', { kind: 'sum', form: 'perSecond' }, [state(5400)], ['90', '1.5', '0.0625']],
    ['sum with a factor', { kind: 'sum', factor: 0.5 }, [state(90)], ['45', '45', '45']],
    ['ratio', { kind: 'ratio', factor: 100 }, [state(3, 4)], ['75', '75', '75']],
    ['ratio of nothing', { kind: 'ratio' }, [state(3, 0)], ['null', 'null', 'null']],
    ['gauge', { kind: 'gauge' }, [state(9, 4)], ['2.25', '2.25', '2.25']],
    ['gauge without values', { kind: 'gauge' }, [state(0, 0)], ['null', 'null', 'null']],
    ['min', { kind: 'min' }, [state(-3)], ['-3', '-3', '-3']],
    ['max', { kind: 'max', factor: 2 }, [state(7)], ['14', '14', '14']],
    ['latest', { kind: 'latest' }, [state(8, t0)], ['8', '8', '8']],
    ['integer rounds', { kind: 'gauge', precision: 'integer' }, [state(5, 2)], ['3', '3', '3']],
    ['a small positive integer is 1', { kind: 'gauge', precision: 'integer' }, [state(1, 100)], ['1', '1', '1']],
    ['a small negative integer is 0, not -0', { kind: 'gauge', precision: 'integer' }, [state(-1, 100)], ['0', '0', '0']],
  ] as const)('%s', async (_, change, states, [atMinute, atHour, atDay]) => {
    const next = 'windowMinutes' in change ? atMinute : 'null';
    expect(await one(change, states, 'minute')).toBe(`${T} ${atMinute} ${next}`);
    expect(await one(change, states, 'hour')).toBe(`${T} ${atHour} null`);
    expect(await one(change, states, 'day')).toBe(`${T} ${atDay} null`);
  });

  it.each(['total', 'totalMax', 'totalMin', 'totalLatest'] as const)('%s adds sources, each by the part of the time it was seen', async (kind) => {
    const at = (from: number, to: number): MetricState => state(kind === 'total' ? 10 * (to - from) : 10, kind === 'total' ? to - from : 1, { slots: slots(from, to) });
    // One pod replaced by another at half past, and a third that was there all hour.
    expect(await one({ kind }, [at(0, 30), at(30, 60)], 'hour')).toBe(`${T} 10 null`);
    expect(await one({ kind }, [at(0, 30), at(30, 60), at(0, 60)], 'hour')).toBe(`${T} 20 null`);
    expect(await one({ kind }, [at(0, 30), at(30, 60), at(0, 60)], 'day')).toBe(`${T} 20 null`);
    expect(await one({ kind, precision: 'integer' }, [at(0, 20), at(0, 60)], 'hour')).toBe(`${T} 13 null`);
  });

  it.each([[1, 30], [2, 30], [3, 29], [4, 15]])('a source that pushes every %i. minute beside one of every minute gives %i of 30 in the hour', async (every, shown) => {
    const seen = Array.from({ length: Math.ceil(60 / every) }, (_, index) => 1n << BigInt(index * every));
    const often = state(600, 60, { slots: slots(0, 60) });
    const seldom = state(20 * seen.length, seen.length, { slots: seen.reduce((all, bit) => all | bit, 0n) });
    expect(await one({ kind: 'total', precision: 'integer' }, [often, seldom], 'hour')).toBe(`${T} ${shown} null`);
  });

  it('closes gaps inside an hour only: neither its ends nor the parts of a day', async () => {
    const all = state(600, 60, { slots: slots(0, 60) });
    const twice = state(60, 2, { slots: (1n << 2n) | (1n << 4n) });
    expect(await one({ kind: 'total' }, [all, twice], 'hour')).toBe(`${T} 11.5 null`);
    expect(await one({ kind: 'total' }, [all, twice], 'day')).toBe(`${T} 11 null`);
  });

  it('merges rows of one bucket that come unmerged', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m', { kind: 'ratio' }));
    bench.storage.put('m', state(1, 2));
    bench.storage.put('m', state(5, 4));
    expect(show(await bench.ask('m'))).toBe(`${T} 1 null`);
  });
});

describe('windows and gaps at minute step', () => {
  it('merges the minutes that end in the bucket, those before the first point too', async () => {
    const bench = queryBench();
    bench.storage.define(
      definition('added', { kind: 'sum', windowMinutes: 3 }),
      definition('ratio', { kind: 'ratio', windowMinutes: 2 }),
      definition('p', { kind: 'histogram', windowMinutes: 2, percentiles: [50] }),
    );
    for (const [index, value] of [1000, 1, 20, 300, 4000].entries()) bench.storage.put('added', state(value), { at: t0 + (index - 3) * minute });
    for (const [index, value] of [[1, 1], [3, 1]].entries()) bench.storage.put('ratio', state(value[0]!, value[1]), { at: t0 + index * minute });
    bench.storage.put('p', histogram({ 10: 1, 20: 0 }));
    bench.storage.put('p', histogram({ 20: 3, 30: 0 }), { at: t0 + minute });
    expect(show(await bench.ask('added', { points: 3 }))).toBe(`${T} 321 4320 4300`);
    expect(show(await bench.ask('ratio', { points: 3 }))).toBe(`${T} 1 2 3`);
    expect(show(await bench.ask('p', { points: 4 }))).toBe(`${T} {p=50} 10 20 20 null`);
  });

  it('does not reach back at hour and day step', async () => {
    const bench = queryBench();
    bench.clock.set(t0 + 10 * day);
    bench.storage.define(definition('m', { kind: 'sum', windowMinutes: 120 }));
    bench.storage.put('m', state(60), { at: t0 }, 'hour');
    expect(show(await bench.ask('m', { duration: { step: 'hour', startMs: t0, endMs: t0 + hour } }))).toBe(`${T} 60 null`);
    expect(bench.storage.reads[0]?.fromMs).toBe(t0);
  });

  function totals(): { bench: Bench; put: (source: string, minutes: Readonly<Record<number, number>>) => void } {
    const bench = queryBench();
    bench.storage.define(definition('m', { kind: 'total' }));
    const put = (source: string, minutes: Readonly<Record<number, number>>): void => {
      for (const [at, value] of Object.entries(minutes)) bench.storage.put('m', state(value, 1, { slots: 1n }), { source, at: t0 + Number(at) * minute });
    };
    return { bench, put };
  }

  it('carries a source over two minutes when it comes back within them, seen before the first point or after the last too', async () => {
    const { bench, put } = totals();
    put('a', { [-2]: 1, 1: 2, 5: 3 });
    put('b', { 0: 10, 2: 20, 5: 30, 8: 40 });
    expect(show(await bench.ask('m', { points: 7 }))).toBe(`${T} 11 12 20 20 20 33 30`);
    expect(bench.storage.reads[0]).toMatchObject({ fromMs: t0 - 2 * minute, toMs: t0 + 9 * minute });
  });

  it('does not carry a pod beside its successor', async () => {
    const { bench, put } = totals();
    put('old', { 0: 10, 1: 10, 2: 10 });
    put('new', { 3: 10, 4: 10, 5: 10 });
    expect(show(await bench.ask('m', { points: 7 }))).toBe(`${T} 10 10 10 10 10 10 null`);
  });

  it('carries a source while it may yet push within the two minutes, and nothing into minutes that have not begun', async () => {
    const { bench, put } = totals();
    put('a', { 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1 });
    put('b', { 0: 10, 1: 20, 2: 30, 3: 40 });
    bench.clock.set(t0 + 6.5 * minute);
    expect(show(await bench.ask('m', { points: 9 }))).toBe(`${T} 11 21 31 41 41 41 1 null null`);
    bench.clock.set(t0 + 7 * minute);
    expect(show(await bench.ask('m', { points: 9 }))).toBe(`${T} 11 21 31 41 1 1 1 1 null`);
    put('b', { 6: 50 });
    expect(show(await bench.ask('m', { points: 9 }))).toBe(`${T} 11 21 31 41 41 41 51 51 null`);
  });

  it('reads no further than the last point for what is no total, and counts no window into minutes that have not begun', async () => {
    const bench = queryBench();
    bench.storage.define(definition('w', { kind: 'sum', windowMinutes: 5 }));
    bench.storage.put('w', state(1));
    bench.clock.set(t0 + minute + 1);
    expect(show(await bench.ask('w', { points: 3 }))).toBe(`${T} 1 1 null`);
    expect(bench.storage.reads[0]).toMatchObject({ fromMs: t0 - 4 * minute, toMs: t0 + 3 * minute });
  });
});

describe('percentiles', () => {
  const change = { kind: 'histogram', percentiles: [50, 90, 99], factor: 1000 } as const;
  const counted = histogram({ 0.1: 50, 0.2: 45, 0.5: 5 });

  it('are one series each, labelled p, and show the stored bound, whichever edge it is', async () => {
    for (const edge of ['upper', 'lower'] as const) {
      expect(await one({ ...change, edge }, [counted], 'hour')).toBe(`${T} {p=50} 100 null | {p=90} 200 null | {p=99} 500 null`);
    }
  });

  it('join the other labels and are filtered like them', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m', { ...change, factor: 1, labels: ['model', 'region'] }));
    bench.storage.put('m', counted, { labels: [['model', 'x'], ['region', '']] });
    bench.storage.put('m', counted, { labels: [['model', 'b']] });
    expect(show(await bench.ask("m{p='90,50'}", { points: 1 }))).toBe(
      `${T} {model=b,p=50,region=} 0.1 | {model=b,p=90,region=} 0.2 | {model=x,p=50,region=} 0.1 | {model=x,p=90,region=} 0.2`);
    expect(show(await bench.ask("m{p='99',model='x'}", { points: 1 }))).toBe(`${T} {model=x,p=99,region=} 0.5`);
  });

  it('without ranks are a heat map, which has no values; an empty histogram has no series', async () => {
    expect(await one({ kind: 'histogram' }, [counted], 'hour')).toBe('UNKNOWN');
    expect(await one(change, [histogram({ 1: 0 })], 'hour')).toBe(T);
  });
});

describe('labels', () => {
  it('are complete, sorted by the text of the set, and chosen by alternatives of which all names must hold', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m', { labels: ['a', 'b'] }));
    const put = (value: number, ...labels: [string, string][]): void => bench.storage.put('m', state(value), { labels });
    put(1, ['b', 'y'], ['a', '2']);
    put(2, ['a', '10']);
    put(3, ['b', 'x,y'], ['a', "o'clock|{}"]);
    put(4);
    const ask = async (filter: string): Promise<string> => show(await bench.ask(`m${filter}`, { points: 1 }));
    expect(await ask('')).toBe(`${T} {a=,b=} 4 | {a=10,b=} 2 | {a=2,b=y} 1 | {a=o'clock|{},b=x,y} 3`);
    expect(await ask('{}')).toBe(await ask(''));
    expect(await ask("{a='2, 10'}")).toBe(`${T} {a=10,b=} 2 | {a=2,b=y} 1`);
    expect(await ask("{a='2',a='10',b='y'}")).toBe(`${T} {a=2,b=y} 1`);
    expect(await ask("{b=''}")).toBe(`${T} {a=,b=} 4 | {a=10,b=} 2`);
    expect(await ask("{b='x,y'}")).toBe(`${T} {a=2,b=y} 1 | {a=o'clock|{},b=x,y} 3`);
    expect(await ask("{a='none'}")).toBe(T);
    expect(await ask("{other='2'}")).toBe(T);
  });

  it('that were seen only before the first point make no series', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m', { kind: 'sum', labels: ['a'], windowMinutes: 2 }));
    bench.storage.put('m', state(1), { labels: [['a', '1']], at: t0 - 2 * minute });
    expect(show(await bench.ask('m'))).toBe(T);
  });
});

describe('entities', () => {
  test("the metric's scope says which names are needed", async () => {
    const bench = queryBench();
    bench.storage.define(
      definition('service'), definition('instance', { scope: 'ServiceInstance' }), definition('all', { scope: 'All' }),
      definition('labeled', { labels: ['a'] }),
    );
    bench.storage.put('instance', state(5), { entityId: instanceId({ name: 'service_A', normal: false }, 'i') });
    bench.storage.put('all', state(6), { entityId: '' });
    const ask = async (expression: string, entity = {}): Promise<string> => show(await bench.ask(expression, { entity, points: 1 }));
    expect(await ask('service')).toBe('UNKNOWN');
    expect(await ask('service', { serviceName: 'service_A' })).toBe('UNKNOWN');
    expect(await ask('labeled')).toBe(T);
    expect(await ask('service + 1')).toBe('UNKNOWN ! Unsupported binary operation: Unsupported operation.');
    expect(await ask('increase(service, 1)')).toBe('UNKNOWN ! The result of expression [service] is not a time series result.');
    expect(await ask('instance', { serviceName: 'service_A', normal: false })).toBe('UNKNOWN');
    expect(await ask('instance', { serviceName: 'service_A', normal: false, serviceInstanceName: 'i', endpointName: 'ignored' })).toBe(`${T} 5`);
    expect(await ask('all')).toBe(`${T} 6`);
  });

  test('one tenant does not see another', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m'));
    bench.storage.put('m', state(1), { tenant: 'left' });
    expect(show(await bench.ask('m', { tenant: 'left', points: 1 }))).toBe(`${T} 1`);
    expect(show(await bench.ask('m', { tenant: 'right', points: 1 }))).toBe(`${T} null`);
  });
});

describe('shares of label sets', () => {
  const change = { kind: 'sum', form: 'share', factor: 100, labels: ['error'] } as const;
  const put = (bench: Bench, error: string, count: number, at = t0): void =>
    bench.storage.put('m', state(count), { at, labels: [['error', error]] });

  it('are parts of what all label sets add up to; the empty one counts and is not shown', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m', change));
    put(bench, '', 6);
    put(bench, '429', 3);
    put(bench, '500', 1);
    put(bench, '', 4, t0 + minute);
    put(bench, '429', 1, t0 + minute);
    expect(show(await bench.ask('m', { points: 3 }))).toBe(`${T} {error=429} 30 20 null | {error=500} 10 null null`);
    expect(show(await bench.ask("m{error='500'}", { points: 1 }))).toBe(`${T} {error=500} 10`);
  });

  it('have no value where the whole is 0, and none at all when nothing but the rest was counted', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m', change), definition('n', change));
    put(bench, '429', 1);
    put(bench, '429', -1);
    bench.storage.put('n', state(5), { labels: [['error', '']] });
    expect(show(await bench.ask('m', { points: 1 }))).toBe(`${T} `.trimEnd());
    expect(show(await bench.ask('n', { points: 1 }))).toBe(`${T} `.trimEnd());
  });
});
