import { beforeEach, describe, expect, test } from 'vitest';
import type { RecordReader } from '../../src/contract/storage.js';
import type { EntryCondition } from '../../src/contract/trace-query.js';
import { groupRows } from '../../src/model/record-grouping.js';
import { selectRows } from '../../src/model/record-matching.js';
import type { RecordRow } from '../../src/model/record.js';
import { facetsModel, spansModel } from '../../src/model/spans-model.js';
import { RecordTraceQuery } from '../../src/query/traces/trace-query.js';

const hourUs = 3_600_000_000;
const fullId = '0af7651916cd43dd8448eb211c80319c';

function row(traceId: string, spanId: string, over: RecordRow = {}): RecordRow {
  const base = Object.fromEntries(
    spansModel.columns.map(({ name, type }) => [name, type === 'textMap' || type === 'numberMap' ? {} : type === 'flag' ? false : type === 'time' || type === 'integer' ? 0 : '']),
  );
  return { ...base, trace_id: traceId, span_id: spanId, service: 's', name: 'GET /', kind: 'server', status: 'unset', time: 10, duration_ns: 5, ...over };
}

/** Limits of all reads of rows. */
let reads: number[] = [];
beforeEach(() => {
  reads = [];
});

function query(spans: readonly RecordRow[], facets: readonly RecordRow[] = [], limits = {}): RecordTraceQuery {
  const of = (model: unknown): readonly RecordRow[] => (model === facetsModel ? facets : spans);
  const reader: RecordReader = {
    rows: async (asked) => {
      reads.push(asked.limit);
      return selectRows(asked, of(asked.model));
    },
    groups: async (asked) => groupRows(asked, of(asked.model)),
  };
  return new RecordTraceQuery(reader, { spansPerTrace: 10, candidates: 10, tags: 3, scanned: 1000, ...limits });
}

const all: EntryCondition = { tenant: '', fromUs: 0, toUs: 100, tags: [] };
const page = { orderBy: 'start', limit: 10, offset: 0 } as const;

describe('a trace', () => {
  test('is answered by start, each span once although it was sent twice', async () => {
    const [trace] = await query([row(fullId, 'b', { time: 3 }), row(fullId, 'a', { time: 1 }), row(fullId, 'b', { time: 3 })]).traces('', [fullId]);
    expect([trace!.spans.map(({ spanId }) => spanId), trace!.cut]).toEqual([['a', 'b'], false]);
  });

  test('keeps both sides of a call that share an id', async () => {
    const [trace] = await query([row(fullId, 'a', { kind: 'client' }), row(fullId, 'a', { kind: 'server', service: 'other', time: 11 })]).traces('', [fullId]);
    expect(trace!.spans.map(({ kind }) => kind)).toEqual(['client', 'server']);
  });

  test('reads back everything that was stored', async () => {
    const event = { timeUs: 1, name: 'exception', attributes: { 'exception.type': 'E', count: 2 } };
    const segment = { segmentId: 'g', spanId: 0, parentSpanId: -1, refs: [], componentId: 1, layer: 'Http', type: 'Entry', skipAnalysis: false };
    const [trace] = await query([
      row(fullId, 'a', {
        entry: true, resource: '{"service.name":"s"}', attributes: { model: 'gpt' }, numbers: { tokens: 3 },
        events: JSON.stringify([event]), links: JSON.stringify([{ traceId: 't', spanId: 'l', traceState: '', attributes: {} }]), segment: JSON.stringify(segment),
      }),
    ]).traces('', [fullId]);
    expect(trace!.spans[0]).toMatchObject({
      entry: true, resource: { 'service.name': 's' }, attributes: { model: 'gpt', tokens: 3 }, events: [event], links: [{ spanId: 'l' }], segment,
    });
  });

  test.each([['0000000000000000aaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaa'], ['AAAAAAAAAAAAAAAA', '0000000000000000aaaaaaaaaaaaaaaa']])(
    'asked for as %s is found when stored as %s',
    async (asked, stored) => {
      const [trace] = await query([row(stored, 'a')]).traces('', [asked]);
      expect([trace!.traceId, trace!.spans.length]).toEqual([asked, 1]);
    },
  );

  test('that is not known has no spans, and another tenant has none of ours', async () => {
    expect(await query([]).traces('', ['x'])).toEqual([{ traceId: 'x', spans: [], cut: false }]);
    expect((await query([row(fullId, 'a')]).traces('other', [fullId]))[0]!.spans).toEqual([]);
    expect(await query([]).traces('', [])).toEqual([]);
  });

  test('with more spans than the limit is cut, and says so; what is asked for together shares the limit', async () => {
    const many = Array.from({ length: 12 }, (_, index) => row('big', `s${index}`, { time: index }));
    const traces = query([...many, row('small', 'a'), row('small', 'b'), row('other', 'a')]);
    const shown = async (...ids: string[]) => (await traces.traces('', ids)).map(({ spans, cut }) => [spans.length, cut]);
    expect(await shown('big')).toEqual([[10, true]]);
    expect(await shown('small', 'big', 'other', 'none')).toEqual([[2, false], [8, true], [0, true], [0, false]]);
    expect(await shown('small', 'other')).toEqual([[2, false], [1, false]]);
    reads = [];
    await shown('big', ...Array.from({ length: 50 }, () => 'small'), 'other');
    expect(reads).toEqual([10]);
  });

  test('asked for in both spellings is read once and answered for both', async () => {
    const long = '0000000000000000aaaaaaaaaaaaaaaa';
    const found = await query([row('aaaaaaaaaaaaaaaa', 'a'), row(long, 'b')]).traces('', [long, 'aaaaaaaaaaaaaaaa']);
    expect(found.map(({ traceId, spans }) => [traceId, spans.length])).toEqual([[long, 2], ['aaaaaaaaaaaaaaaa', 2]]);
  });

  test('of many spans leaves turns of the event loop to others', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => row('big', `s${index}`, { events: `[${'{"name":"e","timeUs":1,"attributes":{}},'.repeat(9)}{}]` }));
    let turns = 0;
    const ticker = setInterval(() => { turns += 1; }, 0);
    const [trace] = await query(many, [], { spansPerTrace: 20_000 }).traces('', ['big']);
    clearInterval(ticker);
    expect(trace!.spans).toHaveLength(20_000);
    expect(turns).toBeGreaterThan(1);
  });
});

