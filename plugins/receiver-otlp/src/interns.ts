/** The tables that make equal parts of requests the same objects, for one receiver. */
import {
  InternTable,
  ShapeTable,
  StringTable,
  type Attributes,
  type InternLimits,
  type Resource,
  type Scope,
  type SelfMetrics,
  type WireReader,
} from '@meterlark/core';
import { messageTag, readAttributes } from './attributes.js';
import { ShapeNodes } from './shape-nodes.js';
import { ShortTexts } from './short-texts.js';
import { SpanIds } from './span-ids.js';

export interface InternSettings {
  /** Entries kept per table, both generations. */
  readonly maxEntries: number;
  /** Key bytes kept per table, both generations. */
  readonly maxBytes: number;
  /** Sets of attribute keys of spans, events and links, in their order. */
  readonly maxShapes: number;
}

/** Explicit bounds and whether they are what OTLP asks for: strictly ascending numbers. */
export interface Bounds {
  readonly values: readonly number[];
  readonly ascending: boolean;
}

const noAttributes: Attributes = new Map();
const noBounds: Bounds = { values: [], ascending: true };
const emptyResource: Resource = { attributes: noAttributes };
const emptyScope: Scope = { name: '', version: '', attributes: noAttributes };

/** Keys of a shape that is kept; a shape of n keys costs n²/2 places, its beginnings being shapes as well. */
const longestShape = 128;

export class Interns {
  readonly strings: StringTable;
  readonly shapes: ShapeNodes;
  readonly ids = new SpanIds();
  readonly texts = new ShortTexts();
  /** Attributes from a run of key-values (tags and lengths included), by the number of their field. */
  readonly attributes1 = this.attributesOf(1);
  readonly attributes7 = this.attributesOf(7);
  readonly attributes9 = this.attributesOf(9);
  private readonly attributeRuns: InternTable<Attributes>;
  private readonly resources: InternTable<Resource>;
  private readonly scopes: InternTable<Scope>;
  private readonly boundRuns: InternTable<Bounds>;

  constructor(settings: InternSettings) {
    const limits: InternLimits = {
      maxEntries: Math.max(1, Math.floor(settings.maxEntries / 2)),
      maxBytes: Math.max(8192, Math.floor(settings.maxBytes / 2)),
      maxKeyBytes: 4096,
    };
    this.strings = new StringTable(limits);
    this.shapes = new ShapeNodes(new ShapeTable(settings.maxShapes, longestShape));
    this.attributeRuns = new InternTable(limits);
    this.resources = new InternTable(limits);
    this.scopes = new InternTable(limits);
    this.boundRuns = new InternTable(limits);
  }

  readonly resource = (reader: WireReader, start: number, end: number): Resource => {
    if (start === end) return emptyResource;
    const known = this.resources.get(reader.view, start, end - start);
    if (known !== undefined) return known;
    const resource = { attributes: within(reader, start, end, () => readAttributes(reader, 10, this.strings)) };
    this.resources.put(reader.view, start, end - start, resource);
    return resource;
  };

  readonly scope = (reader: WireReader, start: number, end: number): Scope => {
    if (start === end) return emptyScope;
    const known = this.scopes.get(reader.view, start, end - start);
    if (known !== undefined) return known;
    const scope = {
      ...within(reader, start, end, () => readNameAndVersion(reader, this.strings)),
      attributes: within(reader, start, end, () => readAttributes(reader, 26, this.strings)),
    };
    this.scopes.put(reader.view, start, end - start, scope);
    return scope;
  };

  /** `start` to `end`: little-endian doubles. */
  readonly bounds = ({ view }: WireReader, start: number, end: number): Bounds => {
    if (start === end) return noBounds;
    const known = this.boundRuns.get(view, start, end - start);
    if (known !== undefined) return known;
    const values = new Array<number>((end - start) >>> 3);
    for (let index = 0; index < values.length; index += 1) values[index] = view.getFloat64(start + 8 * index, true);
    const bounds = { values, ascending: isAscending(values) };
    this.boundRuns.put(view, start, end - start, bounds);
    return bounds;
  };

  /** Shows size, evictions and refusals of the tables on the admin port. */
  observe(metrics: SelfMetrics): void {
    const tables = [this.strings.table, this.attributeRuns, this.resources, this.scopes, this.boundRuns];
    const sum = (read: (table: InternTable<unknown>) => number) => () => tables.reduce((all, table) => all + read(table), 0);
    const prefix = 'meterlark_receiver_otlp_interned';
    metrics.observe(`${prefix}_entries`, 'Parts of requests kept to be recognised.', sum((table) => table.entries));
    metrics.observe(`${prefix}_bytes`, 'Bytes of the keys kept.', sum((table) => table.heldBytes));
    metrics.observe(`${prefix}_evicted_total`, 'Parts forgotten because a table was full.', sum((table) => table.evicted));
    metrics.observe(`${prefix}_refused_total`, 'Parts too long to be kept.', sum((table) => table.refused));
    const { table } = this.shapes;
    metrics.observe('meterlark_receiver_otlp_shapes', 'Sets of attribute keys of spans and log records kept to be recognised.', () => table.size);
    metrics.observe('meterlark_receiver_otlp_shapes_refused_total', 'Attribute keys of spans and log records whose set was one too many, or too long, to be kept.', () => table.refused);
  }

  private attributesOf(field: number): (reader: WireReader, start: number, end: number) => Attributes {
    const tag = messageTag(field);
    return (reader, start, end) =>
      this.attributeRuns.get(reader.view, start, end - start) ?? this.newAttributes(reader, start, end, tag);
  }

  /**
   * Runs of different point kinds differ in their tags only: the same key-values under field 1 are the shared
   * entry, so a set of attributes is one object in gauges and histograms alike.
   */
  private newAttributes(reader: WireReader, start: number, end: number, tag: number): Attributes {
    const own = within(reader, start, end, () => readAttributes(reader, tag, this.strings));
    const shared = tag === 10 ? own : this.sharedAttributes(reader, start, end, own);
    this.attributeRuns.put(reader.view, start, end - start, shared);
    return shared;
  }

  private sharedAttributes(reader: WireReader, start: number, end: number, own: Attributes): Attributes {
    const canonical = reader.over(Buffer.from(reader.bytes.subarray(start, end)));
    // One-byte tags only: a field number spelt in more bytes than needed keeps an entry of its own.
    while (canonical.pos < canonical.limit) {
      if (canonical.view.getUint8(canonical.pos) >= 0x80) return own;
      canonical.view.setUint8(canonical.pos, 10);
      canonical.pos += 1;
      canonical.passBlock();
    }
    const known = this.attributeRuns.get(canonical.view, 0, canonical.limit);
    if (known === undefined) this.attributeRuns.put(canonical.view, 0, canonical.limit, own);
    return known ?? own;
  }
}

export { noAttributes, noBounds, emptyResource, emptyScope };

function readNameAndVersion(reader: WireReader, strings: StringTable): { name: string; version: string } {
  const found = { name: '', version: '' };
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) found.name = strings.read(reader);
    else if (tag === 18) found.version = strings.read(reader);
    else reader.skip(tag);
  }
  return found;
}

/** Reads from a range that the reader has passed already, and puts the reader back. */
function within<T>(reader: WireReader, start: number, end: number, read: () => T): T {
  const { pos, limit } = reader;
  reader.pos = start;
  reader.limit = end;
  const result = read();
  reader.pos = pos;
  reader.limit = limit;
  return result;
}

function isAscending(values: readonly number[]): boolean {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (Number.isNaN(value) || (index > 0 && value <= values[index - 1]!)) return false;
  }
  return true;
}
