import type { FacetQuery, HttpResponse, HttpRoute, LogCondition, LogCount, LogCountQuery, LogPage, LogQuery, StoredLog } from '@meterlark/core';
import { ManualClock } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { LogqlEndpoint } from '../src/endpoint.js';

const nowMs = Date.UTC(2026, 0, 2, 3, 0, 0);
const nowUs = nowMs * 1000;

function log(over: Partial<StoredLog>): StoredLog {
  return {
    tenant: '', timeUs: nowUs, service: 'shop', instance: '', endpoint: '', layer: 'GENERAL', traceId: '', spanId: '', severity: '', contentType: 'text',
    body: 'line', tags: {}, scope: '', resource: {}, ...over,
  };
}

function endpoint({ logs = [], counts = [], tags = ['level', 'gen_ai.request.model'], limits = {} }: {
  logs?: readonly StoredLog[]; counts?: readonly LogCount[]; tags?: readonly string[]; limits?: { maxLines?: number; maxPoints?: number };
} = {}) {
  const searches: { readonly condition: LogCondition; readonly page: LogPage }[] = [];
  const counted: LogCountQuery[] = [];
  const facets: FacetQuery[] = [];
  const query: LogQuery = {
    logs: async (condition, page) => {
      searches.push({ condition, page });
      return logs;
    },
    counts: async (asked) => {
      counted.push(asked);
      return counts;
    },
    calls: async () => [],
  };
  const lists = {
    facets: async (asked: FacetQuery) => {
      facets.push(asked);
      return asked.key === undefined ? tags : [`${asked.key}-value`];
    },
  };
  const routes: HttpRoute[] = [];
  const parts = { logs: query, lists, clock: new ManualClock(nowMs), maxLines: 5000, maxPoints: 1000, ...limits };
  new LogqlEndpoint(parts).serve({ route: (route) => void routes.push(route) });
  const get = async (target: string, parameters: Readonly<Record<string, string>> = {}): Promise<HttpResponse> => {
    const path = target.startsWith('/loki') || target === '/ready' ? target : `/loki/api/v1${target}`;
    const route = routes.find((each) => (each.path.endsWith('/*') ? path.startsWith(each.path.slice(0, -1)) : path === each.path));
    if (route === undefined) throw new Error(`no route for ${target}`);
    return route.handler({ method: 'GET', path, query: parameters, header: () => undefined, body: Buffer.alloc(0) });
  };
  const ask = async (target: string, parameters?: Readonly<Record<string, string>>) => JSON.parse(String((await get(target, parameters)).body));
  return { get, ask, searches, counted, facets };
}

const range = { start: `${nowMs - 600_000}000000`, end: `${nowMs}000000` };

