import { WireFault, type WireReader } from '@meterlark/core';

/**
 * Hot path: where one field's bytes lie in a message. Nearly always that is one run; a sender that interleaves
 * repeated fields, or splits a message field (protobuf then merges its parts), makes more.
 */
export class ByteRuns {
  start = -1;
  end = -1;
  private more: number[] | undefined;

  clear(): void {
    this.start = -1;
    this.end = -1;
    this.more = undefined;
  }

  add(start: number, end: number): void {
    if (this.start < 0) {
      this.start = start;
      this.end = end;
    } else if (this.end === start) {
      this.end = end;
    } else {
      (this.more ??= []).push(start, end);
    }
  }

  /** Passes over a length and so many bytes, and takes those bytes. */
  pass(reader: WireReader): void {
    const length = reader.length();
    this.add(reader.pos, reader.pos + length);
    reader.pos += length;
  }

  /** Hands the bytes to `read` as one range; undefined when there are none. */
  read<T>(reader: WireReader, read: (reader: WireReader, start: number, end: number) => T): T | undefined {
    if (this.start < 0) return undefined;
    if (this.more === undefined) return read(reader, this.start, this.end);
    const joined = this.join(reader, this.more);
    try {
      return read(joined, 0, joined.bytes.length);
    } catch (error) {
      // Offsets inside the joined copy mean nothing to the sender: name where the field starts.
      throw error instanceof WireFault ? new WireFault(error.reason, this.start, error.kind) : error;
    }
  }

  private join(reader: WireReader, more: readonly number[]): WireReader {
    let length = this.end - this.start;
    for (let index = 0; index < more.length; index += 2) length += more[index + 1]! - more[index]!;
    const joined = Buffer.allocUnsafe(length);
    let at = reader.bytes.copy(joined, 0, this.start, this.end);
    for (let index = 0; index < more.length; index += 2) at += reader.bytes.copy(joined, at, more[index], more[index + 1]);
    return reader.over(joined);
  }
}
