/** Hot path: an any-value as text of a bounded length: the body of a log record, and attributes too long to be values. */
import { cutText, type LogContentType, type WireReader } from '@meterlark/core';
import { findValue, valueTags } from './any-value.js';
import { ValueJson } from './value-json.js';

export class ValueText {
  text = '';
  contentType: LogContentType = 'text';
  /** Length of what was cut, in bytes as they were sent; 0 when the text is whole. */
  cutFrom = 0;
  private readonly json: ValueJson;

  constructor(private readonly maxBytes: number) {
    this.json = new ValueJson(maxBytes);
  }

  clear(): void {
    this.text = '';
    this.contentType = 'text';
    this.cutFrom = 0;
  }

  /** The reader stands at the length of the any-value, afterwards behind it. */
  read(reader: WireReader): void {
    this.clear();
    reader.spendItem();
    const outer = reader.enter();
    const end = reader.limit;
    const tag = findValue(reader);
    switch (tag) {
      case valueTags.text: this.readText(reader); break;
      case valueTags.flag: this.text = String(reader.bool()); break;
      case valueTags.integer: this.text = String(reader.int64()); break;
      case valueTags.double: this.text = String(reader.double()); break;
      case valueTags.array:
      case valueTags.map: this.readJson(reader, tag); break;
      case valueTags.bytes: this.readBytes(reader); break;
      default:
    }
    reader.pos = end;
    reader.leave(outer);
  }

  private readText(reader: WireReader): void {
    const length = reader.length();
    this.text = cutText(reader.bytes, reader.pos, length, this.maxBytes);
    if (length > this.maxBytes) this.cutFrom = length;
  }

  private readJson(reader: WireReader, tag: number): void {
    const { pos } = reader;
    const length = reader.length();
    reader.pos = pos;
    this.text = this.json.read(reader, tag);
    this.contentType = 'json';
    if (this.json.isCut) this.cutFrom = length;
  }

  /** Three bytes become four characters. */
  private readBytes(reader: WireReader): void {
    const length = reader.length();
    const taken = Math.min(length, Math.floor(this.maxBytes / 4) * 3);
    this.text = reader.bytes.toString('base64', reader.pos, reader.pos + taken);
    if (length > taken) this.cutFrom = length;
  }
}
