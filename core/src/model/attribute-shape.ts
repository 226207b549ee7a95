/**
 * Attributes of spans. Spans of one kind of call carry the same keys in the same order, so the key list (the shape) is
 * one shared object: what a reader finds out about a shape (which dialect, which column) it finds out once.
 */
import type { AttributeValue } from './attributes.js';

export class AttributeShape {
  private places: Map<string, number> | undefined;
  /** Shapes with one key more; only of shapes that a table keeps. */
  readonly next = new Map<string, AttributeShape>();

  constructor(
    readonly keys: readonly string[],
    /** Held by a table, so that longer ones may hang on it. */
    readonly kept = false,
  ) {}

  /** Place of a key in `keys`, -1 when it is not there. */
  indexOf(key: string): number {
    this.places ??= new Map(this.keys.map((each, place) => [each, place]));
    return this.places.get(key) ?? -1;
  }
}

/** `values[i]` belongs to `shape.keys[i]`; a value that is not set is undefined. Each key is there once: the last occurrence wins. */
export interface SpanAttributes {
  readonly shape: AttributeShape;
  readonly values: readonly AttributeValue[];
}

export const emptyShape = new AttributeShape([]);
export const noSpanAttributes: SpanAttributes = { shape: emptyShape, values: [] };

export function attributeOf({ shape, values }: SpanAttributes, key: string): AttributeValue {
  const place = shape.indexOf(key);
  return place < 0 ? undefined : values[place];
}

/**
 * Shapes known so far, bounded: beyond the limit equal key lists are equal shapes, but not the same object. Identity
 * may serve as a cache key (best a WeakMap's), never as the proof of a difference.
 */
/** Shapes with a longer key are not kept, so that their number bounds their memory. */
const longestKey = 256;

export class ShapeTable {
  private readonly root = new AttributeShape([], true);
  private known = 0;
  private turnedAway = 0;

  constructor(
    private readonly maxShapes: number,
    /** Longer key lists are not kept. */
    private readonly maxKeys: number,
  ) {}

  get size(): number {
    return this.known;
  }

  /** Shapes asked for that the table did not keep; only grows. */
  get refused(): number {
    return this.turnedAway;
  }

  /** Keys in order of arrival; of a repeated key the last value stays, at the place of the first. */
  attributes(entries: Iterable<readonly [string, AttributeValue]>): SpanAttributes {
    const builder = new AttributesBuilder(this);
    for (const [key, value] of entries) builder.add(key, value);
    return builder.finish();
  }

  get empty(): AttributeShape {
    return this.root;
  }

  /** The shape with one key more, which must not be in it yet. */
  extend(shape: AttributeShape, key: string): AttributeShape {
    const known = shape.next.get(key);
    if (known !== undefined) return known;
    const keys = [...shape.keys, key];
    if (!shape.kept || this.known >= this.maxShapes || keys.length > this.maxKeys || key.length > longestKey) {
      this.turnedAway += 1;
      return new AttributeShape(keys);
    }
    const longer = new AttributeShape(keys, true);
    this.known += 1;
    shape.next.set(key, longer);
    return longer;
  }
}

/** Hot path: collects the attributes of one span. */
export class AttributesBuilder {
  private shape: AttributeShape;
  private values: AttributeValue[] = [];
  /** Places of the keys once they are more, or others, than the table keeps: each costs the same, however many there are. */
  private loose: Map<string, number> | undefined;

  constructor(private readonly table: ShapeTable) {
    this.shape = table.empty;
  }

  add(key: string, value: AttributeValue): void {
    if (this.loose !== undefined) {
      this.addLoose(this.loose, key, value);
      return;
    }
    // The usual case first: a shape that was seen before, and so a key that is not repeated.
    const next = this.shape.next.get(key);
    if (next !== undefined) {
      this.shape = next;
      this.values.push(value);
      return;
    }
    const place = this.shape.indexOf(key);
    if (place >= 0) {
      this.values[place] = value;
      return;
    }
    this.shape = this.table.extend(this.shape, key);
    this.values.push(value);
    if (!this.shape.kept) this.loose = new Map(this.shape.keys.map((each, index) => [each, index]));
  }

  /** The attributes so far; the builder starts anew. */
  finish(): SpanAttributes {
    const shape = this.loose === undefined ? this.shape : new AttributeShape([...this.loose.keys()]);
    const attributes = { shape, values: this.values };
    this.shape = this.table.empty;
    this.values = [];
    this.loose = undefined;
    return attributes;
  }

  private addLoose(places: Map<string, number>, key: string, value: AttributeValue): void {
    const place = places.get(key) ?? places.size;
    places.set(key, place);
    this.values[place] = value;
  }
}
