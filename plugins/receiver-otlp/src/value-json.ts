/**
 * Arrays and maps of OTLP as JSON text, straight from their bytes and no longer than a limit: integers keep all their
 * digits, bytes are base64, values that are not set null. A key that is repeated stays so: whoever parses it takes the last.
 */
import { cutText, wholeEnd, type WireReader } from '@meterlark/core';
import { deepestValue, findValue, valueTags } from './any-value.js';

export class ValueJson {
  private out = '';
  private isFull = false;

  constructor(private readonly maxBytes: number) {}

  /** The last text is the beginning of what it would have been. */
  get isCut(): boolean {
    return this.isFull;
  }

  /** The reader stands at the length of an array or a map; afterwards anywhere in it. */
  read(reader: WireReader, tag: number): string {
    this.out = '';
    this.isFull = false;
    this.list(reader, tag, 1);
    return this.finish();
  }

  private finish(): string {
    const { out, maxBytes } = this;
    this.out = '';
    // A character of UTF-16 has at most three bytes, so that most texts need no count.
    if (out.length * 3 <= maxBytes || Buffer.byteLength(out) <= maxBytes) return out;
    this.isFull = true;
    const bytes = Buffer.from(out);
    return bytes.toString('utf8', 0, wholeEnd(bytes, maxBytes));
  }

  private list(reader: WireReader, tag: number, depth: number): void {
    if (depth > deepestValue) reader.fault('attribute value nested too deeply');
    const isMap = tag === valueTags.map;
    const outer = reader.enter();
    const end = reader.limit;
    this.put(isMap ? '{' : '[');
    let isFirst = true;
    while (reader.pos < reader.limit && !this.isFull) {
      const next = reader.tag();
      if (next !== 10) {
        reader.skip(next);
        continue;
      }
      if (!isFirst) this.put(',');
      isFirst = false;
      if (isMap) this.entry(reader, depth);
      else this.value(reader, depth);
    }
    if (!this.isFull) this.put(isMap ? '}' : ']');
    reader.pos = end;
    reader.leave(outer);
  }

  /** The value may come before its key, and both more than once: the last counts. */
  private entry(reader: WireReader, depth: number): void {
    let keyAt = 0;
    let keyLength = 0;
    let valueAt = -1;
    reader.spendItem();
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) {
        keyLength = reader.length();
        keyAt = reader.pos;
        reader.pos += keyLength;
      } else if (tag === 18) {
        valueAt = reader.pos;
        reader.passBlock();
      } else reader.skip(tag);
    }
    this.text(reader, keyAt, keyLength);
    this.put(':');
    const end = reader.pos;
    reader.pos = valueAt;
    if (valueAt < 0) this.put('null');
    else this.value(reader, depth);
    reader.pos = end;
    reader.leave(outer);
  }

  private value(reader: WireReader, depth: number): void {
    reader.spendItem();
    const outer = reader.enter();
    const end = reader.limit;
    const tag = findValue(reader);
    switch (tag) {
      case valueTags.text: {
        const length = reader.length();
        this.text(reader, reader.pos, length);
        break;
      }
      case valueTags.flag: this.put(String(reader.bool())); break;
      case valueTags.integer: this.put(String(reader.int64())); break;
      case valueTags.double: this.put(jsonNumber(reader.double())); break;
      case valueTags.array:
      case valueTags.map: this.list(reader, tag, depth + 1); break;
      case valueTags.bytes: this.bytes(reader); break;
      default: this.put('null');
    }
    reader.pos = end;
    reader.leave(outer);
  }

  /** No more of it is decoded than there is room for. */
  private text({ bytes }: WireReader, start: number, length: number): void {
    const room = this.room;
    const quoted = JSON.stringify(cutText(bytes, start, length, room));
    this.put(length > room ? quoted.slice(0, -1) : quoted);
    if (length > room) this.isFull = true;
  }

  private bytes(reader: WireReader): void {
    const length = reader.length();
    const room = this.room;
    const taken = length > room ? room - (room % 3) : length;
    this.put(`"${reader.bytes.toString('base64', reader.pos, reader.pos + taken)}`);
    if (length > room) this.isFull = true;
    else this.put('"');
  }

  private put(text: string): void {
    this.out += text;
    if (this.out.length > this.maxBytes) this.isFull = true;
  }

  private get room(): number {
    return Math.max(0, this.maxBytes - this.out.length);
  }
}

/** What is no number of JSON is text, as in protobuf's JSON form. */
function jsonNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}
