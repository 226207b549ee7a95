import { describe, expect, test } from 'vitest';
import { and, baseMs, bin, condition, eq, float, int, ints, isIn, nil, or, stamp, str, strs, unset, type Lab } from './lab.js';
import { measureFields, measureTags } from './schema.js';

const spec = { tagFamilySpec: [{ name: 'row', tagNames: measureTags }], fieldNames: measureFields };
let lastId = 0;

/** `tags` as the spec has them; an id of its own. */
function point(ms: number, tags: readonly object[], fields: readonly object[] = [], more: object = {}): object {
  lastId += 1;
  return { messageId: lastId, dataPoint: { timestamp: stamp(ms), version: 1, tagFamilies: [{ tags }], fields, ...more } };
}

const project = (...tags: string[]): object => ({ tagFamilies: [{ name: 'row', tags }] });

export function measureCases(use: () => Lab): void {
  const group = (): string => `${use().group}m`;
  const head = (more: object = {}): object => ({ metadata: { group: group(), name: 'm' }, dataPointSpec: spec, ...more });
  const write = (...points: object[]) => use().write('measure', [{ ...head(), ...points[0] }, ...points.slice(1)]);
  const ask = (criteria: object | undefined, more: object = {}): Promise<string[]> =>
    use().measure({ groups: [group()], name: 'm', tagProjection: project('entity', 'free'), fieldProjection: { names: ['v'] }, ...(criteria === undefined ? {} : { criteria }), ...more });
  const of = (tenant: string): object => eq('tenant', str(tenant));
  const row = (tenant: string, entity: string, free: string, v: number, ms = baseMs): object => point(ms, [str(tenant), str(entity), nil, nil, str(free), nil], [int(v)]);

  describe('measure writes', () => {
    test('a row is acknowledged after the client has closed its half, and only then seen', async () => {
      const stream = use().client.open('measure');
      stream.write({ ...head(), ...row('late', 'a', 'f', 1) });
      stream.write({ ...head(), messageId: 9, dataPoint: { timestamp: { seconds: 1, nanos: 1 }, version: 1, tagFamilies: [{ tags: [str('late'), str('b')] }] } });
      await expect.poll(() => stream.statuses, { timeout: 5_000 }).toEqual(['9: STATUS_INVALID_TIMESTAMP']);
      expect(await ask(of('late'))).toEqual([]);
      stream.end();
      expect((await stream.answer).statuses[1]).toMatch(/: STATUS_SUCCEED$/);
      expect(await ask(of('late'))).toEqual(['"a" "f" 1']);
    });

    test('a greater version replaces a row, an equal or lower one does not', async () => {
      const at = (version: number, v: number): object => point(baseMs, [str('ver'), str('a'), nil, nil, str(`v${v}`), nil], [int(v)], { version });
      await write(at(2, 1), at(3, 2), at(2, 3), at(3, 4));
      expect(await ask(of('ver'))).toEqual(['"a" "v2" 2']);
      await write(at(3, 5));
      expect(await ask(of('ver'))).toEqual(['"a" "v2" 2']);
      await write(at(4, 6));
      expect(await ask(of('ver'))).toEqual(['"a" "v6" 6']);
    });

    test('a row replaces the whole row: what it leaves out becomes null', async () => {
      await write(point(baseMs, [str('whole'), str('a'), nil, nil, str('f'), nil], [int(1)]));
      await write(point(baseMs, [str('whole'), str('a')], [], { version: 2 }));
      expect(await ask(of('whole'))).toEqual(['"a" null null']);
    });

    test('version 0 is the id of the message', async () => {
      await use().write('measure', [{ ...head(), ...point(baseMs, [str('v0'), str('a')], [int(1)], { version: 0 }), messageId: 77 }]);
      const rows = await use().rows('measure', { groups: [group()], name: 'm', criteria: of('v0'), tagProjection: project('entity') });
      expect(rows.map(({ version }) => String(version))).toEqual(['77']);
    });

    test('metadata and spec hold until others come', async () => {
      const answer = await write(row('sticky', 'a', 'x', 1), row('sticky', 'b', 'y', 2));
      expect(answer.statuses.length).toBe(2);
      expect((await ask(of('sticky'))).sort()).toEqual(['"a" "x" 1', '"b" "y" 2']);
    });

    test('the first message without metadata ends the stream', async () => {
      const { error, statuses } = await use().write('measure', [row('none', 'a', 'x', 1)]);
      expect([error?.code, statuses]).toEqual([2, []]);
      expect(error?.details).toContain('metadata is required');
    });

    test('a message that breaks a rule ends the stream, but the rows before it are stored', async () => {
      const { error } = await use().write('measure', [{ ...head(), ...row('broken', 'a', 'x', 1) }, { ...row('broken', 'b', 'y', 2), messageId: 0 }, row('broken', 'c', 'z', 3)]);
      expect(error?.code).toBe(3);
      await expect.poll(() => ask(of('broken'))).toEqual(['"a" "x" 1']);
    });

    test('a point without time or tag families breaks a rule', async () => {
      const none = await use().write('measure', [{ ...head(), messageId: 1, dataPoint: { version: 1, tagFamilies: [{ tags: [str('t'), str('e')] }] } }]);
      const noFamilies = await use().write('measure', [{ ...head(), messageId: 1, dataPoint: { version: 1, timestamp: stamp(baseMs), tagFamilies: [] } }]);
      expect([none.error?.code, noFamilies.error?.code]).toEqual([3, 3]);
    });

    test('a value of another kind is stored as null without a word', async () => {
      const { statuses } = await write(point(baseMs, [str('kinds'), str('a'), str('text'), nil, int(5), str('x')], [str('text'), int(4), bin('x'), int(3)]));
      expect(statuses[0]).toMatch(/SUCCEED/);
      const all = { tagProjection: project(...measureTags), fieldProjection: { names: measureFields } };
      expect(await ask(of('kinds'), all)).toEqual(['"kinds" "a" null null null null null b: "" null']);
    });

    test('null texts and bytes of fields are read as empty ones, null numbers as null, no items as null', async () => {
      await write(point(baseMs, [str('nulls'), str('a'), nil, nil, nil, strs()], [nil, nil, nil, nil]), point(baseMs, [str('nulls'), str('b'), nil, nil, str(''), strs('')], [int(0), bin(''), str(''), float(0)]));
      const all = { tagProjection: project('entity', 'free', 'list'), fieldProjection: { names: measureFields } };
      expect((await ask(of('nulls'), all)).sort()).toEqual(['"a" null null null b: "" null', '"b" "" [""] 0 b: "" f0']);
    });

    test('whole numbers are exact', async () => {
      await write(point(baseMs, [str('exact'), str('a')], [int('9007199254740993')]), point(baseMs, [str('exact'), str('b')], [int('-9223372036854775808')]));
      expect((await ask(of('exact'))).sort()).toEqual(['"a" null 9007199254740993', '"b" null -9223372036854775808']);
    });

    test('a spec may leave out and reorder; without one the order is the schema\'s', async () => {
      const own = { tagFamilySpec: [{ name: 'row', tagNames: ['free', 'entity', 'tenant'] }], fieldNames: ['txt', 'v'] };
      await use().write('measure', [{ metadata: { group: group(), name: 'm' }, dataPointSpec: own, ...point(baseMs, [str('F'), str('e'), str('spec')], [str('T'), int(9)]) }]);
      await use().write('measure', [{ metadata: { group: group(), name: 'm' }, ...point(baseMs, [str('spec'), str('p'), int(4), nil, str('hello')], [int(8)]) }]);
      expect((await ask(of('spec'))).sort()).toEqual(['"e" "F" 9', '"p" "hello" 8']);
    });

    test('an entity tag the spec does not name is null; one that is not sent is an error of the row', async () => {
      const own = { tagFamilySpec: [{ name: 'row', tagNames: ['tenant'] }], fieldNames: ['v'] };
      const left = await use().write('measure', [{ metadata: { group: group(), name: 'm' }, dataPointSpec: own, ...point(baseMs, [str('half')], [int(9)]) }]);
      expect(left.statuses[0]).toMatch(/SUCCEED/);
      expect(await ask(of('half'))).toEqual(['null null 9']);
      const missing = await write(point(baseMs, [str('half2')], [int(1)]));
      expect(missing.statuses[0]).toMatch(/INTERNAL_ERROR/);
    });

    test('an entity value that is unset ends the stream', async () => {
      const { error } = await write(point(baseMs, [str('unset'), unset], [int(1)]));
      expect(error?.code).toBe(13);
    });

    test('an array as an entity value and a family too many are acknowledged and lost', async () => {
      const array = await write(point(baseMs, [str('array'), strs('x')], [int(1)]));
      const family = await use().write('measure', [{ ...head(), messageId: 5, dataPoint: { timestamp: stamp(baseMs), version: 1, tagFamilies: [{ tags: [str('fam'), str('a')] }, { tags: [str('x')] }] } }]);
      expect([array.statuses[0], family.statuses[0]].every((status) => status?.endsWith('SUCCEED'))).toBe(true);
      expect([await ask(of('array')), await ask(of('fam'))]).toEqual([[], []]);
    });

    test('an unknown measure is INTERNAL_ERROR, NOT_FOUND when a revision is asked for', async () => {
      const metadata = { group: group(), name: 'nobody' };
      const plain = await use().write('measure', [{ ...head({ metadata }), ...row('x', 'a', 'x', 1) }]);
      const revised = await use().write('measure', [{ ...head({ metadata: { ...metadata, modRevision: 5 } }), ...row('x', 'a', 'x', 1) }]);
      expect([plain.statuses[0], revised.statuses[0]].map((status) => status?.split(': ')[1])).toEqual(['STATUS_INTERNAL_ERROR', 'STATUS_NOT_FOUND']);
    });

    test('an old revision is refused, so is one of the future', async () => {
      const of = (modRevision: string): object => head({ metadata: { group: group(), name: 'm', modRevision } });
      const answers = await Promise.all(['5', '9000000000000000000'].map((revision) => use().write('measure', [{ ...of(revision), ...row('x', 'a', 'x', 1) }])));
      const future = use().version === 'main' ? 'STATUS_SCHEMA_NOT_APPLIED' : 'STATUS_EXPIRED_SCHEMA';
      expect(answers.map(({ statuses }) => statuses[0]?.split(': ')[1])).toEqual(['STATUS_EXPIRED_SCHEMA', future]);
    });

    test('tags with an index belong to the series: what made the series in its day stays', async () => {
      const at = (ms: number, lay: number): object => point(baseMs + ms, [str('lay'), str('a'), int(lay)], [int(lay)]);
      await write(at(0, 1), at(1000, 2));
      await write(at(2000, 3));
      expect(await ask(of('lay'), { tagProjection: project('lay'), orderBy: { sort: 'SORT_ASC' } })).toEqual(['2 1', '2 2', '2 3']);
      expect(await ask(and(of('lay'), eq('lay', int(3))))).toEqual([]);
      expect((await ask(and(of('lay'), eq('lay', int(2))))).length).toBe(3);
    });
  });

  describe('measure queries', () => {
    const fill = async (tenant: string): Promise<void> => {
      const of = (entity: string, lay: object, ord: object, ms: number): object => point(baseMs + ms, [str(tenant), str(entity), lay, ord, str(`${entity}${ms}`)], [int(ms)]);
      await write(of('a', int(1), int(9), 3000), of('a', int(1), int(9), 1000), of('b', int(2), int(8), 2000));
      await write(of('c', nil, nil, 4000));
    };

    test('without an order rows come by time, and by time in both directions', async () => {
      await fill('order');
      const up = ['"a" "a1000" 1000', '"b" "b2000" 2000', '"a" "a3000" 3000', '"c" "c4000" 4000'];
      expect(await ask(of('order'), { orderBy: { sort: 'SORT_ASC' } })).toEqual(up);
      expect(await ask(of('order'), { orderBy: { sort: 'SORT_DESC' } })).toEqual([...up].reverse());
      expect(await ask(of('order'), { orderBy: {} })).toEqual(up);
    });

    test('ordering by an index orders series; series without the tag come last; others are refused', async () => {
      await fill('byord');
      const entities = async (sort: string): Promise<string[]> => (await ask(of('byord'), { orderBy: { indexRuleName: 'ord', sort }, tagProjection: project('entity'), fieldProjection: { names: [] } }));
      expect([await entities('SORT_ASC'), await entities('SORT_DESC')]).toEqual([['"b"', '"a"', '"a"', '"c"'], ['"a"', '"a"', '"b"', '"c"']]);
      expect(await use().failure(ask(undefined, { orderBy: { indexRuleName: 'lay' } }))).toContain('lay: index does not support sorting');
      expect(await use().failure(ask(undefined, { orderBy: { indexRuleName: 'nope' } }))).toContain('nope: index is not define for the tag');
    });

    test('both ends of the range are in it; a range turned round finds nothing', async () => {
      await fill('range');
      const between = (begin: number, end: number): Promise<string[]> => ask(of('range'), { timeRange: { begin: stamp(baseMs + begin), end: stamp(baseMs + end) } });
      expect([(await between(1000, 3000)).length, (await between(2000, 2000)).length, (await between(3000, 1000)).length]).toEqual([3, 1, 0]);
      const parts = ask(undefined, { timeRange: { begin: { seconds: 1, nanos: 5 }, end: stamp(baseMs) } });
      expect(await use().failure(parts)).toContain('time is not millisecond precision');
      expect(await use().failure(use().client.query('measure', { groups: [group()], name: 'm', tagProjection: project('entity') }))).toMatch(/^3: .*value is required/);
    });

    test('the limit cuts without a word, and is 100 without one', async () => {
      await write(...Array.from({ length: 130 }, (_, at) => row('many', 'a', `${at}`, at, baseMs + at)));
      expect((await ask(of('many'), { limit: 0 })).length).toBe(100);
      expect(await ask(of('many'), { limit: 2, offset: 1, orderBy: { sort: 'SORT_ASC' } })).toEqual(['"a" "1" 1', '"a" "2" 2']);
      expect((await ask(of('many'), { limit: 1000 })).length).toBe(130);
    });

    test('conditions need an index: on other tags, and on entities with other operations, the query fails', async () => {
      for (const criteria of [eq('free', str('x')), eq('nobody', str('x')), condition('tenant', 'NE', str('x')), eq('entity', nil)]) {
        expect(await use().failure(ask(criteria))).toMatch(/^2: .*mandatory index rule conf/);
      }
    });

    test('conditions on an index: ranges leave out series without the tag, NE and NOT_IN keep them', async () => {
      await fill('cond');
      const entities = async (op: string, value: object): Promise<string> => [...new Set((await ask(and(of('cond'), condition('lay', op, value)), { tagProjection: project('entity'), fieldProjection: { names: [] } })))].sort().join('');
      expect([await entities('EQ', int(1)), await entities('NE', int(1)), await entities('GE', int(1)), await entities('GT', int(1)), await entities('LT', int(2)), await entities('LE', int(2))])
        .toEqual(['"a"', '"b""c"', '"a""b"', '"b"', '"a"', '"a""b"']);
      expect([await entities('IN', ints(2, 7)), await entities('NOT_IN', ints(2, 7))]).toEqual(['"b"', '"a""c"']);
    });

    test('the trap of entities: AND merges lists into one entity', async () => {
      await write(row('trap', 'ta', 'x', 1), row('trap', 'tb', 'x', 2), row('trap2', 'ta', 'x', 3));
      expect(await use().failure(ask(and(of('trap'), isIn('entity', 'ta', 'tb'))))).toContain('series is required');
      expect((await ask(and(of('trap'), isIn('entity', 'ta')))).length).toBe(1);
      expect((await ask(or(and(of('trap'), eq('entity', str('ta'))), and(of('trap'), eq('entity', str('tb')))))).length).toBe(2);
      expect((await ask(and(and(of('trap'), isIn('entity', 'ta', 'tb')), isIn('entity', 'ta')))).sort()).toEqual(['"ta" "x" 1', '"ta" "x" 3']);
      expect((await ask(isIn('tenant', 'trap', 'trap2'))).length).toBe(3);
    });

    test('a projection of nothing, of unknown tags or fields fails; an unknown measure fails', async () => {
      const bare = use().client.query('measure', { groups: [group()], name: 'm', timeRange: { begin: stamp(baseMs), end: stamp(baseMs) } });
      expect(await use().failure(bare)).toContain('tagProjection or fieldProjection is required');
      expect(await use().failure(ask(undefined, { tagProjection: project('nobody') }))).toContain('nobody: tag is not defined');
      expect(await use().failure(ask(undefined, { fieldProjection: { names: ['nobody'] } }))).toContain('field nobody not found');
      expect(await use().failure(ask(undefined, { name: 'nobody' }))).toMatch(/^2: .*measure doesn't exist/);
    });

    test('rows of several days come in one answer, by time', async () => {
      const days = [2, 0, 1].map((day) => row('days', 'a', `${day}`, day, baseMs - day * 86_400_000));
      await write(...days, row('days', 'b', 'x', 9, baseMs - 86_400_000));
      const timeRange = { begin: stamp(baseMs - 3 * 86_400_000), end: stamp(baseMs) };
      expect((await ask(of('days'), { timeRange, orderBy: { sort: 'SORT_ASC' }, tagProjection: project('tenant') })).length).toBe(4);
      expect((await ask(of('days'), { timeRange, orderBy: { sort: 'SORT_DESC' } }))[0]).toBe('"a" "0" 0');
    });
  });
}
