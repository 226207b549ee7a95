import { AnalyzerModule, endpointId, instanceId, LogTrial, serviceId, type LogTrialResult } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { modelCall, storedLog, storedSpan } from './fake-records.js';
import { graphql } from './support.js';

const duration = { start: '2026-01-02 030000', end: '2026-01-02 030959', step: 'SECOND' };
const basic = { queryDuration: duration, paging: { pageNum: 1, pageSize: 21 } };
const list = `query ($condition: LogQueryCondition) { queryLogs(condition: $condition) { errorReason logs {
  serviceName serviceId serviceInstanceName serviceInstanceId endpointName endpointId traceId timestamp contentType content tags { key value }
  spanId severity layer
} } }`;
const gateway = { name: 'gateway', normal: true };

describe('a list of logs', () => {
  test('shows what is stored, and null for what a log does not have', async () => {
    const server = graphql();
    server.logs.found = [
      storedLog({ tags: { ai_route_type: 'llm', response_code: '404' } }),
      storedLog({ endpoint: '/chat', traceId: 't1', spanId: 's1', severity: 'ERROR', contentType: 'json', body: '{}' }),
    ];
    const { data, errors } = await server.ask(list, { condition: basic });
    expect(errors).toBeUndefined();
    const who = { serviceName: 'gateway', serviceId: serviceId(gateway), serviceInstanceName: 'aigw-1', serviceInstanceId: instanceId(gateway, 'aigw-1') };
    const common = { ...who, timestamp: 1_767_323_045_000, layer: 'ENVOY_AI_GATEWAY' };
    expect(data.queryLogs).toEqual({
      errorReason: null,
      logs: [
        {
          ...common, endpointName: null, endpointId: null, traceId: null, spanId: null, severity: null, contentType: 'TEXT',
          content: 'POST /v1/chat/completions 404', tags: [{ key: 'ai_route_type', value: 'llm' }, { key: 'response_code', value: '404' }],
        },
        {
          ...common, endpointName: '/chat', endpointId: endpointId(gateway, '/chat'), traceId: 't1', spanId: 's1', severity: 'ERROR', contentType: 'JSON',
          content: '{}', tags: [],
        },
      ],
    });
  });

  test('ids, tags, keywords, trace, order and page become a condition of the query layer', async () => {
    const server = graphql();
    server.traces.tagKeys = ['level'];
    const condition = {
      ...basic, serviceId: serviceId(gateway), serviceInstanceId: instanceId(gateway, 'aigw-1'), endpointId: endpointId(gateway, '/chat'),
      relatedTrace: { traceId: ' t1 ', segmentId: 's1', spanId: 3 }, tags: [{ key: ' level ', value: ' ERROR ' }],
      keywordsOfContent: ['timeout', ''], excludingKeywordsOfContent: ['health'], queryOrder: 'ASC', paging: { pageNum: 4, pageSize: 1 },
    };
    await server.ask(list, { condition });
    expect(server.logs.asked).toEqual([{
      condition: {
        tenant: '', fromUs: Date.UTC(2026, 0, 2, 3, 0) * 1000, toUs: Date.UTC(2026, 0, 2, 3, 10) * 1000, service: 'gateway', instance: 'aigw-1',
        endpoint: '/chat', traceId: 't1', segmentId: 's1', segmentSpan: 3, tags: [{ key: 'level', value: 'ERROR' }],
        keywords: ['timeout', ''], excludedKeywords: ['health'],
      },
      page: { descending: false, limit: 1, offset: 3 },
    }]);
    expect(server.traces.askedFacets[0]).toMatchObject({ list: 'log_tag_key' });
  });

  test('what swctl sends empty is absent, and the newest come first', async () => {
    const server = graphql();
    const empty = { serviceId: '', serviceInstanceId: '', endpointId: '', relatedTrace: { traceId: '' }, tags: [], queryOrder: null };
    await server.ask(list, { condition: { ...basic, ...empty } });
    const [asked] = server.logs.asked;
    expect(Object.keys(asked!.condition).sort()).toEqual(['excludedKeywords', 'fromUs', 'keywords', 'tags', 'tenant', 'toUs']);
    expect(asked!.page.descending).toBe(true);
  });

  test.each([
    ['an id that is none', { serviceId: '??' }],
    ['ids of two services', { serviceId: serviceId(gateway), serviceInstanceId: instanceId({ name: 'other', normal: true }, 'x') }],
    ['a tag that nobody may search by', { tags: [{ key: 'secret', value: 'x' }] }],
    ['no duration and an empty trace id', { queryDuration: null, relatedTrace: { traceId: '' } }],
  ])('%s finds nothing, without asking', async (_what, over) => {
    const server = graphql();
    server.logs.found = [storedLog({})];
    const { data } = await server.ask(list, { condition: { ...basic, ...over } });
    expect([data.queryLogs.logs, server.logs.asked]).toEqual([[], []]);
  });

  test.each([['no range', { ...basic, queryDuration: null }], ['no condition', null]])('%s is refused in the words that clients know', async (_what, condition) => {
    const { errors } = await graphql().ask(list, { condition });
    expect(errors![0].message).toBe('The condition must contains either queryDuration or relatedTrace.');
  });

  test('a related trace needs no duration', async () => {
    const server = graphql();
    await server.ask(list, { condition: { paging: { pageSize: 5 }, relatedTrace: { traceId: 't1' } } });
    expect(server.logs.asked[0]!.condition).toMatchObject({ traceId: 't1', fromUs: 0 });
  });

  test('is found by names too; those of a conjectured layer have no logs', async () => {
    const server = graphql();
    const byName = 'query ($condition: LogQueryConditionByName) { queryLogsByName(condition: $condition) { logs { content } } }';
    const instance = { serviceName: 'gateway', instanceName: 'aigw-1', layer: 'ENVOY_AI_GATEWAY' };
    await server.ask(byName, { condition: { ...basic, instance } });
    expect(server.logs.asked[0]!.condition).toMatchObject({ service: 'gateway', instance: 'aigw-1' });
    await server.ask(byName, { condition: { ...basic, service: { serviceName: 'openai', layer: 'VIRTUAL_GENAI' } } });
    expect(server.logs.asked).toHaveLength(1);
  });

  test('links each access log with its model call, all of a page found together, and with its trace', async () => {
    const server = graphql();
    server.traces.spans = [storedSpan({})];
    server.logs.found = [storedLog({ body: 'one', traceId: 't1' }), storedLog({ body: 'two' }), storedLog({ body: 'three' })];
    server.logs.told.set('one', modelCall({ id: 'c1' })).set('three', modelCall({ id: 'c3', traceId: '', spanId: '', requestId: 'r3' }));
    const linked = 'query ($condition: LogQueryCondition) { queryLogs(condition: $condition) { logs { content modelCall { id requestId trace { cut } } trace { spans { spanId } } } } }';
    const { data, errors } = await server.ask(linked, { condition: basic });
    expect(errors).toBeUndefined();
    expect(data.queryLogs.logs).toEqual([
      { content: 'one', modelCall: { id: 'c1', requestId: null, trace: { cut: false } }, trace: { spans: [{ spanId: 0 }] } },
      { content: 'two', modelCall: null, trace: null },
      { content: 'three', modelCall: { id: 'c3', requestId: 'r3', trace: null }, trace: null },
    ]);
    expect(server.logs.askedCalls.map((logs) => logs.length)).toEqual([3]);
  });

  test('tells its own trace when asked to', async () => {
    const debug = 'query ($condition: LogQueryCondition) { queryLogs(condition: $condition, debug: true) { debuggingTrace { spans { operation } } } }';
    const { data } = await graphql().ask(debug, { condition: basic });
    expect(data.queryLogs.debuggingTrace.spans).toEqual([{ operation: 'Query logs' }]);
  });
});

