import { describe, expect, test } from 'vitest';
import type { CallCondition } from '../../src/contract/call-query.js';
import type { RecordReader } from '../../src/contract/storage.js';
import { callsModel, contentModel } from '../../src/model/calls-model.js';
import { picodollarsToUsd, usdToPicodollars } from '../../src/model/money.js';
import { groupRows } from '../../src/model/record-grouping.js';
import { selectRows } from '../../src/model/record-matching.js';
import type { RecordRow } from '../../src/model/record.js';
import { RecordCallQuery } from '../../src/query/calls/call-query.js';

const minuteUs = 60_000_000;

function row(id: string, over: RecordRow = {}): RecordRow {
  const base = Object.fromEntries(
    callsModel.columns.map(({ name, type, optional }) => [name, optional ? undefined : type === 'textMap' ? {} : type === 'word' || type === 'text' ? '' : 0]),
  );
  return { ...base, id, trace_id: `trace-${id}`, span_id: 's', time: minuteUs, provider: 'openai', model: 'm', status: 'ok', cost_source: 'computed', ...over };
}

const rows: readonly RecordRow[] = [
  row('a', { total_cost: 160_000, input_tokens: 8, duration_ms: 10, dimensions: { org: 'x' }, user: 'u1' }),
  row('b', { total_cost: 1, input_tokens: 2, cache_write_5m_tokens: 3, cache_write_1h_tokens: 4, duration_ms: 30, time: 2 * minuteUs, user: 'u2' }),
  row('c', { cost_source: 'unknown', model: 'new', input_tokens: 7, output_tokens: 5, duration_ms: 20, status: 'error', time: 3 * minuteUs, trace_id: 'abcdef0123456789' }),
  row('d', { tenant: 'other' }),
];

function query(content: readonly RecordRow[] = []): RecordCallQuery {
  const of = (model: unknown): readonly RecordRow[] => (model === contentModel ? content : rows);
  const reader: RecordReader = {
    rows: async (asked) => selectRows(asked, of(asked.model)),
    groups: async (asked) => groupRows(asked, of(asked.model)),
  };
  return new RecordCallQuery(reader);
}

const all: CallCondition = { tenant: '', fromUs: 0, toUs: 10 * minuteUs, equals: {} };
const page = { orderBy: 'time', descending: true, limit: 10, offset: 0 } as const;
const ids = async (condition: CallCondition, over = {}) => (await query().calls(condition, { ...page, ...over })).map(({ id }) => id);

describe('calls', () => {
  test('are listed newest first, within their tenant, by pages', async () => {
    expect(await ids(all)).toEqual(['c', 'b', 'a']);
    expect(await ids(all, { limit: 1, offset: 1 })).toEqual(['b']);
    expect(await ids(all, { orderBy: 'cost' })).toEqual(['a', 'b', 'c']);
    expect(await ids(all, { orderBy: 'duration', descending: false })).toEqual(['a', 'c', 'b']);
  });

  test.each<[string, Partial<CallCondition>, string[]]>([
    ['a field', { equals: { status: ['error'] } }, ['c']],
    ['several values', { equals: { user: ['u1', 'u2'] } }, ['b', 'a']],
    ['a dimension', { equals: { org: ['x'] } }, ['a']],
    ['a trace', { traceId: 'trace-b' }, ['b']],
    ['a trace id in another spelling', { traceId: 'ABCDEF0123456789'.padStart(32, '0') }, ['c']],
    ['costs, which an unknown one is not among', { minCost: 0 }, ['b', 'a']],
    ['costs up to', { maxCost: 1 }, ['b']],
    ['time, the end not included', { fromUs: minuteUs, toUs: 2 * minuteUs }, ['a']],
  ])('are found by %s', async (_what, condition, expected) => {
    expect(await ids({ ...all, ...condition })).toEqual(expected);
  });

  test('one is found by its id, with its content when that is kept', async () => {
    const kept = { tenant: '', time: minuteUs, trace_id: 'trace-a', span_id: 's', parts: { 'gen_ai.prompt': 'hi' } };
    const calls = query([kept]);
    const call = await calls.call('', 'a');
    expect(call).toMatchObject({ id: 'a', usage: { input: 8, output: undefined }, cost: { total: 160_000, source: 'computed' } });
    expect(await calls.content(call!)).toEqual([{ key: 'gen_ai.prompt', text: 'hi' }]);
    expect(await query().content(call!)).toEqual([]);
    expect(await calls.call('', 'nobody')).toBeUndefined();
  });
});

