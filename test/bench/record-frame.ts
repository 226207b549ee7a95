/**
 * An export of spans or log records as a gRPC frame that can be pushed again and again: at every push its ids, those within
 * texts too, and its times are new, in place, with the links between spans kept.
 */
import { frameOf } from './frame.js';

/** Field numbers of one signal's records, and texts behind which an id stands. */
export interface RecordFields {
  readonly ids: readonly number[];
  /** fixed64 nanoseconds. */
  readonly times: readonly number[];
  /** `skip`: bytes between the text and the id. */
  readonly mark: { readonly text: string; readonly skip: number };
}

export const spanFields: RecordFields = { ids: [1, 2, 4], times: [7, 8], mark: { text: 'chatcmpl-', skip: 0 } };
/** Behind the key stand tag and length of the value, and those of the text in it. */
export const logFields: RecordFields = { ids: [9, 10], times: [1, 11], mark: { text: 'x-request-id', skip: 4 } };

/** Of resource_spans, scope_spans and spans, and of resource_logs, scope_logs and log_records. */
const pathToRecords: readonly number[] = [1, 2, 2];
const stampBytes = 4;
const digits = 6;

export class RecordFrame {
  private readonly bytes: Buffer;
  /** Places of ids, whose first bytes are the stamp. */
  private readonly ids: number[] = [];
  private readonly textIds: number[] = [];
  /** Places of times, with how long before the export they are. */
  private readonly times: (readonly [place: number, beforeNs: bigint])[] = [];
  private pushes = 0;

  /** `number`: of this frame, below 2^10, so that two frames share no id. */
  constructor(message: Buffer, private readonly number: number, { ids, times, mark }: RecordFields) {
    this.bytes = frameOf(message);
    const found: (readonly [place: number, timeNs: bigint])[] = [];
    walk(this.bytes, { from: 5, to: this.bytes.length, depth: 0 }, (place, field, length) => {
      if (length === 8 && times.includes(field)) found.push([place, this.bytes.readBigUInt64LE(place)]);
      else if (length >= stampBytes && ids.includes(field)) this.ids.push(place);
    });
    const last = found.reduce((latest, [, timeNs]) => (timeNs > latest ? timeNs : latest), 0n);
    for (const [place, timeNs] of found) this.times.push([place, last - timeNs]);
    const text = Buffer.from(mark.text);
    for (let at = this.bytes.indexOf(text); at >= 0; at = this.bytes.indexOf(text, at + 1)) this.textIds.push(at + text.length + mark.skip);
  }

  /** The next push; the same buffer every time, so only when the last one has been answered. */
  next(): Buffer {
    const { bytes } = this;
    this.pushes += 1;
    const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
    for (const [place, beforeNs] of this.times) bytes.writeBigUInt64LE(now - beforeNs, place);
    const stamp = ((this.number << 22) | (this.pushes & 0x3f_ffff)) >>> 0;
    for (const place of this.ids) bytes.writeUInt32LE(stamp, place);
    const text = stamp.toString(36).padStart(digits + 1, '0').slice(-digits);
    for (const place of this.textIds) bytes.write(text, place, 'latin1');
    return bytes;
  }
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

/** Tells of every field of the records: its place, number and length in bytes. */
function walk(bytes: Buffer, { from, to, depth }: Part, found: (place: number, field: number, length: number) => void): void {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const inRecord = depth === pathToRecords.length;
  while (at < to) {
    const tag = varint();
    const field = tag >>> 3;
    if ((tag & 7) === 0) varint();
    else if ((tag & 7) === 5) at += 4;
    else if ((tag & 7) === 1) {
      if (inRecord) found(at, field, 8);
      at += 8;
    } else {
      const end = varint() + at;
      if (inRecord) found(at, field, end - at);
      else if (field === pathToRecords[depth]) walk(bytes, { from: at, to: end, depth: depth + 1 }, found);
      at = end;
    }
  }
}
