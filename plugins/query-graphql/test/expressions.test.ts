import type { ExpressionResult } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { graphql, nowMs } from './support.js';

const duration = { start: '2026-01-02 0300', end: '2026-01-02 0330', step: 'MINUTE' };

/** What swctl sends for `metrics exec`: every field of the entity, unused ones as "". */
const swctl = `query ($expression: String!, $entity: Entity!, $duration: Duration!) {
  result: execExpression(expression: $expression, entity: $entity, duration: $duration) {
    type
    results {
      metric { labels { key value } }
      values {
        id
        value
        traceID
        owner { scope serviceID serviceName normal serviceInstanceID serviceInstanceName endpointID endpointName }
      }
    }
    error
  }
}`;

const swctlEntity = {
  ...{ scope: 'ServiceInstance', serviceName: 'gw', normal: true, serviceInstanceName: 'pod', endpointName: '', processName: '' },
  ...{ destServiceName: '', destNormal: false, destServiceInstanceName: '', destEndpointName: '', destProcessName: '' },
};

const series: ExpressionResult = {
  type: 'TIME_SERIES_VALUES',
  error: undefined,
  results: [
    {
      labels: [{ key: 'p', value: '99' }],
      values: [
        { id: '1767322800000', value: 0.0625, owner: undefined, traceId: undefined },
        { id: '1767322860000', value: undefined, owner: undefined, traceId: undefined },
      ],
    },
  ],
};

