import type { EntryCondition, EntryPage, FacetQuery, HttpResponse, HttpRoute, StoredSpan, StoredTrace, TraceQuery } from '@meterlark/core';
import { ManualClock } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { ZipkinEndpoint } from '../src/endpoint.js';

const nowMs = 1_800_000_000_000;

function span(over: Partial<StoredSpan>): StoredSpan {
  return {
    traceId: 't1', spanId: 'a', parentSpanId: '', traceState: '', service: 'shop', instance: '', layer: 'GENERAL', name: 'get /', kind: 'server', entry: true,
    startUs: 1_000_001, durationNs: 2_500, status: 'unset', statusMessage: '', peer: '', protocol: 'zipkin', scope: '', scopeVersion: '',
    resource: {}, scopeAttributes: {}, attributes: {}, events: [], links: [], segment: undefined,
    ...over,
  };
}

function endpoint(spans: readonly StoredSpan[], names: readonly string[] = []) {
  const searches: { condition: EntryCondition; page: EntryPage }[] = [];
  const facets: FacetQuery[] = [];
  const traces: TraceQuery = {
    traces: async (_tenant, ids): Promise<readonly StoredTrace[]> =>
      ids.map((traceId) => ({ traceId, spans: spans.filter((one) => one.traceId === traceId), cut: false })),
    entries: async () => [],
    traceIds: async (condition, page) => {
      searches.push({ condition, page });
      return [...new Set(spans.map(({ traceId }) => traceId))];
    },
    facets: async (query) => {
      facets.push(query);
      return names;
    },
  };
  const routes: HttpRoute[] = [];
  new ZipkinEndpoint(traces, new ManualClock(nowMs), { maxTraces: 100, defaultLookbackMs: 86_400_000 }).serve({ route: (route) => void routes.push(route) });
  const get = async (target: string): Promise<HttpResponse> => {
    const url = new URL(`http://host/zipkin${target}`);
    const route = routes.find(({ path }) => (path.endsWith('/*') ? url.pathname.startsWith(path.slice(0, -1)) : path === url.pathname));
    if (route === undefined) throw new Error(`no route for ${target}`);
    return route.handler({ method: 'GET', path: url.pathname, query: Object.fromEntries(url.searchParams), header: () => undefined, body: Buffer.alloc(0) });
  };
  const ask = async (target: string): Promise<unknown> => JSON.parse(String((await get(target)).body)) as unknown;
  return { get, ask, searches, facets };
}

describe('a trace', () => {
  test('of Zipkin comes back as it was sent', async () => {
    const sent = span({
      kind: 'client', parentSpanId: 'p', peer: 'db', attributes: { 'http.method': 'GET', code: 200, 'zipkin.shared': 'true', 'zipkin.debug': 'true', 'net.peer.ip': '::1', 'net.peer.port': 80 },
      resource: { 'net.host.ip': '10.0.0.1' }, events: [{ timeUs: 5, name: 'ws', attributes: {} }],
    });
    expect(await endpoint([sent]).ask('/api/v2/trace/t1')).toEqual([{
      traceId: 't1', parentId: 'p', id: 'a', kind: 'CLIENT', name: 'get /', timestamp: 1_000_001, duration: 3, localEndpoint: { serviceName: 'shop', ipv4: '10.0.0.1' },
      remoteEndpoint: { serviceName: 'db', ipv6: '::1', port: 80 }, shared: true, debug: true, annotations: [{ timestamp: 5, value: 'ws' }], tags: { 'http.method': 'GET', code: '200' },
    }]);
  });

  test('of OTLP carries its resource, scope, status and events as tags and annotations', async () => {
    const otlp = span({
      protocol: 'otlp', kind: 'internal', status: 'error', statusMessage: 'no', scope: 'lib', scopeVersion: '1', traceState: 'k=v', durationNs: 0,
      resource: { 'service.name': 'shop', shared: 'r' }, attributes: { shared: 's' }, events: [{ timeUs: 5, name: 'exception', attributes: { type: 'E' } }],
    });
    expect(await endpoint([otlp]).ask('/api/v2/trace/t1')).toEqual([{
      traceId: 't1', id: 'a', name: 'get /', timestamp: 1_000_001, duration: 1, localEndpoint: { serviceName: 'shop' },
      annotations: [{ timestamp: 5, value: 'exception|{"type":"E"}' }],
      tags: {
        'service.name': 'shop', shared: 's', 'otel.library.name': 'lib', 'otel.library.version': '1', 'span.kind': 'internal', 'w3c.tracestate': 'k=v',
        'otel.status_description': 'no', error: 'true',
      },
    }]);
  });

  test('keeps an attribute of any name', async () => {
    const attributes = JSON.parse('{"__proto__":"p","constructor":"c"}') as Record<string, string>;
    const { body } = await endpoint([span({ attributes })]).get('/api/v2/trace/t1');
    expect(body).toContain('"tags":{"__proto__":"p","constructor":"c"}');
  });

  test('of many spans leaves turns of the event loop to others', async () => {
    const server = endpoint(Array.from({ length: 20_000 }, (_, index) => span({ spanId: `s${index}`, attributes: { text: 'x'.repeat(100) } })));
    let turns = 0;
    const ticker = setInterval(() => { turns += 1; }, 0);
    expect(await server.ask('/api/v2/trace/t1')).toHaveLength(20_000);
    clearInterval(ticker);
    expect(turns).toBeGreaterThan(2);
  });

  test('in both spellings of its id is one trace', async () => {
    const twice = endpoint([]).get('/api/v2/traceMany?traceIds=aaaaaaaaaaaaaaaa,0000000000000000AAAAAAAAAAAAAAAA');
    await expect(twice).rejects.toMatchObject({ code: 'METERLARK_ZIPKIN_DUPLICATE_ID' });
  });

  test('that is not known is a 404 in plain text', async () => {
    const { status, headers, body } = await endpoint([]).get('/api/v2/trace/abc');
    expect([status, headers?.['content-type'], body]).toEqual([404, 'text/plain; charset=utf-8', 'abc not found']);
  });

  test('several are answered at once, unknown ones left out, and one id twice is refused', async () => {
    const server = endpoint([span({}), span({ traceId: 't2' })]);
    expect(await server.ask('/api/v2/traceMany?traceIds=t2,none,%20t1')).toMatchObject([[{ traceId: 't2' }], [{ traceId: 't1' }]]);
    await expect(server.get('/api/v2/traceMany?traceIds=t1,t1')).rejects.toMatchObject({ code: 'METERLARK_ZIPKIN_DUPLICATE_ID', class: 'permanent' });
    await expect(server.get(`/api/v2/traceMany?traceIds=${Array.from({ length: 101 }, (_, index) => index).join(',')}`)).rejects.toMatchObject({ class: 'permanent' });
  });
});

