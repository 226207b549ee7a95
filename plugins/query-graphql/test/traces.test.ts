import { endpointId, instanceId, serviceId, type StoredSpan } from '@meterlark/core';
import { describe, expect, test } from 'vitest';
import { modelCall, storedSpan } from './fake-records.js';
import { graphql } from './support.js';

const duration = { start: '2026-01-02 0300', end: '2026-01-02 0309', step: 'MINUTE' };
const basic = { queryDuration: duration, traceState: 'ALL', queryOrder: 'BY_START_TIME', paging: { pageNum: 1, pageSize: 20 } };
const list = `query ($condition: TraceQueryCondition) {
  queryBasicTraces(condition: $condition) { traces { segmentId endpointNames duration start isError traceIds } }
}`;
const shop = { name: 'shop', normal: true };

describe('a list of traces', () => {
  test('has a row for each entry of a request, times as the protocol writes them', async () => {
    const server = graphql();
    server.traces.spans = [storedSpan({ status: 'error' }), storedSpan({ spanId: 'b', entry: false })];
    const { data, errors } = await server.ask(list, { condition: basic });
    expect(errors).toBeUndefined();
    expect(data.queryBasicTraces.traces).toEqual([
      { segmentId: 'a', endpointNames: ['GET /'], duration: 12, start: '1767323045000', isError: true, traceIds: ['t1'] },
    ]);
  });

  test('ids become names, ms become ns, and what is "" or null is absent', async () => {
    const server = graphql();
    server.traces.tagKeys = ['http.method'];
    const condition = {
      ...basic, serviceId: serviceId(shop), serviceInstanceId: instanceId(shop, 'pod-1'), endpointId: endpointId(shop, '/chat'), traceId: '',
      minTraceDuration: 5, maxTraceDuration: 0, traceState: 'ERROR', queryOrder: 'BY_DURATION', tags: [{ key: ' http.method ', value: ' GET ' }],
      paging: { pageNum: 3, pageSize: 10 },
    };
    await server.ask(list, { condition });
    expect(server.traces.asked).toEqual([{
      condition: {
        tenant: '', fromUs: Date.UTC(2026, 0, 2, 3, 0) * 1000, toUs: Date.UTC(2026, 0, 2, 3, 10) * 1000, service: 'shop', instance: 'pod-1',
        name: '/chat', minDurationNs: 5_000_000, failed: true, tags: [{ key: 'http.method', value: 'GET' }],
      },
      page: { orderBy: 'duration', limit: 10, offset: 20 },
    }]);
    await server.ask(list, { condition: { ...basic, serviceId: '', endpointId: null, serviceInstanceId: '' } });
    expect(server.traces.asked[1]!.condition).toMatchObject({ tags: [] });
    expect(server.traces.asked[1]!.condition.service).toBeUndefined();
  });

  test.each([
    ['an id that is none', { serviceId: '??' }],
    ['ids of two services', { serviceId: serviceId(shop), endpointId: endpointId({ name: 'other', normal: true }, '/') }],
    ['a tag that nobody may search by', { tags: [{ key: 'secret', value: 'x' }] }],
  ])('%s finds nothing, without asking', async (_what, over) => {
    const server = graphql();
    server.traces.spans = [storedSpan({})];
    const { data } = await server.ask(list, { condition: { ...basic, ...over } });
    expect([data.queryBasicTraces.traces, server.traces.asked]).toEqual([[], []]);
  });

  test('without a duration or a trace id is refused in the words that clients know', async () => {
    const { errors } = await graphql().ask(list, { condition: { ...basic, queryDuration: null, traceId: '' } });
    expect(errors![0].message).toBe('The condition must contains either queryDuration or traceId.');
  });

  test('is found by names too; those of a conjectured layer have no traces', async () => {
    const server = graphql();
    const byName = `query ($condition: TraceQueryConditionByName) { queryBasicTracesByName(condition: $condition) { traces { segmentId } } }`;
    const endpoint = { serviceName: 'shop', endpointName: '/chat', layer: 'GENERAL' };
    await server.ask(byName, { condition: { ...basic, service: { serviceName: 'shop', layer: '' }, endpoint } });
    expect(server.traces.asked[0]!.condition).toMatchObject({ service: 'shop', name: '/chat' });
    await server.ask(byName, { condition: { ...basic, service: { serviceName: 'openai', layer: 'VIRTUAL_GENAI' } } });
    expect(server.traces.asked).toHaveLength(1);
  });

  test('tells its own trace when asked to', async () => {
    const debug = list.replace('(condition: $condition)', '(condition: $condition, debug: true)').replace('traces {', 'debuggingTrace { duration spans { operation } } traces {');
    const { data } = await graphql().ask(debug, { condition: basic });
    expect(data.queryBasicTraces.debuggingTrace.spans).toEqual([{ operation: 'Query traces' }]);
  });
});

const whole = `query ($id: ID!) { queryTrace(traceId: $id) { spans {
  traceId segmentId spanId parentSpanId refs { traceId parentSegmentId parentSpanId type } serviceCode serviceInstanceName startTime endTime
  endpointName type peer component isError layer tags { key value } logs { time data { key value } } attachedEvents { event }
} modelCalls { id cost { totalUsd } } } }`;

