// Hot path: maps of rows to bytes and back: a count, then each key as text and its value (text, or a double).
import { wordAt, type ColumnData } from '@meterlark/core';
import type { ByteReader, ByteWriter } from './bytes.js';

export type MapData = Extract<ColumnData, { readonly type: 'textMap' | 'numberMap' }>;

/** How many entries the map of a row has. */
export function entriesOf({ ends }: MapData, row: number): number {
  return ends[row]! - firstEntry(ends, row);
}

export function firstEntry(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : ends[row - 1]!;
}

export function writeMap(out: ByteWriter, map: MapData, row: number): void {
  const from = firstEntry(map.ends, row);
  const to = map.ends[row]!;
  out.varint(to - from);
  for (let entry = from; entry < to; entry += 1) {
    out.text(wordAt(map.keys, entry));
    if (map.type === 'numberMap') out.double(map.values[entry]!);
    else out.block(map.texts.bytes, firstEntry(map.texts.ends, entry), map.texts.ends[entry]!);
  }
}

/** A key that is there twice has its last value. */
export function readMap(from: ByteReader, type: MapData['type']): Record<string, string | number> {
  const map: Record<string, string | number> = {};
  for (let left = from.varint(); left > 0; left -= 1) {
    const key = from.text();
    const value = type === 'numberMap' ? from.double() : from.text();
    // A sender may give a key this name; assigning it would set the prototype.
    if (key !== '__proto__') map[key] = value;
    else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return map;
}

export function skipMap(from: ByteReader, type: MapData['type']): void {
  for (let left = from.varint(); left > 0; left -= 1) {
    from.skipBlock();
    if (type === 'numberMap') from.skipDouble();
    else from.skipBlock();
  }
}
