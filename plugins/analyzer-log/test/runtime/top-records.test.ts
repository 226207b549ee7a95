import { serviceId } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import type { RuleOutcome } from '../../src/plan.js';
import { batchOf, logOf, nowUs, of, ruleOf, sceneOf, type SceneOptions } from './scene.js';

type Fields = RuleOutcome['fields'];

const statement = { id: 'q1', statement: 'select 1', latency: 250 };
const trace = { reason: 'SLOW', uri: '/carts', latency: 1200, processId: 'p1', destProcessId: 'p2', detectPoint: 'client', componentId: 49 };

/** A rule of MYSQL that takes the fields out of the body. */
function sceneFor(outputType: 'SlowSQL' | 'SampledTrace', says: Partial<RuleOutcome> = {}, options: SceneOptions = {}) {
  const rule = ruleOf({ layer: 'MYSQL', outputType }, ({ body }) => ({ fields: JSON.parse(body) as Fields, ...says }));
  return sceneOf({ rules: [rule], ...options });
}

function log(fields: Fields, parts: Parameters<typeof logOf>[0] = {}) {
  return logOf({ body: JSON.stringify(fields), ...parts });
}

describe('a slow statement', () => {
  it('is a row of the list of statements under its service, and no log', async () => {
    const { analyzer, rows, tops, entities, metrics } = await sceneFor('SlowSQL', { service: 'root@db' });
    analyzer.accept(batchOf([log(statement, { traceId: 't1', timeUs: nowUs + 5 })], of('MYSQL')));
    expect(tops()).toEqual([{
      tenant: '', time: nowUs + 5, list: 'top_n_database_statement', entity: serviceId({ name: 'root@db', normal: true }), id: 'q1',
      name: 'select 1', value: 250, trace_id: 't1', details: '',
    }]);
    expect(rows()).toEqual([]);
    expect(entities()).toEqual(['Service root@db MYSQL']);
    expect(metrics.value('meterlark_log_top_records_total')).toBe(1);
  });

  it('is of a conjectured service when nobody says which layer, and such services are not listed', async () => {
    const general = ruleOf({ outputType: 'SlowSQL' }, { fields: statement });
    const virtual = ruleOf({ outputType: 'SlowSQL' }, { fields: statement, layer: 'VIRTUAL_CACHE', service: 'redis:1' });
    const { analyzer, tops, entities } = await sceneOf({ rules: [general, virtual] });
    analyzer.accept(batchOf([logOf()]));
    expect(tops().map(({ entity }) => entity)).toEqual([serviceId({ name: 'shop', normal: false }), serviceId({ name: 'redis:1', normal: false })]);
    expect(entities().some((entity) => entity.includes('redis'))).toBe(false);
  });

  it.each([[{}], [{ ...statement, id: '' }], [{ ...statement, statement: undefined }], [{ ...statement, latency: 0 }], [{ ...statement, latency: 'fast' }], [{ ...statement, latency: Infinity }]])(
    'that lacks what makes it one is counted: %j', async (fields) => {
      const { analyzer, tops, dropped } = await sceneOf({ rules: [ruleOf({ outputType: 'SlowSQL' }, { fields })] });
      analyzer.accept(batchOf([logOf()]));
      expect(tops()).toEqual([]);
      expect(dropped('incomplete')).toBe(1);
    },
  );

  it('that its rule samples away is not stored', async () => {
    const { analyzer, tops, dropped } = await sceneFor('SlowSQL', { kept: false });
    analyzer.accept(batchOf([log(statement)], of('MYSQL')));
    expect([tops().length, dropped('sampled')]).toEqual([0, 1]);
  });

  it('is cut where it is too long, and its latency may be a text', async () => {
    const { analyzer, tops } = await sceneFor('SlowSQL', {}, { settings: { maxValueBytes: 50 } });
    analyzer.accept(batchOf([log({ id: 'i'.repeat(2000), statement: 's'.repeat(2000), latency: '12.6' })], of('MYSQL')));
    const [row] = tops();
    expect([(row?.['id'] as string).length, Buffer.byteLength(row?.['name'] as string), row?.['value']]).toEqual([1024, 50, 13]);
  });
});

