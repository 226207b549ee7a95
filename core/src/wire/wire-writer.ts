/** Writes protobuf into one growing buffer; lengths in as few bytes as possible, fields in the order of the calls. */
export class WireWriter {
  private bytes = Buffer.allocUnsafe(1024);
  private at = 0;

  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.at));
  }

  tag(field: number, wireType: number): void {
    this.varint(BigInt((field << 3) | wireType));
  }

  /** Unsigned 64-bit; a negative value is written as its two's complement. */
  varint(value: bigint): void {
    this.reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.bytes[this.at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.at++] = Number(rest);
  }

  fixed64(value: bigint): void {
    this.reserve(8);
    this.at = this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.at);
  }

  double(value: number): void {
    this.reserve(8);
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  /** A length and the bytes. */
  block(bytes: Uint8Array): void {
    this.varint(BigInt(bytes.length));
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** A length and what `write` writes; the length is put before it when it is known. */
  nested(write: () => void): void {
    this.reserve(1);
    this.at += 1;
    const start = this.at;
    write();
    const length = this.at - start;
    const prefix = lengthOfVarint(length);
    this.reserve(prefix);
    this.bytes.copyWithin(start - 1 + prefix, start, this.at);
    this.at = start - 1;
    this.varint(BigInt(length));
    this.at += length;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + more));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}

function lengthOfVarint(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) length += 1;
  return length;
}
