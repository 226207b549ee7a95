/** Key-value lists and any-values of OTLP's common.proto. Runs only for bytes that were not interned yet. */
import type { Attributes, AttributeValue, StringTable, WireReader } from '@meterlark/core';
import { deepestValue } from './any-value.js';

/** Tag of a message field. */
export function messageTag(field: number): number {
  return (field << 3) | 2;
}

/** Reads key-values (their field has `tag`, all others are passed over) up to the reader's limit. */
export function readAttributes(reader: WireReader, tag: number, strings: StringTable, depth = 0): Attributes {
  const attributes = new Map<string, AttributeValue>();
  while (reader.pos < reader.limit) {
    const next = reader.tag();
    if (next === tag) readKeyValue(reader, attributes, strings, depth);
    else reader.skip(next);
  }
  return attributes;
}

/** The first occurrence of a key wins; a value that is not set is undefined. */
function readKeyValue(
  reader: WireReader,
  into: Map<string, AttributeValue>,
  strings: StringTable,
  depth: number,
): void {
  let key = '';
  let value: AttributeValue;
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) key = strings.read(reader);
    else if (tag === 18) value = readAnyValue(reader, strings, depth);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (!into.has(key)) into.set(key, value);
}

export function readAnyValue(reader: WireReader, strings: StringTable, depth: number): AttributeValue {
  let value: AttributeValue;
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        value = strings.read(reader);
        break;
      case 16:
        value = reader.bool();
        break;
      case 24:
        value = reader.int64();
        break;
      case 33:
        value = reader.double();
        break;
      case 42:
      case 50:
        value = readNested(reader, tag, strings, depth + 1);
        break;
      case 58:
        value = readBytes(reader);
        break;
      default:
        reader.skip(tag);
    }
  }
  reader.leave(outer);
  return value;
}

function readNested(reader: WireReader, tag: 42 | 50, strings: StringTable, depth: number): AttributeValue {
  if (depth > deepestValue) reader.fault('attribute value nested too deeply');
  const outer = reader.enter();
  const value = tag === 50 ? readAttributes(reader, 10, strings, depth) : readArray(reader, strings, depth);
  reader.leave(outer);
  return value;
}

function readArray(reader: WireReader, strings: StringTable, depth: number): AttributeValue[] {
  const values: AttributeValue[] = [];
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) values.push(readAnyValue(reader, strings, depth));
    else reader.skip(tag);
  }
  return values;
}

/** A copy: the request's buffer must not live as long as its attributes. */
function readBytes(reader: WireReader): Uint8Array {
  const length = reader.length();
  const bytes = Uint8Array.from(reader.bytes.subarray(reader.pos, reader.pos + length));
  reader.pos += length;
  return bytes;
}
