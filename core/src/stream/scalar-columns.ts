/** Hot path: columns of one value per row. */
import type { ColumnData, RecordValue } from '../model/record.js';
import { type ColumnBuilder, emptyMap, type Sizes, startSizes, textOf } from './column-builder.js';
import { bytes8, doubles, grown, GrowingTexts, GrowingWords, type Tally } from './growing-data.js';

export interface NumberKind {
  readonly type: 'time' | 'integer' | 'decimal' | 'flag';
  readonly optional: boolean;
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
    private readonly kind: NumberKind,
    private readonly tally: Tally,
    { rows }: Sizes,
  ) {
    this.values = new Float64Array(rows);
    this.present = kind.optional ? new Uint8Array(rows) : undefined;
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
    return { type: this.kind.type, values: this.values.subarray(0, this.count), present: this.present?.subarray(0, this.count) };
  }

  next(tally: Tally): ColumnBuilder {
    return new NumberColumn(this.kind, tally, { ...startSizes, rows: this.count });
  }

  /** undefined for what no column holds: absent in an optional one, 0 in others. */
  private fitted(value: number): number | undefined {
    if (this.kind.type === 'flag') return value === 0 ? 0 : 1;
    const fit = this.kind.type === 'decimal' ? value : Math.round(value);
    if (this.kind.type === 'decimal' ? Number.isFinite(fit) : Number.isSafeInteger(fit)) return fit;
    this.tally.misfits += 1;
    return undefined;
  }

  private numberOf(value: RecordValue): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'boolean' && this.kind.type === 'flag') return value ? 1 : 0;
    this.tally.misfits += 1;
    return undefined;
  }

  private grow(): void {
    this.values = grown(this.values, this.count + 1, doubles);
    if (this.present !== undefined) this.present = grown(this.present, this.values.length, bytes8);
  }
}
