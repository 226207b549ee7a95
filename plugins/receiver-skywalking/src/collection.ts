/** Messages that hold nothing but a list of others in field 1. */
import type { WireReader } from '@meterlark/core';

const elementTag = 10;

/** What `read` makes of each element; `refused` hears of those for which it throws, and the others are read all the same. */
export function readCollection<T>(reader: WireReader, read: (element: WireReader) => T, refused: (error: unknown) => void): readonly T[] {
  const found: T[] = [];
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag !== elementTag) {
      reader.skip(tag);
      continue;
    }
    const length = reader.length();
    const bytes = reader.bytes.subarray(reader.pos, reader.pos + length);
    reader.pos += length;
    try {
      found.push(read(reader.over(bytes)));
    } catch (error) {
      refused(error);
    }
  }
  return found;
}
