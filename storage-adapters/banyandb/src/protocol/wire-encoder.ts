/**
 * Hot path (test/bench/codec.ts): writes protobuf messages one after the other into chunks; `finish` gives the bytes of the
 * message without a copy. Core's WireWriter takes bigints and copies; rows are whole numbers and short texts.
 */
const chunkBytes = 65_536;

export class WireEncoder {
  private bytes = Buffer.allocUnsafeSlow(chunkBytes);
  private start = 0;
  private at = 0;

  /** Bytes of the message so far. */
  get length(): number {
    return this.at - this.start;
  }

  /** The message; the next one begins. */
  finish(): Buffer {
    const message = this.bytes.subarray(this.start, this.at);
    this.start = this.at;
    return message;
  }

  /** One byte: tags of fields up to 15. */
  tag(tag: number): void {
    if (this.at === this.bytes.length) this.grow(1);
    this.bytes[this.at++] = tag;
  }

  /** Unsigned, up to 2^53. */
  uint(value: number): void {
    if (this.at + 8 > this.bytes.length) this.grow(8);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.bytes[this.at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  /** int64 of a safe integer. */
  int(value: number): void {
    if (value >= 0) {
      this.uint(value);
      return;
    }
    this.bigint(BigInt(value));
  }

  /** 64 bits, two's complement. */
  bigint(value: bigint): void {
    if (this.at + 10 > this.bytes.length) this.grow(10);
    let low = Number(BigInt.asUintN(32, value));
    let high = Number(BigInt.asUintN(32, value >> 32n));
    while (high !== 0) {
      this.bytes[this.at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    while (low > 0x7f) {
      this.bytes[this.at++] = (low & 0x7f) | 0x80;
      low >>>= 7;
    }
    this.bytes[this.at++] = low;
  }

  double(value: number): void {
    if (this.at + 8 > this.bytes.length) this.grow(8);
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  /** Tag, length and text; text must be well-formed. */
  text(tag: number, text: string): void {
    this.tag(tag);
    const { length } = text;
    if (length > 42) {
      this.longText(text);
      return;
    }
    // At most 126 bytes: the length takes one byte, known after the text.
    if (this.at + 1 + length * 3 > this.bytes.length) this.grow(1 + length * 3);
    const written = length > 12 ? this.bytes.write(text, this.at + 1) : this.shortText(text, this.at + 1);
    this.bytes[this.at] = written;
    this.at += 1 + written;
  }

  block(tag: number, block: Uint8Array): void {
    this.tag(tag);
    this.uint(block.length);
    if (this.at + block.length > this.bytes.length) this.grow(block.length);
    this.bytes.set(block, this.at);
    this.at += block.length;
  }

  /** Begins a nested message; give the result to `close`. Marks are relative to the message: the chunk may change. */
  open(tag: number): number {
    this.tag(tag);
    if (this.at === this.bytes.length) this.grow(1);
    this.at += 1;
    return this.at - this.start;
  }

  close(mark: number): void {
    const from = this.start + mark;
    const length = this.at - from;
    if (length < 0x80) {
      this.bytes[from - 1] = length;
      return;
    }
    const more = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4;
    if (this.at + more > this.bytes.length) this.grow(more);
    const first = this.start + mark;
    this.bytes.copyWithin(first + more, first, this.at);
    this.at = first - 1;
    this.uint(length);
    this.at = first + more + length;
  }

  private longText(text: string): void {
    const length = Buffer.byteLength(text);
    this.uint(length);
    if (this.at + length > this.bytes.length) this.grow(length);
    this.bytes.write(text, this.at);
    this.at += length;
  }

  /** ASCII by hand: for a few characters the call into the runtime costs more than they do. */
  private shortText(text: string, at: number): number {
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return this.bytes.write(text, at);
      this.bytes[at + index] = code;
    }
    return text.length;
  }

  /** A new chunk that begins with the unfinished message; finished ones keep the old. */
  private grow(more: number): void {
    const { length } = this;
    const bytes = Buffer.allocUnsafeSlow(Math.max(chunkBytes, (length + more) * 2));
    this.bytes.copy(bytes, 0, this.start, this.at);
    this.bytes = bytes;
    this.start = 0;
    this.at = length;
  }
}
