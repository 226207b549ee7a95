/** Hot path: SegmentObject bytes to spans. Mutable and reused; equal keys and short texts become the same strings. */
import {
  AttributesBuilder,
  ShapeTable,
  StringTable,
  WireReader,
  type Resource,
  type ResourceSpans,
  type Scope,
  type SegmentRef,
  type Span,
  type SpanAttributes,
  type SpanEvent,
} from '@meterlark/core';
import { readCollection } from './collection.js';
import { bounded, demandName, unusable } from './fault.js';
import { SpanDraft } from './span-draft.js';
import { SourceTable, traceNames } from './source-table.js';

export interface SegmentReaderLimits {
  /** Spans, references, tags and logs of one message. */
  readonly maxItems: number;
  readonly maxSources: number;
}

const nothing = new WireReader(Buffer.alloc(0), { items: 0 });
const scope: Scope = { name: '', version: '', attributes: new Map() };

export class SegmentReader {
  readonly sources: SourceTable;
  private readonly strings = new StringTable({ maxEntries: 50_000, maxBytes: 4 * 1024 * 1024, maxKeyBytes: 128 });
  private readonly attributes = new AttributesBuilder(new ShapeTable(20_000, 128));
  private readonly draft = new SpanDraft();
  /** Where the spans of the segment lie: start and end of each. */
  private readonly places: number[] = [];
  private reader = nothing;
  private traceId = '';
  private segmentId = '';
  private service = '';
  private instance = '';

  constructor(private readonly limits: SegmentReaderLimits) {
    this.sources = new SourceTable(traceNames, limits.maxSources);
  }

  /** Throws WireFault or UnusableMessage. */
  segment(body: Buffer): ResourceSpans {
    return this.read(new WireReader(body, { items: this.limits.maxItems }));
  }

  /** Segments of a SegmentCollection; `refused` hears of each that cannot be used. */
  collection(body: Buffer, refused: (error: unknown) => void): readonly ResourceSpans[] {
    const reader = new WireReader(body, { items: this.limits.maxItems });
    return readCollection(reader, (element) => this.read(element), refused);
  }

  private read(reader: WireReader): ResourceSpans {
    this.reader = reader;
    // A segment that was refused half-way has left its tags.
    this.attributes.finish();
    try {
      this.readHeader();
      return { resource: this.resource(), scopes: [{ scope, spans: this.readSpans() }] };
    } finally {
      this.reader = nothing;
    }
  }

  private resource(): Resource {
    const { traceId, segmentId, service, instance } = this;
    if (traceId === '' || segmentId === '') unusable('no_id');
    bounded(traceId);
    bounded(segmentId);
    if (this.places.length === 0) unusable('no_span');
    return this.sources.resource(demandName(service, 'no_service'), bounded(instance));
  }

  private readSpans(): readonly Span[] {
    const { places, reader } = this;
    const spans: Span[] = [];
    for (let index = 0; index < places.length; index += 2) {
      reader.pos = places[index] ?? 0;
      reader.limit = places[index + 1] ?? 0;
      this.readSpan();
      spans.push(this.draft.finish(this.traceId, this.segmentId));
    }
    return spans;
  }

  /** Spans may come before the ids that they need, so they are read later. */
  private readHeader(): void {
    const { reader, strings, places } = this;
    places.length = 0;
    this.traceId = this.segmentId = this.service = this.instance = '';
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      switch (tag) {
        case 10: this.traceId = this.text(); break;
        case 18: this.segmentId = this.text(); break;
        case 26: this.place(); break;
        case 34: this.service = strings.read(reader); break;
        case 42: this.instance = strings.read(reader); break;
        default: reader.skip(tag);
      }
    }
  }

  private place(): void {
    this.reader.spendItem();
    const length = this.reader.length();
    this.places.push(this.reader.pos, this.reader.pos + length);
    this.reader.pos += length;
  }

  private readSpan(): void {
    const { reader, strings, draft } = this;
    draft.clear();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      switch (tag) {
        case 8: draft.spanId = this.int32(); break;
        case 16: draft.parentSpanId = this.int32(); break;
        case 24: draft.startMs = reader.uint64(); break;
        case 32: draft.endMs = reader.uint64(); break;
        case 42: draft.refs.push(this.readRef()); break;
        case 50: draft.name = strings.read(reader); break;
        case 58: draft.peer = strings.read(reader); break;
        case 64: draft.type = reader.uint32(); break;
        case 72: draft.layer = reader.uint32(); break;
        case 80: draft.componentId = this.int32(); break;
        case 88: draft.isError = reader.bool(); break;
        case 98: this.readPair(); break;
        case 106: draft.logPlaces.push(reader.pos); reader.passBlock(); break;
        case 112: draft.skipAnalysis = reader.bool(); break;
        default: reader.skip(tag);
      }
    }
    draft.attributes = this.attributes.finish();
    // Afterwards, because tags and logs are collected in the same place.
    for (const at of draft.logPlaces) draft.events.push(this.readLog(at));
  }

  private readRef(): SegmentRef {
    const { reader, strings } = this;
    let type: SegmentRef['type'] = 'CROSS_PROCESS';
    let traceId = '', parentSegmentId = '', parentService = '', parentInstance = '', parentEndpoint = '', networkAddress = '';
    let parentSpanId = 0;
    reader.spendItem();
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      switch (tag) {
        case 8: type = reader.uint32() === 1 ? 'CROSS_THREAD' : 'CROSS_PROCESS'; break;
        case 18: traceId = this.text(); break;
        case 26: parentSegmentId = this.text(); break;
        case 32: parentSpanId = this.int32(); break;
        case 42: parentService = strings.read(reader); break;
        case 50: parentInstance = strings.read(reader); break;
        case 58: parentEndpoint = strings.read(reader); break;
        case 66: networkAddress = strings.read(reader); break;
        default: reader.skip(tag);
      }
    }
    reader.leave(outer);
    return { type, traceId, parentSegmentId, parentSpanId, parentService, parentInstance, parentEndpoint, networkAddress };
  }

  private readPair(): void {
    const { reader, strings } = this;
    let key = '', value = '';
    reader.spendItem();
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) key = strings.read(reader);
      else if (tag === 18) value = strings.read(reader);
      else reader.skip(tag);
    }
    reader.leave(outer);
    this.attributes.add(key, value);
  }

  private readLog(at: number): SpanEvent {
    const { reader } = this;
    let timeMs = 0;
    reader.pos = at;
    reader.spendItem();
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 8) timeMs = reader.uint64();
      else if (tag === 18) this.readPair();
      else reader.skip(tag);
    }
    reader.leave(outer);
    return eventOf(timeMs, this.attributes.finish());
  }

  /** Ids are met once or twice: not worth keeping. */
  private text(): string {
    const length = this.reader.length();
    const start = this.reader.pos;
    this.reader.pos = start + length;
    return this.reader.bytes.toString('utf8', start, start + length);
  }

  /** Negative ones come as ten bytes. */
  private int32(): number {
    return this.reader.uint32() | 0;
  }
}

function eventOf(timeMs: number, attributes: SpanAttributes): SpanEvent {
  const place = attributes.shape.indexOf('event');
  const name = place < 0 ? '' : attributes.values[place];
  return { timeUs: Number.isSafeInteger(timeMs * 1000) ? timeMs * 1000 : 0, name: typeof name === 'string' ? name : '', attributes };
}
