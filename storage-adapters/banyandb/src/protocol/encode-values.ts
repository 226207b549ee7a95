/** Hot path: cells as TagValue and FieldValue. Cells are checked before (check-rows.ts). */
import type { Cell } from '../connection/client.js';
import type { FieldKind, TagKind } from '../schema/model.js';
import type { WireEncoder } from './wire-encoder.js';

/** Tags of TagValue; the two kinds of values number their members differently. */
const tagValue = { null: 8, str: 18, strings: 26, int: 34, binary: 50, timestamp: 58 } as const;
const fieldValue = { null: 8, str: 18, int: 26, binary: 34, float: 42 } as const;
const first = { varint: 8, bytes: 10, double: 9 } as const;

/** `tag` is the one of the field that holds the value. */
export function encodeTag(out: WireEncoder, tag: number, kind: TagKind, cell: Cell): void {
  const value = out.open(tag);
  if (cell === null) encodeNull(out);
  else encodeTagCell(out, kind, cell);
  out.close(value);
}

function encodeTagCell(out: WireEncoder, kind: TagKind, cell: Exclude<Cell, null>): void {
  switch (kind) {
    case 'string':
      encodeText(out, tagValue.str, cell as string);
      return;
    case 'int':
      encodeInt(out, tagValue.int, cell as number);
      return;
    case 'binary':
      out.block(tagValue.binary, cell as Uint8Array);
      return;
    case 'strings':
      encodeStrings(out, cell as readonly string[]);
      return;
    case 'timestamp':
      encodeTime(out, tagValue.timestamp, cell as number);
  }
}

export function encodeField(out: WireEncoder, tag: number, kind: FieldKind, cell: Cell): void {
  const value = out.open(tag);
  if (cell === null) encodeNull(out);
  else if (kind === 'string') encodeText(out, fieldValue.str, cell as string);
  else if (kind === 'int') encodeInt(out, fieldValue.int, cell as number);
  else if (kind === 'binary') out.block(fieldValue.binary, cell as Uint8Array);
  else encodeFloat(out, cell as number);
  out.close(value);
}

/** Whole epoch ms as google.protobuf.Timestamp. */
export function encodeTime(out: WireEncoder, tag: number, timeMs: number): void {
  const time = out.open(tag);
  const seconds = Math.floor(timeMs / 1000);
  const nanos = (timeMs - seconds * 1000) * 1_000_000;
  if (seconds !== 0) {
    out.tag(8);
    out.int(seconds);
  }
  if (nanos !== 0) {
    out.tag(16);
    out.uint(nanos);
  }
  out.close(time);
}

export function encodeStrings(out: WireEncoder, texts: readonly string[]): void {
  const list = out.open(tagValue.strings);
  for (const text of texts) out.text(first.bytes, text);
  out.close(list);
}

export function encodeText(out: WireEncoder, tag: number, text: string): void {
  const message = out.open(tag);
  if (text !== '') out.text(first.bytes, text);
  out.close(message);
}

function encodeInt(out: WireEncoder, tag: number, value: number): void {
  const message = out.open(tag);
  if (value !== 0) {
    out.tag(first.varint);
    out.int(value);
  }
  out.close(message);
}

/** -0 is not the default: it is written. */
function encodeFloat(out: WireEncoder, value: number): void {
  const message = out.open(fieldValue.float);
  if (!Object.is(value, 0)) {
    out.tag(first.double);
    out.double(value);
  }
  out.close(message);
}

function encodeNull(out: WireEncoder): void {
  out.tag(tagValue.null);
  out.tag(0);
}