describe('query_range of logs', () => {
  test('a stream for each sender and trace, newest line first, times in nanoseconds', async () => {
    const logs = [log({ body: 'b', timeUs: nowUs + 1 }), log({ traceId: 't1', instance: 'i', endpoint: '/x' }), log({ body: 'a' })];
    expect(await endpoint({ logs }).ask('/query_range', { ...range, query: '{service="shop"}', limit: '10', direction: 'BACKWARD' })).toEqual({
      status: 'success',
      data: {
        resultType: 'streams',
        result: [
          { stream: { service: 'shop', service_instance: null, endpoint: null, trace_id: null }, values: [[`${nowUs + 1}000`, 'b'], [`${nowUs}000`, 'a']] },
          { stream: { service: 'shop', service_instance: 'i', endpoint: '/x', trace_id: 't1' }, values: [[`${nowUs}000`, 'line']] },
        ],
      },
    });
  });

  test('labels are who sent a log, tags, and tags whose dots are written as underscores; filters are keywords', async () => {
    const server = endpoint();
    const query = '{service="shop", service_instance=\'pod\', endpoint=`/a`, trace_id="t1", level="ERROR", gen_ai_request_model="gpt-4o"} |= "time\\"out" != `health` |= ""';
    await server.ask('/query_range', { ...range, query, limit: '7', direction: 'forward' });
    expect(server.searches).toEqual([{
      condition: {
        tenant: '', fromUs: nowUs - 600_000_000, toUs: nowUs, service: 'shop', instance: 'pod', endpoint: '/a', traceId: 't1',
        tags: [{ key: 'level', value: 'ERROR' }, { key: 'gen_ai.request.model', value: 'gpt-4o' }], keywords: ['time"out'], excludedKeywords: ['health'],
      },
      page: { descending: false, limit: 7, offset: 0 },
    }]);
  });

  test('what a dashboard selects when it means all is no condition', async () => {
    const server = endpoint();
    await server.ask('/query_range', { ...range, query: '{service="*", level="", endpoint=" ", gen_ai_request_model=".*"}' });
    expect(server.searches[0]!.condition).toEqual({ tenant: '', fromUs: nowUs - 600_000_000, toUs: nowUs, tags: [], keywords: [], excludedKeywords: [] });
  });

  test('a label that no tag has finds nothing, without asking; so do two values of one', async () => {
    for (const query of ['{secret="x"}', '{service="a", service="b"}']) {
      const server = endpoint({ logs: [log({})] });
      expect((await server.ask('/query_range', { ...range, query })).data.result).toEqual([]);
      expect(server.searches).toEqual([]);
    }
  });

  test('the last hour, a hundred lines, newest first when nothing is said; never more lines than the setting', async () => {
    const server = endpoint({ limits: { maxLines: 50 } });
    await server.ask('/query_range', { query: '{}' });
    await server.ask('/query_range', { query: '{}', limit: '49' });
    expect(server.searches.map(({ page }) => page.limit)).toEqual([50, 49]);
    expect(server.searches[0]!.condition).toMatchObject({ fromUs: nowUs - 3_600_000_000, toUs: nowUs });
    expect(server.searches[0]!.page.descending).toBe(true);
  });

  test.each([
    ['seconds', '1767322800', '1767322800.5'],
    ['RFC 3339', '2026-01-02T03:00:00Z', '2026-01-02T03:00:00.500Z'],
  ])('times may be %s', async (_form, start, end) => {
    const server = endpoint();
    await server.ask('/query_range', { query: '{}', start, end });
    expect(server.searches[0]!.condition).toMatchObject({ fromUs: nowUs, toUs: nowUs + 500_000 });
  });
});