describe('execExpression', () => {
  test('as swctl asks it: the entity without "" and scope, values as text, gaps as null', async () => {
    const server = graphql();
    server.expressions.answer = series;
    const { data, errors } = await server.ask(swctl, { expression: 'meter_x', entity: swctlEntity, duration: { ...duration, coldStage: false } });
    expect(errors).toBeUndefined();
    expect(server.expressions.asked).toEqual([
      {
        tenant: '',
        expression: 'meter_x',
        entity: { serviceName: 'gw', normal: true, serviceInstanceName: 'pod', destNormal: false },
        duration: { step: 'minute', startMs: Date.UTC(2026, 0, 2, 3, 0), endMs: Date.UTC(2026, 0, 2, 3, 30) },
      },
    ]);
    expect(data.result).toEqual({
      type: 'TIME_SERIES_VALUES',
      error: null,
      results: [
        {
          metric: { labels: [{ key: 'p', value: '99' }] },
          values: [
            { id: '1767322800000', value: '0.062', traceID: null, owner: null },
            { id: '1767322860000', value: null, traceID: null, owner: null },
          ],
        },
      ],
    });
  });

  test('owners of a sorted list keep their ids', async () => {
    const server = graphql();
    const owner = { scope: 'Service', serviceID: 'b3BlbmFp.0', serviceName: 'openai', normal: false } as const;
    const values = [{ id: 'openai', value: 2.5, owner, traceId: undefined }];
    server.expressions.answer = { type: 'SORTED_LIST', error: undefined, results: [{ labels: [], values }] };
    const { data } = await server.ask(swctl, { expression: 'top_n(x,1,des)', entity: {}, duration });
    const unused = { serviceInstanceID: null, serviceInstanceName: null, endpointID: null, endpointName: null };
    expect(data.result.results[0].values).toEqual([{ id: 'openai', value: '2.5', traceID: null, owner: { ...owner, ...unused } }]);
  });

  test('hundreds of aliases in one request reach the query layer in one turn of the event loop', async () => {
    const server = graphql();
    const aliases = Array.from(
      { length: 600 },
      (_, index) => `expression${index}: execExpression(expression: $expression${index}, entity: $entity, duration: $duration) {
        type results { metric { labels { key value } } values { id value } } error }`,
    );
    const names = Array.from({ length: 600 }, (_, index) => `$expression${index}: String!`);
    const query = `query queryData($duration: Duration!, $entity: Entity!, ${names.join(', ')}) { ${aliases.join('\n')} }`;
    const variables = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`expression${index}`, `metric_${index}`]));
    const { data, errors } = await server.ask(query, { ...variables, entity: { serviceName: 'gw', normal: true }, duration });
    expect(errors).toBeUndefined();
    expect(Object.keys(data)).toHaveLength(600);
    expect(server.expressions.turns).toEqual([600]);
    expect(server.expressions.asked.map(({ expression }) => expression)).toEqual(Array.from({ length: 600 }, (_, index) => `metric_${index}`));
  });

  test('one field that fails leaves the others their answers', async () => {
    const server = graphql();
    server.metadata.entities = () => Promise.reject(new Error('away'));
    const { status, data, errors } = await server.ask('{ version broken: getService(serviceId: "x") { id } typeOfMetrics(name: "x") }');
    expect([status, data]).toEqual([200, { version: '10.4.0-meterlark-0.1.0', broken: null, typeOfMetrics: 'UNKNOWN' }]);
    expect(errors?.map(({ path }) => path)).toEqual([['broken']]);
  });

  test('a wrong duration is an error of its field, and null climbs to the nearest nullable parent', async () => {
    const query = 'query ($d: Duration!) { version a: findEndpoint(serviceId: "x", limit: 1, duration: $d) { id } }';
    const { status, data, errors } = await graphql().ask(query, { d: { start: 'x', end: 'y', step: 'DAY' } });
    expect([status, data]).toEqual([200, null]);
    expect(errors?.[0]).toMatchObject({ path: ['a'], extensions: { code: 'METERLARK_GRAPHQL_BAD_DURATION' } });
  });

  test('a storage fault is told in band, logged, and says nothing of the store', async () => {
    const server = graphql();
    server.expressions.answer = new Error('connect ECONNREFUSED 10.0.0.1:9000');
    const { data, errors, text } = await server.ask(swctl, { expression: 'x', entity: {}, duration });
    expect(errors).toBeUndefined();
    expect(data.result).toEqual({ type: 'UNKNOWN', results: [], error: 'Internal IO exception, query metrics error.' });
    expect(text).not.toContain('10.0.0.1');
    expect(server.log.lines).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  test('an error of the expression is passed on in band', async () => {
    const server = graphql();
    server.expressions.answer = { type: 'UNKNOWN', results: [], error: 'Metric: [x] does not exist.' };
    const { data } = await server.ask(swctl, { expression: 'x', entity: {}, duration });
    expect(data.result).toEqual({ type: 'UNKNOWN', results: [], error: 'Metric: [x] does not exist.' });
  });

  test('debug gives a trace, and its absence null', async () => {
    const server = graphql();
    const query = `query ($e: Entity!, $d: Duration!, $debug: Boolean) { r: execExpression(expression: "x", entity: $e, duration: $d, debug: $debug, dumpDBRsp: false) {
      debuggingTrace { traceId condition startTime endTime duration spans { spanId parentSpanId operation startTime endTime duration msg error } } } }`;
    const { data } = await server.ask(query, { e: {}, d: duration, debug: true });
    expect(data.r.debuggingTrace).toMatchObject({ startTime: nowMs * 1_000_000, duration: 0, spans: [{ spanId: 0, parentSpanId: -1, operation: 'MQE' }] });
    expect((await server.ask(query, { e: {}, d: duration })).data.r.debuggingTrace).toBeNull();
  });
});

