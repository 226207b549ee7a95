// Hot path: one growing buffer, reused by every column of a block.

const initialBytes = 64 * 1024;

/** Little-endian output in the elementary encodings of ClickHouse's Native format. */
export class ByteWriter {
  private bytes = Buffer.allocUnsafe(initialBytes);
  private length = 0;

  /** What was written so far, as bytes of its own. */
  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, 0, this.length);
  }

  reset(): void {
    this.length = 0;
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

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
