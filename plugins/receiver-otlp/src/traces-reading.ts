import type { WireReader } from '@meterlark/core';
import type { Interns } from './interns.js';
import { SpanAttributesReading } from './span-attributes.js';
import type { SpanIds } from './span-ids.js';

/** Hot path: one request while it is read; scratch space and what was refused so far. */
export class TracesReading {
  points = 0;
  rejected = 0;
  /** Why the first refused span was refused. */
  reason = '';
  readonly ids: SpanIds;
  readonly attributes: SpanAttributesReading;
  /** Of events and links, which come while the span's own are not finished. */
  readonly innerAttributes: SpanAttributesReading;

  constructor(
    readonly reader: WireReader,
    readonly interns: Interns,
  ) {
    this.ids = interns.ids;
    this.attributes = new SpanAttributesReading(interns);
    this.innerAttributes = new SpanAttributesReading(interns);
  }

  reject(reason: string): void {
    this.rejected += 1;
    if (this.reason === '') this.reason = reason;
  }
}
