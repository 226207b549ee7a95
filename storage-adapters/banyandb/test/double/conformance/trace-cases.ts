import { describe, expect, test } from 'vitest';
import { and, baseMs, condition, eq, int, ints, isIn, nil, or, stamp, str, strs, time, type Lab } from './lab.js';
import { traceTags } from './schema.js';

let lastId = 0;

interface Parts {
  readonly svc?: object;
  readonly err?: object;
  readonly lat?: object;
  readonly list?: object;
  readonly txt?: object;
}

function span(trace: string, id: string, ms: number, { svc = nil, err = nil, lat = nil, list = nil, txt = nil }: Parts = {}): object {
  lastId += 1;
  return { version: lastId, tags: [str(trace), str(id), time(baseMs + ms), svc, err, lat, list, txt], span: Buffer.from(`${trace}${id}`) };
}

export function traceCases(use: () => Lab): void {
  const group = (): string => `${use().group}t`;
  const head = (): object => ({ metadata: { group: group(), name: 't' }, tagSpec: { tagNames: traceTags } });
  const write = (...spans: object[]) => use().write('trace', [{ ...head(), ...spans[0] }, ...spans.slice(1)]);
  const ask = (query: object): Promise<string[]> => use().trace({ groups: [group()], name: 't', tagProjection: [], ...query });
  const byIds = (...ids: string[]): object => ({ criteria: isIn('trace_id', ...ids) });
  const newest = { orderBy: { indexRuleName: 'start', sort: 'SORT_DESC' } };
  const slowest = { orderBy: { indexRuleName: 'by_lat', sort: 'SORT_DESC' } };
  const named = async (query: object): Promise<string> => (await ask(query)).map((text) => text.split(':')[0]).join(' ');

  /** Three traces of one tenant: `p1` has spans of two services and one without, `p2` and `p3` one each. */
  const fill = (p: string): Promise<unknown> =>
    write(
      span(`${p}1`, 'a', 1000, { svc: str(`${p}s1`), err: int(0), lat: int(100), list: strs('k=1'), txt: str('x') }),
      span(`${p}1`, 'b', 9000, { svc: str(`${p}s2`), err: int(1), lat: int(50), list: strs('k=2'), txt: str('') }),
      span(`${p}2`, 'a', 2000, { svc: str(`${p}s1`), err: int(0), lat: int(300), list: strs() }),
      span(`${p}3`, 'a', 3000, { svc: str(`${p}s2`), lat: int(200), txt: str('x') }),
      span(`${p}1`, 'c', 5000),
    );
  const of = (p: string): object => isIn('svc', `${p}s1`, `${p}s2`);

  describe('trace writes', () => {
    test('a span sent again is there twice', async () => {
      await write(span('again', 'a', 1));
      await write(span('again', 'a', 1));
      expect(await ask(byIds('again'))).toEqual(['again: a[againa] a[againa]']);
    });

    test('a bad or missing time is INVALID_TIMESTAMP, a trace id that is no text INTERNAL_ERROR, an unknown trace NOT_FOUND', async () => {
      const own = (...tags: object[]): object => ({ ...head(), version: 1, tags, span: Buffer.from('x') });
      const bad = { timestamp: { seconds: 1, nanos: 1 } };
      const cases = [
        own(str('bad'), str('a'), bad), own(str('bad'), str('a'), nil), own(nil, str('a'), time(baseMs)), own(int(1), str('a'), time(baseMs)),
        { ...own(str('bad'), str('a'), time(baseMs)), metadata: { group: group(), name: 'nobody' } },
        { ...own(str('bad'), str('a'), time(baseMs)), metadata: { group: group(), name: 't', modRevision: 5 } },
      ];
      const answers = await Promise.all(cases.map((each) => use().write('trace', [each])));
      expect(answers.map(({ statuses }) => statuses[0]?.split('STATUS_')[1])).toEqual(['INVALID_TIMESTAMP', 'INVALID_TIMESTAMP', 'INTERNAL_ERROR', 'INTERNAL_ERROR', 'NOT_FOUND', 'EXPIRED_SCHEMA']);
    });

    test('no version or no tags end the stream, so does the first message without metadata', async () => {
      const codes = await Promise.all([[{ ...head(), ...span('z', 'a', 1), version: 0 }], [{ ...head(), version: 1, tags: [], span: Buffer.from('x') }], [span('z', 'a', 1)]].map((messages) => use().write('trace', messages)));
      expect(codes.map(({ error }) => error?.code)).toEqual([3, 3, 2]);
    });

    test('a tag more than the spec ends the stream at its end with INTERNAL, and nothing of it is stored', async () => {
      const long = span('long', 'b', 1) as { tags: object[] };
      const { error } = await write(span('long', 'a', 1), { ...long, tags: [...long.tags, str('more')] });
      expect(error?.code).toBe(13);
      expect(await ask(byIds('long'))).toEqual([]);
    });

    test('null tags are null, values of other kinds too; an empty body is one', async () => {
      await write({ ...span('odd', 'a', 7), span: Buffer.alloc(0) }, span('odd', 'b', 8, { svc: int(5), err: str('x'), lat: str('x'), list: str('x'), txt: int(4) }));
      expect(await ask({ ...byIds('odd'), tagProjection: traceTags })).toEqual(['odd: a[](@7 null null null null null "odd" "a") b[oddb](@8 null null null null null "odd" "b")']);
    });

    test('without a spec the tags are in the order of the schema', async () => {
      await use().write('trace', [{ metadata: { group: group(), name: 't' }, ...span('plain', 'a', 3, { txt: str('x') }) }]);
      expect(await ask({ ...byIds('plain'), tagProjection: ['txt', 'start'] })).toEqual(['plain: a[plaina]("x" @3)']);
    });
  });

  describe('trace queries by id', () => {
    test('ids come sorted, with all their spans, whatever order was asked', async () => {
      await fill('ids');
      const sorted = ['ids1: a[ids1a] b[ids1b] c[ids1c]', 'ids2: a[ids2a]', 'ids3: a[ids3a]'];
      expect(await ask(byIds('ids3', 'ids1', 'ids2'))).toEqual(sorted);
      expect(await ask({ ...byIds('ids3', 'ids1', 'ids2'), ...newest })).toEqual(sorted);
      expect(await ask({ criteria: or(eq('trace_id', str('ids2')), eq('trace_id', str('ids1'))) })).toEqual(sorted.slice(0, 2));
    });

    test('the limit cuts the sorted ids before any is looked up: missing ones take places', async () => {
      await fill('cut');
      expect(await named({ ...byIds('cut3', 'cut1', 'cut2'), limit: 2 })).toBe('cut1 cut2');
      expect(await named({ ...byIds('cut3', 'cut0'), limit: 1 })).toBe('');
      expect(await named({ ...byIds('cut3', 'cut1', 'cut2'), limit: 1, offset: 1 })).toBe('cut2');
    });

    test('the time range cuts days, not spans', async () => {
      await fill('days');
      const between = (begin: number, end: number): Promise<string[]> => ask({ ...byIds('days1'), timeRange: { begin: stamp(baseMs + begin), end: stamp(baseMs + end) } });
      expect((await between(20_000, 30_000))[0]).toBe('days1: a[days1a] b[days1b] c[days1c]');
      expect(await between(-5 * 86_400_000, -3 * 86_400_000)).toEqual([]);
    });

    test('a trace stays when one of its spans meets all other conditions', async () => {
      await fill('more');
      const all = isIn('trace_id', 'more1', 'more2', 'more3');
      expect(await named({ criteria: and(all, eq('svc', str('mores2'))) })).toBe('more1 more3');
      expect(await named({ criteria: and(all, eq('err', int(0))) })).toBe('more1 more2');
      expect(await named({ criteria: and(all, eq('svc', str('mores1')), eq('err', int(1))) })).toBe('');
      expect(await ask({ criteria: and(eq('trace_id', str('more1')), eq('span_id', str('b'))) })).toEqual(['more1: a[more1a] b[more1b] c[more1c]']);
      expect(await named({ criteria: and(eq('trace_id', str('more1')), eq('span_id', str('nobody'))) })).toBe('');
    });

    test('without ids or an order the query fails', async () => {
      for (const criteria of [undefined, eq('span_id', str('a')), isIn('trace_id')]) {
        expect(await use().failure(ask(criteria === undefined ? {} : { criteria }))).toContain('either traceIDs or order must be specified');
      }
      expect(await ask({ orderBy: { sort: 'SORT_DESC' } })).toEqual([]);
    });

    test('tags come as projected, the ids last; unknown ones, orders and traces fail', async () => {
      await fill('proj');
      expect(await ask({ ...byIds('proj2'), tagProjection: ['span_id', 'lat', 'svc', 'trace_id', 'list'] })).toEqual(['proj2: a[proj2a](300 "projs1" null "proj2" "a")']);
      expect(await use().failure(ask({ ...byIds('x'), tagProjection: ['nobody'] }))).toContain('nobody: tag is not defined');
      expect(await use().failure(ask({ orderBy: { indexRuleName: 'nobody' } }))).toContain('index rule nobody not found');
      expect(await use().failure(ask({ ...byIds('x'), name: 'nobody' }))).toMatch(/^2: .*trace not found/);
      expect(await use().failure(ask({ ...newest, criteria: eq('nobody', str('x')) }))).toContain('tag "nobody" does not exist');
    });
  });

  describe('trace queries by an order', () => {
    test('traces come by their first span of the order, each once with all its spans', async () => {
      await fill('order');
      const criteria = of('order');
      expect(await ask({ ...newest, criteria })).toEqual(['order1: a[order1a] b[order1b] c[order1c]', 'order3: a[order3a]', 'order2: a[order2a]']);
      expect(await named({ criteria, orderBy: { indexRuleName: 'start', sort: 'SORT_ASC' } })).toBe('order1 order2 order3');
      expect([await named({ ...slowest, criteria }), await named({ criteria, orderBy: { indexRuleName: 'by_lat', sort: 'SORT_ASC' } }), await named({ criteria, orderBy: { indexRuleName: 'by_lat' } })])
        .toEqual(['order2 order3 order1', 'order1 order3 order2', 'order1 order3 order2']);
    });

    test('conditions on the prefix choose spans, and the trace comes whole', async () => {
      await fill('prefix');
      expect(await ask({ ...newest, criteria: eq('svc', str('prefixs1')), tagProjection: ['svc'] })).toEqual(['prefix2: a[prefix2a]("prefixs1")', 'prefix1: a[prefix1a]("prefixs1") b[prefix1b]("prefixs2") c[prefix1c](null)']);
      expect(await named({ ...newest, criteria: eq('svc', str('nobody')) })).toBe('');
    });

    test('limit and offset count traces', async () => {
      await fill('page');
      const criteria = of('page');
      expect([await named({ ...newest, criteria, limit: 1 }), await named({ ...newest, criteria, limit: 1, offset: 1 }), await named({ ...newest, criteria, limit: 5, offset: 3 })]).toEqual(['page1', 'page3', '']);
      await write(...Array.from({ length: 30 }, (_, at) => span(`default${at}`, 'a', at, { svc: str('default') })));
      expect((await ask({ ...newest, criteria: eq('svc', str('default')), limit: 0 })).length).toBe(20);
    });

    test('the time range cuts the order by time, not other orders within a day', async () => {
      await fill('when');
      const timeRange = { begin: stamp(baseMs + 1500), end: stamp(baseMs + 2500) };
      expect(await named({ ...newest, criteria: of('when'), timeRange })).toBe('when2');
      expect(await named({ ...slowest, criteria: of('when'), timeRange })).toBe('when2 when3 when1');
      const edge = { begin: stamp(baseMs + 2000), end: stamp(baseMs + 3000) };
      expect(await named({ ...newest, criteria: of('when'), timeRange: edge })).toBe('when3 when2');
    });

    test('texts and items of other tags filter spans; whole numbers by EQ and empty texts find nothing', async () => {
      await fill('other');
      const found = (criteria: object): Promise<string> => named({ ...newest, criteria: and(of('other'), criteria) });
      expect([await found(eq('txt', str('x'))), await found(condition('list', 'HAVING', strs('k=1'))), await found(condition('txt', 'NE', str('x')))]).toEqual(['other3 other1', 'other1', 'other1 other2']);
      expect([await found(eq('txt', str(''))), await found(eq('err', int(0))), await found(eq('err', int(1)))]).toEqual(['', '', '']);
      expect([await found(condition('err', 'IN', ints(0))), await found(condition('err', 'GE', int(1))), await found(condition('lat', 'GT', int(100)))]).toEqual(['other2 other1', 'other1', 'other3 other2']);
    });

    test('conditions on the key pass only where the rule is named as its key', async () => {
      await fill('key');
      const from = condition('start', 'GE', time(baseMs + 2000));
      expect(await use().failure(ask({ ...newest, criteria: and(of('key'), from) }))).toContain('unsupported condition value type');
      expect(await named({ ...slowest, criteria: and(of('key'), condition('lat', 'GE', int(100))) })).toBe('');
    });

    test('a trace that is in several days comes once', async () => {
      await write(span('long1', 'a', 0, { svc: str('long') }), span('long1', 'b', -86_400_000, { svc: str('long') }), span('long2', 'a', -43_000_000, { svc: str('long') }));
      const timeRange = { begin: stamp(baseMs - 2 * 86_400_000), end: stamp(baseMs) };
      const found = await ask({ ...newest, criteria: eq('svc', str('long')), timeRange });
      expect(found.map((text) => text.split(' ').sort().join(' '))).toEqual(['a[long1a] b[long1b] long1:', 'a[long2a] long2:']);
      expect((await ask({ ...newest, criteria: eq('svc', str('long')), timeRange: { begin: stamp(baseMs - 1000), end: stamp(baseMs) } }))).toEqual(['long1: a[long1a]']);
    });

    test.each(['|', 'a|b', '\\', '*', 'é', 'a\nb'])('%j is found as a prefix, a text and an item', async (value) => {
      const id = `value${JSON.stringify(value)}`;
      await write(span(id, 'a', 1, { svc: str(`v${value}`), txt: str(value), list: strs(value) }));
      const one = and(eq('svc', str(`v${value}`)), eq('txt', str(value)), condition('list', 'HAVING', strs(value)));
      expect(await ask({ ...newest, criteria: one, tagProjection: ['svc', 'txt', 'list'] })).toEqual([`${id}: a[${id}a](${JSON.stringify(`v${value}`)} ${JSON.stringify(value)} ${JSON.stringify([value])})`]);
    });
  });
}