describe('bad requests are answered 400 with text that says why', () => {
  test.each([
    ['no query', { query: ' ' }, 'the parameter query is missing'],
    ['an open brace', { query: '{service="a"' }, 'query:1:13: LogQL: found the end of the text'],
    ['a matcher with a pattern', { query: '{service=~"a|b"}' }, 'query:1:2: the matcher =~ is not supported'],
    ['a line filter with a pattern', { query: '{} |~ "a"' }, 'query:1:4: the line filter |~ is not supported'],
    ['a parser stage', { query: '{} | json' }, 'found "json", expected \'drop\''],
    ['a selector without a value', { query: '{service}' }, "found \"}\", expected '='"],
    ['something behind the query', { query: '{} {}' }, 'expected the end of the text'],
    ['an unclosed text', { query: '{service="a}' }, 'no token begins with'],
    ['a direction that is none', { query: '{}', direction: 'up' }, 'direction "up" is not forward or backward'],
    ['a limit that is no number', { query: '{}', limit: '-1' }, 'limit "-1" is not a whole number'],
    ['a time that is none', { query: '{}', start: 'yesterday' }, 'start "yesterday" is not a time'],
    ['a step of nothing', { query: '{}', step: '0' }, 'step "0" is not'],
    ['more points than are answered', { query: 'count_over_time({}[1s])', step: '1ms' }, 'at most 1000 are answered'],
    ['a constant of more points', { query: 'vector(1)', step: '1ms' }, 'at most 1000 are answered'],
    ['a range of nothing', { query: 'rate({}[0s])' }, 'a range below a millisecond'],
    ['a text as long as a book', { query: `{service="${'x'.repeat(70_000)}"}` }, 'the text has'],
  ])('%s', async (_what, parameters, message) => {
    const answer = await endpoint().get('/query_range', { ...range, ...parameters });
    expect([answer.status, answer.headers?.['content-type']]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(answer.body).toContain(message);
  });

  test('logs at one instant, and a label that cannot be one', async () => {
    const server = endpoint();
    expect((await server.get('/query', { query: '{}' })).status).toBe(400);
    expect((await server.get('/label/a.b/values')).status).toBe(400);
  });
});

describe('counts', () => {
  const minute = 60_000_000;
  const at = (minutes: number, count: number, ...by: string[]): LogCount => ({ bucketUs: nowUs + minutes * minute, by, count });

  test("as Grafana's log volume asks for them: by level, one series for each", async () => {
    const counts = [at(-3, 2, 'ERROR'), at(-2, 5, 'INFO'), at(-1, 1, 'ERROR')];
    const server = endpoint({ counts });
    const query = 'sum by (level, detected_level) (count_over_time({service="shop"} |= "x" | drop __error__[1m]))';
    const parameters = { query, start: `${nowMs - 180_000}000000`, end: `${nowMs}000000`, step: '60' };
    expect(await server.ask('/query_range', parameters)).toEqual({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          { metric: { level: 'ERROR' }, values: [[nowMs / 1000 - 120, '2'], [nowMs / 1000, '1']] },
          { metric: { level: 'INFO' }, values: [[nowMs / 1000 - 60, '5']] },
        ],
      },
    });
    expect(server.counted[0]).toEqual({
      condition: { tenant: '', fromUs: nowUs - 4 * minute, toUs: nowUs, service: 'shop', tags: [], keywords: ['x'], excludedKeywords: [] },
      bucketUs: minute, by: [{ tag: 'level' }], limit: 1001,
    });
  });

  test('windows longer than the step overlap; rate is per second', async () => {
    const counts = [at(-3, 60), at(-2, 120)];
    const ask = (query: string) =>
      endpoint({ counts }).ask('/query_range', { query, start: `${nowMs - 120_000}000000`, end: `${nowMs}000000`, step: '1m' });
    const values = async (query: string) => (await ask(query)).data.result[0].values.map(([, value]: [number, string]) => value);
    expect(await values('sum(count_over_time({}[2m]))')).toEqual(['60', '180', '120']);
    expect(await values('sum(rate({}[2m]))')).toEqual(['0.5', '1.5', '1']);
  });

  test('at one instant are a vector; without sum there is a series for each sender', async () => {
    const server = endpoint({ counts: [{ bucketUs: 0, by: ['shop', 'pod', ''], count: 3 }] });
    expect((await server.ask('/query', { query: 'count_over_time({}[1m])', time: `${nowMs}000000` })).data).toEqual({
      resultType: 'vector', result: [{ metric: { service: 'shop', service_instance: 'pod' }, value: [nowMs / 1000, '3'] }],
    });
    expect(server.counted[0]!.by).toEqual([{ field: 'service' }, { field: 'instance' }, { field: 'endpoint' }]);
  });

  test('at one instant the window ends at it, to the microsecond, however long the range is', async () => {
    const server = endpoint({ counts: [{ bucketUs: 0, by: [], count: 7200 }] });
    const ask = async (query: string) => (await server.ask('/query', { query, time: `${nowMs + 1}001000` })).data.result;
    expect(await ask('sum(count_over_time({}[1h]))')).toEqual([{ metric: {}, value: [(nowMs + 1.001) / 1000, '7200'] }]);
    expect(server.counted[0]).toMatchObject({ condition: { fromUs: nowUs + 1001 - 60 * minute, toUs: nowUs + 1001 } });
    expect(server.counted[0]).not.toHaveProperty('bucketUs');
    expect(await ask('sum(rate({}[1h]))')).toEqual([{ metric: {}, value: [(nowMs + 1.001) / 1000, '2'] }]);
  });

  test('cover the whole range, also where it does not begin at a whole step, and may be by trace', async () => {
    const server = endpoint({ counts: [at(-1, 4, 't1')] });
    const parameters = { query: 'sum by (trace_id) (count_over_time({}[1m]))', start: `${nowMs - 119_000}000000`, end: `${nowMs - 500}000000`, step: '60' };
    const { data } = await server.ask('/query_range', parameters);
    expect(data.result).toEqual([{ metric: { trace_id: 't1' }, values: [[nowMs / 1000, '4']] }]);
    expect(server.counted[0]).toMatchObject({ by: [{ field: 'traceId' }], condition: { fromUs: nowUs - 2 * minute, toUs: nowUs } });
  });

  test('of constants tell a data source that the server lives', async () => {
    const answer = await endpoint().ask('/query', { query: 'vector(1)+vector(1)', time: `${nowMs}000000` });
    expect(answer.data).toEqual({ resultType: 'vector', result: [{ metric: {}, value: [nowMs / 1000, '2'] }] });
    expect((await endpoint().get('/ready')).body).toBe('ready');
  });
});

