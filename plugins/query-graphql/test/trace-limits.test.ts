/** What a request for whole traces may cost. */
import type { StoredSpan } from '@meterlark/core';
import { describe, expect, test, vi } from 'vitest';
import { modelCall, storedSpan } from './fake-records.js';
import { graphql } from './support.js';

const basic = {
  queryDuration: { start: '2026-01-02 0300', end: '2026-01-02 0309', step: 'MINUTE' }, traceState: 'ALL', queryOrder: 'BY_START_TIME', paging: { pageNum: 1, pageSize: 20 },
};
const callsWithTraces = '{ queryModelCalls(condition: { traceId: "any" }, paging: { pageSize: 1000 }) { calls { id trace { spans { segmentId } } } } }';

describe('spans of one id', () => {
  const half = (spanId: string, parentSpanId: string, kind: StoredSpan['kind'], service: string) => storedSpan({ spanId, parentSpanId, kind, service });
  const query = '{ queryTrace(traceId: "t1") { spans { segmentId spanId parentSpanId type refs { parentSegmentId parentSpanId } } } }';

  test('are shown once each: the server below the client, and children below the server', async () => {
    const server = graphql();
    server.traces.spans = [half('b', 'a', 'server', 'pay'), half('b', 'a', 'client', 'shop'), half('c', 'b', 'internal', 'pay'), half('a', '', 'server', 'shop')];
    const { data } = await server.ask(query);
    expect(data.queryTrace.spans).toEqual([
      { segmentId: 'a', spanId: 0, parentSpanId: -1, type: 'Entry', refs: [] },
      { segmentId: 'b', spanId: 1, parentSpanId: -1, type: 'Exit', refs: [{ parentSegmentId: 'a', parentSpanId: 0 }] },
      { segmentId: 'b', spanId: 0, parentSpanId: 1, type: 'Entry', refs: [] },
      { segmentId: 'c', spanId: 0, parentSpanId: -1, type: 'Local', refs: [{ parentSegmentId: 'b', parentSpanId: 0 }] },
    ]);
  });

  test('do not multiply, however many lie below each other', async () => {
    const server = graphql();
    server.traces.spans = Array.from({ length: 32 }, (_, index) =>
      half(`s${index >> 1}`, index < 2 ? '' : `s${(index >> 1) - 1}`, index % 2 === 0 ? 'client' : 'server', `service-${(index + 1) >> 1}`));
    const { data } = await server.ask('{ queryTrace(traceId: "t1") { spans { segmentId type } } }');
    expect(data.queryTrace.spans.map(({ type }: { type: string }) => type)).toEqual(Array.from({ length: 16 }, () => ['Exit', 'Entry']).flat());
  });

  test('and several sides of one kind, and circles through shared ids, are each shown once', async () => {
    const server = graphql();
    const kinds = ['client', 'client', 'server', 'server', 'internal'] as const;
    server.traces.spans = [...kinds.map((kind, index) => half('x', 'y', kind, `${index}`)), ...kinds.map((kind, index) => half('y', 'x', kind, `${index}`))];
    const { data } = await server.ask(query);
    expect(new Set(data.queryTrace.spans.map(({ segmentId, spanId }: StoredSpan & { segmentId: string }) => `${segmentId} ${spanId}`)).size).toBe(10);
    expect(data.queryTrace.spans).toHaveLength(10);
  });
});

describe('the trace of the model calls of a trace', () => {
  test.each([
    ['plainly', '{ queryTrace(traceId: "t1") { modelCalls { trace { spans { segmentId } } } } }'],
    ['by aliases', '{ a: queryTrace(traceId: "t1") { b: modelCalls { c: trace { spans { segmentId } } } } }'],
    ['by fragments', '{ modelCall(id: "c1") { ...call } } fragment call on ModelCall { trace { ...whole } } fragment whole on Trace { modelCalls { ... { ...call } } }'],
    ['by fragments of a fragment', '{ queryTrace(traceId: "t1") { modelCalls { ...a } } } fragment a on ModelCall { ...b } fragment b on ModelCall { trace { spans { segmentId } } }'],
  ])('is refused when asked for %s', async (_how, query) => {
    const { data, errors } = await graphql().ask(query);
    expect([data, errors?.[0].extensions?.code]).toEqual([undefined, 'METERLARK_GRAPHQL_TRACE_CIRCLE']);
  });

  test('is not the calls of the trace of a call', async () => {
    const server = graphql();
    server.traces.spans = [storedSpan({})];
    server.calls.found = [modelCall({})];
    const { data, errors } = await server.ask('{ modelCall(id: "c1") { trace { spans { segmentId } modelCalls { id } } } }');
    expect([errors, data.modelCall]).toEqual([undefined, { trace: { spans: [{ segmentId: 'a' }], modelCalls: [{ id: 'c1' }] } }]);
  });
});

