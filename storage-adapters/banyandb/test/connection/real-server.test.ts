/** The client against a BanyanDB that runs: METERLARK_TEST_BANYANDB=host:port. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BanyanCalls } from '../../src/connection/calls.js';
import { statusOf } from '../../src/connection/calls.js';
import type { BanyanClient, Cell, MeasureRow } from '../../src/connection/client.js';
import type { MeasureSpec, PropertySpec, StreamSpec, TraceSpec } from '../../src/schema/model.js';
import { clientOf } from './client-of.js';

const target = process.env.METERLARK_TEST_BANYANDB ?? '';
if (target === '') console.log('the client is not tried on a real server: METERLARK_TEST_BANYANDB is not set');

const prefix = `k${Date.now().toString(36)}`;
const nowMs = Date.now() - (Date.now() % 60_000);
const day = { unit: 'UNIT_DAY', num: 1 };

const tags = [
  { name: 'tenant', kind: 'string' },
  { name: 'text', kind: 'string' },
  { name: 'whole', kind: 'int' },
  { name: 'bytes', kind: 'binary' },
  { name: 'texts', kind: 'strings' },
] as const;
const measure: MeasureSpec = {
  catalog: 'measure',
  group: `${prefix}m`,
  name: 'points',
  tags,
  fields: [
    { name: 'sequence', kind: 'int' },
    { name: 'states', kind: 'binary' },
    { name: 'word', kind: 'string' },
    { name: 'ratio', kind: 'float' },
  ],
  entity: ['tenant'],
  interval: '1m',
  indexes: [],
};
const stream: StreamSpec = { catalog: 'stream', group: `${prefix}s`, name: 'rows', tags, entity: ['tenant'], indexes: [] };
const trace: TraceSpec = {
  catalog: 'trace',
  group: `${prefix}t`,
  name: 'spans',
  tags: [{ name: 'trace', kind: 'string' }, { name: 'span', kind: 'string' }, { name: 'time', kind: 'timestamp' }, ...tags],
  traceIdTag: 'trace',
  spanIdTag: 'span',
  timestampTag: 'time',
  indexes: [],
};
const property: PropertySpec = { catalog: 'property', group: `${prefix}p`, name: 'documents', tags };

const types: Readonly<Record<string, string>> = {
  string: 'TAG_TYPE_STRING',
  int: 'TAG_TYPE_INT',
  binary: 'TAG_TYPE_DATA_BINARY',
  strings: 'TAG_TYPE_STRING_ARRAY',
  timestamp: 'TAG_TYPE_TIMESTAMP',
};
const fieldTypes: Readonly<Record<string, string>> = {
  string: 'FIELD_TYPE_STRING',
  int: 'FIELD_TYPE_INT',
  binary: 'FIELD_TYPE_DATA_BINARY',
  float: 'FIELD_TYPE_FLOAT',
};

async function makeGroup({ call }: { call: BanyanCalls['call'] }, name: string, catalog: string): Promise<void> {
  const segmentInterval = catalog === 'CATALOG_PROPERTY' ? undefined : day;
  const resourceOpts = { shardNum: 1, segmentInterval, ttl: segmentInterval === undefined ? undefined : { ...day, num: 7 } };
  await call('groupSchemaCreate', { group: { metadata: { name }, catalog, resourceOpts } });
}

async function install(calls: BanyanCalls): Promise<void> {
  const bound = { call: calls.call.bind(calls) };
  const specs = (list: readonly { name: string; kind: string }[]) => list.map(({ name, kind }) => ({ name, type: types[kind] }));
  const tagFamilies = [{ name: 'row', tags: specs(tags) }];
  const entity = { tagNames: ['tenant'] };
  const method = { encodingMethod: 'ENCODING_METHOD_GORILLA', compressionMethod: 'COMPRESSION_METHOD_ZSTD' };
  const fields = measure.fields.map(({ name, kind }) => ({ name, fieldType: fieldTypes[kind], ...method }));
  const metadata = ({ group, name }: { group: string; name: string }) => ({ group, name });
  await makeGroup(bound, measure.group, 'CATALOG_MEASURE');
  await makeGroup(bound, stream.group, 'CATALOG_STREAM');
  await makeGroup(bound, trace.group, 'CATALOG_TRACE');
  await makeGroup(bound, property.group, 'CATALOG_PROPERTY');
  await calls.call('measureSchemaCreate', { measure: { metadata: metadata(measure), tagFamilies, fields, entity, interval: '1m' } });
  await calls.call('streamSchemaCreate', { stream: { metadata: metadata(stream), tagFamilies, entity } });
  const names = { traceIdTagName: 'trace', spanIdTagName: 'span', timestampTagName: 'time' };
  await calls.call('traceSchemaCreate', { trace: { metadata: metadata(trace), tags: specs(trace.tags), ...names } });
  await calls.call('propertySchemaCreate', { property: { metadata: metadata(property), tags: specs(tags) } });
}

const megabyte = `${'ж'.repeat(500_000)}end`;
const cellRows: readonly (readonly Cell[])[] = [
  ['a', 'word', 7, Uint8Array.of(0, 255), ['x', 'y']],
  ['a', null, null, null, null],
  ['a', '', 0, new Uint8Array(0), []],
  ['a', 'ж😀\u0000\n|*', -1, Uint8Array.of(10), ['', '😀']],
  ['a', 'edge', Number.MIN_SAFE_INTEGER, Uint8Array.of(1), ['one']],
  ['a', 'edge', Number.MAX_SAFE_INTEGER, Uint8Array.of(1), ['one']],
  ['a', megabyte, 1, new Uint8Array(1_000_000).fill(7), [megabyte]],
];
const range = { fromMs: nowMs, toMs: nowMs + 60_000, limit: 100 };
const names = tags.map(({ name }) => name);

/** What the server gives back for what it was given: it does not tell no bytes and no list from null. */
function readBack(cells: readonly Cell[]): readonly unknown[] {
  return cells.map((cell) => (typeof cell === 'object' && cell !== null && cell.length === 0 ? 'empty or null' : plain(cell)));
}
function plain(cell: Cell): unknown {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : cell;
}
function expectCells(found: readonly Cell[], written: readonly Cell[]): void {
  for (const [index, expected] of readBack(written).entries()) {
    if (expected === 'empty or null') expect(found[index] === null || (found[index] as string).length === 0).toBe(true);
    else expect(plain(found[index]!), names[index]).toEqual(expected);
  }
}