describe('labels and their values', () => {
  test('who sends logs, and tags under names that a query can write', async () => {
    const server = endpoint();
    expect((await server.ask('/labels', range)).data).toEqual(['service', 'service_instance', 'endpoint', 'trace_id', 'level', 'gen_ai_request_model']);
    expect(server.facets[0]).toMatchObject({ list: 'log_tag', fromUs: nowUs - 600_000_000, toUs: nowUs });
  });

  test('two tags of one label: the one that is written so is meant', async () => {
    const server = endpoint({ tags: ['http.status_code', 'http_status_code'] });
    await server.ask('/query_range', { ...range, query: '{http_status_code="500"}' });
    expect(server.searches[0]!.condition.tags).toEqual([{ key: 'http_status_code', value: '500' }]);
  });

  test('the end is not before the line it names in nanoseconds', async () => {
    const server = endpoint();
    await server.ask('/query_range', { query: '{}', start: `${nowMs}000000`, end: `${nowMs}000001` });
    expect(server.searches[0]!.condition).toMatchObject({ fromUs: nowUs, toUs: nowUs + 1 });
  });

  test('of a tag are those that were seen; of a sender those that have logs', async () => {
    const server = endpoint({ counts: [{ bucketUs: 0, by: ['shop'], count: 3 }, { bucketUs: 0, by: [''], count: 1 }] });
    expect((await server.ask('/label/gen_ai_request_model/values', range)).data).toEqual(['gen_ai.request.model-value']);
    expect((await server.ask('/label/service/values', { ...range, query: '{level="ERROR"}' })).data).toEqual(['shop']);
    expect(server.counted[0]!.condition.tags).toEqual([{ key: 'level', value: 'ERROR' }]);
    expect((await server.ask('/label/trace_id/values', range)).data).toEqual([]);
    expect((await server.ask('/label/unknown/values', range)).data).toEqual([]);
  });

  test('series are senders, and the statistics of an index count their lines', async () => {
    const server = endpoint({ counts: [{ bucketUs: 0, by: ['shop', 'pod', ''], count: 3 }] });
    expect((await server.ask('/series', { ...range, 'match[]': '{service="shop"}' })).data).toEqual([{ service: 'shop', service_instance: 'pod' }]);
    expect(await server.ask('/index/stats', { ...range, query: '{}' })).toEqual({ streams: 1, chunks: 1, entries: 3, bytes: 0 });
    expect((await server.ask('/series', { ...range, 'match[]': '{nope="x"}' })).data).toEqual([]);
  });
});
