import { describe, expect, test } from 'vitest';
import { modelCall, storedSpan } from './fake-records.js';
import { graphql } from './support.js';

const duration = { start: '2026-01-02 03', end: '2026-01-02 04', step: 'HOUR' };
const range = { fromUs: Date.UTC(2026, 0, 2, 3) * 1000, toUs: Date.UTC(2026, 0, 2, 5) * 1000 };
const fields = `id traceId startTime durationMs source service provider model streaming status endState dimensions { key value }
  tokens { input output } cost { source totalUsd inputUsd outputUsd } revision content { key value } trace { spans { segmentId } }`;
const list = `query ($condition: ModelCallCondition!, $paging: Pagination) { queryModelCalls(condition: $condition, paging: $paging) { calls { ${fields} } } }`;

describe('model calls', () => {
  test('are listed with exact costs, content and their trace; what nobody said is null', async () => {
    const server = graphql();
    server.calls.found = [modelCall({})];
    server.calls.kept = [{ key: 'gen_ai.prompt', text: 'hi' }];
    server.traces.spans = [storedSpan({})];
    const { data, errors } = await server.ask(list, { condition: { queryDuration: duration } });
    expect(errors).toBeUndefined();
    expect(data.queryModelCalls.calls).toEqual([{
      id: 'c1', traceId: 't1', startTime: 1767323045000, durationMs: 12.5, source: 'otlp', service: 'shop', provider: 'openai',
      model: 'text-embedding-3-small', streaming: null, status: 'ok', endState: 'complete', dimensions: [{ key: 'org', value: 'x' }],
      tokens: { input: 8, output: null }, cost: { source: 'computed', totalUsd: '0.00000016', inputUsd: '0.00000016', outputUsd: null }, revision: 0,
      content: [{ key: 'gen_ai.prompt', value: 'hi' }], trace: { spans: [{ segmentId: 'a' }] },
    }]);
  });

  test('are filtered by fields, dimensions and cost, "" and null being absent', async () => {
    const server = graphql();
    const condition = {
      queryDuration: duration, service: 'shop', provider: '', model: null, status: 'error', minCostUsd: '0.5', maxCostUsd: '',
      tags: [{ key: 'org', value: 'x' }, { key: 'org', value: 'y' }], order: 'BY_COST', traceId: 't1',
    };
    await server.ask(list, { condition, paging: { pageNum: 2, pageSize: 5 } });
    expect(server.calls.asked).toEqual([{
      condition: { tenant: '', ...range, equals: { org: ['x', 'y'], service: ['shop'], status: ['error'] }, traceId: 't1', minCost: 500_000_000_000 },
      page: { orderBy: 'cost', descending: true, limit: 5, offset: 5 },
    }]);
  });

  test.each([
    ['no range', {}, 'METERLARK_GRAPHQL_NO_RANGE'],
    ['an amount that is none', { queryDuration: duration, minCostUsd: '1e3' }, 'METERLARK_GRAPHQL_BAD_AMOUNT'],
  ])('%s is refused', async (_what, condition, code) => {
    const { errors } = await graphql().ask(list, { condition });
    expect(errors![0].extensions.code).toBe(code);
  });

  test('one is found by its id', async () => {
    const server = graphql();
    server.calls.found = [modelCall({})];
    expect((await server.ask('{ a: modelCall(id: "c1") { model } b: modelCall(id: "none") { model } }')).data).toEqual({ a: { model: 'text-embedding-3-small' }, b: null });
  });
});

describe('a breakdown', () => {
  const query = `query ($by: [String!]!, $measures: [String!]!, $d: Duration!) {
    modelCallBreakdown(groupBy: $by, measures: $measures, duration: $d, condition: { provider: "openai" }, limit: 7) { groups { key value } time measures { name value } }
  }`;

  test('names groups and measures, null where a cost is unknown', async () => {
    const server = graphql();
    server.calls.rows = [{ groups: ['gpt', 'x'], bucketUs: undefined, values: [3, '0.25'] }, { groups: ['new', ''], bucketUs: undefined, values: [1, undefined] }];
    const { data } = await server.ask(query, { by: ['model', 'org'], measures: ['calls', 'costUsd'], d: duration });
    expect(data.modelCallBreakdown).toEqual([
      { groups: [{ key: 'model', value: 'gpt' }, { key: 'org', value: 'x' }], time: null, measures: [{ name: 'calls', value: '3' }, { name: 'costUsd', value: '0.25' }] },
      { groups: [{ key: 'model', value: 'new' }, { key: 'org', value: '' }], time: null, measures: [{ name: 'calls', value: '1' }, { name: 'costUsd', value: null }] },
    ]);
    expect(server.calls.askedBreakdowns[0]).toEqual({
      condition: { tenant: '', ...range, equals: { provider: ['openai'] } }, groupBy: ['model', 'org'], measures: ['calls', 'costUsd'], limit: 7,
    });
  });

  test('goes by the step of the duration when grouped by time', async () => {
    const server = graphql();
    server.calls.rows = [{ groups: [], bucketUs: range.fromUs, values: [3] }];
    const { data } = await server.ask(query, { by: ['time'], measures: ['calls'], d: duration });
    expect(data.modelCallBreakdown[0]).toEqual({ groups: [], time: range.fromUs / 1000, measures: [{ name: 'calls', value: '3' }] });
    expect(server.calls.askedBreakdowns[0]).toMatchObject({ groupBy: [], bucketUs: 3_600_000_000 });
  });

  test('refuses a measure that is none, naming those there are', async () => {
    const { errors } = await graphql().ask(query, { by: [], measures: ['cost'], d: duration });
    expect([errors![0].extensions.code, errors![0].extensions.cure]).toEqual(['METERLARK_GRAPHQL_UNKNOWN_MEASURE', expect.stringContaining('costUsd')]);
  });
});

test('models without a price are listed', async () => {
  const server = graphql();
  server.calls.models = [{ provider: 'openai', model: 'new', calls: 2, inputTokens: 7, outputTokens: 5, lastSeenUs: 1_500_900 }];
  const { data } = await server.ask('query ($d: Duration!) { unpricedModels(duration: $d) { provider model calls inputTokens outputTokens lastSeen } }', { d: duration });
  expect(data.unpricedModels).toEqual([{ provider: 'openai', model: 'new', calls: 2, inputTokens: 7, outputTokens: 5, lastSeen: 1500 }]);
});
