/** Hot path (test/bench/decode.ts): spans, their events and links. Tags are field number × 8 + wire type. */
import type { Span, SpanEvent, SpanKind, SpanLink, SpanStatus, WireReader } from '@meterlark/core';
import type { TracesReading } from './traces-reading.js';

const kinds: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const statuses: readonly SpanStatus[] = ['unset', 'ok', 'error'];
const noEvents: readonly SpanEvent[] = [];
const noLinks: readonly SpanLink[] = [];

const nanosPer32Bits = 4_294_967_296;

/** undefined for a span without usable ids; the reading counts it. */
export function readSpan(reading: TracesReading): Span | undefined {
  const { reader, attributes, ids } = reading;
  const { texts } = reading.interns;
  const draft = new SpanDraft();
  attributes.begin();
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case 10: draft.traceId = ids.trace(reader); break;
      case 18: draft.spanId = ids.span(reader); break;
      case 26: draft.traceState = texts.read(reader); break;
      case 34: draft.parentSpanId = ids.parent(reader); break;
      case 42: draft.name = texts.read(reader); break;
      case 48: draft.kind = kinds[reader.uint32()] ?? 'unspecified'; break;
      case 57: draft.readStart(reader); break;
      case 65: draft.readEnd(reader); break;
      case 74: attributes.read(reader); break;
      case 90: draft.addEvent(readEvent(reading)); break;
      case 106: draft.addLink(readLink(reading)); break;
      case 122: draft.readStatus(reader, reading); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  return draft.finish(reading);
}

class SpanDraft {
  traceId = '';
  spanId = '';
  traceState = '';
  /** undefined for what is no span id. */
  parentSpanId: string | undefined = '';
  name = '';
  kind: SpanKind = 'unspecified';
  private startHigh = 0;
  private startLow = 0;
  private endHigh = 0;
  private endLow = 0;
  private code = 0;
  private deprecatedCode = 0;
  private statusMessage = '';
  private events: SpanEvent[] | undefined;
  private links: SpanLink[] | undefined;

  readStart(reader: WireReader): void {
    reader.fixed64Halves();
    this.startHigh = reader.high;
    this.startLow = reader.low;
  }

  readEnd(reader: WireReader): void {
    reader.fixed64Halves();
    this.endHigh = reader.high;
    this.endLow = reader.low;
  }

  addEvent(event: SpanEvent): void {
    (this.events ??= []).push(event);
  }

  addLink(link: SpanLink): void {
    (this.links ??= []).push(link);
  }

  /** Parts of a status merge. */
  readStatus(reader: WireReader, { interns }: TracesReading): void {
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 8) this.deprecatedCode = reader.uint32();
      else if (tag === 18) this.statusMessage = interns.texts.read(reader);
      else if (tag === 24) this.code = reader.uint32();
      else reader.skip(tag);
    }
    reader.leave(outer);
  }

  finish(reading: TracesReading): Span | undefined {
    const { traceId, spanId, parentSpanId } = this;
    if (traceId === '' || spanId === '' || parentSpanId === undefined) {
      reading.reject(reading.ids.fault === '' ? `a span has no ${traceId === '' ? 'trace' : 'span'} id` : reading.ids.fault);
      reading.ids.fault = '';
      return undefined;
    }
    reading.points += 1;
    const attributes = reading.attributes.finish();
    return {
      traceId,
      spanId,
      parentSpanId,
      traceState: this.traceState,
      name: this.name,
      kind: this.kind,
      startUs: nanosToUs(this.startHigh, this.startLow),
      durationNs: this.durationNs(),
      status: this.status(),
      statusMessage: this.statusMessage,
      attributes,
      events: this.events ?? noEvents,
      links: this.links ?? noLinks,
      peer: reading.attributes.peer(attributes),
      segment: undefined,
    };
  }

  /** Exact for spans of up to 104 days; an end before the start, or none, is a duration of 0. */
  private durationNs(): number {
    return Math.max(0, (this.endHigh - this.startHigh) * nanosPer32Bits + (this.endLow - this.startLow));
  }

  /** Senders of before OTLP 0.6 say nothing in `code`, and in the field before it any code but 0 is an error. */
  private status(): SpanStatus {
    if (this.code === 0 && this.deprecatedCode !== 0) return 'error';
    return statuses[this.code] ?? 'unset';
  }
}

function readEvent(reading: TracesReading): SpanEvent {
  const { reader, innerAttributes } = reading;
  let timeUs = 0;
  let name = '';
  innerAttributes.begin();
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 9) {
      reader.fixed64Halves();
      timeUs = nanosToUs(reader.high, reader.low);
    } else if (tag === 18) name = reading.interns.texts.read(reader);
    else if (tag === 26) innerAttributes.read(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { timeUs, name, attributes: innerAttributes.finish() };
}

/** Ids as they were sent, whatever their length: a link that leads nowhere does no harm. */
function readLink(reading: TracesReading): SpanLink {
  const { reader, innerAttributes } = reading;
  let traceId = '';
  let spanId = '';
  let traceState = '';
  innerAttributes.begin();
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) traceId = reader.hex();
    else if (tag === 18) spanId = reader.hex();
    else if (tag === 26) traceState = reading.interns.texts.read(reader);
    else if (tag === 34) innerAttributes.read(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { traceId, spanId, traceState, attributes: innerAttributes.finish() };
}

/** Unsigned 64-bit nanoseconds (halves) to whole microseconds; 2^32 ns are 4294967 µs and 296 ns. */
export function nanosToUs(high: number, low: number): number {
  return high * 4_294_967 + Math.floor((high * 296 + low) / 1000);
}
