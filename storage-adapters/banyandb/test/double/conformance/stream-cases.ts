import { describe, expect, test } from 'vitest';
import { and, baseMs, bin, condition, eq, int, ints, isIn, nil, or, stamp, str, strs, unset, type Lab } from './lab.js';
import { streamTags } from './schema.js';

const spec = [{ name: 'row', tagNames: streamTags }];
let lastId = 0;

interface Parts {
  readonly svc?: string;
  readonly lvl?: number;
  readonly inv?: object;
  readonly skp?: object;
  readonly ord?: object;
  readonly txt?: object;
  readonly list?: object;
  readonly n?: object;
  readonly bin?: object;
}

function element(ms: number, id: string, tenant: string, { svc = 'a', lvl = 1, ...rest }: Parts = {}): object {
  lastId += 1;
  const { inv = nil, skp = nil, ord = nil, txt = nil, list = nil, n = nil, bin: bytes = nil } = rest;
  const tags = [str(tenant), str(svc), int(lvl), inv, skp, ord, txt, list, n, bytes];
  return { messageId: lastId, element: { elementId: id, timestamp: stamp(baseMs + ms), tagFamilies: [{ tags }] } };
}

const project = (...tags: string[]): object => ({ tagFamilies: [{ name: 'row', tags }] });

