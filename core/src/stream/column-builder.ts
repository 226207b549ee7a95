/** Hot path: what makes a column of the values of a batch. What does not fit is converted or replaced, and counted. */
import type { ColumnData, RecordMap, RecordValue } from '../model/record.js';
import type { Tally } from './growing-data.js';

export interface ColumnBuilder {
  append(value: RecordValue): void;
  /** The arrays themselves; the builder is of no use afterwards. */
  finish(): ColumnData;
  /** A new one, as large as this one has become. */
  next(tally: Tally): ColumnBuilder;
}

/** How much a new builder holds before it grows. */
export interface Sizes {
  readonly rows: number;
  readonly entries: number;
  readonly bytes: number;
}

export const startSizes: Sizes = { rows: 64, entries: 64, bytes: 1024 };
export const emptyMap: RecordMap = { keys: [], values: [] };

export function textOf(value: RecordValue, tally: Tally): string {
  if (value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  tally.misfits += 1;
  return '';
}
