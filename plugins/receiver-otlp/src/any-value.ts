/** Any-values of OTLP's common.proto on the wire. */
import type { WireReader } from '@meterlark/core';

/** Arrays and key-value lists inside each other. */
export const deepestValue = 32;

/** Field number × 8 + wire type of each kind. */
export const valueTags = { text: 10, flag: 16, integer: 24, double: 33, array: 42, map: 50, bytes: 58 } as const;

/** Hot path: the tag of the value that counts, the last, with the reader behind it; 0 when none is set. Reads up to the limit. */
export function findValue(reader: WireReader): number {
  let kind = 0;
  let at = reader.pos;
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (isValue(tag)) {
      kind = tag;
      at = reader.pos;
    }
    reader.skip(tag);
  }
  reader.pos = at;
  return kind;
}

function isValue(tag: number): boolean {
  switch (tag) {
    case valueTags.text:
    case valueTags.flag:
    case valueTags.integer:
    case valueTags.double:
    case valueTags.array:
    case valueTags.map:
    case valueTags.bytes:
      return true;
    default:
      return false;
  }
}
