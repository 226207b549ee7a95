/** Hot path: the rows of one model that wait for the next batch. */
import type { RecordColumn, RecordModel, RecordRows, RecordValue } from '../model/record.js';
import { type ColumnBuilder, startSizes } from './column-builder.js';
import type { Tally } from './growing-data.js';
import { NumberMapColumn, TextMapColumn } from './map-columns.js';
import { NumberColumn, TextColumn, WordColumn } from './scalar-columns.js';

/** Numbers take 8, ends and indexes 4. */
const bytesPerCell = 8;

/** A column builder and its place in the model. */
interface Placed<T extends ColumnBuilder> {
  readonly place: number;
  readonly builder: T;
}

/** Apart by class: a loop over builders of one class calls it directly, where one over several looks up what to call for each cell. */
interface Lanes {
  readonly words: readonly Placed<WordColumn>[];
  readonly texts: readonly Placed<TextColumn>[];
  readonly numbers: readonly Placed<NumberColumn>[];
  readonly textMaps: readonly Placed<TextMapColumn>[];
  readonly numberMaps: readonly Placed<NumberMapColumn>[];
}

export class RecordTable {
  count = 0;
  private tally: Tally = { bytes: 0, misfits: 0 };
  private builders: readonly ColumnBuilder[];
  private lanes: Lanes;

  constructor(
    readonly model: RecordModel,
    /** Told of values that did not fit their column. */
    private readonly misfits: (values: number) => void,
  ) {
    this.builders = model.columns.map((column) => columnBuilder(column, this.tally));
    this.lanes = lanesOf(this.builders);
  }

  get bytes(): number {
    return this.tally.bytes + this.count * this.builders.length * bytesPerCell;
  }

  append(row: readonly RecordValue[]): void {
    const { words, texts, numbers, textMaps, numberMaps } = this.lanes;
    for (const { place, builder } of words) builder.append(row[place]);
    for (const { place, builder } of texts) builder.append(row[place]);
    for (const { place, builder } of numbers) builder.append(row[place]);
    for (const { place, builder } of textMaps) builder.append(row[place]);
    for (const { place, builder } of numberMaps) builder.append(row[place]);
    this.count += 1;
  }

  /** Hands the columns over as they are, and starts new ones of the size that these have grown to. */
  take(): RecordRows {
    const { model, count, builders } = this;
    if (this.tally.misfits > 0) this.misfits(this.tally.misfits);
    this.tally = { bytes: 0, misfits: 0 };
    this.builders = builders.map((builder) => builder.next(this.tally));
    this.lanes = lanesOf(this.builders);
    this.count = 0;
    return { model, count, columns: builders.map((builder) => builder.finish()) };
  }
}

function columnBuilder({ type, optional = false }: RecordColumn, tally: Tally): ColumnBuilder {
  switch (type) {
    case 'word':
      return new WordColumn(tally, startSizes);
    case 'text':
      return new TextColumn(tally, startSizes);
    case 'textMap':
      return new TextMapColumn(tally, startSizes);
    case 'numberMap':
      return new NumberMapColumn(tally, startSizes);
    default:
      return new NumberColumn({ type, optional }, tally, startSizes);
  }
}

function lanesOf(builders: readonly ColumnBuilder[]): Lanes {
  const placed = builders.map((builder, place) => ({ place, builder }));
  const only = <T extends ColumnBuilder>(kind: abstract new (...given: never[]) => T): Placed<T>[] =>
    placed.filter((one): one is Placed<T> => one.builder instanceof kind);
  return {
    words: only(WordColumn),
    texts: only(TextColumn),
    numbers: only(NumberColumn),
    textMaps: only(TextMapColumn),
    numberMaps: only(NumberMapColumn),
  };
}
