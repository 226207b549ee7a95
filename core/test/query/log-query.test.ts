import { describe, expect, test } from 'vitest';
import type { LogCondition, StoredLog } from '../../src/contract/log-query.js';
import type { RecordReader } from '../../src/contract/storage.js';
import { callsModel } from '../../src/model/calls-model.js';
import { gatewayCallFacts, gatewayCallId } from '../../src/model/gateway-log.js';
import { logsModel } from '../../src/model/logs-model.js';
import { groupRows } from '../../src/model/record-grouping.js';
import type { RecordQuery } from '../../src/model/record-query.js';
import { selectRows } from '../../src/model/record-matching.js';
import type { RecordModel, RecordRow } from '../../src/model/record.js';
import { RecordLogQuery } from '../../src/query/logs/log-query.js';

const minuteUs = 60_000_000;

function rowOf(model: RecordModel, over: RecordRow): RecordRow {
  const base = Object.fromEntries(
    model.columns.map(({ name, type, optional }) => [name, optional ? undefined : type === 'textMap' ? {} : type === 'word' || type === 'text' ? '' : 0]),
  );
  return { ...base, ...over };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const logRows: readonly RecordRow[] = [
  rowOf(logsModel, { time: 1 * minuteUs, service: 'shop', instance: 'i1', content_type: 'text', body: 'order 17 was placed', tags: { level: 'INFO' }, resource: '{"a":1}' }),
  rowOf(logsModel, { time: 2 * minuteUs, service: 'shop', instance: 'i2', endpoint: '/pay', content_type: 'json', body: '{"order":17,"error":"declined"}', tags: { level: 'ERROR', code: '402' }, trace_id: traceId, span_id: '00f067aa0ba902b7', severity: 'ERROR' }),
  rowOf(logsModel, { time: 3 * minuteUs, service: 'stock', content_type: 'text', body: 'Order 18', tags: { level: 'INFO' }, trace_id: 'seg-trace', span_id: 'seg-1.3' }),
  rowOf(logsModel, { time: 3 * minuteUs, tenant: 'other', service: 'shop', body: 'order 17' }),
];

function query(callRows: readonly RecordRow[] = [], asked: RecordQuery[] = []): RecordLogQuery {
  const of = (model: unknown): readonly RecordRow[] => (model === callsModel ? callRows : logRows);
  const reader: RecordReader = {
    rows: async (one) => {
      asked.push(one);
      return selectRows(one, of(one.model));
    },
    groups: async (one) => groupRows(one, of(one.model)),
  };
  return new RecordLogQuery(reader, { terms: 4, characters: 100 });
}

const all: LogCondition = { tenant: '', fromUs: 0, toUs: 10 * minuteUs, tags: [], keywords: [], excludedKeywords: [] };
const page = { descending: true, limit: 10, offset: 0 };
const minutes = async (condition: Partial<LogCondition>, over = {}) =>
  (await query().logs({ ...all, ...condition }, { ...page, ...over })).map(({ timeUs }) => timeUs / minuteUs);

describe('logs', () => {
  test('are listed newest first or oldest first, within their tenant, by pages', async () => {
    expect(await minutes({})).toEqual([3, 2, 1]);
    expect(await minutes({}, { descending: false })).toEqual([1, 2, 3]);
    expect(await minutes({}, { limit: 1, offset: 1 })).toEqual([2]);
  });

  test('show all that is stored', async () => {
    const [log] = await query().logs({ ...all, tags: [{ key: 'code' }] }, page);
    expect(log).toEqual({
      tenant: '', timeUs: 2 * minuteUs, service: 'shop', instance: 'i2', endpoint: '/pay', layer: '', traceId, spanId: '00f067aa0ba902b7', severity: 'ERROR',
      contentType: 'json', body: '{"order":17,"error":"declined"}', tags: { level: 'ERROR', code: '402' }, scope: '', resource: {},
    });
    expect((await query().logs({ ...all, instance: 'i1' }, page))[0]!.resource).toEqual({ a: 1 });
  });

  test.each<[string, Partial<LogCondition>, number[]]>([
    ['service', { service: 'shop' }, [2, 1]],
    ['instance', { service: 'shop', instance: 'i1' }, [1]],
    ['endpoint', { endpoint: '/pay' }, [2]],
    ['a tag with its value', { tags: [{ key: 'level', value: 'INFO' }] }, [3, 1]],
    ['a tag with any value', { tags: [{ key: 'code' }] }, [2]],
    ['several tags', { tags: [{ key: 'level', value: 'ERROR' }, { key: 'code', value: '402' }] }, [2]],
    ['keywords, all of them, case-sensitive', { keywords: ['order', '17'] }, [2, 1]],
    ['no excluded keyword', { keywords: ['17'], excludedKeywords: ['declined'] }, [1]],
    ['empty keywords, which say nothing', { keywords: [''], excludedKeywords: [''] }, [3, 2, 1]],
    ['a trace in any spelling', { traceId: traceId.toUpperCase() }, [2]],
    ['a trace', { traceId }, [2]],
    ["a span of OTLP, which is its segment's first", { traceId, segmentId: '00f067aa0ba902b7', segmentSpan: 0 }, [2]],
    ['a segment', { segmentId: 'seg-1' }, [3]],
    ['a span of a segment', { segmentId: 'seg-1', segmentSpan: 3 }, [3]],
    ['another span of a segment', { segmentId: 'seg-1', segmentSpan: 0 }, []],
    ['time, the end not included', { fromUs: 2 * minuteUs, toUs: 3 * minuteUs }, [2]],
  ])('are found by %s', async (_what, condition, expected) => {
    expect(await minutes(condition)).toEqual(expected);
  });

  test('of one time are all shown once, page by page', async () => {
    const rows = Array.from({ length: 20 }, (_, place) => rowOf(logsModel, { time: minuteUs, service: 's', content_type: 'text', body: `${place}`, sequence: (place * 7) % 20 }));
    // A store may give equal ones in any order.
    const shuffled: RecordReader = { rows: async (one) => selectRows(one, rows.toSorted(() => Math.random() - 0.5)), groups: async () => [] };
    const one = new RecordLogQuery(shuffled, { terms: 4, characters: 100 });
    const pages = await Promise.all(rows.map((_, offset) => one.logs(all, { descending: true, limit: 1, offset })));
    expect(new Set(pages.flat().map(({ body }) => body)).size).toBe(20);
  });

  test('of a page that would not fit into memory are refused', async () => {
    const rows = Array.from({ length: 3 }, () => rowOf(logsModel, { time: minuteUs, content_type: 'text', body: 'x'.repeat(30), tags: { a: 'y'.repeat(10) } }));
    const reader: RecordReader = { rows: async (one) => selectRows(one, rows), groups: async () => [] };
    const one = new RecordLogQuery(reader, { terms: 4, characters: 100 });
    await expect(one.logs(all, page)).rejects.toThrow('the logs of the page have more than 100 characters');
    expect(await one.logs(all, { ...page, limit: 2 })).toHaveLength(2);
  });

  test('of more terms than are searched for together are refused', async () => {
    await expect(query().logs({ ...all, keywords: ['a', 'b', 'c', 'd', 'e'] }, page)).rejects.toThrow('5 tags and keywords in one search of logs; at most 4');
  });

  test('are counted by time and by who sent them or how they are tagged', async () => {
    const counts = await query().counts({ condition: all, bucketUs: 2 * minuteUs, by: [{ tag: 'level' }, { field: 'service' }], limit: 100 });
    expect(counts).toEqual([
      { bucketUs: 0, by: ['INFO', 'shop'], count: 1 }, { bucketUs: 2 * minuteUs, by: ['ERROR', 'shop'], count: 1 }, { bucketUs: 2 * minuteUs, by: ['INFO', 'stock'], count: 1 },
    ]);
    expect(await query().counts({ condition: all, by: [], limit: 1 })).toEqual([{ bucketUs: 0, by: [], count: 3 }]);
  });
});

describe('the model call of a log', () => {
  const accessLog = (over: Partial<StoredLog> = {}, tags: Readonly<Record<string, string>> = {}): StoredLog => ({
    tenant: '', timeUs: minuteUs, service: 'gateway', instance: 'aigw-1', endpoint: '', layer: 'ENVOY_AI_GATEWAY', traceId: '', spanId: '', severity: '',
    contentType: 'text', body: '', scope: '', resource: {}, ...over,
    tags: {
      'gen_ai.request.model': 'gpt-4o', response_code: '200', duration: '800', 'request.path': '/v1/chat/completions', 'x-request-id': '-',
      'gen_ai.usage.input_tokens': '10', 'gen_ai.usage.output_tokens': '5', ...tags,
    },
  });
  const call = (over: RecordRow): RecordRow =>
    rowOf(callsModel, {
      id: 'c', time: minuteUs, service: 'gateway', request_model: 'gpt-4o', model: 'gpt-4o', operation: 'chat', status: 'ok', duration_ms: 700,
      input_tokens: 10, output_tokens: 5, ...over,
    });
  const idOf = async (log: StoredLog, ...calls: readonly RecordRow[]) => (await query(calls).calls([log]))[0]?.id;

  test('is the one counted from the log itself', async () => {
    const log = accessLog();
    const facts = gatewayCallFacts((key) => log.tags[key] ?? '', log)!;
    expect(await idOf(log, call({ id: 'other', input_tokens: 99 }), call({ id: gatewayCallId(facts) }))).toBe(gatewayCallId(facts));
  });

  test('or that of a span with the same request id', async () => {
    expect(await idOf(accessLog({}, { 'x-request-id': 'r1' }), call({ id: 'x', request_id: 'r0' }), call({ id: 'y', request_id: 'r1' }))).toBe('y');
  });

  test('or that of a span of the same trace and model', async () => {
    const calls = [call({ id: 'x', trace_id: traceId, model: 'embedder', request_model: 'embedder' }), call({ id: 'y', trace_id: traceId })];
    expect(await idOf(accessLog({ traceId }), ...calls)).toBe('y');
  });

  test('or, where nobody names an id, that of the same gateway, model, tokens and time', async () => {
    expect(await idOf(accessLog(), call({ id: 'x', output_tokens: 6 }), call({ id: 'y' }), call({ id: 'z', service: 'elsewhere' }))).toBe('y');
    expect(await idOf(accessLog(), call({ id: 'y', time: 30 * minuteUs }))).toBeUndefined();
  });

  test('is the one of its own tokens and time, where a trace has several', async () => {
    const logs = [1000, 2000].map((input, place) => accessLog({ traceId, timeUs: minuteUs + place * 1_000_000 }, { 'gen_ai.usage.input_tokens': `${input}` }));
    const calls = [1000, 2000].map((input, place) => call({ id: `of-${input}`, trace_id: traceId, input_tokens: input, time: minuteUs + place * 1_000_000 + 500 }));
    expect((await query(calls).calls(logs)).map((one) => one?.id)).toEqual(['of-1000', 'of-2000']);
    expect((await query(calls).calls(logs.toReversed())).map((one) => one?.id)).toEqual(['of-2000', 'of-1000']);
  });

  test('is never one that another log of the same request tells of, but a retry of its own', async () => {
    const failed = accessLog({}, { 'x-request-id': 'r1', response_code: '503', 'gen_ai.usage.input_tokens': '-', 'gen_ai.usage.output_tokens': '-' });
    const retried = accessLog({ timeUs: minuteUs + 3_000_000 }, { 'x-request-id': 'r1' });
    const idOfFailed = gatewayCallId(gatewayCallFacts((key) => failed.tags[key] ?? '', failed)!);
    const calls = [
      call({ id: idOfFailed, dialect: 'gateway-log', request_id: 'r1', status: 'error', input_tokens: undefined, output_tokens: undefined }),
      call({ id: 'span', request_id: 'r1', time: minuteUs + 3_000_500 }),
    ];
    expect((await query(calls).calls([failed, retried])).map((one) => one?.id)).toEqual([idOfFailed, 'span']);
    expect(await query(calls.slice(0, 1)).calls([retried])).toEqual([undefined]);
  });

  test('may be told by the logs of two gateways, one behind the other', async () => {
    const logs = [accessLog({}, { 'x-request-id': 'r1' }), accessLog({ service: 'edge', timeUs: minuteUs - 10_000 }, { 'x-request-id': 'r1', duration: '820' })];
    expect((await query([call({ id: 'span', request_id: 'r1' })]).calls(logs)).map((one) => one?.id)).toEqual(['span', 'span']);
  });

  test('is found for each log of a long trace', async () => {
    const many = Array.from({ length: 1000 }, (_, place) => place);
    const logs = many.map((place) => accessLog({ traceId, timeUs: minuteUs + place * 1000 }, { 'gen_ai.usage.input_tokens': `${place}` }));
    const calls = many.map((place) => call({ id: `c${place}`, trace_id: traceId, time: minuteUs + place * 1000 + 100, input_tokens: place }));
    expect((await query(calls).calls(logs)).map((one) => one?.id)).toEqual(many.map((place) => `c${place}`));
  });

  test('is found for logs that are far apart in time, in a bounded number of reads', async () => {
    const asked: RecordQuery[] = [];
    const many = Array.from({ length: 200 }, (_, place) => place);
    const logs = many.map((place) => accessLog({ timeUs: minuteUs + place * 60 * minuteUs }, { 'x-request-id': `r${place}` }));
    const calls = many.map((place) => call({ id: `c${place}`, time: minuteUs + place * 60 * minuteUs + 100 }));
    expect((await query(calls, asked).calls(logs)).map((one) => one?.id)).toEqual(many.map((place) => `c${place}`));
    expect(asked.length).toBeLessThanOrEqual(53);
  });

  test('is found on a gateway that makes many calls meanwhile', async () => {
    const calls = Array.from({ length: 25_000 }, (_, place) => call({ id: `c${place}`, time: minuteUs + place * 1000, input_tokens: place }));
    const logs = [100, 12_000, 24_900].map((place) => accessLog({ timeUs: minuteUs + place * 1000 - 100 }, { 'gen_ai.usage.input_tokens': `${place}` }));
    expect((await query(calls).calls(logs)).map((one) => one?.id)).toEqual(['c100', 'c12000', 'c24900']);
    const close = Array.from({ length: 24 }, (_, place) => accessLog({ timeUs: minuteUs + place * 1_000_000 - 100 }, { 'gen_ai.usage.input_tokens': `${place * 1000}` }));
    expect((await query(calls).calls(close)).map((one) => one?.id)).toEqual(close.map((_, place) => `c${place * 1000}`));
  });

  test('is none for other logs, and costs no read then', async () => {
    const asked: RecordQuery[] = [];
    const plain = accessLog({ layer: 'GENERAL' });
    const mcp = accessLog({}, { 'gen_ai.request.model': '-' });
    expect(await query([], asked).calls([plain, mcp])).toEqual([undefined, undefined]);
    expect(asked).toEqual([]);
  });

  test('of a page are found in a few reads, each log its own', async () => {
    const asked: RecordQuery[] = [];
    const logs = Array.from({ length: 50 }, (_, place) => accessLog({ timeUs: minuteUs + place }, { 'x-request-id': `r${place}` }));
    const calls = logs.map((_, place) => call({ id: `c${place}`, request_id: `r${place}` }));
    expect((await query(calls, asked).calls(logs)).map((one) => one?.id)).toEqual(logs.map((_, place) => `c${place}`));
    expect(asked).toHaveLength(4);
  });
});
