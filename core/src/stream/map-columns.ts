/** Hot path: columns of maps. */
import type { ColumnData, RecordMap, RecordValue } from '../model/record.js';
import { type ColumnBuilder, emptyMap, type Sizes, textOf } from './column-builder.js';
import { doubles, grown, GrowingTexts, GrowingWords, type Tally, words32 } from './growing-data.js';

/** Key, and end or number. */
const bytesPerEntry = 12;
/** A row of more keys is looked up from there on. */
const rememberedKeys = 128;

/** What maps of texts and of numbers share: ends of rows, and keys of entries. */
abstract class MapColumn implements ColumnBuilder {
  protected rows = 0;
  protected ends: Uint32Array;
  protected readonly keys: GrowingWords;
  /** Keys of the row before, which are often those of the next, and their places. */
  private readonly lastKeys: string[] = [];
  private readonly lastPlaces: number[] = [];

  constructor(
    protected readonly tally: Tally,
    { rows, entries }: Sizes,
  ) {
    this.ends = new Uint32Array(rows);
    this.keys = new GrowingWords(tally, entries);
  }

  append(value: RecordValue): void {
    if (this.rows === this.ends.length) this.ends = grown(this.ends, this.rows + 1, words32);
    const { keys, values } = this.mapOf(value);
    for (let entry = 0; entry < keys.length; entry += 1) {
      const key = keys[entry]!;
      if (this.enter(values[entry])) this.keys.addPlace(key === this.lastKeys[entry] ? this.lastPlaces[entry]! : this.placeOf(key, entry));
    }
    this.ends[this.rows] = this.keys.count;
    this.rows += 1;
    this.tally.bytes += keys.length * bytesPerEntry;
  }

  abstract finish(): ColumnData;
  abstract next(tally: Tally): ColumnBuilder;
  /** false for a value that makes no entry. */
  protected abstract enter(value: string | number | undefined): boolean;

  private placeOf(key: string, entry: number): number {
    const place = this.keys.placeOf(key);
    if (entry < rememberedKeys) {
      this.lastKeys[entry] = key;
      this.lastPlaces[entry] = place;
    }
    return place;
  }

  private mapOf(value: RecordValue): RecordMap {
    if (isMap(value)) return value;
    if (value !== undefined) this.tally.misfits += 1;
    return emptyMap;
  }
}

export class TextMapColumn extends MapColumn {
  private readonly texts: GrowingTexts;

  constructor(tally: Tally, sizes: Sizes) {
    super(tally, sizes);
    this.texts = new GrowingTexts(tally, sizes.entries, sizes.bytes);
  }

  finish(): ColumnData {
    return { type: 'textMap', ends: this.ends.subarray(0, this.rows), keys: this.keys.finish(), texts: this.texts.finish() };
  }

  next(tally: Tally): ColumnBuilder {
    return new TextMapColumn(tally, { rows: this.rows, entries: this.keys.count, bytes: this.texts.used });
  }

  /** An entry without a value is none. */
  protected enter(value: string | number | undefined): boolean {
    if (value === undefined) return false;
    this.texts.add(typeof value === 'string' ? value : textOf(value, this.tally));
    return true;
  }
}

export class NumberMapColumn extends MapColumn {
  private values: Float64Array;

  constructor(tally: Tally, sizes: Sizes) {
    super(tally, sizes);
    this.values = new Float64Array(sizes.entries);
  }

  finish(): ColumnData {
    const values = this.values.subarray(0, this.keys.count);
    return { type: 'numberMap', ends: this.ends.subarray(0, this.rows), keys: this.keys.finish(), values };
  }

  next(tally: Tally): ColumnBuilder {
    return new NumberMapColumn(tally, { rows: this.rows, entries: this.keys.count, bytes: 0 });
  }

  protected enter(value: string | number | undefined): boolean {
    if (value === undefined) return false;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      this.tally.misfits += 1;
      return false;
    }
    const { count } = this.keys;
    if (count === this.values.length) this.values = grown(this.values, count + 1, doubles);
    this.values[count] = value;
    return true;
  }
}

/** A row that broke off half-way would shift all that come after it: what is not a map must not throw. */
function isMap(value: RecordValue | null): value is RecordMap {
  return typeof value === 'object' && value !== null && Array.isArray(value.keys) && Array.isArray(value.values);
}
