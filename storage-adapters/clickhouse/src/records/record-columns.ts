// Hot path: record columns to Native columns, whole columns at a time and without a string per row.
import type { ColumnData, RecordRows, TextData, WordData } from '@meterlark/core';
import type { ByteWriter } from '../native/byte-writer.js';
import { floats, integers, type NativeColumn, type NativeValues } from '../native/columns.js';
import { storedType } from './record-tables.js';

export function nativeColumns({ model, columns }: Pick<RecordRows, 'model' | 'columns'>): NativeColumn[] {
  return model.columns.map(({ name, type, optional }, index) => {
    const data = columns[index]!;
    return { name, values: { ...nativeValues(data, optional === true), type: storedType({ type, ...(optional === true ? { optional } : {}) }) } };
  });
}

/** About how many bytes a row takes. */
export function nativeRowBytes({ count, columns }: Pick<RecordRows, 'count' | 'columns'>): number {
  let bytes = 0;
  for (const column of columns) bytes += bytesOf(column);
  return count === 0 ? 0 : bytes / count;
}

function bytesOf(data: ColumnData): number {
  switch (data.type) {
    case 'word':
      return 2 * data.words.indexes.length;
    case 'text':
      return data.texts.bytes.length + data.texts.ends.length;
    case 'textMap':
      return 8 * data.ends.length + 2 * data.texts.ends.length + data.texts.bytes.length;
    case 'numberMap':
      return 8 * data.ends.length + 9 * data.values.length;
    default:
      return 8 * data.values.length + (data.present?.length ?? 0);
  }
}

function nativeValues(data: ColumnData, optional: boolean): NativeValues {
  switch (data.type) {
    case 'word':
      return words(data.words);
    case 'text':
      return texts(data.texts);
    case 'textMap':
      return mapped(data.ends, words(data.keys), texts(data.texts));
    case 'numberMap':
      return mapped(data.ends, words(data.keys), floats(data.values));
    case 'flag':
      return integers('UInt8', data.values);
    case 'decimal':
      return optional ? present(data.present, floats(data.values)) : floats(data.values);
    case 'time':
    case 'integer':
      return optional ? present(data.present, integers('Int64', data.values)) : integers('Int64', data.values);
  }
}

const dictionaryVersion = 1;
const hasAdditionalKeys = 0x200;
const noPrefix = (): void => undefined;

/** The batch's dictionary as it is, or the part of it that a block uses when it is large. */
export function words(data: WordData): NativeValues {
  return {
    type: 'LowCardinality(String)',
    prefix: (out) => out.uint64(dictionaryVersion),
    data: (out, from, to) => {
      if (to === from) return;
      const all = data.dictionary.length <= 0x100;
      writeWords(out, all ? data : usedPart(data, from, to), all ? from : 0, to - from);
    },
  };
}

function writeWords(out: ByteWriter, { dictionary, indexes }: WordData, from: number, count: number): void {
  const width = dictionary.length <= 0x100 ? 0 : dictionary.length <= 0x1_0000 ? 1 : 2;
  out.uint64(hasAdditionalKeys | width);
  out.uint64(dictionary.length);
  for (const word of dictionary) out.string(word);
  out.uint64(count);
  const own = indexes.subarray(from, from + count);
  out.raw(width === 0 ? Uint8Array.from(own) : width === 1 ? Uint16Array.from(own) : own);
}

function usedPart({ dictionary, indexes }: WordData, from: number, to: number): WordData {
  const places = new Uint32Array(dictionary.length);
  const used: string[] = [];
  const moved = new Uint32Array(to - from);
  for (let row = from; row < to; row += 1) {
    const index = indexes[row]!;
    let place = places[index]!;
    if (place === 0) {
      place = used.push(dictionary[index]!);
      places[index] = place;
    }
    moved[row - from] = place - 1;
  }
  return { dictionary: used, indexes: moved };
}

/** Lengths and bytes in one pass over the batch's text. */
export function texts({ bytes, ends }: TextData): NativeValues {
  return {
    type: 'String',
    prefix: noPrefix,
    data: (out, from, to) => out.pieces(bytes, ends, from, to),
  };
}

function present(mask: Uint8Array | undefined, values: NativeValues): NativeValues {
  return {
    type: `Nullable(${values.type})`,
    prefix: noPrefix,
    data: (out, from, to) => {
      const absent = new Uint8Array(to - from);
      if (mask !== undefined) for (let row = from; row < to; row += 1) absent[row - from] = 1 - mask[row]!;
      out.raw(absent);
      values.data(out, from, to);
    },
  };
}

function mapped(ends: Uint32Array, keys: NativeValues, values: NativeValues): NativeValues {
  return {
    type: `Map(${keys.type}, ${values.type})`,
    prefix: (out) => {
      keys.prefix(out);
      values.prefix(out);
    },
    data: (out, from, to) => {
      const start = from === 0 ? 0 : ends[from - 1]!;
      const offsets = new Uint32Array(2 * (to - from));
      for (let row = from; row < to; row += 1) offsets[2 * (row - from)] = ends[row]! - start;
      out.raw(offsets);
      const end = to === 0 ? 0 : ends[to - 1]!;
      keys.data(out, start, end);
      values.data(out, start, end);
    },
  };
}
