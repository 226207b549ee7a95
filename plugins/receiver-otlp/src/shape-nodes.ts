/**
 * Hot path (test/bench/decode.ts): what the decoder knows beside each shape of the table. A key is first compared with
 * the one that followed this shape last time: spans of one kind carry the same keys in the same order, so most keys are
 * recognised by a few words and neither hashed nor looked up.
 */
import type { AttributeShape, ShapeTable, WireReader } from '@meterlark/core';
import type { ShortTexts } from './short-texts.js';

/** Attributes that name the remote side, the best first. */
const peerKeys = ['peer.service', 'server.address', 'net.peer.name'];

/** An edge whose values hardly ever come twice stops looking for them, for so many values. */
const pauseAfterMisses = 32;
const pause = 1024;

export class ShapeNode {
  /** The edge taken last. */
  expected: ShapeEdge | undefined;
  readonly edges = new Map<string, ShapeEdge>();
  /** Places of the attributes that name the remote side. */
  readonly peerPlaces: readonly number[];

  constructor(readonly shape: AttributeShape) {
    this.peerPlaces = peerPlacesOf(shape);
  }
}

export function peerPlacesOf(shape: AttributeShape): readonly number[] {
  // Not by the shape's own look-up, which would be made for this alone.
  return peerKeys.map((key) => shape.keys.indexOf(key)).filter((place) => place >= 0);
}

/** One key after a shape. */
export class ShapeEdge {
  /** Tag, length and bytes of the key as they come in a key-value, in 32-bit words; `tail` holds what is left of them. */
  private readonly words: Int32Array;
  private readonly tail: Uint8Array;
  private misses = 0;
  private paused = 0;

  constructor(
    readonly node: ShapeNode,
    readonly key: string,
    /** Undefined for keys of 128 bytes and more, which are not recognised. */
    head: Buffer | undefined,
  ) {
    const bytes = head ?? Buffer.alloc(0);
    this.words = new Int32Array(bytes.length >>> 2);
    for (let index = 0; index < this.words.length; index += 1) this.words[index] = bytes.readInt32LE(4 * index);
    this.tail = Uint8Array.from(bytes.subarray(4 * this.words.length));
  }

  /** True when this key comes next; the reader is then behind it. */
  take(reader: WireReader): boolean {
    const { words, tail } = this;
    const { view } = reader;
    let pos = reader.pos;
    const end = pos + 4 * words.length + tail.length;
    if (end === pos || end > reader.limit) return false;
    for (let index = 0; index < words.length; index += 1, pos += 4) {
      if (view.getInt32(pos, true) !== words[index]) return false;
    }
    for (let index = 0; index < tail.length; index += 1, pos += 1) {
      if (view.getUint8(pos) !== tail[index]) return false;
    }
    reader.pos = end;
    return true;
  }

  /** A text value of this key; the reader is not moved. */
  text(texts: ShortTexts, reader: WireReader, start: number, length: number): string {
    if (this.paused > 0) {
      this.paused -= 1;
      return reader.bytes.toString('utf8', start, start + length);
    }
    const known = texts.get(reader.view, start, length);
    if (known !== undefined) {
      if (this.misses > 0) this.misses -= 1;
      return known;
    }
    this.misses += 1;
    if (this.misses >= pauseAfterMisses) {
      this.misses = 0;
      this.paused = pause;
    }
    return texts.make(reader, start, length);
  }
}

/** Nodes beside the shapes that a table keeps, and so no more of them than shapes. */
export class ShapeNodes {
  readonly root: ShapeNode;

  constructor(readonly table: ShapeTable) {
    this.root = new ShapeNode(table.empty);
  }

  /** The way to the shape with one key more; undefined when it is not kept, or when the shape has the key already. */
  edge(node: ShapeNode, key: string): ShapeEdge | undefined {
    const known = node.edges.get(key);
    if (known !== undefined) return known;
    if (node.shape.indexOf(key) >= 0) return undefined;
    const shape = this.table.extend(node.shape, key);
    if (!shape.kept) return undefined;
    const edge = new ShapeEdge(new ShapeNode(shape), key, headOf(key));
    node.edges.set(key, edge);
    return edge;
  }
}

function headOf(key: string): Buffer | undefined {
  const bytes = Buffer.from(key);
  return bytes.length < 0x80 ? Buffer.concat([Buffer.from([10, bytes.length]), bytes]) : undefined;
}
