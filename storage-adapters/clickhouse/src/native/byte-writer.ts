// Hot path: one growing buffer for all columns of a block.

const initialBytes = 64 * 1024;
const spareFactor = 1.05;
/** Bytes that a length below 2^32 takes at most. */
const maxLengthBytes = 5;
/** Below this a loop is faster than a call. */
const copiedByHand = 96;

/** Little-endian output in the elementary encodings of ClickHouse's Native format. */
export class ByteWriter {
  private bytes: Buffer;
  private length = 0;

  /** `expectedBytes`: about how many will be written, so that growing copies nothing. */
  constructor(expectedBytes = 0) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(initialBytes, Math.ceil(expectedBytes * spareFactor)));
  }

  /** The memory itself, which is not to be written to any more. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  uint8(value: number): void {
    this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** Unsigned LEB128, for lengths and counts below 2^53. */
  varUInt(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length] = (rest % 0x80) | 0x80;
      this.length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length] = rest;
    this.length += 1;
  }

  uint64(value: number): void {
    this.reserve(8);
    this.bytes.writeUInt32LE(value % 0x1_0000_0000, this.length);
    this.bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.length + 4);
    this.length += 8;
  }

  string(text: string): void {
    const size = Buffer.byteLength(text, 'utf8');
    this.varUInt(size);
    this.reserve(size);
    this.bytes.write(text, this.length, size, 'utf8');
    this.length += size;
  }

  /** The memory of a typed array as it is; every platform Node runs on here is little-endian. */
  raw(values: ArrayBufferView): void {
    this.reserve(values.byteLength);
    this.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.length);
    this.length += values.byteLength;
  }

  /** Pieces `from` (included) to `to` (excluded) of `source`, each after its length; `ends[n]` is where piece n ends. */
  pieces(source: Uint8Array, ends: Uint32Array, from: number, to: number): void {
    let start = from === 0 ? 0 : ends[from - 1]!;
    const last = to === 0 ? 0 : ends[to - 1]!;
    this.reserve(last - start + maxLengthBytes * (to - from));
    const { bytes } = this;
    let at = this.length;
    for (let piece = from; piece < to; piece += 1) {
      const end = ends[piece]!;
      let rest = end - start;
      const isShort = rest < copiedByHand;
      while (rest >= 0x80) {
        bytes[at++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      bytes[at++] = rest;
      if (isShort) {
        while (start < end) bytes[at++] = source[start++]!;
      } else {
        bytes.set(source.subarray(start, end), at);
        at += end - start;
        start = end;
      }
    }
    this.length = at;
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
