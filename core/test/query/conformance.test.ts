import { describe, expect, it, test } from 'vitest';
import { endpointId, instanceId, serviceId } from '../../src/model/entity.js';
import { failure, outcome, single } from '../../src/query/mqe/outcome.js';
import { combine } from '../../src/query/mqe/pairing.js';
import { mergeTops } from '../../src/query/mqe/top-of.js';
import { cases } from './conformance-cases.js';
import { L, none, S, VL } from './fixtures.js';
import { definition, minute, queryBench, show, state, t0, type Bench } from './kit.js';

const apm = { name: 'service_A', normal: true };
const other = { name: 'service_B', normal: true };

describe('MQE answers as the reference says', () => {
  it.each(cases)('case $number: $expression', async ({ expression, data, expected, points, global }) => {
    const bench = queryBench();
    for (const [name, fixture] of Object.entries(data)) fixture(bench.storage, name);
    const result = await bench.ask(expression, { ...(global ? { entity: {} } : {}), ...(points === undefined ? {} : { points }) });
    expect(show(result)).toBe(expected);
  });

  test('every number of the table is covered here or below', () => {
    const below = [61, 104, 105, 106, 107];
    const covered = new Set([...cases.map(({ number }) => number), ...below]);
    expect(Array.from({ length: 113 }, (_, index) => index + 1).filter((number) => !covered.has(number))).toEqual([]);
  });
});

describe('MQE results', () => {
  test('case 6: series without a series cannot be added', () => {
    const empty = outcome('TIME_SERIES_VALUES', []);
    expect(combine('binary', [empty, empty], (left, right) => left + right)).toEqual(
      failure('Unsupported binary operation: Series No Labeled, left or right result is empty.'),
    );
  });

  test('cases 1, 39 to 44 and 46: points carry the milliseconds of their bucket, chosen values keep them, computed ones have none', async () => {
    const bench = queryBench();
    S()(bench.storage, 'a');
    L()(bench.storage, 'l');
    const ids = async (expression: string): Promise<unknown> => (await bench.ask(expression)).results.map(({ values }) => values.map(({ id }) => id));
    const [first, second] = [String(t0), String(t0 + minute)];
    expect(await ids('a + a')).toEqual([[first, second]]);
    for (const name of ['avg', 'sum', 'count']) expect(await ids(`${name}(a)`)).toEqual([[undefined]]);
    for (const name of ['latest', 'max']) expect(await ids(`${name}(l)`)).toEqual([[second], [second]]);
    expect(await ids('min(l)')).toEqual([[first], [first]]);
    expect(await ids('increase(a, 1)')).toEqual([[first, second]]);
    expect(await ids('baseline(a, upper)')).toEqual([['202401010000', '202401010001']]);
  });

  test('case 61: rankings of different kinds do not merge', () => {
    const records = outcome('RECORD_LIST', [{ labels: [], values: [] }]);
    const entities = outcome('SORTED_LIST', [{ labels: [], values: [] }]);
    expect(mergeTops([entities, records], 2, 'des').error).toBe('TopN type is not consistent, one is SORTED_LIST, another is RECORD_LIST');
    expect(mergeTops([failure('broken'), records], 2, 'des').error).toBe('broken');
    expect(combine('binary', [records, single(2)], (left, right) => left * right).type).toBe('RECORD_LIST');
  });
});

function rankingBench(): Bench {
  const bench = queryBench();
  const { storage } = bench;
  storage.define(
    definition('service_resp_time', { precision: 'integer' }),
    definition('service_instance_resp_time', { scope: 'ServiceInstance', precision: 'integer' }),
    definition('endpoint_resp_time', { scope: 'Endpoint' }),
    definition('service_relation_cpm', { scope: 'ServiceRelation' }),
  );
  storage.put('service_resp_time', state(100), { entityId: serviceId(apm) });
  storage.put('service_resp_time', state(200.6), { entityId: serviceId(other) });
  storage.put('service_resp_time', state(202.2), { entityId: serviceId(other), at: t0 + minute });
  storage.put('service_instance_resp_time', state(40), { entityId: instanceId(apm, 'provider1') });
  storage.put('service_instance_resp_time', state(30), { entityId: instanceId(other, 'provider2') });
  storage.put('endpoint_resp_time', state(1.5), { entityId: endpointId(apm, '/v1') });
  for (const [service, layer] of [[apm, 'GENERAL'], [other, 'MESH']] as const) {
    storage.records.push({
      tenant: '', id: serviceId(service), scope: 'Service', name: service.name, serviceId: serviceId(service), instanceId: '',
      layers: [layer], firstSeenMs: t0, lastSeenMs: t0, properties: service === apm ? { attr1: 'blue' } : {},
    });
  }
  return bench;
}

