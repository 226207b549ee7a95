/** Hot path: LogData bytes to log records. Mutable and reused; equal keys and short texts become the same strings. */
import { AttributesBuilder, cutText, ShapeTable, StringTable, WireReader, type Log, type LogContentType } from '@meterlark/core';
import { readCollection } from './collection.js';
import { bounded, unusable } from './fault.js';

/** Who and what; "" for what the message leaves to an earlier one. */
export interface LogEntry {
  readonly service: string;
  readonly instance: string;
  readonly layer: string;
  readonly log: Log;
  readonly isBodyCut: boolean;
  /** Values of tags that were cut. */
  readonly tagsCut: number;
}

export interface LogReaderLimits {
  /** Records and tags of one message. */
  readonly maxItems: number;
  /** Bytes of a body, and of the value of each tag. */
  readonly maxTextBytes: number;
}

/** Bytes of a name of 1024 characters, at most. */
const maxNameBytes = 4 * 1024;
/** Characters of a severity, which is a word. */
const maxSeverityLength = 64;
/** What agents say in place of a trace id, outside of a trace and inside of one that is not recorded. */
const noTraces: ReadonlySet<string> = new Set(['N/A', 'Ignored_Trace']);

const nothing = new WireReader(Buffer.alloc(0), { items: 0 });

export class LogReader {
  private readonly strings = new StringTable({ maxEntries: 50_000, maxBytes: 4 * 1024 * 1024, maxKeyBytes: 128 });
  private readonly attributes = new AttributesBuilder(new ShapeTable(20_000, 128));
  private reader = nothing;
  private body = '';
  private contentType: LogContentType = 'text';
  /** Bytes of a body that was cut, as sent; 0 when it is whole. */
  private cutFrom = 0;
  private tagsCut = 0;
  private level = '';
  private traceId = '';
  private segmentId = '';
  private spanId = 0;

  constructor(private readonly limits: LogReaderLimits) {}

  /** Throws WireFault or UnusableMessage. */
  one(bytes: Buffer): LogEntry {
    return this.read(new WireReader(bytes, { items: this.limits.maxItems }));
  }

  /** Records of a message that lists them in its field 1; `refused` hears of each that cannot be used. */
  collection(bytes: Buffer, refused: (error: unknown) => void): readonly LogEntry[] {
    const reader = new WireReader(bytes, { items: this.limits.maxItems });
    return readCollection(reader, (element) => this.read(element), refused);
  }

  private read(reader: WireReader): LogEntry {
    this.reader = reader;
    this.clear();
    try {
      return this.readEntry();
    } finally {
      this.reader = nothing;
    }
  }

  private clear(): void {
    // A record that was refused half-way has left its tags.
    this.attributes.finish();
    this.body = this.level = this.traceId = this.segmentId = '';
    this.contentType = 'text';
    this.cutFrom = this.tagsCut = this.spanId = 0;
  }

  private readEntry(): LogEntry {
    const { reader } = this;
    let service = '', instance = '', layer = '', endpoint = '';
    let timeMs = 0;
    reader.spendItem();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      switch (tag) {
        case 8: timeMs = reader.uint64(); break;
        case 18: service = this.name(); break;
        case 26: instance = this.name(); break;
        case 34: endpoint = this.name(); break;
        case 42: this.readBody(); break;
        case 50: this.readTraceContext(); break;
        case 58: this.readTags(); break;
        case 66: layer = this.name(); break;
        default: reader.skip(tag);
      }
    }
    return { service, instance, layer, log: this.log(timeMs, endpoint), isBodyCut: this.cutFrom > 0, tagsCut: this.tagsCut };
  }

  private log(timeMs: number, endpoint: string): Log {
    const { attributes, body, contentType, level, segmentId } = this;
    const timeUs = timeMs * 1000;
    if (!Number.isSafeInteger(timeUs)) unusable('bad_time');
    if (this.cutFrom > 0) attributes.add('log.body.truncated', this.cutFrom);
    if (this.tagsCut > 0) attributes.add('log.attributes.truncated', this.tagsCut);
    const hasTrace = this.traceId !== '' && !noTraces.has(this.traceId);
    const hasSpan = hasTrace && segmentId !== '' && this.spanId >= 0;
    return {
      timeUs,
      traceId: hasTrace ? this.traceId : '',
      spanId: hasSpan ? `${segmentId}.${this.spanId}` : '',
      severity: level.length <= maxSeverityLength ? level : '',
      contentType,
      body,
      attributes: attributes.finish(),
      endpoint,
    };
  }

  /** Kind of content, then the content itself, both a message of one field. */
  private readBody(): void {
    const { reader } = this;
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 18) this.readContent('text', 10);
      else if (tag === 26) this.readContent('json', 10);
      else if (tag === 34) this.readContent('yaml', 10);
      else reader.skip(tag);
    }
    reader.leave(outer);
  }

  private readContent(contentType: LogContentType, contentTag: number): void {
    const { reader } = this;
    this.contentType = contentType;
    this.body = '';
    this.cutFrom = 0;
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag !== contentTag) {
        reader.skip(tag);
        continue;
      }
      const length = reader.length();
      this.body = cutText(reader.bytes, reader.pos, length, this.limits.maxTextBytes);
      this.cutFrom = length > this.limits.maxTextBytes ? length : 0;
      reader.pos += length;
    }
    reader.leave(outer);
  }

  private readTraceContext(): void {
    const { reader } = this;
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) this.traceId = this.id();
      else if (tag === 18) this.segmentId = this.id();
      else if (tag === 24) this.spanId = reader.uint32() | 0;
      else reader.skip(tag);
    }
    reader.leave(outer);
  }

  private readTags(): void {
    const { reader } = this;
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) this.readTag();
      else reader.skip(tag);
    }
    reader.leave(outer);
  }

  private readTag(): void {
    const { reader } = this;
    let key = '', value = '';
    reader.spendItem();
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) key = this.name();
      else if (tag === 18) value = this.tagValue();
      else reader.skip(tag);
    }
    reader.leave(outer);
    if (key === 'level') this.level = value;
    this.attributes.add(key, value);
  }

  private tagValue(): string {
    const { reader, limits } = this;
    const { pos } = reader;
    const length = reader.length();
    if (length <= limits.maxTextBytes) {
      reader.pos = pos;
      return this.strings.read(reader);
    }
    const start = reader.pos;
    reader.pos = start + length;
    this.tagsCut += 1;
    return cutText(reader.bytes, start, length, limits.maxTextBytes);
  }

  /** Names become keys. */
  private name(): string {
    const { reader } = this;
    const { pos } = reader;
    if (reader.length() > maxNameBytes) unusable('long_name');
    reader.pos = pos;
    return bounded(this.strings.read(reader));
  }

  /** Ids are met once or twice: not worth keeping. */
  private id(): string {
    const { reader } = this;
    const length = reader.length();
    const start = reader.pos;
    if (length > maxNameBytes) unusable('long_name');
    reader.pos = start + length;
    return bounded(reader.bytes.toString('utf8', start, start + length));
  }
}
