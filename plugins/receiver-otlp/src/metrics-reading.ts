import type { Attributes, WireReader } from '@meterlark/core';
import { ByteRuns } from './byte-runs.js';
import { noAttributes, noBounds, type Bounds, type Interns } from './interns.js';

/** Hot path: one request while it is read; scratch space and what was refused so far. */
export class MetricsReading {
  points = 0;
  rejected = 0;
  /** Why the first refused point was refused. */
  reason = '';
  readonly attributeRuns = new ByteRuns();
  readonly boundRuns = new ByteRuns();

  constructor(
    readonly reader: WireReader,
    readonly interns: Interns,
  ) {}

  beginPoint(): number {
    this.reader.spendItem();
    this.attributeRuns.clear();
    return this.reader.enter();
  }

  reject(reason: string): void {
    this.rejected += 1;
    if (this.reason === '') this.reason = reason;
  }

  /** `from`: where the one-byte tag, already read, lies; takes the key-values that follow it with the same tag. */
  passAttributes(tag: number, from: number): void {
    const { reader } = this;
    reader.passBlock();
    while (reader.pos < reader.limit && reader.view.getUint8(reader.pos) === tag) {
      reader.pos += 1;
      reader.passBlock();
    }
    this.attributeRuns.add(from, reader.pos);
  }

  attributes(read: (reader: WireReader, start: number, end: number) => Attributes): Attributes {
    return this.attributeRuns.read(this.reader, read) ?? noAttributes;
  }

  passBounds(length: number): void {
    const { reader } = this;
    this.boundRuns.add(reader.pos, reader.pos + length);
    reader.pos += length;
  }

  bounds(): Bounds {
    return this.boundRuns.read(this.reader, this.interns.bounds) ?? noBounds;
  }
}
