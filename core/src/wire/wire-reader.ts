/**
 * Hot path (test/bench/decode.ts): mutable reader of the protobuf wire format over one request's bytes.
 *
 * A decoder narrows `limit` to the message it reads (`enter`, `leave`) and switches on whole tags
 * (field number × 8 + wire type), so a known field with another wire type is skipped as an unknown one.
 * Every malformed input ends in a WireFault; nothing is allocated for bytes that are not there.
 */

/** Wire types of protobuf. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

const deepestGroup = 32;

export type WireFaultKind = 'malformed' | 'tooManyItems';

/** Malformed bytes, before the decoder's edge names the field and gives it a code. */
export class WireFault extends Error {
  constructor(
    readonly reason: string,
    readonly offset: number,
    readonly kind: WireFaultKind = 'malformed',
  ) {
    super(reason);
    this.name = 'WireFault';
  }
}

/** How many objects a request may still become; each costs far more memory than its bytes. */
export interface ItemBudget {
  items: number;
}

export class WireReader {
  readonly view: DataView;
  pos = 0;
  limit: number;
  /** Low and high half of what `varint` or `fixed64Halves` read last. */
  low = 0;
  high = 0;

  constructor(
    readonly bytes: Buffer,
    private readonly budget: ItemBudget,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limit = bytes.length;
  }

  /** Call before making an object for a message, however short. */
  spendItem(): void {
    this.budget.items -= 1;
    if (this.budget.items < 0) throw new WireFault('too many items', this.pos, 'tooManyItems');
  }

  /** A reader over other bytes that shares the budget. */
  over(bytes: Buffer): WireReader {
    return new WireReader(bytes, this.budget);
  }

  fault(reason: string, offset = this.pos): never {
    throw new WireFault(reason, offset);
  }

  /** Next tag; 0 is never returned. */
  tag(): number {
    const pos = this.pos;
    if (pos >= this.limit) this.fault('truncated tag');
    let tag = this.view.getUint8(pos);
    if (tag < 0x80) {
      this.pos = pos + 1;
    } else {
      this.varint();
      if (this.high !== 0) this.fault('field number out of range', pos);
      tag = this.low;
    }
    if (tag < 8) this.fault('field number 0', pos);
    return tag;
  }

  /** Reads up to ten bytes into `low` and `high`, both unsigned. */
  varint(): void {
    const start = this.pos;
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index += 1) {
      if (this.pos >= this.limit) this.fault('truncated varint', start);
      const byte = this.view.getUint8(this.pos++);
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * index - 32);
      if (byte < 0x80) {
        if (index === 9 && byte > 1) this.fault('varint over 64 bits', start);
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    this.fault('varint over 10 bytes', start);
  }

  /** Low 32 bits, unsigned (uint32, enum, bool by `!== 0`). */
  uint32(): number {
    this.varint();
    return this.low;
  }

  bool(): boolean {
    this.varint();
    return this.low !== 0 || this.high !== 0;
  }

  sint32(): number {
    this.varint();
    return (this.low >>> 1) ^ -(this.low & 1);
  }

  /** Nearest double of an unsigned 64-bit varint. */
  uint64(): number {
    this.varint();
    return this.high * 4294967296 + this.low;
  }

  /** Exact: a number when it is a safe integer, a bigint otherwise. */
  int64(): number | bigint {
    this.varint();
    const value = (this.high | 0) * 4294967296 + this.low;
    if (Number.isSafeInteger(value)) return value;
    return BigInt.asIntN(64, (BigInt(this.high) << 32n) | BigInt(this.low));
  }

  double(): number {
    const pos = this.take(8);
    return this.view.getFloat64(pos, true);
  }

  /** Nearest double of an unsigned 64-bit integer. */
  fixed64(): number {
    const pos = this.take(8);
    return this.view.getUint32(pos + 4, true) * 4294967296 + this.view.getUint32(pos, true);
  }

