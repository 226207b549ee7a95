/**
 * An application's export of spans as a gRPC frame that can be pushed again and again: at every push its ids, response
 * ids and times are new, in place, with the links between spans kept.
 */
import { frameOf } from './frame.js';

/** resource_spans, scope_spans, spans. */
const pathToSpans: readonly number[] = [1, 2, 2];
const field = { traceId: 1, spanId: 2, parentSpanId: 4, start: 7, end: 8 } as const;
const responseIdMark = Buffer.from('chatcmpl-');
const stampBytes = 4;
const digits = 6;

export class SpanFrame {
  private readonly bytes: Buffer;
  /** Places of ids, whose first bytes are the stamp. */
  private readonly ids: number[] = [];
  private readonly responseIds: number[] = [];
  /** Places of times, with how long before the export they are. */
  private readonly times: (readonly [place: number, beforeNs: bigint])[] = [];
  private pushes = 0;

  /** `message`: an ExportTraceServiceRequest; `number`: of this frame, below 2^10, so that two frames share no id. */
  constructor(message: Buffer, private readonly number: number) {
    this.bytes = frameOf(message);
    const found: (readonly [place: number, timeNs: bigint])[] = [];
    walk(this.bytes, { from: 5, to: this.bytes.length, depth: 0 }, (place, what) => {
      if (what === field.start || what === field.end) found.push([place, this.bytes.readBigUInt64LE(place)]);
      else this.ids.push(place);
    });
    const last = found.reduce((latest, [, timeNs]) => (timeNs > latest ? timeNs : latest), 0n);
    for (const [place, timeNs] of found) this.times.push([place, last - timeNs]);
    for (let at = this.bytes.indexOf(responseIdMark); at >= 0; at = this.bytes.indexOf(responseIdMark, at + 1)) this.responseIds.push(at + responseIdMark.length);
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
    for (const place of this.responseIds) bytes.write(text, place, 'latin1');
    return bytes;
  }
}

interface Part {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

function walk(bytes: Buffer, { from, to, depth }: Part, found: (place: number, what: number) => void): void {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const inSpan = depth === pathToSpans.length;
  while (at < to) {
    const tag = varint();
    const number = tag >>> 3;
    if ((tag & 7) === 0) varint();
    else if ((tag & 7) === 5) at += 4;
    else if ((tag & 7) === 1) {
      if (inSpan && (number === field.start || number === field.end)) found(at, number);
      at += 8;
    } else {
      const end = varint() + at;
      if (!inSpan && number === pathToSpans[depth]) walk(bytes, { from: at, to: end, depth: depth + 1 }, found);
      const isId = number === field.traceId || number === field.spanId || number === field.parentSpanId;
      if (inSpan && isId && end - at >= stampBytes) found(at, number);
      at = end;
    }
  }
}
