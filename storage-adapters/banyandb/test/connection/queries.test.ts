import { afterEach, describe, expect, test } from 'vitest';
import { clientOf, type OpenedClient } from './client-of.js';
import { FakeServer, Status, type Message, type Script } from './fake-server.js';
import { allTime, measure, property, stream, wholeQuery } from './rows.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function started(unary: Script['unary'], changes: Parameters<typeof clientOf>[0] = {}): Promise<OpenedClient & { readonly server: FakeServer }> {
  const server = await new FakeServer({ unary: unary ?? {} }).start();
  const opened = await clientOf({ targets: [server.address], ...changes });
  undo.push(() => server.stop(), () => opened.client.close());
  return { ...opened, server };
}

const code = (name: string) => `METERLARK_STORAGE_BANYANDB_${name}`;
const failing = (status: number, details: string) => ({
  measureQuery: () => {
    throw new Status(status, details);
  },
});

describe('queries', () => {
  test('ask what was asked for', async () => {
    let asked: Message = {};
    const { client } = await started({ measureQuery: (request) => ((asked = request), {}) });
    const criteria = { is: 'anyOf', of: [{ is: 'equal', tag: 'tenant', value: 'a' }, { is: 'in', tag: 'tenant', values: ['b', 'c'] }] } as const;
    expect(await client.queryMeasure({ ...wholeQuery, fromMs: 1_500, toMs: 2_000, criteria, order: { index: 'by-x', descending: true } })).toEqual([]);
    expect(asked).toMatchObject({
      groups: ['g'],
      name: 'points',
      timeRange: { begin: { nanos: 500_000_000 }, end: { nanos: 0 } },
      criteria: {
        le: {
          op: 'LOGICAL_OP_OR',
          left: { condition: { name: 'tenant', op: 'BINARY_OP_EQ', value: { str: { value: 'a' } } } },
          right: { condition: { name: 'tenant', op: 'BINARY_OP_IN', value: { strArray: { value: ['b', 'c'] } } } },
        },
      },
      tagProjection: { tagFamilies: [{ name: 'row', tags: ['tenant'] }] },
      fieldProjection: { names: ['sequence'] },
      limit: 10,
      orderBy: { indexRuleName: 'by-x', sort: 'SORT_DESC' },
    });
  });

  test('that nothing can answer are not asked', async () => {
    const { client, server } = await started({});
    const never = { is: 'in', tag: 'tenant', values: [] } as const;
    expect(await client.queryMeasure({ ...wholeQuery, criteria: { is: 'allOf', of: [{ is: 'equal', tag: 'tenant', value: 'a' }, never] } })).toEqual([]);
    expect(await client.queryStream({ stream, ...allTime, tags: [], criteria: { is: 'anyOf', of: [never, never] } })).toEqual([]);
    expect(await client.queryMeasure({ ...wholeQuery, fromMs: 2, toMs: 1 })).toEqual([]);
    expect(await client.queryProperties(property, { ids: [], limit: 1 })).toEqual([]);
    expect(server.asked).toEqual(['apiVersion']);
  });

  test.each([
    { ...wholeQuery, fromMs: 0.5 },
    { ...wholeQuery, toMs: NaN },
    { ...wholeQuery, limit: 0 },
    { ...wholeQuery, limit: 2 ** 32 },
    { ...wholeQuery, criteria: { is: 'equal', tag: 'nothing', value: 'a' } },
    { ...wholeQuery, criteria: { is: 'equal', tag: 'tenant', value: 1 } },
  ] as const)('that make no sense are refused: %j', async (query) => {
    const { client, server } = await started({});
    await expect(client.queryMeasure(query)).rejects.toMatchObject({ code: code('REFUSED') });
    expect(server.count('measureQuery')).toBe(0);
  });

  test.each([
    [2, 'code: STATUS_INTERNAL_ERROR, msg: measure doesn\'t exist: invalid query message', 'SCHEMA_NOT_APPLIED', 5],
    [2, 'group x not found', 'SCHEMA_NOT_APPLIED', 5],
    [8, 'server is under memory pressure', 'OVERLOADED', 5],
    [8, 'Received message larger than max (9 vs 4)', 'OVERSIZED', 1],
    [14, 'connection dropped', 'UNREACHABLE', 5],
    [13, 'Received RST_STREAM with code 2', 'UNREACHABLE', 5],
    [2, 'rpc error: code = Unavailable desc = node', 'UNREACHABLE', 5],
    [2, 'context deadline exceeded', 'OVERLOADED', 1],
    [3, 'invalid', 'REFUSED', 1],
    [2, 'series is required', 'REFUSED', 1],
    [9, 'group x is pending deletion', 'REFUSED', 1],
    [16, 'Invalid credentials', 'CREDENTIALS_REFUSED', 1],
  ])('that end with status %i %s are %s after %i tries', async (status, details, name, tries) => {
    const { client, server } = await started(failing(status, details), { retry: { attempts: 5, initialMs: 0, maxMs: 0 } });
    await expect(client.queryMeasure(wholeQuery)).rejects.toMatchObject({ code: code(name) });
    expect(server.count('measureQuery')).toBe(tries);
  });

  test('a passed deadline is not asked again, and may pass', async () => {
    const { client, server } = await started({ measureQuery: () => new Promise(() => {}) }, { queryTimeoutMs: 50 });
    await expect(client.queryMeasure(wholeQuery)).rejects.toMatchObject({ code: code('OVERLOADED'), class: 'retryable' });
    expect(server.count('measureQuery')).toBe(1);
  });

  const points = (count: number, bytes: number): Message => ({
    dataPoints: Array.from({ length: count }, () => ({ timestamp: { seconds: 1 }, tagFamilies: [{ name: 'row', tags: [{ key: 'tenant', value: { str: { value: 'x'.repeat(bytes) } } }] }] })),
  });

  test('an answer of many megabytes is read, and one above the limit is refused', async () => {
    const { client, server } = await started({ measureQuery: () => points(20, 1_000_000) });
    const found = await client.queryMeasure({ ...wholeQuery, limit: 100 });
    expect(found.map(({ cells }) => [(cells[0] as string).length, cells[1]])).toEqual(Array.from({ length: 20 }, () => [1_000_000, null]));
    const small = await clientOf({ targets: [server.address], maxMessageBytes: 1_000_000 });
    undo.push(() => small.client.close());
    await expect(small.client.queryMeasure(wholeQuery)).rejects.toMatchObject({ code: code('OVERSIZED'), class: 'permanent' });
  });

  test('at most so many run at a time', async () => {
    let running = 0;
    let most = 0;
    const measureQuery = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return {};
    };
    const { client } = await started({ measureQuery }, { parallelQueries: 3 });
    await Promise.all(Array.from({ length: 20 }, () => client.queryMeasure(wholeQuery)));
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  test('closing ends those that run', async () => {
    const { client } = await started({ measureQuery: () => new Promise(() => {}) });
    const asking = client.queryMeasure(wholeQuery).catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    await client.close();
    expect(await asking).toMatchObject({ code: code('CLOSED') });
    await expect(client.check()).rejects.toMatchObject({ code: code('CLOSED') });
    await expect(client.call('health', {})).rejects.toMatchObject({ code: code('CLOSED') });
  });
});

describe('documents', () => {
  test('replace what was there', async () => {
    let applied: Message = {};
    const { client } = await started({ propertyApply: (request) => ((applied = request), { created: true }) });
    await client.applyProperty(property, 'one', ['text']);
    expect(applied).toMatchObject({ strategy: 'STRATEGY_REPLACE', property: { metadata: { group: 'g', name: 'documents' }, id: 'one', tags: [{ key: 'body', value: { str: { value: 'text' } } }] } });
    await expect(client.applyProperty(property, '', ['text'])).rejects.toMatchObject({ code: code('BAD_ROW') });
    await expect(client.applyProperty(property, 'one', [1])).rejects.toMatchObject({ code: code('BAD_ROW') });
  });

  test('more than allowed are an error, never a part', async () => {
    const one = (id: string): Message => ({ metadata: { group: 'g', name: 'documents' }, id, tags: [{ key: 'other', value: { int: { value: 1 } } }, { key: 'body', value: { str: { value: id } } }] });
    const { client } = await started({ propertyQuery: () => ({ properties: [one('a'), one('b')] }) });
    expect(await client.queryProperties(property, { limit: 2 })).toEqual([{ id: 'a', cells: ['a'] }, { id: 'b', cells: ['b'] }]);
    await expect(client.queryProperties(property, { limit: 1 })).rejects.toMatchObject({ code: code('TOO_MANY_ROWS'), fields: { limit: 1 } });
  });
});

test('the conditions of a thousand entities are a shallow tree', async () => {
  let asked: Message = {};
  const { client } = await started({ measureQuery: (request) => ((asked = request), {}) });
  const of = Array.from({ length: 1_000 }, (_, index) => ({ is: 'equal', tag: 'tenant', value: `e${index}` }) as const);
  await client.queryMeasure({ measure, ...allTime, tags: ['tenant'], fields: [], criteria: { is: 'anyOf', of } });
  const depth = (node: unknown): number => {
    const { le } = node as { readonly le?: { readonly left: unknown; readonly right: unknown } };
    return le === undefined ? 0 : 1 + Math.max(depth(le.left), depth(le.right));
  };
  expect(depth(asked.criteria)).toBe(10);
});