  /** Leaves the halves of a 64-bit integer in `low` and `high`, both unsigned. */
  fixed64Halves(): void {
    const pos = this.take(8);
    this.low = this.view.getUint32(pos, true);
    this.high = this.view.getUint32(pos + 4, true);
  }

  /** Nearest double of a signed 64-bit integer. */
  sfixed64(): number {
    const pos = this.take(8);
    return this.view.getInt32(pos + 4, true) * 4294967296 + this.view.getUint32(pos, true);
  }

  /** Packed unsigned 64-bit integers, each as its nearest double. */
  fixed64Array(): number[] {
    const length = this.packedLength();
    const values = new Array<number>(length >>> 3);
    let pos = this.pos;
    for (let index = 0; index < values.length; index += 1) {
      values[index] = this.view.getUint32(pos + 4, true) * 4294967296 + this.view.getUint32(pos, true);
      pos += 8;
    }
    this.pos = pos;
    return values;
  }

  /** Length of packed 8-byte values. */
  packedLength(): number {
    const start = this.pos;
    const length = this.length();
    if ((length & 7) !== 0) this.fault(`packed 8-byte values of ${length} bytes`, start);
    return length;
  }

  /** Nanoseconds since the epoch as milliseconds with fractions; see nanosToMs. */
  timeMs(): number {
    const pos = this.take(8);
    return nanosToMs(this.view.getUint32(pos + 4, true), this.view.getUint32(pos, true));
  }

  /** Length prefix; checks that so many bytes are there. `pos` is then the first of them. */
  length(): number {
    const start = this.pos;
    let length: number;
    if (start < this.limit && (length = this.view.getUint8(start)) < 0x80) {
      this.pos = start + 1;
    } else {
      length = this.uint64();
    }
    if (length > this.limit - this.pos) this.fault(`length ${length} passes the end`, start);
    return length;
  }

  /** A length and so many bytes, as lower-case hex. */
  hex(): string {
    const length = this.length();
    const start = this.pos;
    this.pos = start + length;
    return this.bytes.toString('hex', start, start + length);
  }

  /** Passes over a length and so many bytes. */
  passBlock(): void {
    const length = this.length();
    this.pos += length;
  }

  /** Narrows to the message whose length comes next; give the result to `leave` when `pos` reached `limit`. */
  enter(): number {
    const outer = this.limit;
    const length = this.length();
    this.limit = this.pos + length;
    return outer;
  }

  leave(outer: number): void {
    this.limit = outer;
  }

  /** Passes over the value of a field that is not known. */
  skip(tag: number): void {
    this.skipValue(tag, 0);
  }

  private skipValue(tag: number, depth: number): void {
    switch (tag & 7) {
      case wireType.varint:
        this.varint();
        return;
      case wireType.fixed64:
        this.take(8);
        return;
      case wireType.bytes:
        this.passBlock();
        return;
      case wireType.startGroup:
        this.skipGroup(tag, depth);
        return;
      case wireType.fixed32:
        this.take(4);
        return;
      default:
        this.fault((tag & 7) === wireType.endGroup ? 'end of a group that did not start' : `wire type ${tag & 7}`);
    }
  }

  private skipGroup(start: number, depth: number): void {
    if (depth >= deepestGroup) this.fault('groups nested too deeply');
    for (;;) {
      const tag = this.tag();
      if ((tag & 7) !== wireType.endGroup) this.skipValue(tag, depth + 1);
      else if (tag >>> 3 === start >>> 3) return;
      else this.fault('end of another group');
    }
  }

  private take(length: number): number {
    const pos = this.pos;
    if (length > this.limit - pos) this.fault(`truncated ${length}-byte value`);
    this.pos = pos + length;
    return pos;
  }
}

/**
 * Unsigned 64-bit nanoseconds (halves) to milliseconds. 2^32 ns are 4294 ms and 967296 ns: the division sees an
 * exact integer, so whole milliseconds stay whole and others are at most half a unit in the last place off.
 */
export function nanosToMs(high: number, low: number): number {
  return high * 4294 + (high * 967296 + low) / 1e6;
}
