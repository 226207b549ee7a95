/** Hot path: the attributes of one log record while they are read; values longer than the limit are cut. */
import type { AttributeValue, WireReader } from '@meterlark/core';
import type { Interns } from './interns.js';
import { SpanAttributesReading } from './span-attributes.js';
import { ValueText } from './value-text.js';

export class LogAttributesReading extends SpanAttributesReading {
  /** Values of the record that were cut. */
  cuts = 0;
  private readonly long: ValueText;

  constructor(
    interns: Interns,
    private readonly maxBytes: number,
  ) {
    super(interns);
    this.long = new ValueText(maxBytes);
  }

  override begin(): void {
    super.begin();
    this.cuts = 0;
  }

  /** Lists and maps above the limit become their JSON text, so that the limit holds for them as a whole. */
  protected override value(reader: WireReader): AttributeValue {
    const { pos } = reader;
    const length = reader.length();
    reader.pos = pos;
    if (length <= this.maxBytes) return super.value(reader);
    this.long.read(reader);
    if (this.long.cutFrom > 0) this.cuts += 1;
    return this.long.text;
  }
}
