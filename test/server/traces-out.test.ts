/** Issue: stored traces through every API that asks for them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../demo/client.js';
import { dayOf, settle, traceOf } from './questions.js';
import { sendOtlp, sendSegment, sendZipkin, type SentSpan } from './senders.js';
import { startServer, storages, type RunningServer } from './support.js';

const size = 10_000;
const perRequest = 2_500;

describe.each(storages)('on %s', (storage) => {
  let server: RunningServer;
  let zipkinUrl: string;
  const nowMs = Date.now() - 5_000;
  const ports = { host: '127.0.0.1', port: 0 };

  beforeAll(async () => {
    server = await startServer({ storage, settings: { 'receiver/zipkin': ports, 'endpoint/zipkin': ports } });
    zipkinUrl = `http://127.0.0.1:${server.host.ports.extra['endpoint/zipkin']}/zipkin/api/v2`;
    await sendOtlp(server, { service: 'shop', resource: { 'service.instance.id': 'shop-1' } }, [
      { traceId: 'a'.repeat(32), spanId: '1'.repeat(16), name: 'GET /buy', kind: 'server', startMs: nowMs, durationMs: 40, attributes: { 'http.method': 'GET' } },
      { traceId: 'a'.repeat(32), spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16), name: 'query', startMs: nowMs + 1, durationMs: 5, attributes: { 'http.status_code': 429 }, failed: 'busy' },
    ]);
    await sendZipkin(server, { service: 'pay' }, [
      { traceId: 'bbbbbbbbbbbbbbbb', spanId: '3'.repeat(16), name: 'post /pay', kind: 'server', startMs: nowMs, durationMs: 80, attributes: { 'http.method': 'POST' }, failed: 'no' },
    ]);
    await sendSegment(server, { service: 'ask' }, { traceId: 'c.1.2', spanId: 'segment-1', name: 'chat', startMs: nowMs, attributes: { 'gen_ai.response.model': 'gpt-4o' } });
    await settle(server);
  });
  afterAll(() => server.stop());

  const zipkin = async (target: string): Promise<unknown> => (await fetch(zipkinUrl + target)).json();
  const basic = async (over: object): Promise<readonly string[]> => {
    const query = 'query ($c: TraceQueryCondition) { queryBasicTraces(condition: $c) { traces { traceIds isError endpointNames } } }';
    const condition = { queryDuration: dayOf(nowMs), traceState: 'ALL', queryOrder: 'BY_DURATION', paging: { pageNum: 1, pageSize: 10 }, ...over };
    const answer = await graphql<{ queryBasicTraces: { traces: { endpointNames: string[] }[] } }>(server.httpUrl, query, { c: condition });
    return answer.queryBasicTraces.traces.map(({ endpointNames }) => endpointNames[0] ?? '');
  };

  test('queryBasicTraces lists what entered a service, by order, state and tag', async () => {
    expect(await basic({})).toEqual(['post /pay', 'GET /buy']);
    expect(await basic({ traceState: 'ERROR' })).toEqual(['post /pay']);
    expect(await basic({ tags: [{ key: 'http.method', value: 'GET' }] })).toEqual(['GET /buy']);
    expect(await basic({ tags: [{ key: 'http.status_code', value: '429' }] })).toEqual(['GET /buy']);
    expect(await basic({ tags: [{ key: 'nobody.has.this', value: '1' }] })).toEqual([]);
    expect(await basic({ minTraceDuration: 50 })).toEqual(['post /pay']);
  });

  test('queryTrace answers OTLP, Zipkin and SkyWalking spans alike', async () => {
    expect((await traceOf(server, 'a'.repeat(32))).spans.map(({ endpointName, isError }) => [endpointName, isError])).toEqual([['GET /buy', false], ['query', true]]);
    expect((await traceOf(server, 'bbbbbbbbbbbbbbbb'.padStart(32, '0'))).spans).toMatchObject([{ endpointName: 'post /pay', isError: true }]);
    expect(await traceOf(server, 'c.1.2')).toMatchObject({ spans: [{ segmentId: 'segment-1' }], modelCalls: [{}] });
  });

  test('queryTraces answers whole traces, and tags to search by are offered', async () => {
    const query = `query ($c: TraceQueryCondition, $d: Duration!) { hasQueryTracesV2Support queryTraces(condition: $c) { traces { spans { endpointName } } }
      keys: queryTraceTagAutocompleteKeys(duration: $d) values: queryTraceTagAutocompleteValues(tagKey: "http.method", duration: $d) }`;
    const condition = { queryDuration: dayOf(nowMs), traceState: 'SUCCESS', queryOrder: 'BY_START_TIME', paging: { pageSize: 10 } };
    expect(await graphql(server.httpUrl, query, { c: condition, d: dayOf(nowMs) })).toEqual({
      hasQueryTracesV2Support: true, queryTraces: { traces: [{ spans: [{ endpointName: 'GET /buy' }, { endpointName: 'query' }] }] },
      keys: expect.arrayContaining(['http.method', 'http.status_code']) as unknown, values: ['GET', 'POST'],
    });
  });

  test('the Zipkin API answers names, searches and traces', async () => {
    expect(await zipkin('/services')).toEqual(expect.arrayContaining(['pay', 'shop']));
    expect(await zipkin('/spans?serviceName=shop')).toEqual(['GET /buy', 'query']);
    expect(await zipkin('/trace/bbbbbbbbbbbbbbbb')).toMatchObject([{ name: 'post /pay', kind: 'SERVER', tags: { error: 'no' } }]);
    expect(await zipkin(`/traces?serviceName=shop&annotationQuery=${encodeURIComponent('http.method=GET')}`)).toMatchObject([[{ name: 'GET /buy' }, { name: 'query' }]]);
    expect(await zipkin('/traces?serviceName=shop&minDuration=90000')).toEqual([]);
    expect((await fetch(`${zipkinUrl}/trace/ffff`)).status).toBe(404);
  });

  test('10,000 spans of one trace are answered whole', async () => {
    const traceId = 'd'.repeat(32);
    const idOf = (index: number): string => (index + 1).toString(16).padStart(16, '0');
    const spans = Array.from({ length: size }, (_, index): SentSpan => ({
      traceId, spanId: idOf(index), ...(index === 0 ? {} : { parentSpanId: idOf(Math.floor((index - 1) / 3)) }), kind: index === 0 ? 'server' : 'internal',
      name: `step ${index % 50}`, startMs: nowMs + index / 10, durationMs: 1, attributes: { step: index, tool: `tool-${index % 7}` },
    }));
    for (let from = 0; from < size; from += perRequest) await sendOtlp(server, { service: 'agent' }, spans.slice(from, from + perRequest));
    await settle(server);
    const { spans: answered } = await traceOf(server, traceId);
    expect(new Set(answered.map(({ segmentId }) => segmentId)).size).toBe(size);
    const shown = (await zipkin(`/trace/${traceId}`)) as { id: string; parentId?: string; tags: Record<string, string> }[];
    expect(shown).toHaveLength(size);
    expect(shown.every(({ id, parentId, tags }) => (parentId === undefined) === (id === idOf(0)) && tags['tool'] !== undefined)).toBe(true);
  });
});