describe('entries', () => {
  const spans = [
    row('t1', 'e', { entry: true, time: 1, duration_ns: 50 }),
    row('t1', 'c', { kind: 'client', time: 2, attributes: { model: 'gpt' }, numbers: { status: 429 } }),
    row('t2', 'e', { entry: true, time: 3, duration_ns: 10, status: 'error', attributes: { status: '429' } }),
    row('t3', 'e', { entry: true, time: 4, duration_ns: 90, service: 'other' }),
    row('t3', 'c', { time: 5, service: 's', attributes: { model: 'gpt' } }),
  ];
  const found = async (over: Partial<EntryCondition>, order = {}) =>
    (await query(spans).entries({ ...all, ...over }, { ...page, ...order })).map(({ traceId }) => traceId);

  test.each<[string, Partial<EntryCondition>, string[]]>([
    ['all', {}, ['t3', 't2', 't1']],
    ['a service', { service: 's' }, ['t2', 't1']],
    ['failed', { failed: true }, ['t2']],
    ['not failed', { failed: false }, ['t3', 't1']],
    ['longer than', { minDurationNs: 50 }, ['t3', 't1']],
    ['shorter than', { maxDurationNs: 50 }, ['t2', 't1']],
    ['time, the end not included', { fromUs: 3, toUs: 4 }, ['t2']],
    ['a tag of any span of the trace within the service', { tags: [{ key: 'model', value: 'gpt' }] }, ['t1']],
    ['a tag that one sender writes as a number and another as text', { tags: [{ key: 'status', value: '429' }] }, ['t2', 't1']],
    ['a tag of any value', { tags: [{ key: 'status' }] }, ['t2', 't1']],
    ['two tags of one span', { tags: [{ key: 'status', value: '429' }, { key: 'model', value: 'gpt' }] }, ['t1']],
    ['a tag that nobody has', { tags: [{ key: 'model', value: 'none' }] }, []],
    ['a trace', { traceId: 't1' }, ['t1']],
  ])('by %s', async (_what, condition, expected) => {
    expect(await found(condition)).toEqual(expected);
  });

  test('by duration, and by pages with and without tags', async () => {
    expect(await found({}, { orderBy: 'duration' })).toEqual(['t3', 't1', 't2']);
    expect(await found({}, { limit: 1, offset: 1 })).toEqual(['t2']);
    expect(await found({ tags: [{ key: 'status' }] }, { limit: 1, offset: 1 })).toEqual(['t1']);
  });

  test('are shown once however often they were sent, and pages are filled all the same', async () => {
    const resent = [4, 3, 2, 1].flatMap((time) => Array.from({ length: 3 }, () => row(`t${time}`, 'e', { entry: true, time })));
    const pageOf = async (over: object, limits = {}) => (await query(resent, [], limits).entries(all, { ...page, ...over })).map(({ traceId }) => traceId);
    expect(await pageOf({})).toEqual(['t4', 't3', 't2', 't1']);
    expect(await pageOf({ limit: 2 })).toEqual(['t4', 't3']);
    expect(await pageOf({ limit: 2, offset: 2 })).toEqual(['t2', 't1']);
    expect(await pageOf({ limit: 2, offset: 3 })).toEqual(['t1']);
    expect(await pageOf({ limit: 2, offset: 4 })).toEqual([]);
    expect(await pageOf({ limit: 4 }, { scanned: 5 })).toEqual(['t4', 't3']);
    const tagged = resent.map((one) => ({ ...one, attributes: { model: 'gpt' } }));
    expect(await query(tagged).entries({ ...all, tags: [{ key: 'model' }] }, { ...page, limit: 2, offset: 1 })).toMatchObject([{ traceId: 't3' }, { traceId: 't2' }]);
  });

  test('of one span sent a thousand times take few reads', async () => {
    await query(Array.from({ length: 1000 }, () => row('t', 'e', { entry: true })), [], { scanned: 5000 }).entries(all, page);
    expect(reads.length).toBeLessThan(10);
  });

  test('by tags are of the traces that come first in the order asked for', async () => {
    const tagged = Array.from({ length: 20 }, (_, index) => row(`t${index}`, 'e', { entry: true, time: index, duration_ns: 100 - index, attributes: { model: 'gpt' } }));
    const first = async (orderBy: 'start' | 'duration') =>
      (await query(tagged, [], { spansPerTrace: 100, candidates: 2 }).entries({ ...all, tags: [{ key: 'model' }] }, { ...page, orderBy })).map(({ traceId }) => traceId);
    expect(await first('start')).toEqual(['t19', 't18']);
    expect(await first('duration')).toEqual(['t0', 't1']);
  });

  test('and traces are found once when their id came in both spellings', async () => {
    const long = '0000000000000000aaaaaaaaaaaaaaaa';
    const both = [row('aaaaaaaaaaaaaaaa', 'c', { time: 9, attributes: { model: 'gpt' } }), row(long, 'e', { entry: true, time: 8 }), row('other', 'e', { entry: true, time: 7 })];
    expect(await query(both).traceIds(all, { ...page, limit: 2 })).toEqual(['aaaaaaaaaaaaaaaa', 'other']);
    expect(await query(both).entries({ ...all, tags: [{ key: 'model' }] }, page)).toMatchObject([{ traceId: long }]);
  });

  test('too many tags are refused', async () => {
    await expect(found({ tags: Array.from({ length: 4 }, (_, index) => ({ key: `k${index}` })) })).rejects.toMatchObject({ code: 'METERLARK_QUERY_TOO_MANY_TAGS' });
  });

  test('traces are found by any of their spans, the latest first', async () => {
    const ids = (over: Partial<EntryCondition>) => query(spans).traceIds({ ...all, ...over }, page);
    expect(await ids({})).toEqual(['t3', 't2', 't1']);
    expect(await ids({ tags: [{ key: 'model', value: 'gpt' }] })).toEqual(['t3', 't1']);
    expect(await ids({ tags: [{ key: 'status', value: '429' }] })).toEqual(['t2', 't1']);
  });
});

test('facets are the keys of a list, or the values of a key, within the hours asked for', async () => {
  const facet = (key: string, value: string, time = 0): RecordRow => ({ tenant: '', time, list: 'trace_tag', key, value, revision: 0 });
  const facets = [facet('b', '1'), facet('a', '2'), facet('a', '1', 2 * hourUs), facet('a', '2', 2 * hourUs)];
  const ask = (over: object) => query([], facets).facets({ tenant: '', fromUs: 60, toUs: 3 * hourUs, list: 'trace_tag', limit: 10, ...over });
  expect(await ask({})).toEqual(['a', 'b']);
  expect(await ask({ key: 'a' })).toEqual(['1', '2']);
  expect(await ask({ key: 'a', fromUs: 2 * hourUs + 5, limit: 1 })).toEqual(['1']);
  expect(await ask({ key: 'a', toUs: hourUs })).toEqual(['2']);
  expect(await ask({ list: 'other' })).toEqual([]);
});
