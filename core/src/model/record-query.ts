/** Questions to stored records. Their exact meaning in code: record-matching.ts and record-grouping.ts. */
import type { RecordModel } from './record.js';

/** A column, or one key of a map column. */
export interface ColumnRef {
  readonly column: string;
  readonly key?: string;
}

/**
 * All conditions of a list hold together. A missing map key is "" (textMap) or undefined (numberMap), as an absent optional value is.
 * A map without a key knows `present` (it has an entry) and `absent` only. `notIn`, `notContains` and `absent` hold
 * exactly where `in`, `contains` and `present` do not.
 */
export type RecordCondition =
  /** A value of another type than the column's equals nothing; undefined is in no list. */
  | (ColumnRef & { readonly is: 'in' | 'notIn'; readonly values: readonly (string | number | boolean)[] })
  /** word, text, a key of a textMap: part of it, case-sensitive. */
  | (ColumnRef & { readonly is: 'contains' | 'notContains'; readonly value: string })
  /** Numbers only; not of undefined. */
  | (ColumnRef & { readonly is: 'atLeast' | 'atMost'; readonly value: number })
  /** There is a value: an optional one is set, a key is in the map (be it with ""), a text is not "". */
  | (ColumnRef & { readonly is: 'present' | 'absent' });

export interface RecordSelection {
  readonly model: RecordModel;
  readonly tenant: string;
  /** Epoch microseconds, the end not included. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly where: readonly RecordCondition[];
}

export interface RecordQuery extends RecordSelection {
  /** undefined: all columns. */
  readonly columns?: readonly string[];
  /** No maps. Text by code points, false before true; rows without a value come last, whichever the direction. */
  readonly orderBy: readonly { readonly column: string; readonly descending: boolean }[];
  readonly limit: number;
  readonly offset: number;
}

export type GroupMeasure =
  | { readonly of: 'count'; readonly where?: readonly RecordCondition[] }
  /** Columns of numbers, of rows that have a value; undefined when none has. Sums of integers are exact. */
  | { readonly of: 'sum' | 'min' | 'max'; readonly column: string }
  /** `rank` of 0 to 1: the value that this share of the values does not exceed, as the nearest 32-bit float cut to its first eight significant bits (less than 1 % off; 255.99999999 is 256); undefined when no row has a value. */
  | { readonly of: 'quantile'; readonly column: string; readonly rank: number };

export interface GroupQuery extends RecordSelection {
  readonly by: readonly ColumnRef[];
  /** Also by time: rows of [n × bucketUs, (n+1) × bucketUs) lie together. */
  readonly bucketUs?: number;
  readonly measures: readonly GroupMeasure[];
  /**
   * Place of a measure, groups without a value last; then by time bucket, then by the group's values ascending (as text,
   * by code points). Absent: by time bucket, then the group's values.
   */
  readonly orderBy?: { readonly measure: number; readonly descending: boolean };
  readonly limit: number;
}

export interface RecordGroup {
  /** Values of `by`, in order, as text ("" for a missing one, true/false for flags). */
  readonly by: readonly string[];
  /** Start of the bucket; 0 without buckets. */
  readonly bucketUs: number;
  /** In the order asked. bigint for sums of integers, number for all else. */
  readonly measures: readonly (number | bigint | undefined)[];
}
