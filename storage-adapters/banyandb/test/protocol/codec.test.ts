/** The hand-written codec against protobufjs, both ways, with values by chance (seeded: a failure comes again). */
import { describe, expect, test } from 'vitest';
import type { Cell, MeasureRow } from '../../src/connection/client.js';
import { decodeElements, decodePoints, decodeTraces } from '../../src/protocol/decode-answers.js';
import { decodeRowAnswer, decodeTraceAnswer } from '../../src/protocol/decode-acks.js';
import { encodeMeasureRow, encodeStreamRow, encodeTraceRow } from '../../src/protocol/encode-rows.js';
import { encodeMessage, messageType } from '../../src/protocol/root.js';
import { WireEncoder } from '../../src/protocol/wire-encoder.js';
import type { FieldKind, MeasureSpec, StreamSpec, TagKind, TraceSpec } from '../../src/schema/model.js';

/** mulberry32 */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Value = Record<string, unknown>;
type Message = Record<string, unknown>;

const letters = ['a', 'Z', '0', ' ', '\u0000', 'ж', '€', '😀', '\n'];
const wholes = [0, 1, -1, 127, 128, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const floats = [0, -0, 0.1, -1e308, 5e-324, Infinity, -Infinity, NaN];

class Maker {
  constructor(readonly chance: () => number) {}

  below(end: number): number {
    return Math.floor(this.chance() * end);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  text(): string {
    const length = this.pick([0, 1, 5, 13, 41, 42, 43, 44, 127, 128, 300, 20_000]);
    const letter = this.chance() < 0.5 ? 'a' : undefined;
    return Array.from({ length }, () => letter ?? this.pick(letters)).join('');
  }
  bytes(): Uint8Array {
    return Uint8Array.from({ length: this.pick([0, 1, 127, 128, 70_000]) }, () => this.below(256));
  }
  whole(): number {
    return this.chance() < 0.5 ? this.pick(wholes) : Math.floor((this.chance() - 0.5) * 2 ** this.below(54));
  }
  time(): number {
    return this.pick([0, 1, 999, 1_000, 1_795_286_340_000, 1_795_286_340_001, 9_223_372_036_854, this.below(2 ** 40)]);
  }
  cell(kind: TagKind | FieldKind): Cell {
    if (this.chance() < 0.15) return null;
    switch (kind) {
      case 'string':
        return this.text();
      case 'int':
        return this.whole();
      case 'float':
        return this.pick(floats);
      case 'binary':
        return this.bytes();
      case 'strings':
        return Array.from({ length: this.below(4) }, () => this.text());
      case 'timestamp':
        return this.time();
    }
  }
}

function timeOf(timeMs: number): Value {
  return { seconds: Math.floor(timeMs / 1000), nanos: (timeMs % 1000) * 1_000_000 };
}

/** As protobufjs takes it: the value of a tag or a field. */
function valueOf(kind: TagKind | FieldKind, cell: Cell): Value {
  if (cell === null) return { null: 0 };
  const names = { string: 'str', int: 'int', float: 'float', strings: 'strArray' } as const;
  if (kind === 'binary') return { binaryData: cell };
  if (kind === 'timestamp') return { timestamp: timeOf(cell as number) };
  return { [names[kind]]: { value: cell } };
}

const tagKinds: readonly TagKind[] = ['string', 'int', 'binary', 'strings', 'timestamp'];
const fieldKinds: readonly FieldKind[] = ['string', 'int', 'binary', 'float'];
const tags = [...tagKinds, ...tagKinds].map((kind, index) => ({ name: `tag-${index}`, kind }));
const fields = [...fieldKinds, ...fieldKinds].map((kind, index) => ({ name: `field-${index}`, kind }));
const names = tags.map(({ name }) => name);
const fieldNames = fields.map(({ name }) => name);

const measure: MeasureSpec = { catalog: 'measure', group: 'g', name: 'm', tags, fields, entity: ['tag-0'], interval: '1m', indexes: [] };
const stream: StreamSpec = { catalog: 'stream', group: 'g', name: 's', tags, entity: ['tag-0'], indexes: [] };
const trace: TraceSpec = { catalog: 'trace', group: 'g', name: 't', tags, traceIdTag: 'tag-0', spanIdTag: 'tag-1', timestampTag: 'tag-4', indexes: [] };

const metadata = (name: string) => ({ group: 'g', name });
const family = { name: 'row', tagNames: names };
const tagValues = (cells: readonly Cell[]) => cells.map((cell, index) => valueOf(tags[index]!.kind, cell));
const keyed = (list: typeof tags | typeof fields, cells: readonly Cell[], key: 'key' | 'name') =>
  list.map(({ name, kind }, index) => ({ [key]: name, value: valueOf(kind, cells[index]!) }));

/** Both read by protobufjs: protobufjs also writes the defaults that we leave out. */
function expectSame(type: string, ours: Buffer, expected: Message): void {
  const read = (bytes: Buffer) => messageType(type).toObject(messageType(type).decode(bytes), { longs: String, bytes: String, defaults: true });
  expect(read(ours)).toEqual(read(encodeMessage(type, expected)));
}

/** Cells with bytes as text, so that views and copies are equal. */
function plain(cells: readonly Cell[]): readonly unknown[] {
  return cells.map((cell) => (cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : cell));
}

describe.each([1, 2, 3])('with chance %i', (seed) => {
  const make = new Maker(chanceOf(seed));
  const someRows = Array.from({ length: 60 }, () => ({
    timeMs: make.time(),
    version: make.pick([1n, 127n, 128n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 1_795_286_340_123_456_789n, 2n ** 63n - 1n]),
    tags: tags.map(({ kind }) => make.cell(kind)),
    fields: fields.map(({ kind }) => make.cell(kind)),
    id: `id-${make.below(1_000)}`,
    span: make.bytes(),
  }));

  test('rows of measures are what protobufjs writes', () => {
    const out = new WireEncoder();
    const written = someRows.map((row, index) => encodeMeasureRow(out, measure, row, index + 1));
    for (const [index, bytes] of written.entries()) {
      const row = someRows[index]!;
      const dataPoint = { timestamp: timeOf(row.timeMs), tagFamilies: [{ tags: tagValues(row.tags) }], fields: row.fields.map((cell, place) => valueOf(fields[place]!.kind, cell)), version: String(row.version) };
      const spec = { metadata: metadata('m'), dataPointSpec: { tagFamilySpec: [family], fieldNames } };
      expectSame('banyandb.measure.v1.WriteRequest', bytes, { messageId: index + 1, dataPoint, ...(index === 0 ? spec : {}) });
    }
  });

  test('rows of streams are what protobufjs writes', () => {
    const out = new WireEncoder();
    for (const [index, row] of someRows.entries()) {
      const element = { elementId: row.id, timestamp: timeOf(row.timeMs), tagFamilies: [{ tags: tagValues(row.tags) }] };
      const spec = index === 0 ? { metadata: metadata('s'), tagFamilySpec: [family] } : {};
      expectSame('banyandb.stream.v1.WriteRequest', encodeStreamRow(out, stream, row, index + 1), { messageId: index + 1, element, ...spec });
    }
  });

  test('rows of traces are what protobufjs writes', () => {
    const out = new WireEncoder();
    for (const [index, row] of someRows.entries()) {
      const spec = index === 0 ? { metadata: metadata('t'), tagSpec: { tagNames: names } } : {};
      const expected = { version: index + 1, tags: tagValues(row.tags), span: row.span, ...spec };
      expectSame('banyandb.trace.v1.WriteRequest', encodeTraceRow(out, trace, row, index + 1), expected);
    }
  });

  test('points are read as protobufjs wrote them', () => {
    const dataPoints = someRows.map((row) => ({ timestamp: timeOf(row.timeMs), sid: '18446744073709551615', version: String(row.version), tagFamilies: [{ name: 'row', tags: keyed(tags, row.tags, 'key') }], fields: keyed(fields, row.fields, 'name') }));
    const found = decodePoints(encodeMessage('banyandb.measure.v1.QueryResponse', { dataPoints, groupStatuses: { g: 1 } }), names, fieldNames);
    expect(found.map(({ timeMs, version, cells }) => [timeMs, version, plain(cells)])).toEqual(someRows.map((row) => [row.timeMs, row.version, plain([...row.tags, ...row.fields])]));
  });

  test('elements are read as protobufjs wrote them', () => {
    const elements = someRows.map((row) => ({ elementId: row.id, timestamp: timeOf(row.timeMs), tagFamilies: [{ name: 'row', tags: keyed(tags, row.tags, 'key') }] }));
    const found = decodeElements(encodeMessage('banyandb.stream.v1.QueryResponse', { elements }), names);
    expect(found.map(({ timeMs, cells }) => [timeMs, plain(cells)])).toEqual(someRows.map((row) => [row.timeMs, plain(row.tags)]));
  });

  test('traces are read as protobufjs wrote them', () => {
    const spans = someRows.map((row) => ({ tags: keyed(tags, row.tags, 'key'), span: row.span, spanId: row.id }));
    const found = decodeTraces(encodeMessage('banyandb.trace.v1.QueryResponse', { traces: [{ traceId: 'one', spans }, { traceId: 'two' }] }), names);
    expect(found.map(({ traceId }) => traceId)).toEqual(['one', 'two']);
    expect(found[0]!.spans.map(({ cells, span }) => [plain(cells), plain([span])])).toEqual(someRows.map((row) => [plain(row.tags), plain([row.span])]));
  });

  test('cut or changed answers are errors or other answers, never a loop and never a crash', () => {
    const dataPoints = someRows.slice(0, 5).map((row) => ({ timestamp: timeOf(row.timeMs), tagFamilies: [{ name: 'row', tags: keyed(tags, [...row.tags].map((cell) => (cell instanceof Uint8Array ? null : cell)), 'key') }] }));
    const whole = encodeMessage('banyandb.measure.v1.QueryResponse', { dataPoints });
    for (let round = 0; round < 300; round += 1) {
      const bytes = Buffer.from(whole.subarray(0, make.below(whole.length + 1)));
      for (let change = make.below(4); change > 0 && bytes.length > 0; change -= 1) bytes[make.below(Math.min(bytes.length, 400))] = make.below(256);
      try {
        decodePoints(bytes, names, fieldNames);
      } catch (error) {
        expect(error).toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_BAD_ANSWER' });
      }
    }
  });
});

describe('answers', () => {
  const point = (list: readonly Message[]): Buffer => encodeMessage('banyandb.measure.v1.QueryResponse', { dataPoints: [{ timestamp: timeOf(5), tagFamilies: [{ name: 'row', tags: list }] }] });
  const tag = (key: string, value?: Value): Message => ({ key, ...(value === undefined ? {} : { value }) });

  test('cells in another order, cells that were not asked for and missing ones find their places', () => {
    const bytes = point([tag('c', { str: { value: '3' } }), tag('x', { str: { value: '?' } }), tag('a', { int: { value: 1 } }), tag('d')]);
    expect(decodePoints(bytes, ['a', 'b', 'c', 'd'], ['e'])).toEqual([{ timeMs: 5, version: 0n, cells: [1, null, '3', null, null] }]);
  });

  test('tags spread over several families are read', () => {
    const dataPoints = [{ tagFamilies: [{ name: 'one', tags: [tag('a', { int: { value: 1 } })] }, { name: 'two', tags: [tag('b', { int: { value: 2 } })] }] }];
    const bytes = encodeMessage('banyandb.measure.v1.QueryResponse', { dataPoints });
    expect(decodePoints(bytes, ['a', 'b'], [])[0]!.cells).toEqual([1, 2]);
  });

  test('empty bytes are an answer without rows', () => {
    expect(decodePoints(Buffer.alloc(0), ['a'], [])).toEqual([]);
    expect(decodeElements(Buffer.alloc(0), ['a'])).toEqual([]);
    expect(decodeTraces(Buffer.alloc(0), ['a'])).toEqual([]);
  });

  test('a whole number that no number holds is an error, not another number', () => {
    const bytes = point([tag('a', { int: { value: '9007199254740993' } })]);
    expect(() => decodePoints(bytes, ['a'], [])).toThrow(/2\^53/);
  });

  test('to rows tell the number and the status', () => {
    const answer = { messageId: 300, status: 'STATUS_SUCCEED', metadata: { group: 'g' } };
    expect(decodeRowAnswer(encodeMessage('banyandb.measure.v1.WriteResponse', answer))).toEqual({ number: 300, status: 'STATUS_SUCCEED' });
    expect(decodeRowAnswer(encodeMessage('banyandb.stream.v1.WriteResponse', answer))).toEqual({ number: 300, status: 'STATUS_SUCCEED' });
    expect(decodeTraceAnswer(encodeMessage('banyandb.trace.v1.WriteResponse', { version: 7, status: 'STATUS_DISK_FULL' }))).toEqual({ number: 7, status: 'STATUS_DISK_FULL' });
    expect(decodeRowAnswer(Buffer.alloc(0))).toEqual({ number: 0, status: '' });
  });
});

test('a row that is larger than a chunk does not spoil those before and after it', () => {
  const out = new WireEncoder();
  const small: StreamSpec = { ...stream, tags: [{ name: 'a', kind: 'string' }] };
  const texts = Array.from({ length: 500 }, (_, index) => (index % 50 === 7 ? 'ж'.repeat(100_000) : `text ${index}`));
  const rows = texts.map((text): MeasureRow & { readonly id: string } => ({ timeMs: 1, version: 1n, id: 'x', tags: [text], fields: [] }));
  const written = rows.map((row, index) => encodeStreamRow(out, small, row, index + 2));
  const read = written.map((bytes) => (messageType('banyandb.stream.v1.WriteRequest').decode(bytes) as unknown as { element: { tagFamilies: { tags: { str: { value: string } }[] }[] } }).element.tagFamilies[0]!.tags[0]!.str.value);
  expect(read).toEqual(texts);
});
