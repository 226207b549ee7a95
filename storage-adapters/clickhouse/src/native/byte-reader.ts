// Hot path: the elementary encodings of ClickHouse's Native format, with every read checked against the end.
import { storageErrors } from '../errors.js';

export class ByteReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  varUInt(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.bytes[this.take(1)]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  uint64(): number {
    const from = this.take(8);
    return this.bytes.readUInt32LE(from) + this.bytes.readUInt32LE(from + 4) * 0x1_0000_0000;
  }

  string(): string {
    const size = this.varUInt();
    const from = this.take(size);
    return this.bytes.toString('utf8', from, from + size);
  }

  strings(count: number): string[] {
    this.expect(count);
    const values = new Array<string>(count);
    for (let index = 0; index < count; index += 1) values[index] = this.string();
    return values;
  }

  uint8s(count: number): Uint8Array {
    return new Uint8Array(this.copy(count));
  }

  uint16s(count: number): Uint16Array {
    return new Uint16Array(this.copy(count * 2));
  }

  uint32s(count: number): Uint32Array {
    return new Uint32Array(this.copy(count * 4));
  }

  floats(count: number): Float64Array {
    return new Float64Array(this.copy(count * 8));
  }

  bits(count: number): BigUint64Array {
    return new BigUint64Array(this.copy(count * 8));
  }

  /** As numbers: exact within ±2^53, which times and bounds are. */
  int64s(count: number): Float64Array {
    const words = new Uint32Array(this.copy(count * 8));
    const values = new Float64Array(count);
    for (let index = 0; index < count; index += 1) {
      values[index] = (words[index * 2 + 1]! | 0) * 0x1_0000_0000 + words[index * 2]!;
    }
    return values;
  }

  /** Bytes of its own, so that wider types are aligned. */
  private copy(size: number): ArrayBuffer {
    const from = this.take(size);
    const copy = new ArrayBuffer(size);
    new Uint8Array(copy).set(this.bytes.subarray(from, from + size));
    return copy;
  }

  private take(size: number): number {
    this.expect(size);
    const from = this.at;
    this.at += size;
    return from;
  }

  /** Nothing is allocated for more elements than there are bytes left. */
  private expect(atLeast: number): void {
    if (this.at + atLeast > this.bytes.length) {
      throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: `ends at byte ${this.bytes.length}` });
    }
  }
}
