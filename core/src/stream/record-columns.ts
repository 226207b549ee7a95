/** Hot path: rows of one model to columns. Values that do not fit their column are converted or replaced, and counted. */
import type { ColumnData, RecordColumn, RecordMap, RecordValue } from '../model/record.js';
import { doubles, grown, GrowingTexts, GrowingWords, type Tally, words32 } from './growing-data.js';

export interface ColumnBuilder {
  append(value: RecordValue): void;
  /** The arrays themselves; the builder is of no use afterwards. */
  finish(): ColumnData;
  /** A new one, as large as this one has become. */
  next(tally: Tally): ColumnBuilder;
}

/** How much a new builder holds before it grows. */
interface Sizes {
  readonly rows: number;
  readonly entries: number;
  readonly bytes: number;
}

const startSizes: Sizes = { rows: 64, entries: 64, bytes: 1024 };
/** Key, and end or number. */
const bytesPerEntry = 12;
/** A row of more keys is looked up from there on. */
const rememberedKeys = 128;
const emptyMap: RecordMap = { keys: [], values: [] };
const bytes8 = (length: number): Uint8Array => new Uint8Array(length);

export function columnBuilder(column: RecordColumn, tally: Tally): ColumnBuilder {
  switch (column.type) {
    case 'word':
      return new WordColumn(tally, startSizes);
    case 'text':
      return new TextColumn(tally, startSizes);
    case 'textMap':
      return new TextMapColumn(tally, startSizes);
    case 'numberMap':
      return new NumberMapColumn(tally, startSizes);
    default:
      return new NumberColumn(column.type, column.optional === true, tally, startSizes);
  }
}

export class WordColumn implements ColumnBuilder {
  private readonly words: GrowingWords;
  /** An object is no word, so that the first row differs. */
  private lastWord: RecordValue = emptyMap;
  private lastPlace = 0;

  constructor(
    private readonly tally: Tally,
    { rows }: Sizes,
  ) {
    this.words = new GrowingWords(tally, rows);
  }

  append(value: RecordValue): void {
    // Rows that follow each other are often of one service, kind, …
    if (value !== this.lastWord) {
      this.lastPlace = this.words.placeOf(typeof value === 'string' ? value : textOf(value, this.tally));
      this.lastWord = value;
    }
    this.words.addPlace(this.lastPlace);
  }

  finish(): ColumnData {
    return { type: 'word', words: this.words.finish() };
  }

  next(tally: Tally): ColumnBuilder {
    return new WordColumn(tally, { ...startSizes, rows: this.words.count });
  }
}

export class TextColumn implements ColumnBuilder {
  private readonly texts: GrowingTexts;

  constructor(
    private readonly tally: Tally,
    { rows, bytes }: Sizes,
  ) {
    this.texts = new GrowingTexts(tally, rows, bytes);
  }

  append(value: RecordValue): void {
    this.texts.add(typeof value === 'string' ? value : textOf(value, this.tally));
  }

  finish(): ColumnData {
    return { type: 'text', texts: this.texts.finish() };
  }

  next(tally: Tally): ColumnBuilder {
    return new TextColumn(tally, { ...startSizes, rows: this.texts.count, bytes: this.texts.used });
  }
}

export class NumberColumn implements ColumnBuilder {
  private count = 0;
  private values: Float64Array;
  private present: Uint8Array | undefined;

  constructor(
    private readonly type: 'time' | 'integer' | 'decimal' | 'flag',
    private readonly optional: boolean,
    private readonly tally: Tally,
    { rows }: Sizes,
  ) {
    this.values = new Float64Array(rows);
    this.present = optional ? new Uint8Array(rows) : undefined;
  }

  append(value: RecordValue): void {
    const { count } = this;
    if (count === this.values.length) this.grow();
    this.count = count + 1;
    const number = typeof value === 'number' ? this.fitted(value) : this.numberOf(value);
    if (number === undefined) return;
    this.values[count] = number;
    if (this.present !== undefined) this.present[count] = 1;
  }

  finish(): ColumnData {
    return { type: this.type, values: this.values.subarray(0, this.count), present: this.present?.subarray(0, this.count) };
  }

  next(tally: Tally): ColumnBuilder {
    return new NumberColumn(this.type, this.optional, tally, { ...startSizes, rows: this.count });
  }

  /** undefined for what no column holds: absent in an optional one, 0 in others. */
  private fitted(value: number): number | undefined {
    if (this.type === 'flag') return value === 0 ? 0 : 1;
    if (this.type === 'decimal') return value - value === 0 ? value : this.misfit();
    const whole = Math.round(value);
    return Number.isSafeInteger(whole) ? whole : this.misfit();
  }

  private numberOf(value: RecordValue): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'boolean' && this.type === 'flag') return value ? 1 : 0;
    return this.misfit();
  }

  private misfit(): undefined {
    this.tally.misfits += 1;
    return undefined;
  }

  private grow(): void {
    this.values = grown(this.values, this.count + 1, doubles);
    if (this.present !== undefined) this.present = grown(this.present, this.values.length, bytes8);
  }
}

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

function textOf(value: RecordValue, tally: Tally): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  tally.misfits += 1;
  return '';
}
