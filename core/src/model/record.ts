/**
 * Records (spans, model calls, content, …) as data: a feature declares a model, the store makes a table of it. Rows
 * travel column by column, so that no object per row lives until the flush.
 */

export type ColumnType =
 /** Text of few different values (names, kinds). */
  | 'word'
  /** Any text. */
  | 'text'
  /** Epoch microseconds, whole. */
  | 'time'
  /** Whole number within ±(2^53 - 1). */
  | 'integer'
  | 'decimal'
  | 'flag'
  /** Keys of few different values to any text. */
  | 'textMap'
  /** Keys of few different values to doubles. */
  | 'numberMap';

export interface RecordColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** integer and decimal only: a row may hold none (undefined), which is not 0. */
  readonly optional?: boolean;
  /** Readers look for single values of it over the whole range (ids; of a textMap: of one key): the store keeps a skip index. */
  readonly lookedUp?: boolean;
  /** text only: readers look for parts of it over the whole range; the store keeps an index where that is quicker than reading. */
  readonly searched?: boolean;
}

/** Classes of lifetimes; the store has a setting in days for each. */
export type Lifetime = 'trace' | 'call' | 'content' | 'log';

export interface RecordModel {
  /** Lower-case words with `_`: the table's name. */
  readonly name: string;
  /** The first two are always `tenant` (word) and `time` (time): partition, lifetime and range come from it. */
  readonly columns: readonly RecordColumn[];
  /** Columns after the tenant by which rows lie together: what most queries filter by first. */
  readonly sortBy: readonly string[];
  /**
   * Absent: rows are written once and stay. Present: rows equal in tenant and these columns (time among them) are
   * one record; the row of the greatest `revision` (an integer column, the later written one of equals) is it, and readers never see another.
   */
  readonly key?: readonly string[];
  readonly lifetime: Lifetime;
  /** The rows are spans of traces: the column of the trace's id. Most are asked for by it; a store that knows traces keeps them together. */
  readonly traceId?: string;
}

/** Each key once. */
export interface RecordMap {
  readonly keys: readonly string[];
  /** text for textMap, numbers for numberMap. */
  readonly values: readonly (string | number)[];
}

/** word, text: string · time, integer, decimal: number · flag: boolean · maps: RecordMap · optional ones: or undefined. */
export type RecordValue = string | number | boolean | RecordMap | undefined;
/** One row, by column name; maps as objects. */
export type RecordRow = Readonly<Record<string, string | number | boolean | Readonly<Record<string, string | number>> | undefined>>;

export interface WordData {
  readonly dictionary: readonly string[];
  /** Place in the dictionary, per row (or map entry). */
  readonly indexes: Uint32Array;
}
export interface TextData {
  /** UTF-8 of all rows (or map entries), one after the other. */
  readonly bytes: Uint8Array;
  /** End of each in `bytes`. */
  readonly ends: Uint32Array;
}
export type ColumnData =
  | { readonly type: 'word'; readonly words: WordData }
  | { readonly type: 'text'; readonly texts: TextData }
  /** flag: 0 or 1. `present` (0 or 1 per row) only for optional columns. */
  | {
      readonly type: 'time' | 'integer' | 'decimal' | 'flag';
      readonly values: Float64Array;
      readonly present: Uint8Array | undefined;
    }
  /** `ends[row]`: number of entries in all rows up to and including it. */
  | { readonly type: 'textMap'; readonly ends: Uint32Array; readonly keys: WordData; readonly texts: TextData }
  | { readonly type: 'numberMap'; readonly ends: Uint32Array; readonly keys: WordData; readonly values: Float64Array };

/** Rows of one model; `columns` in the order of the model. */
export interface RecordRows {
  readonly model: RecordModel;
  readonly count: number;
  readonly columns: readonly ColumnData[];
}
