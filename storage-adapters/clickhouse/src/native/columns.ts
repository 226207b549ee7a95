// Hot path: columns are encoded straight from the caller's arrays.
import type { ByteWriter } from './byte-writer.js';

/** Values of one type; `prefix` is the serialisation state that Native writes before any data of the column. */
export interface NativeValues {
  readonly type: string;
  prefix(out: ByteWriter): void;
  /** Rows from (included) to (excluded). */
  data(out: ByteWriter, from: number, to: number): void;
}

export interface NativeColumn {
  readonly name: string;
  readonly values: NativeValues;
}

type IntegerType = 'UInt8' | 'UInt16' | 'UInt32' | 'UInt64' | 'Int64' | 'DateTime' | "DateTime64(3, 'UTC')";

const noPrefix = (): void => undefined;

/** Whole numbers within ±2^53; 64-bit types are written through BigInt. */
export function integers(type: IntegerType, values: ArrayLike<number>): NativeValues {
  return { type, prefix: noPrefix, data: (out, from, to) => out.raw(packIntegers(type, values, from, to)) };
}

function packIntegers(type: IntegerType, values: ArrayLike<number>, from: number, to: number): ArrayBufferView {
  const count = to - from;
  switch (type) {
    case 'UInt8':
      return fill(new Uint8Array(count), values, from);
    case 'UInt16':
      return fill(new Uint16Array(count), values, from);
    case 'UInt32':
    case 'DateTime':
      return fill(new Uint32Array(count), values, from);
    case 'UInt64':
    case 'Int64':
    case "DateTime64(3, 'UTC')":
      return packWide(values, from, count);
  }
}

function fill<T extends { [index: number]: number; readonly length: number }>(into: T, values: ArrayLike<number>, from: number): T {
  for (let index = 0; index < into.length; index += 1) into[index] = values[from + index] ?? 0;
  return into;
}

/** Two's complement of 64 bits without BigInt: the high word of a negative number is its floor. */
function packWide(values: ArrayLike<number>, from: number, count: number): Uint32Array {
  const words = new Uint32Array(count * 2);
  for (let index = 0; index < count; index += 1) {
    const value = values[from + index] ?? 0;
    const high = Math.floor(value / 0x1_0000_0000);
    words[index * 2] = value - high * 0x1_0000_0000;
    words[index * 2 + 1] = high;
  }
  return words;
}

/** All 64 bits, for bit sets. */
export function wideIntegers(values: BigUint64Array): NativeValues {
  return { type: 'UInt64', prefix: noPrefix, data: (out, from, to) => out.raw(values.subarray(from, to)) };
}

export function floats(values: ArrayLike<number>): NativeValues {
  return {
    type: 'Float64',
    prefix: noPrefix,
    data: (out, from, to) => {
      if (values instanceof Float64Array) out.raw(values.subarray(from, to));
      else out.raw(fill(new Float64Array(to - from), values, from));
    },
  };
}

export function strings(valueOf: (row: number) => string): NativeValues {
  return {
    type: 'String',
    prefix: noPrefix,
    data: (out, from, to) => {
      for (let row = from; row < to; row += 1) out.string(valueOf(row));
    },
  };
}

/** Exactly `size` bytes a row. */
export function fixedStrings(size: number, valueOf: (row: number) => Uint8Array): NativeValues {
  return {
    type: `FixedString(${size})`,
    prefix: noPrefix,
    data: (out, from, to) => {
      const bytes = new Uint8Array(size * (to - from));
      for (let row = from; row < to; row += 1) bytes.set(valueOf(row).subarray(0, size), size * (row - from));
      out.raw(bytes);
    },
  };
}

const dictionaryVersion = 1;
const hasAdditionalKeys = 0x200;

/** LowCardinality(String): the block's own dictionary and one index a row. */
export function dictionary(valueOf: (row: number) => string): NativeValues {
  return {
    type: 'LowCardinality(String)',
    prefix: (out) => out.uint64(dictionaryVersion),
    data: (out, from, to) => {
      if (to > from) writeDictionary(out, valueOf, from, to);
    },
  };
}

function writeDictionary(out: ByteWriter, valueOf: (row: number) => string, from: number, to: number): void {
  const places = new Map<string, number>();
  const indexes = new Uint32Array(to - from);
  let last: string | undefined;
  let place = 0;
  for (let row = from; row < to; row += 1) {
    const value = valueOf(row);
    if (value !== last) {
      place = placeOf(places, value);
      last = value;
    }
    indexes[row - from] = place;
  }
  const width = places.size <= 0x100 ? 0 : places.size <= 0x1_0000 ? 1 : 2;
  out.uint64(hasAdditionalKeys | width);
  out.uint64(places.size);
  for (const key of places.keys()) out.string(key);
  out.uint64(indexes.length);
  out.raw(width === 0 ? Uint8Array.from(indexes) : width === 1 ? Uint16Array.from(indexes) : indexes);
}

function placeOf(places: Map<string, number>, value: string): number {
  const known = places.get(value);
  if (known !== undefined) return known;
  places.set(value, places.size);
  return places.size - 1;
}

/** `ends[row]` is the number of elements in all rows up to and including it. */
export function arrays(ends: ArrayLike<number>, items: NativeValues): NativeValues {
  return {
    type: `Array(${items.type})`,
    prefix: (out) => items.prefix(out),
    data: (out, from, to) => writeNested(out, { ends, items: [items] }, from, to),
  };
}

export function maps(ends: ArrayLike<number>, keys: NativeValues, values: NativeValues): NativeValues {
  return {
    type: `Map(${keys.type}, ${values.type})`,
    prefix: (out) => {
      keys.prefix(out);
      values.prefix(out);
    },
    data: (out, from, to) => writeNested(out, { ends, items: [keys, values] }, from, to),
  };
}

interface Nested {
  readonly ends: ArrayLike<number>;
  readonly items: readonly NativeValues[];
}

function writeNested(out: ByteWriter, nested: Nested, from: number, to: number): void {
  const start = from === 0 ? 0 : (nested.ends[from - 1] ?? 0);
  const end = to === 0 ? 0 : (nested.ends[to - 1] ?? 0);
  const offsets = new Float64Array(to - from);
  for (let row = from; row < to; row += 1) offsets[row - from] = (nested.ends[row] ?? 0) - start;
  out.raw(packWide(offsets, 0, offsets.length));
  for (const items of nested.items) items.data(out, start, end);
}

export function tuples(items: readonly NativeValues[]): NativeValues {
  return {
    type: `Tuple(${items.map((item) => item.type).join(', ')})`,
    prefix: (out) => {
      for (const item of items) item.prefix(out);
    },
    data: (out, from, to) => {
      for (const item of items) item.data(out, from, to);
    },
  };
}

export function nullables(isNull: (row: number) => boolean, items: NativeValues): NativeValues {
  return {
    type: `Nullable(${items.type})`,
    prefix: (out) => items.prefix(out),
    data: (out, from, to) => {
      for (let row = from; row < to; row += 1) out.uint8(isNull(row) ? 1 : 0);
      items.data(out, from, to);
    },
  };
}