export function streamCases(use: () => Lab): void {
  const group = (): string => `${use().group}s`;
  const head = (): object => ({ metadata: { group: group(), name: 's' }, tagFamilySpec: spec });
  const write = (...elements: object[]) => use().write('stream', [{ ...head(), ...elements[0] }, ...elements.slice(1)]);
  const ask = (criteria: object | undefined, more: object = {}): Promise<string[]> =>
    use().stream({ groups: [group()], name: 's', projection: project('svc'), ...(criteria === undefined ? {} : { criteria }), ...more });
  const of = (tenant: string): object => eq('tenant', str(tenant));

  describe('stream writes', () => {
    test('values come back as they were: null as null, an empty text as one, no items as null', async () => {
      await write(
        element(1, 'r1', 'read', { svc: 'a', inv: str('i'), skp: str('s'), ord: int(5), txt: str('x'), list: strs('k=1', 'm'), n: int('9007199254740993'), bin: bin('bb') }),
        element(2, 'r2', 'read', { svc: 'b', inv: str(''), txt: str(''), list: strs(), n: int(0), bin: bin('') }),
        element(3, 'r3', 'read', { svc: '' }),
      );
      expect(await ask(of('read'), { projection: project(...streamTags), orderBy: { sort: 'SORT_ASC' } })).toEqual([
        '"read" "a" 1 "i" "s" 5 "x" ["k=1","m"] 9007199254740993 b:bb',
        '"read" "b" 1 "" null null "" null 0 b:',
        '"read" null 1 null null null null null null null',
      ]);
    });

    test('the id of an element comes back as a hash', async () => {
      await write(element(1, 'hash', 'hash'));
      const rows = await use().rows('stream', { groups: [group()], name: 's', criteria: of('hash'), projection: project('svc') });
      expect(rows[0]?.elementId).toMatch(/^[0-9a-f]{16}$/);
    });

    test('an id is shown once, whatever its time and entity; without an id every element is one of its own', async () => {
      await write(element(1, 'same', 'dup', { svc: 'a' }), element(2, 'same', 'dup', { svc: 'b' }), element(1, 'same', 'dup', { svc: 'a' }));
      expect(await ask(of('dup'), { orderBy: { sort: 'SORT_ASC' } })).toEqual(['"a"']);
      expect(await ask(of('dup'), { orderBy: { sort: 'SORT_DESC' } })).toEqual(['"b"']);
      await write(element(1, '', 'anon'), element(1, '', 'anon'));
      expect((await ask(of('anon'))).length).toBe(2);
    });

    test('the same element sent again is stored once', async () => {
      const sent = element(1, 'again', 'again', { txt: str('x') });
      await write(sent);
      await write(sent);
      expect((await ask(of('again'))).length).toBe(1);
    });

    test('a bad or missing time is INVALID_TIMESTAMP, no family, a missing entity and an unknown stream are INTERNAL_ERROR; an unset entity ends the stream', async () => {
      const own = (part: object): object => ({ ...head(), messageId: 5, element: { elementId: 'z', ...part } });
      const families = { tagFamilies: [{ tags: [str('z'), str('z'), int(1)] }] };
      const cases = [
        own({ ...families, timestamp: { seconds: 1, nanos: 1 } }),
        own(families),
        own({ timestamp: stamp(baseMs), tagFamilies: [] }),
        own({ timestamp: stamp(baseMs), tagFamilies: [{ tags: [str('z')] }] }),
        { ...own({ ...families, timestamp: stamp(baseMs) }), metadata: { group: group(), name: 'nobody' } },
      ];
      const answers = await Promise.all(cases.map((each) => use().write('stream', [each])));
      expect(answers.map(({ statuses }) => statuses[0]?.split('STATUS_')[1])).toEqual(['INVALID_TIMESTAMP', 'INVALID_TIMESTAMP', ...Array.from({ length: 3 }, () => 'INTERNAL_ERROR')]);
      const { error } = await use().write('stream', [own({ timestamp: stamp(baseMs), tagFamilies: [{ tags: [str('z'), unset, int(1)] }] })]);
      expect(error?.code).toBe(13);
    });

    test('a message without id ends the stream; the first without metadata too', async () => {
      const zero = await use().write('stream', [{ ...head(), ...element(1, 'z', 'zero'), messageId: 0 }]);
      const bare = await use().write('stream', [element(1, 'z', 'zero')]);
      expect([zero.error?.code, bare.error?.code]).toEqual([3, 2]);
    });

    test('values of other kinds are stored as null', async () => {
      await write(element(1, 'k', 'kinds', { inv: int(5), skp: int(5), ord: str('x'), txt: int(4), list: str('x'), n: str('x'), bin: str('x') }));
      expect(await ask(of('kinds'), { projection: project(...streamTags) })).toEqual(['"kinds" "a" 1 null null null null null null null']);
    });
  });

  describe('stream queries', () => {
    const fill = (tenant: string): Promise<unknown> =>
      write(
        element(3000, `${tenant}1`, tenant, { svc: 'a', inv: str('i1'), skp: str('s1'), ord: int(30), txt: str('x1'), list: strs('k=1', 'm=2'), n: int(5) }),
        element(1000, `${tenant}2`, tenant, { svc: 'b', inv: str('i2'), skp: str('s2'), ord: int(10), txt: str(''), list: strs(), n: int(0) }),
        element(2000, `${tenant}3`, tenant, { svc: 'c' }),
        element(4000, `${tenant}4`, tenant, { svc: 'd', lvl: 2, inv: str('i1'), skp: str('s1'), ord: int(40), txt: str('x4'), list: strs('k=1'), n: int(-7) }),
      );
    const found = async (tenant: string, criteria: object): Promise<string> => (await ask(and(of(tenant), criteria))).map((text) => JSON.parse(text) as string).sort().join('');

    test('by time unless asked otherwise; by an index in its order, where elements without the tag may be missing', async () => {
      await fill('order');
      const order = async (orderBy: object | undefined): Promise<string> => (await ask(of('order'), orderBy === undefined ? {} : { orderBy })).join('');
      expect([await order(undefined), await order({ sort: 'SORT_ASC' }), await order({ sort: 'SORT_DESC' }), await order({})]).toEqual(['"b""c""a""d"', '"b""c""a""d"', '"d""a""c""b"', '"b""c""a""d"']);
      const byIndex = async (sort: string): Promise<string> => (await order({ indexRuleName: 'ord', sort })).replace('"c"', '');
      expect([await byIndex('SORT_ASC'), await byIndex('SORT_DESC')]).toEqual(['"b""a""d"', '"d""a""b"']);
      expect(await use().failure(order({ indexRuleName: 'inv' }))).toContain('inv: index does not support sorting');
      expect(await use().failure(order({ indexRuleName: 'skp' }))).toContain('skp: index does not support sorting');
    });

    test('tags without an index are filtered row by row', async () => {
      await fill('row');
      const rows = [
        eq('txt', str('x1')), eq('txt', str('')), condition('txt', 'NE', str('x1')), eq('txt', nil), condition('txt', 'NE', nil), isIn('txt', 'x1', 'x4'), condition('txt', 'IN', str('x1')),
        condition('txt', 'NOT_IN', strs('x1')), isIn('txt'), condition('txt', 'GE', str('x')), eq('n', str('5')),
      ];
      expect(await Promise.all(rows.map((criteria) => found('row', criteria)))).toEqual(['a', 'b', 'bcd', '', 'abcd', 'ad', '', 'bcd', '', 'ad', '']);
    });

    test('ranges compare whole numbers and leave out null', async () => {
      await fill('range');
      const rows = [condition('n', 'GE', int(0)), condition('n', 'GT', int(0)), condition('n', 'LE', int(5)), condition('n', 'LT', int(5)), condition('ord', 'GE', int(30)), condition('ord', 'LT', int(40))];
      expect(await Promise.all(rows.map((criteria) => found('range', criteria)))).toEqual(['ab', 'a', 'abd', 'bd', 'ad', 'ab']);
    });

    test('an inverted index finds the same, but its negations leave out null', async () => {
      await fill('inv');
      const rows = [eq('inv', str('i1')), isIn('inv', 'i1', 'i2'), isIn('inv'), eq('inv', nil), condition('inv', 'GE', str('i2')), condition('inv', 'NE', str('i1')), condition('inv', 'NOT_IN', strs('i1'))];
      expect(await Promise.all(rows.map((criteria) => found('inv', criteria)))).toEqual(['ad', 'abd', '', '', 'b', 'b', 'b']);
      expect(await found('inv', or(condition('inv', 'NE', str('i1')), eq('n', int(5))))).toBe('abc');
    });

    test('a skipping index finds the same', async () => {
      await fill('skp');
      expect([await found('skp', eq('skp', str('s1'))), await found('skp', isIn('skp', 's1', 's2'))]).toEqual(['ad', 'abd']);
    });

    test('HAVING asks for all items; of a text only itself; null has none', async () => {
      await fill('having');
      const having = (name: string, value: object, op = 'HAVING'): Promise<string> => found('having', condition(name, op, value));
      expect([await having('list', strs('k=1')), await having('list', strs('k=1', 'm=2')), await having('list', strs()), await having('list', str('k=1'))]).toEqual(['ad', 'a', 'ad', 'ad']);
      expect([await having('list', strs('k=1'), 'NOT_HAVING'), await having('txt', strs('x1')), await having('list', strs('k=1'), 'EQ')]).toEqual(['bc', 'a', 'd']);
      expect(await use().failure(having('list', strs('k=1'), 'IN'))).toContain('in condition is not supported for array type');
    });

    test('entities are found by EQ and IN, whole, by their beginning and with a gap', async () => {
      await fill('entity');
      const rows = [eq('svc', str('a')), and(eq('svc', str('d')), eq('lvl', int(2))), eq('lvl', int(2)), eq('lvl', str('2')), eq('svc', str('nobody'))];
      expect(await Promise.all(rows.map((criteria) => found('entity', criteria)))).toEqual(['a', 'd', 'd', '', '']);
      expect((await ask(and(isIn('tenant', 'entity'), condition('lvl', 'IN', ints(1))))).length).toBe(3);
    });

    test('the trap of entities: AND merges lists into one entity', async () => {
      await fill('trap');
      expect(await use().failure(ask(and(of('trap'), isIn('svc', 'a', 'b'))))).toContain('timeRange and series are required');
      expect(await use().failure(ask(and(eq('svc', str('a')), eq('svc', str('b')))))).toContain('timeRange and series are required');
      const both = or(and(of('trap'), eq('svc', str('a'))), and(of('trap'), eq('svc', str('b'))));
      expect((await ask(both)).sort()).toEqual(['"a"', '"b"']);
      expect(await ask(and(both, eq('n', int(0))))).toEqual(['"b"']);
    });

    test('other operations on entities fail in main, and are forgotten in 0.10', async () => {
      await fill('ops');
      const odd = and(of('ops'), condition('svc', 'NE', str('a')));
      if (use().version === '0.10') expect((await ask(odd)).length).toBe(4);
      else expect(await use().failure(ask(odd))).toContain('only EQ and IN are supported');
    });

    test('OR of an entity and another tag is the other tag alone; entities in pairs with others are mixed up', async () => {
      await fill('mixed');
      expect(await ask(and(eq('txt', str('')), or(eq('tenant', str('mixed')), eq('txt', str(''))), { ...of('mixed') }))).toEqual(['"b"']);
      const pairs = or(and(and(of('mixed'), eq('svc', str('a'))), eq('n', int(0))), and(and(of('mixed'), eq('svc', str('b'))), eq('n', int(5))));
      expect((await ask(pairs)).sort()).toEqual(['"a"', '"b"']);
    });

    test('broken conditions fail with UNKNOWN', async () => {
      const broken: readonly [object, string][] = [
        [eq('nobody', str('x')), 'tag "nobody" does not exist'],
        [eq('bin', bin('x')), 'unsupported condition value type'],
        [condition('txt', 'UNSPECIFIED', str('x')), 'unsupported condition operation'],
        [{ condition: { name: 'txt', op: 'BINARY_OP_EQ' } }, 'panic'],
        [{ le: { op: 'LOGICAL_OP_AND' } }, 'are empty'],
        [{ le: { left: eq('txt', str('x')), right: eq('n', int(1)) } }, 'invalid criteria type'],
        [{}, 'invalid criteria type'],
      ];
      for (const [criteria, text] of broken) expect(await use().failure(ask(criteria))).toMatch(new RegExp(`^2: .*${text}`));
      await fill('left');
      expect(await found('left', { le: { op: 'LOGICAL_OP_AND', left: eq('txt', str('x1')) } })).toBe('a');
    });

    test('a projection is required, and not of nothing or of unknown tags; an unknown stream fails', async () => {
      expect(await use().failure(use().client.query('stream', { groups: [group()], name: 's' }))).toMatch(/^3: .*Projection: value is required/);
      expect(await use().failure(ask(undefined, { projection: {} }))).toContain('tagProjection is required');
      expect(await use().failure(ask(undefined, { projection: project('nobody') }))).toContain('nobody: tag is not defined');
      expect(await use().failure(ask(undefined, { name: 'nobody' }))).toMatch(/^2: .*stream doesn't exist/);
    });

    test('both ends of the range are in it, no range is all time, the limit is 20 without one', async () => {
      await write(...Array.from({ length: 30 }, (_, at) => element(at, `lim${at}`, 'limit', { svc: String(at) })));
      const point = { begin: stamp(baseMs + 3), end: stamp(baseMs + 3) };
      expect(await ask(of('limit'), { timeRange: point })).toEqual(['"3"']);
      expect(await ask(of('limit'), { timeRange: { begin: stamp(baseMs + 3), end: stamp(baseMs) } })).toEqual([]);
      expect(await use().failure(ask(undefined, { timeRange: { begin: { seconds: 1, nanos: 4 }, end: stamp(baseMs) } }))).toContain('not millisecond precision');
      const all = (await use().client.query('stream', { groups: [group()], name: 's', criteria: of('limit'), projection: project('svc'), limit: 50 }))['elements'] as unknown[];
      expect(all.length).toBe(30);
      expect((await ask(of('limit'), { limit: 0 })).length).toBe(20);
      expect(await ask(of('limit'), { limit: 2, offset: 1, orderBy: { sort: 'SORT_DESC' } })).toEqual(['"28"', '"27"']);
      expect(await ask(of('limit'), { limit: 2, offset: 99 })).toEqual([]);
    });
  });
}