describe('a breakdown', () => {
  const request = { condition: all, groupBy: ['model'], measures: ['calls', 'errors', 'inputTokens', 'cacheWriteTokens', 'costUsd', 'latencyP50'], limit: 10 } as const;

  test('keeps an unknown cost apart from nothing', async () => {
    expect(await query().breakdown(request)).toEqual([
      { groups: ['m'], bucketUs: undefined, values: [2, 0, 10, 7, '0.000000160001', 10] },
      { groups: ['new'], bucketUs: undefined, values: [1, 1, 7, undefined, undefined, 20] },
    ]);
  });

  test('goes over time too', async () => {
    const found = await query().breakdown({ ...request, groupBy: [], measures: ['calls'], bucketUs: 2 * minuteUs });
    expect(found.map(({ bucketUs, values }) => [bucketUs, values[0]])).toEqual([[0, 1], [2 * minuteUs, 2]]);
  });

  test('refuses a name that is no field and no dimension of any call', async () => {
    await expect(query().breakdown({ ...request, groupBy: ['modle'] })).rejects.toMatchObject({ code: 'METERLARK_QUERY_UNKNOWN_FIELD', fields: { name: 'modle' } });
    await expect(query().calls({ ...all, equals: { orgg: ['x'] } }, page)).rejects.toMatchObject({ fields: { name: 'orgg' } });
    expect((await query().breakdown({ ...request, groupBy: ['org'], measures: ['calls'] })).map(({ groups }) => groups)).toEqual([[''], ['x']]);
  });

  test('a dimension that only other times have is none in a quiet hour, and no fault', async () => {
    expect(await query().breakdown({ ...request, condition: { ...all, fromUs: 8 * minuteUs }, groupBy: ['org'] })).toEqual([]);
    const rows = await query().breakdown({ ...request, condition: { ...all, fromUs: 2 * minuteUs }, groupBy: ['org'], measures: ['calls'] });
    expect(rows).toEqual([{ groups: [''], bucketUs: undefined, values: [2] }]);
  });

  test('without any stored call refuses no name', async () => {
    expect(await query().breakdown({ ...request, condition: { ...all, tenant: 'nobody' }, groupBy: ['org'] })).toEqual([]);
  });

  test('over time keeps every bucket of the greatest groups', async () => {
    const found = await query().breakdown({ ...request, groupBy: ['model'], measures: ['calls'], bucketUs: minuteUs, limit: 1 });
    expect(found.map(({ groups, bucketUs, values }) => [groups[0], bucketUs, values[0]])).toEqual([['m', minuteUs, 1], ['m', 2 * minuteUs, 1]]);
  });

  test('ranks by a measure that is a sum of two columns', async () => {
    const found = await query().breakdown({ ...request, groupBy: ['user'], measures: ['cacheWriteTokens'], limit: 1 });
    expect(found).toEqual([{ groups: ['u2'], bucketUs: undefined, values: [7] }]);
  });

  test('with more groups than one answer may have is refused', async () => {
    const many: RecordReader = { rows: async () => [], groups: async ({ limit }) => Array.from({ length: limit }, (_, index) => ({ by: [], bucketUs: index, measures: [1] })) };
    const wide = new RecordCallQuery(many).breakdown({ ...request, groupBy: [], measures: ['calls'], bucketUs: 1 });
    await expect(wide).rejects.toMatchObject({ code: 'METERLARK_QUERY_TOO_MANY_GROUPS' });
  });
});

test('models without a price are listed with what they used', async () => {
  expect(await query().unpriced(all, 10)).toEqual([
    { provider: 'openai', model: 'new', calls: 1, inputTokens: 7, outputTokens: 5, lastSeenUs: 3 * minuteUs },
  ]);
});

describe('money', () => {
  test.each([[0n, '0'], [1n, '0.000000000001'], [160_000n, '0.00000016'], [-2_500_000_000_000n, '-2.5'], [10n ** 30n, '1000000000000000000']])(
    '%s picodollars are %s dollars',
    (amount, text) => expect(picodollarsToUsd(amount)).toBe(text),
  );
  test.each([['0.00000016', 160_000], ['2.50', 2_500_000_000_000], ['-1', -1_000_000_000_000], ['1.0000000000001', undefined], ['1e3', undefined], ['', undefined], ['99999', undefined]])(
    '%s dollars are %s picodollars',
    (text, amount) => expect(usdToPicodollars(text)).toBe(amount),
  );
});
