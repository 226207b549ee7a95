/** Hot path (test/bench/decode.ts): the attributes of one span, event or link while they are read. */
import { AttributesBuilder, type AttributeValue, type SpanAttributes, type StringTable, type WireReader } from '@meterlark/core';
import { readAnyValue } from './attributes.js';
import { peerPlacesOf, type ShapeEdge, type ShapeNode, type ShapeNodes } from './shape-nodes.js';

const valueTag = 18;
const stringValueTag = 10;

export class SpanAttributesReading {
  private node: ShapeNode;
  private values: AttributeValue[] = [];
  /** Takes over where the shapes of the table end: a key that came before, or a shape that is not kept. */
  private loose: AttributesBuilder | undefined;

  constructor(
    private readonly nodes: ShapeNodes,
    private readonly strings: StringTable,
  ) {
    this.node = nodes.root;
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

  /** The value of the key that was expected, when nothing comes after it; false leaves the attributes as they were. */
  private readExpected(reader: WireReader, edge: ShapeEdge): boolean {
    let value: AttributeValue = this.shortText(reader, edge);
    if (value === undefined) {
      if (reader.pos >= reader.limit || reader.view.getUint8(reader.pos) !== valueTag) return false;
      reader.pos += 1;
      value = readAnyValue(reader, this.strings, 0);
      if (reader.pos !== reader.limit) return false;
    }
    this.values.push(value);
    this.node = edge.node;
    return true;
  }

  /** A short text that fills the key-value to its end; undefined for any other value, with the reader where it was. */
  private shortText(reader: WireReader, edge: ShapeEdge): string | undefined {
    const { view, pos, limit } = reader;
    const length = limit - pos - 4;
    if (length < 0 || length > 0x7d) return undefined;
    if (view.getUint8(pos) !== valueTag || view.getUint8(pos + 1) !== length + 2) return undefined;
    if (view.getUint8(pos + 2) !== stringValueTag || view.getUint8(pos + 3) !== length) return undefined;
    reader.spendItem();
    reader.pos = limit;
    return length === 0 ? '' : edge.text(this.strings, reader, pos + 4, length);
  }

  /** Any order of fields, any kind of value. */
  private readAny(reader: WireReader): void {
    let key = '';
    let value: AttributeValue;
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) key = this.strings.read(reader);
      else if (tag === valueTag) value = readAnyValue(reader, this.strings, 0);
      else reader.skip(tag);
    }
    this.add(key, value);
  }

  private add(key: string, value: AttributeValue): void {
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