describe.skipIf(target === '')('the client on a real server', () => {
  let client: BanyanClient & BanyanCalls;

  beforeAll(async () => {
    const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    ({ client } = await clientOf({ targets: [target] }, { sleep }));
    await install(client);
  }, 60_000);

  afterAll(async () => {
    for (const { group } of [measure, stream, trace, property]) await client.call('groupSchemaDelete', { group, force: true });
    await client.close();
  }, 60_000);

  test('is healthy and of an accepted version', async () => {
    await client.check();
  });

  test('every kind of cell of a measure comes back', async () => {
    const fields: readonly Cell[] = [-3, Uint8Array.of(9, 8), 'ж', -0.5];
    await client.writeMeasure(measure, cellRows.map((cells, index) => ({ timeMs: nowMs + index, version: 1n, tags: cells, fields })));
    const found = await client.queryMeasure({ measure, ...range, tags: names, fields: ['ratio', 'sequence', 'word', 'states'] });
    const inOrder = [...found].sort((left, right) => left.timeMs - right.timeMs);
    expect(inOrder.map(({ timeMs }) => timeMs)).toEqual(cellRows.map((_, index) => nowMs + index));
    for (const [index, { cells, version }] of inOrder.entries()) {
      expect(version).toBe(1n);
      expectCells(cells, cellRows[index]!);
      expect(cells.slice(5).map(plain)).toEqual([-0.5, -3, 'ж', 'CQg=']);
    }
  });

  test('the greater version of a measure row is the row; null fields of texts and bytes come back empty', async () => {
    const row = (version: bigint, sequence: number): MeasureRow => ({ timeMs: nowMs, version, tags: ['v', null, null, null, null], fields: [sequence, null, null, null] });
    await client.writeMeasure(measure, [row(5n, 5)]);
    await client.writeMeasure(measure, [row(4n, 4), row(2n ** 62n, 6)]);
    const criteria = { is: 'equal', tag: 'tenant', value: 'v' } as const;
    const found = await client.queryMeasure({ measure, ...range, criteria, tags: ['tenant'], fields: ['sequence', 'states', 'word', 'ratio'] });
    expect(found).toMatchObject([{ timeMs: nowMs, version: 2n ** 62n }]);
    const [tenant, sequence, states, word, ratio] = found[0]!.cells;
    expect([tenant, sequence, word, ratio]).toEqual(['v', 6, '', null]);
    expect((states as Uint8Array).length).toBe(0);
  });

  test('every kind of cell of a stream comes back', async () => {
    await client.writeStream(stream, cellRows.map((cells, index) => ({ timeMs: nowMs + index, id: `row-${index}`, tags: cells })));
    const found = await client.queryStream({ stream, ...range, order: { descending: true }, tags: names });
    expect(found.map(({ timeMs }) => timeMs)).toEqual(cellRows.map((_, index) => nowMs + index).reverse());
    for (const [index, { cells }] of [...found].reverse().entries()) expectCells(cells, cellRows[index]!);
  });

  test('conditions of all kinds find their rows, also behind a join of entities', async () => {
    const rows = ['p', 'q', 'r'].map((tenant, index) => ({ timeMs: nowMs + index, id: tenant, tags: [tenant, `w${index}`, index, null, ['k=v', `n=${index}`]] }));
    await client.writeStream(stream, rows);
    const ask = async (criteria: Parameters<BanyanClient['queryStream']>[0]['criteria']) => {
      const found = await client.queryStream({ stream, ...range, ...(criteria === undefined ? {} : { criteria }), order: { descending: false }, tags: ['tenant'] });
      return found.map(({ cells }) => cells[0]).join('');
    };
    const tenants = { is: 'anyOf', of: ['p', 'q', 'r'].map((value) => ({ is: 'equal', tag: 'tenant', value }) as const) } as const;
    const and = (...of: readonly NonNullable<Parameters<typeof ask>[0]>[]) => ask({ is: 'allOf', of: [tenants, ...of] });
    expect(await and()).toBe('pqr');
    expect(await and({ is: 'equal', tag: 'text', value: 'w1' })).toBe('q');
    expect(await and({ is: 'equal', tag: 'whole', value: 2 })).toBe('r');
    expect(await and({ is: 'in', tag: 'text', values: ['w0', 'w2'] })).toBe('pr');
    expect(await and({ is: 'in', tag: 'whole', values: [0, 1] })).toBe('pq');
    expect(await and({ is: 'in', tag: 'text', values: [] })).toBe('');
    expect(await and({ is: 'having', tag: 'texts', values: ['k=v', 'n=2'] })).toBe('r');
    expect(await and({ is: 'atLeast', tag: 'whole', value: 1 })).toBe('qr');
    expect(await and({ is: 'atMost', tag: 'whole', value: 1 })).toBe('pq');
  });

  test('spans of a trace come back with their bytes and cells', async () => {
    const rows = cellRows.map((cells, index) => ({ tags: ['trace-1', `span-${index}`, nowMs + index, ...cells], span: Uint8Array.of(index, 1) }));
    await client.writeTrace(trace, rows);
    const criteria = { is: 'in', tag: 'trace', values: ['trace-1', 'none'] } as const;
    const found = await client.queryTrace({ trace, ...range, criteria, tags: ['span', 'time', ...names] });
    expect(found.map(({ traceId }) => traceId)).toEqual(['trace-1']);
    const spans = [...found[0]!.spans].sort((left, right) => Number(left.cells[1]) - Number(right.cells[1]));
    expect(spans).toHaveLength(cellRows.length);
    for (const [index, { span, cells }] of spans.entries()) {
      expect([...span]).toEqual([index, 1]);
      expect(cells.slice(0, 2)).toEqual([`span-${index}`, nowMs + index]);
      expectCells(cells.slice(2), cellRows[index]!);
    }
  });

  test('documents are replaced as a whole, and too many are an error', async () => {
    await client.applyProperty(property, 'one', ['a', 'first', 1, Uint8Array.of(1), ['x']]);
    await client.applyProperty(property, 'one', ['a', 'second', Number.MAX_SAFE_INTEGER, null, null]);
    await client.applyProperty(property, 'two', ['a', 'ж😀', -5, Uint8Array.of(1, 2), ['x', '']]);
    const found = await client.queryProperties(property, { ids: ['one'], limit: 1 });
    expect(found).toEqual([{ id: 'one', cells: ['a', 'second', Number.MAX_SAFE_INTEGER, null, null] }]);
    const [two] = await client.queryProperties(property, { ids: ['two'], limit: 1 });
    expect(two!.cells.map(plain)).toEqual(['a', 'ж😀', -5, 'AQI=', ['x', '']]);
    expect(await client.queryProperties(property, { ids: [], limit: 1 })).toEqual([]);
    await expect(client.queryProperties(property, { limit: 1 })).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS' });
  });

  test('twenty thousand rows over several streams come back', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index): MeasureRow => ({ timeMs: nowMs, version: 1n, tags: [`e${index}`, 'many', index, null, null], fields: [index, Uint8Array.of(index & 255), null, null] }));
    const startedMs = performance.now();
    await client.writeMeasure(measure, rows);
    const writtenMs = performance.now();
    const found = await client.queryMeasure({ measure, ...range, limit: 50_000, tags: ['text', 'whole'], fields: ['sequence'] });
    console.log(`20,000 rows: written in ${Math.round(writtenMs - startedMs)} ms, read in ${Math.round(performance.now() - writtenMs)} ms`);
    const many = found.filter(({ cells }) => cells[0] === 'many').map(({ cells }) => cells[1]);
    expect(new Set(many).size).toBe(20_000);
  }, 60_000);

  test('the status of the server is behind an error of a call', async () => {
    const missing = await client.call('measureSchemaGet', { metadata: { group: measure.group, name: 'nothing' } }).catch((error: unknown) => error);
    expect(statusOf(missing)).toBe(5);
    const twice = await client.call('groupSchemaCreate', { group: { metadata: { name: measure.group }, catalog: 'CATALOG_MEASURE', resourceOpts: { shardNum: 1, segmentInterval: day, ttl: day } } }).catch((error: unknown) => error);
    expect(statusOf(twice)).toBe(6);
  });

  test('what the server does not know is an error that may pass, for questions and for rows', async () => {
    const { client: hasty } = await clientOf({ targets: [target], retry: { attempts: 2, initialMs: 0, maxMs: 0 } });
    const unknown = { ...measure, name: 'nothing' };
    const passes = { code: 'METERLARK_STORAGE_BANYANDB_SCHEMA_NOT_APPLIED', class: 'retryable' };
    await expect(hasty.queryMeasure({ measure: unknown, ...range, tags: ['tenant'], fields: [] })).rejects.toMatchObject(passes);
    await expect(hasty.queryStream({ stream: { ...stream, name: 'nothing' }, ...range, tags: ['tenant'] })).rejects.toMatchObject(passes);
    await expect(hasty.queryTrace({ trace: { ...trace, name: 'nothing' }, ...range, criteria: { is: 'equal', tag: 'trace', value: 'x' }, tags: [] })).rejects.toMatchObject(passes);
    await expect(hasty.writeMeasure(unknown, [{ timeMs: nowMs, version: 1n, tags: ['a', null, null, null, null], fields: [1, null, null, null] }])).rejects.toMatchObject(passes);
    await expect(hasty.writeStream({ ...stream, name: 'nothing' }, [{ timeMs: nowMs, id: 'a', tags: ['a', null, null, null, null] }])).rejects.toMatchObject(passes);
    await expect(hasty.writeTrace({ ...trace, name: 'nothing' }, [{ tags: ['t', 's', nowMs, 'a', null, null, null, null], span: Uint8Array.of(1) }])).rejects.toMatchObject(passes);
    await expect(hasty.queryMeasure({ measure: { ...measure, group: `${prefix}nothing` }, ...range, tags: ['tenant'], fields: [] })).rejects.toMatchObject(passes);
    await hasty.close();
  });
});