describe('a search', () => {
  test('asks for the last day and ten traces unless told otherwise', async () => {
    const server = endpoint([span({})]);
    expect(await server.ask('/api/v2/traces')).toMatchObject([[{ id: 'a' }]]);
    expect(server.searches).toEqual([{
      condition: { tenant: '', fromUs: (nowMs - 86_400_000) * 1000, toUs: (nowMs + 1) * 1000, tags: [] }, page: { orderBy: 'start', limit: 10, offset: 0 },
    }]);
  });

  test('takes every parameter', async () => {
    const server = endpoint([]);
    const query = 'serviceName=shop&remoteServiceName=db&spanName=get&annotationQuery=http.method%3DGET+AND+error+and+cache&minDuration=5&maxDuration=7&endTs=1000&lookback=400&limit=9999';
    await server.ask(`/api/v2/traces?${query}`);
    expect(server.searches).toEqual([{
      condition: {
        tenant: '', fromUs: 600_000, toUs: 1_001_000, service: 'shop', peer: 'db', name: 'get', minDurationNs: 5000, maxDurationNs: 7000, failed: true,
        tags: [{ key: 'http.method', value: 'GET' }, { key: 'cache' }],
      },
      page: { orderBy: 'start', limit: 100, offset: 0 },
    }]);
    await server.ask('/api/v2/traces?serviceName=&spanName=all');
    expect(server.searches[1]!.condition).not.toHaveProperty('service');
  });

  test.each(['limit=-1', 'limit=ten', 'endTs=1e9', 'minDuration=1.5', 'lookback=99999999999999999'])('%s is refused', async (query) => {
    await expect(endpoint([]).get(`/api/v2/traces?${query}`)).rejects.toMatchObject({ code: 'METERLARK_ZIPKIN_BAD_PARAMETER' });
  });
});

describe('names', () => {
  test.each([
    ['/api/v2/services', { list: 'span_name' }],
    ['/api/v2/spans?serviceName=shop', { list: 'span_name', key: 'shop' }],
    ['/api/v2/remoteServices?serviceName=shop', { list: 'remote_service', key: 'shop' }],
    ['/api/v2/autocompleteKeys', { list: 'zipkin_tag' }],
    ['/api/v2/autocompleteValues?key=env', { list: 'zipkin_tag', key: 'env' }],
  ])('%s come in order', async (target, expected) => {
    const server = endpoint([], ['b', 'a']);
    expect(await server.ask(target)).toEqual(['a', 'b']);
    expect(server.facets[0]).toMatchObject(expected);
  });

  test('may be kept by the browser when there are more than three', async () => {
    expect((await endpoint([], ['a', 'b', 'c']).get('/api/v2/services')).headers).not.toHaveProperty('cache-control');
    expect((await endpoint([], ['a', 'b', 'c', 'd']).get('/api/v2/services')).headers).toMatchObject({ 'cache-control': 'max-age=300, must-revalidate' });
  });

  test('of nobody are none', async () => {
    expect(await endpoint([], ['a']).ask('/api/v2/spans')).toEqual([]);
  });

  test("Zipkin's page finds its settings", async () => {
    expect(await endpoint([]).ask('/config.json')).toMatchObject({ queryLimit: 10, searchEnabled: true });
  });
});