test('keywords are supported, and tags complete from the lists of logs', async () => {
  const server = graphql();
  server.traces.tagKeys = ['level'];
  const minutes = { start: '2026-01-02 0300', end: '2026-01-02 0309', step: 'MINUTE' };
  const query = `query ($duration: Duration!) {
    supportQueryLogsByKeywords queryLogTagAutocompleteKeys(duration: $duration) queryLogTagAutocompleteValues(tagKey: "level", duration: $duration)
  }`;
  const { data } = await server.ask(query, { duration: minutes });
  expect(data).toEqual({ supportQueryLogsByKeywords: true, queryLogTagAutocompleteKeys: ['level'], queryLogTagAutocompleteValues: ['level-value'] });
  expect(server.traces.askedFacets.map(({ list: name, key }) => [name, key])).toEqual([['log_tag', undefined], ['log_tag', 'level']]);
});

describe('a rule on trial', () => {
  const query = 'query ($requests: LogTestRequest!) { test(requests: $requests) { log { content timestamp } metrics { name value timestamp tags { key value } } } }';
  const requests = { dsl: 'filter { sink {} }', log: '{}' };

  test('shows the log that it would keep, and its samples', async () => {
    const server = graphql();
    const answer: LogTrialResult = { log: storedLog({}), samples: [{ name: 'errors', labels: { level: 'ERROR' }, value: 1.6, timeMs: 5 }] };
    server.trial.answer = answer;
    const { data, errors } = await server.ask(query, { requests });
    expect(errors).toBeUndefined();
    expect(data.test).toEqual({
      log: { content: 'POST /v1/chat/completions 404', timestamp: 1_767_323_045_000 },
      metrics: [{ name: 'errors', value: 2, timestamp: 5, tags: [{ key: 'level', value: 'ERROR' }] }],
    });
    expect(server.trial.asked).toEqual([requests]);
  });

  test('that keeps nothing shows none', async () => {
    const { data } = await graphql().ask(query, { requests });
    expect(data.test).toEqual({ log: null, metrics: [] });
  });

  test('needs an analyzer of logs', async () => {
    const server = graphql();
    server.services.delete(LogTrial.key);
    const { errors } = await server.ask(query, { requests });
    expect(errors![0].message).toContain('no analyzer of logs runs');
    expect(AnalyzerModule.offers).toContain(LogTrial);
  });
});