describe('top_n', () => {
  const owner = (service: typeof apm) => ({ scope: 'Service', serviceID: serviceId(service), serviceName: service.name, normal: true });

  test('case 104: lists services by name with their owners, integers cut off', async () => {
    const result = await rankingBench().ask('top_n(service_resp_time,3,des)', { entity: {} });
    expect(result).toEqual({
      type: 'SORTED_LIST',
      error: undefined,
      results: [{ labels: [], values: [
        { id: 'service_B', value: 201, traceId: undefined, owner: owner(other) },
        { id: 'service_A', value: 100, traceId: undefined, owner: owner(apm) },
      ] }],
    });
  });

  test('case 105: an attribute that no entity has excludes nobody, and arithmetic keeps ids and owners', async () => {
    const result = await rankingBench().ask("top_n(service_resp_time,3,des,attr0!='Not_GENERAL')/100", { entity: {} });
    expect(result.results[0]?.values).toEqual([
      { id: 'service_B', value: 2.01, traceId: undefined, owner: owner(other) },
      { id: 'service_A', value: 1, traceId: undefined, owner: owner(apm) },
    ]);
  });

  test('case 106: instances of one service bear their own name only', async () => {
    const result = await rankingBench().ask('top_n(service_instance_resp_time,3,des)/100');
    expect(result.results[0]?.values).toEqual([{
      id: 'provider1', value: 0.4, traceId: undefined,
      owner: { ...owner(apm), scope: 'ServiceInstance', serviceInstanceID: instanceId(apm, 'provider1'), serviceInstanceName: 'provider1' },
    }]);
  });

  test('case 107: rankings with conditions merge, owners kept', async () => {
    const result = await rankingBench().ask(
      "top_n_of(top_n(service_resp_time,3,des,attr0='GENERAL'), top_n(service_resp_time,3,des,attr1='blue'), 2, des)", { entity: {} });
    expect(show(result)).toBe('SORTED_LIST service_A=100 service_A=100');
    expect(result.results[0]?.values.map((value) => value.owner)).toEqual([owner(apm), owner(apm)]);
  });

  test.each([
    ["top_n(service_resp_time,3,des,attr0='MESH')", 'SORTED_LIST service_B=201'],
    ["top_n(service_resp_time,3,des,attr0!='MESH')", 'SORTED_LIST service_A=100'],
    ["top_n(service_resp_time,3,des,attr0='GENERAL',attr1='red')", 'SORTED_LIST'],
    ['top_n(service_resp_time,1,ASC)', 'SORTED_LIST service_A=100'],
    ['top_n(service_instance_resp_time,5,des)', 'SORTED_LIST service_A - provider1=40 service_B - provider2=30'],
    ['top_n(endpoint_resp_time,5,des)', 'SORTED_LIST service_A - /v1=1.5'],
    ['top_n(missing,5,des)', 'UNKNOWN ! Metric: [missing] does not exist.'],
    ["top_n(service_relation_cpm,5,des,attr0='x')",
      'UNKNOWN ! The attribute [attr0] is not a queryable column of metric [service_relation_cpm], so it can not be used as a top_n condition.'],
  ])('%s over all services gives %s', async (expression, expected) => {
    expect(show(await rankingBench().ask(expression, { entity: {} }))).toBe(expected);
  });

  test('refuses a labeled metric, lists nothing without `normal` or at second step, and asks for a bounded number', async () => {
    const bench = rankingBench();
    L()(bench.storage, 'l');
    expect(show(await bench.ask('top_n(l,2,des)'))).toBe('UNKNOWN ! Metric: [l] is labeled value, does not support top_n query.');
    const half = await bench.ask('top_n(service_instance_resp_time,2,des)', { entity: { serviceName: 'service_A' } });
    expect(half.results).toEqual([{ labels: [], values: [] }]);
    const seconds = await bench.ask('top_n(service_resp_time,2,des)', { entity: {}, duration: { step: 'second', startMs: t0, endMs: t0 } });
    expect(seconds.results).toEqual([{ labels: [], values: [] }]);
    expect(bench.storage.tops).toEqual([]);
    await bench.ask('top_n(service_resp_time,99999999999999999999,des)', { entity: {} });
    expect(bench.storage.tops[0]?.limit).toBe(10_000);
  });
});

describe('MQE where upstream errs', () => {
  test.each([
    ['a * avg(n)', { a: S(), n: none }, 'TIME_SERIES_VALUES null null'],
    ['avg(n) * a', { a: S(), n: none }, 'TIME_SERIES_VALUES null null'],
    ['s + l', { s: S([undefined, 5]), l: L() }, 'TIME_SERIES_VALUES {label=1,label2=21} null 305 | {label=2,label2=21} null 306'],
    ['s - avg(v)', { s: S(), v: VL(1, 2) }, 'TIME_SERIES_VALUES {label=1,label2=21} 99 299 | {label=2,label2=21} 98 298'],
    ['sort_values(l,1,des,min)', { l: L(0, 900, 101, 301) }, 'TIME_SERIES_VALUES {label=2,label2=21} 101 301'],
    ['sort_values(l,1,des,max)', { l: L(0, 900, 101, 301) }, 'TIME_SERIES_VALUES {label=1,label2=21} 0 900'],
    ['sort_values(l,1,des,avg)', { l: L(0, 900, 101, 301) }, 'TIME_SERIES_VALUES {label=1,label2=21} 0 900'],
    ['a b', { a: S(), b: S() }, 'UNKNOWN ! line 1:2 found "b", expected the end of the text'],
  ])('%s is right', async (expression, data, expected) => {
    const bench = queryBench();
    for (const [name, fixture] of Object.entries(data)) fixture(bench.storage, name);
    expect(show(await bench.ask(expression))).toBe(expected);
  });
});
