import { describe, expect, it, test } from 'vitest';
import { instanceId, serviceId } from '../../src/model/entity.js';
import type { MetricDefinition } from '../../src/model/metric.js';
import { definition, minute, queryBench, serviceA, show, state, t0, type Bench } from './kit.js';

const idOf = (name: string): string => serviceId({ name, normal: true });

/** Per service (and source, as `service/source`) and minute from t0 the fields a, b. */
type Rows = Readonly<Record<string, Readonly<Record<number, readonly [number, number?]>>>>;

function filled(change: Partial<MetricDefinition>, rows: Rows, step = 'minute'): Bench {
  const bench = queryBench();
  bench.storage.define(definition('m', change));
  for (const [key, minutes] of Object.entries(rows)) {
    const [name = '', source = ''] = key.split('/');
    for (const [at, [a, b]] of Object.entries(minutes)) {
      bench.storage.put('m', state(a, b, { slots: source === '' ? 0n : 1n }), { at: t0 + Number(at) * minute, entityId: idOf(name), source }, step);
    }
  }
  return bench;
}

/** The ranking, and what the mean of each entity's own series says. */
async function rankedAndShown(bench: Bench, names: readonly string[], change: Parameters<Bench['ask']>[1] = {}): Promise<readonly string[]> {
  const ranking = show(await bench.ask('top_n(m,10,des)', { ...change, entity: {} }));
  const means = await Promise.all(names.map((serviceName) => bench.ask('avg(m)', { ...change, entity: { serviceName, normal: true } })));
  const values = means.map(({ results }, index) => `${names[index]}=${results[0]?.values[0]?.value}`);
  return [ranking, ['SORTED_LIST', ...values].join(' ')];
}

async function expectRanking(bench: Bench, expected: Readonly<Record<string, number>>, change: Parameters<Bench['ask']>[1] = {}): Promise<void> {
  const text = ['SORTED_LIST', ...Object.entries(expected).map(([name, value]) => `${name}=${value}`)].join(' ');
  expect(await rankedAndShown(bench, Object.keys(expected), change)).toEqual([text, text]);
}

describe('a ranking has the values that the series show', () => {
  test('an integer rounds in each bucket, and the mean is cut', async () => {
    const bench = filled({ kind: 'gauge', precision: 'integer' }, { a: { 0: [498, 5] }, b: { 0: [5, 2], 1: [12, 5] }, c: { 0: [1, 5], 1: [0, 1] } });
    expect(show(await bench.ask('m', { entity: { serviceName: 'b', normal: true } }))).toBe('TIME_SERIES_VALUES 3 2');
    expect(show(await bench.ask('top_n(m,3,des)', { entity: {} }))).toBe('SORTED_LIST a=100 b=2 c=0');
  });

  test('five requests in an hour are one per minute, in the series and in the ranking', async () => {
    const bench = filled({ kind: 'sum', form: 'perMinute', precision: 'integer' }, { a: { 0: [5] }, b: { 0: [150] } }, 'hour');
    await expectRanking(bench, { b: 3, a: 1 }, { duration: { step: 'hour', startMs: t0, endMs: t0 } });
  });
});

describe('a ranking over windows and sources', () => {
  test('ranks by the value of the whole window, as the series shows it', async () => {
    const rows = { late: { 0: [5], 1: [5], 2: [5] }, early: { [-1]: [60], 0: [3] }, before: { [-2]: [300] }, gone: { [-3]: [9999] } } as const;
    const bench = filled({ kind: 'sum', windowMinutes: 3 }, rows);
    await expectRanking(bench, { before: 300, early: 43, late: 10 }, { points: 3 });
    expect(show(await bench.ask('top_n(m,2,asc)', { entity: {}, points: 3 }))).toBe('SORTED_LIST late=10 early=43');
  });

  test('divides the sums of a window, not the ratios of its minutes', async () => {
    const rows = { a: { 0: [1, 1], 1: [0, 9] }, b: { 0: [3, 10], 1: [3, 10] }, c: { 0: [5, 0] } } as const;
    const bench = filled({ kind: 'ratio', windowMinutes: 2, factor: 100 }, rows);
    await expectRanking(bench, { a: 55, b: 30 });
    await expectRanking(bench, { b: 30, a: 10 }, { duration: { step: 'minute', startMs: t0 + minute, endMs: t0 + minute } });
  });

  test('an integer rounds in each bucket of a window, and the mean is cut', async () => {
    const bench = filled({ kind: 'sum', windowMinutes: 2, factor: 0.5, precision: 'integer' }, { a: { 0: [99], 1: [2] }, b: { 0: [0.1] } });
    expect(show(await bench.ask('m', { entity: { serviceName: 'a', normal: true } }))).toBe('TIME_SERIES_VALUES 50 51');
    expect(show(await bench.ask('top_n(m,2,des)', { entity: {} }))).toBe('SORTED_LIST a=50 b=1');
  });

  test('counts a seldom source of a total in the minutes between, and a replaced one no longer', async () => {
    const rows = {
      'seldom/x': { 0: [10, 1], 1: [10, 1], 2: [10, 1] }, 'seldom/y': { [-1]: [20, 1], 1: [20, 1], 3: [20, 1] },
      'single/x': { 0: [25, 1], 1: [25, 1], 2: [25, 1] },
      'replaced/x': { 0: [20, 1], 1: [20, 1] }, 'replaced/y': { 2: [20, 1] },
    } as const;
    await expectRanking(filled({ kind: 'total' }, rows), { seldom: 30, single: 25, replaced: 20 }, { points: 3 });
  });

  it('leaves all other metrics and steps to the storage', async () => {
    const bench = filled({ kind: 'sum' }, { a: { 0: [1] } });
    bench.storage.define(definition('w', { kind: 'sum', windowMinutes: 5 }), definition('t', { kind: 'total' }));
    const hour = { step: 'hour', startMs: t0, endMs: t0 } as const;
    await bench.ask('top_n(m,3,des)', { entity: {} });
    for (const name of ['w', 't']) await bench.ask(`top_n(${name},3,des)`, { entity: {}, duration: hour });
    expect(bench.storage.reads).toEqual([]);
    expect(bench.storage.tops.map(({ limit }) => limit)).toEqual([3, 3, 3]);
  });

  it('keeps to its service and to the conditions', async () => {
    const bench = queryBench();
    bench.storage.define(definition('m', { kind: 'sum', windowMinutes: 2, scope: 'ServiceInstance' }));
    const [own, other] = [{ name: 'service_A', normal: true }, { name: 'other', normal: true }];
    for (const [service, name, color, value] of [[own, 'i', 'red', 1], [own, 'j', 'blue', 2], [other, 'k', 'red', 3]] as const) {
      const id = instanceId(service, name);
      bench.storage.put('m', state(value), { entityId: id });
      bench.storage.records.push({
        tenant: '', id, scope: 'ServiceInstance', name, serviceId: serviceId(service), instanceId: '', layers: ['GENERAL'],
        firstSeenMs: t0, lastSeenMs: t0, properties: { color },
      });
    }
    expect(show(await bench.ask('top_n(m,5,des)'))).toBe('SORTED_LIST j=2 i=1');
    expect(show(await bench.ask('top_n(m,5,des)', { tenant: 'stranger' }))).toBe('SORTED_LIST');
  });
});