describe('durations', () => {
  const run = async (start: string, end: string, step: string) => {
    const server = graphql();
    const { data, errors } = await server.ask(swctl, { expression: 'x', entity: {}, duration: { start, end, step } });
    return { data, message: errors?.[0].message as string | undefined, asked: server.expressions.asked[0]?.duration };
  };

  test.each([
    ['2026-01-01', '2026-01-31', 'DAY', 'day', Date.UTC(2026, 0, 31)],
    ['2026-01-01 00', '2026-01-01 23', 'HOUR', 'hour', Date.UTC(2026, 0, 1, 23)],
    ['2026-01-01 0000', '2026-01-01 0820', 'MINUTE', 'minute', Date.UTC(2026, 0, 1, 8, 20)],
    ['2026-01-01 000000', '2026-01-01 000010', 'SECOND', 'second', Date.UTC(2026, 0, 1, 0, 0, 10)],
    ['2028-02-29', '2028-02-29', 'DAY', 'day', Date.UTC(2028, 1, 29)],
  ])('%s to %s by %s is understood', async (start, end, step, name, endMs) => {
    expect((await run(start, end, step)).asked).toMatchObject({ step: name, endMs });
  });

  test.each([
    ['2026-01-02', '2026-01-02 0300', 'MINUTE'],
    ['2026-01-02 03:00', '2026-01-02 03:30', 'MINUTE'],
    ['2026-01-02 0300', '2026-01-02 0330 ', 'MINUTE'],
    ['2026-1-2 0300', '2026-01-02 0330', 'MINUTE'],
    ['2026-02-30', '2026-03-01', 'DAY'],
    ['2026-13-01', '2026-13-02', 'DAY'],
    ['2026-01-02 24', '2026-01-02 25', 'HOUR'],
    ['', '', 'DAY'],
    ['x'.repeat(100_000), '2026-01-01', 'DAY'],
  ])('%.30s to %s by %s is an error', async (start, end, step) => {
    const { data, message, asked } = await run(start, end, step);
    expect([data, asked]).toEqual([null, undefined]);
    expect(message).toMatch(/^Duration data error, (start|end) "/);
    expect(message?.length).toBeLessThan(200);
  });

  test.each([
    ['2026-01-01 0000', '2026-01-01 0821', 'MINUTE', 'minutes'],
    ['2026-01-01 00', '2026-03-01 00', 'HOUR', 'hours'],
    ['2020-01-01', '2026-01-01', 'DAY', 'days'],
    ['2026-01-01 000000', '2026-01-01 000821', 'SECOND', 'seconds'],
    ['2026-01-01 0010', '2026-01-01 0009', 'MINUTE', 'minutes'],
  ])('%s to %s by %s is too long or backwards', async (start, end, step, unit) => {
    const { message } = await run(start, end, step);
    expect(message).toBe(`Duration data error, the range between the start time and the end time can't exceed 500 ${unit}`);
  });
});

describe('lists of records', () => {
  const query = 'query ($c: RecordCondition!, $d: Duration!) { readRecords(condition: $c, duration: $d) { name id value refId } }';
  const duration = { start: '2026-01-02 0300', end: '2026-01-02 0309', step: 'MINUTE' };
  const condition = { name: 'top_n_database_statement', parentEntity: { scope: 'Service', serviceName: 'mysql', normal: true }, topN: 5, order: 'DES' };

  test('are read by the expression that ranks them', async () => {
    const server = graphql();
    server.expressions.answer = { type: 'RECORD_LIST', error: undefined, results: [{ labels: [], values: [{ id: 'select 1', value: 900, owner: undefined, traceId: 't1' }] }] };
    const { data } = await server.ask(query, { c: condition, d: duration });
    expect(data.readRecords).toEqual([{ name: 'select 1', id: 'select 1', value: '900', refId: 't1' }]);
    expect(server.expressions.asked[0]).toMatchObject({ expression: 'top_n(top_n_database_statement,5,des)', entity: { serviceName: 'mysql', normal: true } });
  });

  test('of an unknown name are refused before it becomes an expression, and faults are told', async () => {
    const server = graphql();
    const evil = await server.ask(query, { c: { ...condition, name: 'x,1,des) + top_n(y' }, d: duration });
    expect([evil.errors![0].message, server.expressions.asked]).toEqual(['there is no list of records x,1,des) + top_n(y', []]);
    server.expressions.answer = { type: 'UNKNOWN', error: 'TopN value must be > 0.', results: [] };
    expect((await server.ask(query, { c: { ...condition, topN: 0 }, d: duration })).errors![0].message).toContain('TopN value must be > 0.');
  });

  test('are metrics of a type of their own', async () => {
    const { data } = await graphql().ask('{ one: typeOfMetrics(name: "top_n_database_statement") none: typeOfMetrics(name: "nope") }');
    expect(data).toEqual({ one: 'SAMPLED_RECORD', none: 'UNKNOWN' });
  });
});
