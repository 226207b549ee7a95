/** Hot path (test/bench/codec.ts): answers to queries, straight from the bytes to the cells in the order asked. */
import { WireFault, WireReader } from '@meterlark/core';
import type { Cell, FoundElement, FoundPoint, FoundSpan, FoundTrace } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import { CellPlaces, decodeFieldValue, decodeTagValue, decodeTime, readBytes, readText } from './decode-values.js';

const nothing = new Uint8Array(0);

export function decodePoints(bytes: Buffer, tags: readonly string[], fields: readonly string[]): FoundPoint[] {
  const tagPlaces = new CellPlaces(tags, 0);
  const fieldPlaces = new CellPlaces(fields, tags.length);
  return decodeAll(bytes, (reader) => decodePoint(reader, tagPlaces, fieldPlaces));
}

export function decodeElements(bytes: Buffer, tags: readonly string[]): FoundElement[] {
  const places = new CellPlaces(tags, 0);
  return decodeAll(bytes, (reader) => decodeElement(reader, places));
}

export function decodeTraces(bytes: Buffer, tags: readonly string[]): FoundTrace[] {
  const places = new CellPlaces(tags, 0);
  return decodeAll(bytes, (reader) => decodeTrace(reader, places));
}

/** Field 1 of every answer is its rows. What does not decode is an error of the whole answer. */
function decodeAll<T>(bytes: Buffer, decodeOne: (reader: WireReader) => T): T[] {
  const reader = new WireReader(bytes, { items: Infinity });
  const found: T[] = [];
  try {
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) found.push(decodeOne(reader));
      else reader.skip(tag);
    }
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: `${error.reason} at byte ${error.offset}` }, error);
  }
  return found;
}

function decodePoint(reader: WireReader, tags: CellPlaces, fields: CellPlaces): FoundPoint {
  const outer = reader.enter();
  const cells = emptyCells(tags.names.length + fields.names.length);
  let timeMs = 0;
  let version = 0n;
  let field = 0;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) timeMs = decodeTime(reader);
    else if (tag === 18) decodeFamily(reader, tags, cells);
    else if (tag === 26) decodeKeyed(reader, fields, field++, cells, decodeFieldValue);
    else if (tag === 40) version = BigInt(reader.int64());
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { timeMs, version, cells };
}

function decodeElement(reader: WireReader, tags: CellPlaces): FoundElement {
  const outer = reader.enter();
  const cells = emptyCells(tags.names.length);
  let timeMs = 0;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 18) timeMs = decodeTime(reader);
    else if (tag === 26) decodeFamily(reader, tags, cells);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { timeMs, cells };
}

function decodeTrace(reader: WireReader, tags: CellPlaces): FoundTrace {
  const outer = reader.enter();
  const spans: FoundSpan[] = [];
  let traceId = '';
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) spans.push(decodeSpan(reader, tags));
    else if (tag === 18) traceId = readText(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { traceId, spans };
}

function decodeSpan(reader: WireReader, tags: CellPlaces): FoundSpan {
  const outer = reader.enter();
  const cells = emptyCells(tags.names.length);
  let span: Uint8Array = nothing;
  let place = 0;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) decodeKeyed(reader, tags, place++, cells, decodeTagValue);
    else if (tag === 18) span = readBytes(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { cells, span };
}

/** The name of a family is not looked at: all objects have one. */
function decodeFamily(reader: WireReader, places: CellPlaces, cells: Cell[]): void {
  const outer = reader.enter();
  let place = 0;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 18) decodeKeyed(reader, places, place++, cells, decodeTagValue);
    else reader.skip(tag);
  }
  reader.leave(outer);
}

/** A name and its value; the name comes first, as the server writes it. */
// eslint-disable-next-line max-params -- one call per cell: an object for them would be one too
function decodeKeyed(reader: WireReader, places: CellPlaces, expected: number, cells: Cell[], decodeValue: (reader: WireReader) => Cell): void {
  const outer = reader.enter();
  let place = -1;
  let cell: Cell = null;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) {
      const length = reader.length();
      place = places.placeOf(reader.bytes, reader.pos, length, expected);
      reader.pos += length;
    } else if (tag === 18) cell = decodeValue(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (place >= 0) cells[places.first + place] = cell;
}

function emptyCells(count: number): Cell[] {
  const cells = new Array<Cell>(count);
  for (let index = 0; index < count; index += 1) cells[index] = null;
  return cells;
}