describe('the slowest of ten minutes', () => {
  it('are fifty at their arrival, for each service, list and tenant', async () => {
    const { analyzer, tops, dropped } = await sceneFor('SlowSQL');
    const values = Array.from({ length: 60 }, (_, place) => place + 1);
    const batch = (tenant: string, name: string) => batchOf(values.map((latency) => log({ ...statement, latency: 61 - latency })), { tenant, ...of('MYSQL'), resource: { attributes: new Map([['service.name', name], ['service.layer', 'MYSQL']]) } });
    analyzer.accept(batch('', 'a'));
    // Falling values: after fifty none is greater than the smallest of them.
    expect(tops().map(({ value }) => value)).toEqual(values.slice(10).reverse());
    expect(dropped('not_slowest')).toBe(10);
    analyzer.accept(batch('', 'b'));
    analyzer.accept(batch('t', 'a'));
    expect(tops()).toHaveLength(150);
  });

  it('make room for greater ones, not for equal ones', async () => {
    const { analyzer, tops } = await sceneFor('SlowSQL');
    const send = (latency: number) => { analyzer.accept(batchOf([log({ ...statement, latency })], of('MYSQL'))); return tops().length; };
    for (let value = 1; value <= 50; value += 1) send(value * 10);
    expect([send(10), send(11), send(11), send(20), send(21), send(9999)]).toEqual([50, 51, 51, 52, 53, 54]);
  });

  it('go by the time of the record: those of other windows are others', async () => {
    const { analyzer, tops } = await sceneFor('SlowSQL');
    const many = (timeUs: number) => batchOf(Array.from({ length: 70 }, () => log(statement, { timeUs })), of('MYSQL'));
    analyzer.accept(many(nowUs));
    analyzer.accept(many(nowUs - 600_000_000));
    analyzer.accept(many(nowUs));
    expect(tops()).toHaveLength(100);
  });

  it('are followed for so many lists, and idle ones make room', async () => {
    const { analyzer, tops, metrics, clock, dropped } = await sceneFor('SlowSQL', {}, { settings: { maxTopLists: 3 } });
    const send = (name: string) => {
      const resource = { attributes: new Map([['service.name', name], ['service.layer', 'MYSQL']]) };
      analyzer.accept(batchOf([log(statement, { timeUs: clock.now() * 1000 })], { resource }));
    };
    for (const name of ['a', 'b', 'c', 'd', 'a']) send(name);
    expect(tops()).toHaveLength(4);
    expect(metrics.value('meterlark_log_top_lists_exceeded_total')).toBe(1);
    expect([dropped('lists_full'), dropped('not_slowest')]).toEqual([1, 0]);
    clock.advance(20 * 60_000);
    send('d');
    expect(tops()).toHaveLength(5);
  });

  it('of a tenant find room however many lists others have opened', async () => {
    const { analyzer, tops, dropped } = await sceneFor('SlowSQL', {}, { settings: { maxTopLists: 10 } });
    const send = (tenant: string, names: readonly string[]) => {
      for (const name of names) {
        const resource = { attributes: new Map([['service.name', name], ['service.layer', 'MYSQL']]) };
        analyzer.accept(batchOf([log(statement)], { resource, tenant }));
      }
      return tops().filter((row) => row['tenant'] === tenant).length;
    };
    const many = Array.from({ length: 50 }, (_, place) => `invented-${place}`);
    expect(send('bad', many)).toBe(10);
    expect([send('a', ['db-1', 'db-2']), send('b', ['db-1'])]).toEqual([2, 1]);
    expect(dropped('lists_full')).toBe(40);
    expect([send('a', many), send('bad', ['more'])]).toEqual([3, 10]);
  });

  it('of times that are over make room soon', async () => {
    const { analyzer, tops, clock } = await sceneFor('SlowSQL', {}, { settings: { maxTopLists: 3 } });
    const send = (name: string, ago: number) => {
      const resource = { attributes: new Map([['service.name', name], ['service.layer', 'MYSQL']]) };
      analyzer.accept(batchOf([log(statement, { timeUs: (clock.now() - ago * 3_600_000) * 1000 })], { resource }));
    };
    for (const ago of [3, 6, 9]) send('x', ago);
    send('db', 0);
    expect(tops()).toHaveLength(3);
    clock.advance(60_000);
    send('db', 0);
    expect(tops()).toHaveLength(4);
  });
});

describe('a sampled trace', () => {
  it.each([['SLOW', 'sampled_slow_trace_record'], ['status_4xx', 'sampled_status_4xx_trace_record'], ['STATUS_5XX', 'sampled_status_5xx_trace_record']])(
    'is a row of the list of its reason (%s) under the two processes', async (reason, list) => {
      const { analyzer, tops } = await sceneFor('SampledTrace');
      analyzer.accept(batchOf([log({ ...trace, reason }, { traceId: 't1' })], of('MYSQL')));
      const [row] = tops();
      expect(row).toMatchObject({ list, entity: 'p1-p2', id: 't1', name: '/carts', value: 1200, trace_id: 't1' });
      expect(JSON.parse(row?.['details'] as string)).toEqual({ service: 'shop', instance: '', layer: 'MYSQL', reason: reason.toUpperCase(), detectPoint: 'CLIENT', componentId: 49 });
    },
  );

  it.each([
    ['reason', 'toString'], ['reason', undefined], ['uri', ''], ['latency', -1], ['processId', undefined], ['destProcessId', ''],
    ['detectPoint', 'middle'], ['componentId', 0],
  ])('without a usable %s (%s) is counted', async (key, value) => {
    const { analyzer, tops, dropped } = await sceneOf({ rules: [ruleOf({ outputType: 'SampledTrace' }, { fields: { ...trace, [key]: value } })] });
    analyzer.accept(batchOf([logOf({ traceId: 't1' })]));
    expect([tops().length, dropped('incomplete')]).toEqual([0, 1]);
  });

  it('needs a trace', async () => {
    const { analyzer, dropped } = await sceneFor('SampledTrace');
    analyzer.accept(batchOf([log(trace)], of('MYSQL')));
    expect(dropped('incomplete')).toBe(1);
  });
});
