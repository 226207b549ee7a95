/** Hot path: answers to written rows, one per row. */
import { WireReader } from '@meterlark/core';

export interface RowAnswer {
  /** Of the request in its stream; 0 when the server did not say. */
  readonly number: number;
  /** `STATUS_SUCCEED`, … */
  readonly status: string;
}

export const succeeded = 'STATUS_SUCCEED';
const budget = { items: Infinity };

/** `numberTag` and `statusTag` differ between the services. */
function decodeAnswer(bytes: Buffer, numberTag: number, statusTag: number): RowAnswer {
  const reader = new WireReader(bytes, budget);
  let number = 0;
  let status = '';
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === numberTag) number = reader.uint64();
    else if (tag === statusTag) status = readStatus(reader);
    else reader.skip(tag);
  }
  return { number, status };
}

/** Almost all are the one word: it is known by its length, and the other names are not as long. */
function readStatus(reader: WireReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  const text = reader.bytes.toString('latin1', start, start + length);
  return text === succeeded ? succeeded : text;
}

/** Of measures and streams. */
export const decodeRowAnswer = (bytes: Buffer): RowAnswer => decodeAnswer(bytes, 8, 18);
export const decodeTraceAnswer = (bytes: Buffer): RowAnswer => decodeAnswer(bytes, 16, 26);
