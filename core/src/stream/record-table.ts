/** Hot path: the rows of one model that wait for the next batch. */
import type { RecordModel, RecordRows, RecordValue } from '../model/record.js';
import { type ColumnBuilder, columnBuilder } from './record-columns.js';
import type { Tally } from './growing-data.js';

export class RecordTable {
  count = 0;
  private tally: Tally = { bytes: 0, misfits: 0 };
  private builders: readonly ColumnBuilder[];

  constructor(
    readonly model: RecordModel,
    /** Told of values that did not fit their column. */
    private readonly misfits: (values: number) => void,
  ) {
    this.builders = model.columns.map((column) => columnBuilder(column, this.tally));
  }

  get bytes(): number {
    return this.tally.bytes;
  }

  append(row: readonly RecordValue[]): void {
    const { builders } = this;
    for (let place = 0; place < builders.length; place += 1) builders[place]!.append(row[place]);
    this.count += 1;
  }

  /** Hands the columns over as they are, and starts new ones of the size that these have grown to. */
  take(): RecordRows {
    const { model, count, builders } = this;
    if (this.tally.misfits > 0) this.misfits(this.tally.misfits);
    this.tally = { bytes: 0, misfits: 0 };
    this.builders = builders.map((builder) => builder.next(this.tally));
    this.count = 0;
    return { model, count, columns: builders.map((builder) => builder.finish()) };
  }
}