describe('a ranking by series is bounded', () => {
  const many = (count: number): Rows => Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, { 0: [(index * 7) % count] as const }]));

  it('looks at 10,000 entities, reads them in parts, and fewer of them when the range is long', async () => {
    const bench = filled({ kind: 'sum', windowMinutes: 2 }, many(1100));
    expect(show(await bench.ask('top_n(m,2,asc)', { entity: {} }))).toMatch(/^SORTED_LIST s0=0 s\d+=1$/);
    expect(bench.storage.tops.map(({ limit, fromMs }) => [limit, fromMs])).toEqual([[10_000, t0 - minute]]);
    expect(bench.storage.reads.map(({ entityIds }) => entityIds.length)).toEqual([500, 500, 100]);
    await bench.ask('top_n(m,2,asc)', { entity: {}, points: 1000 });
    expect(bench.storage.reads.slice(3).map(({ entityIds }) => entityIds.length)).toEqual(Array.from({ length: 11 }, () => 100));
  });

  it('answers an error beyond the values that an expression may read, and rejects when the storage is away', async () => {
    const bench = filled({ kind: 'sum', windowMinutes: 2 }, many(600));
    expect(show(await bench.ask('top_n(m,2,asc)', { entity: {}, points: 10_000 }))).toBe('UNKNOWN ! The expression works on more than 5000000 values.');
    expect(bench.storage.reads.length).toBeLessThan(55);
    bench.storage.fault = new Error('away');
    await expect(bench.ask('top_n(m,2,asc)', { entity: {} })).rejects.toThrow('away');
  });
});

describe('top_n over records', () => {
  const record = (name: string, value: number, over: object = {}) => ({
    tenant: '', time: t0 * 1000, list: 'top_n_database_statement', entity: serviceA, id: name, name, value, trace_id: '', details: '', ...over,
  });
  const bench = () => {
    const made = queryBench();
    made.storage.topRecords.push(
      record('select 1', 30), record('update', 900, { trace_id: 't1' }), record('insert', 200), record('early', 5000, { time: t0 * 1000 - 1 }),
      record('of another service', 700, { entity: 'other' }), record('GET', 800, { list: 'top_n_cache_read_command' }),
    );
    return made;
  };

  test('lists the slowest of a service, each with its trace', async () => {
    const result = await bench().ask('top_n(top_n_database_statement,2,des)');
    expect(show(result)).toBe('RECORD_LIST update=900 insert=200');
    expect(result.results[0]!.values.map(({ traceId, owner }) => [traceId, owner])).toEqual([['t1', undefined], [undefined, undefined]]);
  });

  test('or the quickest, or of all services when none is named', async () => {
    expect(show(await bench().ask('top_n(top_n_database_statement,2,asc)'))).toBe('RECORD_LIST select 1=30 insert=200');
    expect(show(await bench().ask('top_n(top_n_database_statement,2,des)', { entity: {} }))).toBe('RECORD_LIST update=900 of another service=700');
  });

  test('is refused without a limit, and the list without top_n', async () => {
    expect(show(await bench().ask('top_n(top_n_database_statement,0,des)'))).toBe('UNKNOWN ! TopN value must be > 0.');
    expect(show(await bench().ask('top_n_database_statement'))).toBe('UNKNOWN ! Metric: [top_n_database_statement] is topN record, need top_n function for query.');
  });

  test('does not mix with a ranking of metrics', async () => {
    const made = bench();
    made.storage.define(definition('cpm', { kind: 'sum' }));
    const mixed = 'top_n_of(top_n(top_n_database_statement,2,des),top_n(cpm,2,des),2,des)';
    expect(show(await made.ask(mixed))).toBe('UNKNOWN ! TopN type is not consistent, one is RECORD_LIST, another is SORTED_LIST');
  });
});
