// Hot path: answers in ClickHouse's Native format to columns.
import { storageErrors } from '../errors.js';
import { ByteReader } from './byte-reader.js';
import { parseType } from './type.js';

export type Column =
  | { readonly kind: 'numbers'; readonly values: ArrayLike<number> }
  | { readonly kind: 'bits'; readonly values: BigUint64Array }
  | { readonly kind: 'strings'; readonly values: readonly string[] }
  /** Arrays have one item column, maps two (keys, values); row r has elements ends[r-1] … ends[r]. */
  /** `nulls` is 1 where there is no value; `values` then holds anything. */
  | { readonly kind: 'nullable'; readonly nulls: Uint8Array; readonly values: Column }
  | { readonly kind: 'nested'; readonly ends: ArrayLike<number>; readonly items: readonly Column[] };

export interface Block {
  readonly rows: number;
  column(name: string): Column;
  strings(name: string): readonly string[];
  numbers(name: string): ArrayLike<number>;
  /** UInt64, every bit kept. */
  bits(name: string): BigUint64Array;
  nested(name: string): Extract<Column, { kind: 'nested' }>;
}

export function readBlocks(bytes: Uint8Array): Block[] {
  const input = new ByteReader(bytes);
  const blocks: Block[] = [];
  while (!input.done) {
    const columnCount = input.varUInt();
    const rows = input.varUInt();
    const columns = new Map<string, Column>();
    for (let index = 0; index < columnCount; index += 1) {
      const name = input.string();
      columns.set(name, readColumn(input, input.string(), rows));
    }
    if (rows > 0) blocks.push(blockOf(rows, columns));
  }
  return blocks;
}

function blockOf(rows: number, columns: ReadonlyMap<string, Column>): Block {
  const find = (name: string): Column => {
    const column = columns.get(name);
    if (column === undefined) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: `no column ${name}` });
    return column;
  };
  const pick = <K extends Column['kind']>(name: string, kind: K): Extract<Column, { kind: K }> => {
    const column = columns.get(name);
    if (column?.kind !== kind) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: `no ${kind} column ${name}` });
    return column as Extract<Column, { kind: K }>;
  };
  return {
    rows,
    column: find,
    strings: (name) => pick(name, 'strings').values,
    numbers: (name) => pick(name, 'numbers').values,
    bits: (name) => pick(name, 'bits').values,
    nested: (name) => pick(name, 'nested'),
  };
}

function readColumn(input: ByteReader, type: string, rows: number): Column {
  readPrefix(input, type);
  return readData(input, type, rows);
}

/** Only dictionaries have serialisation state, and it comes before all data of the column. */
function readPrefix(input: ByteReader, type: string): void {
  const { name, args } = parseType(type);
  if (name === 'LowCardinality') input.uint64();
  if (name === 'Array' || name === 'Map' || name === 'Nullable') for (const arg of args) readPrefix(input, arg);
  if (name === 'SimpleAggregateFunction') readPrefix(input, args[1] ?? '');
}

function readData(input: ByteReader, type: string, rows: number): Column {
  const { name, args } = parseType(type);
  switch (name) {
    case 'String':
      return { kind: 'strings', values: input.strings(rows) };
    case 'LowCardinality':
      return { kind: 'strings', values: readDictionary(input, args[0] ?? '', rows) };
    case 'Nullable':
      return { kind: 'nullable', nulls: input.uint8s(rows), values: readData(input, args[0] ?? '', rows) };
    case 'UInt64':
      return { kind: 'bits', values: input.bits(rows) };
    case 'Array':
    case 'Map':
      return readNested(input, args, rows);
    case 'SimpleAggregateFunction':
      return readData(input, args[1] ?? '', rows);
    default:
      return { kind: 'numbers', values: readNumbers(input, name, rows) };
  }
}

function readNumbers(input: ByteReader, type: string, rows: number): ArrayLike<number> {
  switch (type) {
    case 'Float64':
      return input.floats(rows);
    case 'Int64':
    case 'DateTime64':
      return input.int64s(rows);
    case 'UInt32':
    case 'DateTime':
      return input.uint32s(rows);
    case 'UInt16':
      return input.uint16s(rows);
    case 'UInt8':
    case 'Bool':
      return input.uint8s(rows);
    default:
      throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: `column type ${type} is not known` });
  }
}

const needsGlobalDictionary = 0x100;

function readDictionary(input: ByteReader, keyType: string, rows: number): readonly string[] {
  if (rows === 0) return [];
  const flags = input.uint64();
  if (keyType !== 'String' || (flags & needsGlobalDictionary) !== 0) {
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: `dictionary of ${keyType}, flags ${flags}` });
  }
  const keys = input.strings(input.uint64());
  const count = input.uint64();
  const indexes = readIndexes(input, flags & 0xff, count);
  const values = new Array<string>(count);
  for (let row = 0; row < count; row += 1) values[row] = keys[indexes[row]!] ?? '';
  return values;
}

function readIndexes(input: ByteReader, width: number, count: number): ArrayLike<number> {
  if (width === 0) return input.uint8s(count);
  return width === 1 ? input.uint16s(count) : input.uint32s(count);
}

function readNested(input: ByteReader, types: readonly string[], rows: number): Column {
  const ends = input.int64s(rows);
  const total = rows === 0 ? 0 : ends[rows - 1]!;
  return { kind: 'nested', ends, items: types.map((type) => readData(input, type, total)) };
}