describe('traces of many calls', () => {
  test('are read together, each once', async () => {
    const server = graphql();
    const read = vi.spyOn(server.traces, 'traces');
    server.calls.found = ['t1', 't2', 't1'].map((traceId, index) => modelCall({ id: `c${index}`, traceId }));
    server.traces.spans = [storedSpan({}), storedSpan({ traceId: 't2', spanId: 'b' })];
    const { data } = await server.ask(callsWithTraces);
    expect(data.queryModelCalls.calls.map(({ trace }: { trace: { spans: { segmentId: string }[] } }) => trace.spans[0]!.segmentId)).toEqual(['a', 'b', 'a']);
    expect(read.mock.calls).toEqual([['', ['t1', 't2']]]);
  });

  test('are at most fifty in a request, and one error says so', async () => {
    const server = graphql();
    server.calls.found = Array.from({ length: 60 }, (_, index) => modelCall({ id: `c${index}`, traceId: `t${index}` }));
    const { data, errors } = await server.ask(callsWithTraces);
    expect(data.queryModelCalls.calls.filter(({ trace }: { trace: unknown }) => trace !== null)).toHaveLength(50);
    expect(errors?.map(({ extensions, message }) => [extensions.code, message])).toEqual([
      ['METERLARK_GRAPHQL_TOO_MANY_TRACES', 'the request shows more than 50 traces; what is beyond is left out'],
    ]);
  });

  test('are not shown again and again without end', async () => {
    const server = graphql();
    server.calls.found = Array.from({ length: 100 }, (_, index) => modelCall({ id: `c${index}` }));
    server.traces.spans = Array.from({ length: 9_000 }, (_, index) => storedSpan({ spanId: `s${index}` }));
    const { data, errors } = await server.ask(callsWithTraces);
    expect(data.queryModelCalls.calls.filter(({ trace }: { trace: unknown }) => trace !== null)).toHaveLength(4);
    expect(errors).toHaveLength(1);
  });

  test('do not hold up others, nor does one large trace', async () => {
    const server = graphql();
    server.traces.spans = Array.from({ length: 10_000 }, (_, index) => storedSpan({ spanId: `s${index}`, attributes: { text: 'x'.repeat(100) } }));
    let turns = 0;
    const ticker = setInterval(() => { turns += 1; }, 0);
    const { data } = await server.ask('{ queryTrace(traceId: "t1") { cut spans { segmentId tags { key value } } } }');
    clearInterval(ticker);
    expect([data.queryTrace.cut, data.queryTrace.spans.length, turns > 5]).toEqual([false, 10_000, true]);
  });
});

describe('lists of whole traces', () => {
  const query = 'query ($condition: TraceQueryCondition) { queryTraces(condition: $condition) { cut traces { cut spans { segmentId } } } }';

  test('hold a trace once when its id came in both spellings', async () => {
    const server = graphql();
    const read = vi.spyOn(server.traces, 'traces');
    server.traces.spans = ['aaaaaaaaaaaaaaaa', '0000000000000000aaaaaaaaaaaaaaaa'].map((traceId) => storedSpan({ traceId }));
    await server.ask(query, { condition: basic });
    expect(read.mock.calls[0]![1]).toHaveLength(1);
  });

  test('say what the limit of spans left out', async () => {
    const server = graphql();
    server.traces.spans = [storedSpan({})];
    vi.spyOn(server.traces, 'traces').mockResolvedValue([{ traceId: 't1', spans: [storedSpan({})], cut: true }, { traceId: 't2', spans: [], cut: true }]);
    const { data } = await server.ask(query, { condition: basic });
    expect(data.queryTraces).toEqual({ cut: true, traces: [{ cut: true, spans: [{ segmentId: 'a' }] }] });
  });
});

describe('pages', () => {
  const traces = 'query ($condition: TraceQueryCondition) { queryBasicTraces(condition: $condition) { traces { segmentId } } }';
  test.each([{ pageNum: 2_147_483_647, pageSize: 2_147_483_647 }, { pageNum: 10_001, pageSize: 10 }])('of traces reach to row 100,000: %j', async (paging) => {
    const server = graphql();
    const { errors } = await server.ask(traces, { condition: { ...basic, paging } });
    expect([errors?.[0].extensions.code, server.traces.asked]).toEqual(['METERLARK_GRAPHQL_PAGE_TOO_DEEP', []]);
    expect((await server.ask(traces, { condition: { ...basic, paging: { pageNum: 10_000, pageSize: 10 } } })).errors).toBeUndefined();
  });

  test('of calls reach to row 1,000,000', async () => {
    const calls = (pageNum: number) => `{ queryModelCalls(condition: { traceId: "t" }, paging: { pageNum: ${pageNum}, pageSize: 10 }) { calls { id } } }`;
    expect((await graphql().ask(calls(100_001))).errors?.[0].extensions.code).toBe('METERLARK_GRAPHQL_PAGE_TOO_DEEP');
    expect((await graphql().ask(calls(100_000))).errors).toBeUndefined();
  });
});
