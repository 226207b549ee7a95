import { InternTable, type InternLimits } from './intern-table.js';
import type { WireReader } from './wire-reader.js';

/** Interned strings; longer ones than 128 bytes are made anew. */
export class StringTable {
  readonly table: InternTable<string>;

  constructor(limits: InternLimits) {
    this.table = new InternTable({ ...limits, maxKeyBytes: 128 });
  }

  /** Reads a length-delimited field. Bytes that are not UTF-8 become U+FFFD. */
  read(reader: WireReader): string {
    const length = reader.length();
    const start = reader.pos;
    reader.pos = start + length;
    if (length === 0) return '';
    return this.table.get(reader.view, start, length) ?? this.make(reader, start, length);
  }

  /** Makes and keeps the text of bytes that the table does not know. */
  make(reader: WireReader, start: number, length: number): string {
    const text = reader.bytes.toString('utf8', start, start + length);
    this.table.put(reader.view, start, length, text);
    return text;
  }
}
