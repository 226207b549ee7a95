import { cutText, type WireReader } from '@meterlark/core';
import type { Interns } from './interns.js';
import { LogAttributesReading } from './log-attributes.js';
import { longestShortText } from './short-texts.js';
import type { SpanIds } from './span-ids.js';
import { ValueText } from './value-text.js';

/** What of the records of a request was shortened or passed over. */
export interface LogCuts {
  bodies: number;
  /** Attributes, severity texts and event names. */
  values: number;
  /** Trace and span ids of a wrong length. */
  ids: number;
}

/** Severity texts and event names are words. */
const maxNameBytes = 1024;

/** Hot path: one request while it is read; scratch space and what was cut so far. */
export class LogsReading {
  points = 0;
  readonly cuts: LogCuts = { bodies: 0, values: 0, ids: 0 };
  readonly ids: SpanIds;
  readonly body: ValueText;
  readonly attributes: LogAttributesReading;

  constructor(
    readonly reader: WireReader,
    readonly interns: Interns,
    maxBodyBytes: number,
  ) {
    this.ids = interns.ids;
    this.body = new ValueText(maxBodyBytes);
    this.attributes = new LogAttributesReading(interns, maxBodyBytes);
  }

  readName(): string {
    const { reader } = this;
    const { pos } = reader;
    const length = reader.length();
    if (length <= longestShortText) {
      reader.pos = pos;
      return this.interns.texts.read(reader);
    }
    const start = reader.pos;
    reader.pos = start + length;
    if (length > maxNameBytes) this.cuts.values += 1;
    return cutText(reader.bytes, start, length, maxNameBytes);
  }

  /** "" for none; one of a wrong length is none, and counted. */
  readTraceId(): string {
    const id = this.ids.optionalTrace(this.reader);
    if (id === undefined) this.cuts.ids += 1;
    return id ?? '';
  }

  readSpanId(): string {
    const id = this.ids.optionalSpan(this.reader);
    if (id === undefined) this.cuts.ids += 1;
    return id ?? '';
  }
}
