/** Hot path (test/bench/decode.ts): the attributes of one span, event, link or log record while they are read. */
import { AttributesBuilder, type AttributeValue, type SpanAttributes, type StringTable, type WireReader } from '@meterlark/core';
import { readAnyValue } from './attributes.js';
import type { Interns } from './interns.js';
import { peerPlacesOf, type ShapeEdge, type ShapeNode, type ShapeNodes } from './shape-nodes.js';
import { longestShortText, type ShortTexts } from './short-texts.js';

const valueTag = 18;
/** Tags of an any-value's kinds. */
const stringTag = 10;
const integerTag = 24;

export class SpanAttributesReading {
  private readonly nodes: ShapeNodes;
  private readonly strings: StringTable;
  private readonly texts: ShortTexts;
  private node: ShapeNode;
  private values: AttributeValue[] = [];
  /** Takes over where the shapes of the table end: a key that came before, or a shape that is not kept. */
  private loose: AttributesBuilder | undefined;

  constructor(interns: Interns) {
    this.nodes = interns.shapes;
    this.strings = interns.strings;
    this.texts = interns.texts;
    this.node = this.nodes.root;
  }

  begin(): void {
    this.node = this.nodes.root;
    this.values = [];
    this.loose = undefined;
  }

  /** Reads one key-value; the reader stands at its length. */
  read(reader: WireReader): void {
    reader.spendItem();
    const outer = reader.enter();
    const start = reader.pos;
    const edge = this.loose === undefined ? this.node.expected : undefined;
    if (edge === undefined || !edge.take(reader) || !this.readExpected(reader, edge)) {
      reader.pos = start;
      this.readAny(reader);
    }
    reader.leave(outer);
  }

  finish(): SpanAttributes {
    return this.loose === undefined ? { shape: this.node.shape, values: this.values } : this.loose.finish();
  }

  /** The remote side as the attributes of `finish` name it. */
  peer({ shape, values }: SpanAttributes): string {
    for (const place of this.loose === undefined ? this.node.peerPlaces : peerPlacesOf(shape)) {
      const value = values[place];
      if (typeof value === 'string' && value !== '') return value;
    }
    return '';
  }

  /** A value that is neither a short text nor an integer; the reader stands at its length. */
  protected value(reader: WireReader): AttributeValue {
    return readAnyValue(reader, this.strings, 0);
  }

  /** The value of the key that was expected, when nothing comes after it; false leaves the attributes as they were. */
  private readExpected(reader: WireReader, edge: ShapeEdge): boolean {
    const { view, pos, limit } = reader;
    if (pos >= limit || view.getUint8(pos) !== valueTag) return false;
    // Length of what is in the any-value, which has one byte of tag when it is short.
    const length = limit - pos - 3;
    const kind = length > 0 && view.getUint8(pos + 1) === length + 1 ? view.getUint8(pos + 2) : 0;
    let value: AttributeValue;
    if (kind === stringTag && length <= longestShortText && view.getUint8(pos + 3) === length - 1) {
      reader.spendItem();
      reader.pos = limit;
      value = length === 1 ? '' : edge.text(this.texts, reader, pos + 4, length - 1);
    } else if (kind === integerTag) {
      reader.spendItem();
      reader.pos = pos + 3;
      value = reader.int64();
    } else {
      reader.pos = pos + 1;
      value = this.value(reader);
    }
    if (reader.pos !== limit) return false;
    this.values.push(value);
    this.node = edge.node;
    return true;
  }

  /** Any order of fields, any kind of value. */
  private readAny(reader: WireReader): void {
    let key = '';
    let value: AttributeValue;
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) key = this.strings.read(reader);
      else if (tag === valueTag) value = this.value(reader);
      else reader.skip(tag);
    }
    this.add(key, value);
  }

  /** True when the key is among those read so far. */
  has(key: string): boolean {
    if (this.loose === undefined) return this.node.shape.indexOf(key) >= 0;
    const { shape, values } = this.loose.finish();
    shape.keys.forEach((each, place) => this.loose?.add(each, values[place]));
    return shape.indexOf(key) >= 0;
  }

  /** The last value of a key stays. */
  add(key: string, value: AttributeValue): void {
    const edge = this.loose === undefined ? this.nodes.edge(this.node, key) : undefined;
    if (edge === undefined) {
      this.addLoose(key, value);
      return;
    }
    this.node.expected = edge;
    this.node = edge.node;
    this.values.push(value);
  }

  private addLoose(key: string, value: AttributeValue): void {
    if (this.loose === undefined) {
      this.loose = new AttributesBuilder(this.nodes.table);
      this.node.shape.keys.forEach((each, place) => this.loose?.add(each, this.values[place]));
    }
    this.loose.add(key, value);
  }
}
