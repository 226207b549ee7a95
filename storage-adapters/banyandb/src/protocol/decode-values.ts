/** Hot path: TagValue and FieldValue as cells, each in the place that was asked for. */
import type { WireReader } from '@meterlark/core';
import type { Cell } from '../connection/client.js';

/** The names of the cells in the order asked, with their bytes: an answer has the names again in each row. */
export class CellPlaces {
  private readonly keys: readonly Buffer[];
  private readonly places = new Map<string, number>();

  constructor(
    readonly names: readonly string[],
    /** Place of the first of them among the cells. */
    readonly first: number,
  ) {
    this.keys = names.map((name) => Buffer.from(name));
    for (const [index, name] of names.entries()) this.places.set(name, index);
  }

  /** The place of the name that lies in these bytes, -1 for one not asked for. `expected` is where it should be. */
  placeOf(bytes: Buffer, start: number, length: number, expected: number): number {
    const key = this.keys[expected];
    if (key?.length === length && equals(bytes, start, key)) return expected;
    return this.places.get(bytes.toString('utf8', start, start + length)) ?? -1;
  }
}

function equals(bytes: Buffer, start: number, key: Buffer): boolean {
  for (let index = 0; index < key.length; index += 1) if (bytes[start + index] !== key[index]) return false;
  return true;
}

/** Numbers of the members; TagValue and FieldValue differ. */
interface ValueTags {
  readonly str: number;
  readonly strings: number;
  readonly int: number;
  readonly binary: number;
  readonly timestamp: number;
  readonly float: number;
}

const tagValue: ValueTags = { str: 18, strings: 26, int: 34, binary: 50, timestamp: 58, float: -1 };
const fieldValue: ValueTags = { str: 18, strings: -1, int: 26, binary: 34, timestamp: -1, float: 42 };

export const decodeTagValue = (reader: WireReader): Cell => decodeValue(reader, tagValue);
export const decodeFieldValue = (reader: WireReader): Cell => decodeValue(reader, fieldValue);

/** The last member counts; none, null and members that are not known are null. */
function decodeValue(reader: WireReader, tags: ValueTags): Cell {
  const outer = reader.enter();
  let cell: Cell = null;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === tags.str) cell = decodeText(reader);
    else if (tag === tags.int) cell = decodeInt(reader);
    else if (tag === tags.binary) cell = readBytes(reader);
    else if (tag === tags.strings) cell = decodeTexts(reader);
    else if (tag === tags.timestamp) cell = decodeTime(reader);
    else if (tag === tags.float) cell = decodeFloat(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return cell;
}

/** A message with one text. */
function decodeText(reader: WireReader): string {
  const outer = reader.enter();
  let text = '';
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) text = readText(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return text;
}

function decodeTexts(reader: WireReader): string[] {
  const outer = reader.enter();
  const texts: string[] = [];
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) texts.push(readText(reader));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return texts;
}

function decodeInt(reader: WireReader): number {
  const outer = reader.enter();
  let value: number | bigint = 0;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 8) value = reader.int64();
    else reader.skip(tag);
  }
  if (typeof value === 'bigint') reader.fault(`the whole number ${value} is not within 2^53`);
  reader.leave(outer);
  return value;
}

function decodeFloat(reader: WireReader): number {
  const outer = reader.enter();
  let value = 0;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 9) value = reader.double();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return value;
}

/** google.protobuf.Timestamp as whole epoch ms; what is below is left out. */
export function decodeTime(reader: WireReader): number {
  const outer = reader.enter();
  let seconds: number | bigint = 0;
  let nanos = 0;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 8) seconds = reader.int64();
    else if (tag === 16) nanos = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
}

export function readText(reader: WireReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return length === 0 ? '' : reader.bytes.toString('utf8', start, start + length);
}

/** A view into the answer: who keeps a few bytes for long copies them. */
export function readBytes(reader: WireReader): Uint8Array {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return reader.bytes.subarray(start, start + length);
}