describe('a trace', () => {
  test('shows a span of OTLP as a segment of its own, linked to its parent', async () => {
    const server = graphql();
    const chat: Partial<StoredSpan> = {
      spanId: 'b', parentSpanId: 'a', kind: 'client', entry: false, name: 'chat gpt', status: 'error', statusMessage: 'no', peer: 'api.openai.com', traceState: 'k=v',
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 12 },
      events: [{ timeUs: 1_767_323_045_001_900, name: 'exception', attributes: { 'exception.type': 'E' } }],
    };
    server.traces.spans = [storedSpan(chat), storedSpan({})];
    server.calls.found = [modelCall({})];
    const { data, errors } = await server.ask(whole, { id: 't1' });
    expect(errors).toBeUndefined();
    expect(data.queryTrace.spans.map(({ segmentId }: { segmentId: string }) => segmentId)).toEqual(['a', 'b']);
    expect(data.queryTrace.spans[1]).toEqual({
      traceId: 't1', segmentId: 'b', spanId: 0, parentSpanId: -1, refs: [{ traceId: 't1', parentSegmentId: 'a', parentSpanId: 0, type: 'CROSS_PROCESS' }],
      serviceCode: 'shop', serviceInstanceName: 'pod-1', startTime: 1767323045000, endTime: 1767323045012, endpointName: 'chat gpt', type: 'Exit',
      peer: 'api.openai.com', component: 'lib', isError: true, layer: 'GenAI',
      tags: [
        { key: 'gen_ai.operation.name', value: 'chat' }, { key: 'gen_ai.usage.input_tokens', value: '12' },
        { key: 'otel.status_description', value: 'no' }, { key: 'w3c.tracestate', value: 'k=v' },
      ],
      logs: [{ time: 1767323045001, data: [{ key: 'event', value: 'exception' }, { key: 'exception.type', value: 'E' }] }],
      attachedEvents: [],
    });
    expect(data.queryTrace.modelCalls).toEqual([{ id: 'c1', cost: { totalUsd: '0.00000016' } }]);
    expect(server.calls.asked[0]!.condition).toMatchObject({ traceId: 't1' });
  });

  test('shows a span of SkyWalking as its agent sent it', async () => {
    const server = graphql();
    const ref = { type: 'CROSS_PROCESS', traceId: 't1', parentSegmentId: 'up', parentSpanId: 2, parentService: '', parentInstance: '', parentEndpoint: '', networkAddress: '' } as const;
    const segment = { segmentId: 'seg', spanId: 1, parentSpanId: 0, refs: [ref], componentId: 2, layer: 'Http', type: 'Exit', skipAnalysis: false } as const;
    server.traces.spans = [storedSpan({ protocol: 'skywalking', spanId: 'seg.1', parentSpanId: 'up.2', segment })];
    const { data } = await server.ask(whole, { id: 't1' });
    expect(data.queryTrace.spans[0]).toMatchObject({
      segmentId: 'seg', spanId: 1, parentSpanId: 0, type: 'Exit', layer: 'Http', component: 'HttpClient',
      refs: [{ traceId: 't1', parentSegmentId: 'up', parentSpanId: 2, type: 'CROSS_PROCESS' }],
    });
  });

  test('goes from roots down, depth first, and shows spans that are their own ancestors', async () => {
    const server = graphql();
    const span = (spanId: string, parentSpanId: string) => storedSpan({ spanId, parentSpanId });
    server.traces.spans = [span('c', 'b'), span('r1', ''), span('a', 'r1'), span('r2', 'elsewhere'), span('b', 'r1'), span('x', 'y'), span('y', 'x'), span('z', 'z')];
    const { data } = await server.ask(whole, { id: 't1' });
    expect(data.queryTrace.spans.map(({ segmentId }: { segmentId: string }) => segmentId)).toEqual(['r1', 'a', 'b', 'c', 'r2', 'z', 'x', 'y']);
  });

  test('of 20,000 spans one below the other is answered whole', async () => {
    const server = graphql();
    server.traces.spans = Array.from({ length: 20_000 }, (_, index) => storedSpan({ spanId: `s${index}`, parentSpanId: index === 0 ? '' : `s${index - 1}` }));
    const { data } = await server.ask('{ queryTrace(traceId: "t1") { spans { segmentId } } }');
    expect(data.queryTrace.spans).toHaveLength(20_000);
  });

  test('that is not known has no spans', async () => {
    expect((await graphql().ask('{ queryTrace(traceId: "none") { spans { segmentId } } }')).data).toEqual({ queryTrace: { spans: [] } });
  });
});

test('whole traces come by condition, each once', async () => {
  const server = graphql();
  server.traces.spans = [storedSpan({}), storedSpan({ spanId: 'b', parentSpanId: 'a', service: 'pay', startUs: 1_767_323_046_000_000 }), storedSpan({ traceId: 't2' })];
  const query = 'query ($condition: TraceQueryCondition) { hasQueryTracesV2Support queryTraces(condition: $condition) { traces { spans { segmentId } } retrievedTimeRange { startTime endTime } } }';
  const { data } = await server.ask(query, { condition: basic });
  expect(data).toEqual({
    hasQueryTracesV2Support: true,
    queryTraces: {
      traces: [{ spans: [{ segmentId: 'a' }, { segmentId: 'b' }] }, { spans: [{ segmentId: 'a' }] }],
      retrievedTimeRange: { startTime: 1767323045000, endTime: 1767323046000 },
    },
  });
});

test('tags that may be searched by, and their values, are offered', async () => {
  const server = graphql();
  server.traces.tagKeys = ['http.method'];
  const { data } = await server.ask(
    'query ($d: Duration!) { queryTraceTagAutocompleteKeys(duration: $d) queryTraceTagAutocompleteValues(tagKey: "http.method", duration: $d) }',
    { d: duration },
  );
  expect(data).toEqual({ queryTraceTagAutocompleteKeys: ['http.method'], queryTraceTagAutocompleteValues: ['http.method-value'] });
  expect(server.traces.askedFacets.map(({ list: name, limit }) => [name, limit])).toEqual([['trace_tag', 100], ['trace_tag', 100]]);
});
