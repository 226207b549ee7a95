// Hot path: mutable writer and reader of the bytes that rows and maps are stored as.

/** One growing buffer, used again for the next value. */
export class ByteWriter {
  private bytes = Buffer.allocUnsafe(4096);
  private at = 0;

  /** A copy of what was written; the next value begins anew. A buffer that grew for one large value is let go. */
  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.bytes, 0, this.at);
    this.at = 0;
    if (this.bytes.length > 1_048_576) this.bytes = Buffer.allocUnsafe(4096);
    return taken;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Whole numbers from 0 to 2^32 - 1. */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  double(value: number): void {
    this.reserve(8);
    this.at = this.bytes.writeDoubleBE(value, this.at);
  }

  /** A length and the bytes of `bytes` from `start` to `end`. */
  block(bytes: Uint8Array, start: number, end: number): void {
    this.varint(end - start);
    this.reserve(end - start);
    this.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.at);
    this.at += end - start;
  }

  /** A length and UTF-8; lone surrogates become U+FFFD. */
  text(text: string): void {
    // Three bytes a unit at most; a length under 128 takes one byte, so that short texts are measured by writing them.
    if (text.length < 42) {
      this.reserve(1 + 3 * text.length);
      const length = this.bytes.write(text, this.at + 1, 'utf8');
      this.bytes[this.at] = length;
      this.at += 1 + length;
      return;
    }
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.reserve(length);
    this.at += this.bytes.write(text, this.at, 'utf8');
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + more));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}

export class ByteReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new RangeError('a stored row ends too early');
    return value;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('a stored row holds a length of more than 32 bits');
  }

  double(): number {
    const start = this.pass(8);
    return this.bytes.readDoubleBE(start);
  }

  text(): string {
    const length = this.varint();
    const start = this.pass(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** Passes over a length and so many bytes. */
  skipBlock(): void {
    this.pass(this.varint());
  }

  skipDouble(): void {
    this.pass(8);
  }

  private pass(length: number): number {
    const start = this.at;
    if (start + length > this.bytes.length) throw new RangeError('a stored row ends too early');
    this.at = start + length;
    return start;
  }
}
