/** Where the rows of a record model lie: a stream, or a trace of BanyanDB. */
import type { RecordCondition, RecordModel, RecordRow, RecordRows } from '@meterlark/core';
import type { SchemaSpec } from '../schema/model.js';

export interface Scan {
  readonly tenant: string;
  /** Whole epoch ms; rows of these milliseconds, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** A source may use them to send less, and must not leave out a row that meets all of them. */
  readonly where: readonly RecordCondition[];
  readonly descending: boolean;
  /** Columns that the rows must have; others may be missing. */
  readonly columns: readonly string[];
  /** How many rows the reader hopes to need; a hint for the size of the first portion. */
  readonly wanted: number;
}

/** Where a batch of rows comes from; names each row for ever: `<writer>-<sequence>` and its place. Of equal times the batch decides. */
export interface RowOrigin {
  readonly batch: string;
  /** Grows from batch to batch, also over processes (epoch ns): of equal revisions the later written is the row. */
  readonly written: bigint;
}

/** One row of a scan with what orders versions of a record. */
export interface ScannedRow {
  readonly row: RecordRow;
  readonly written: bigint;
}

export interface RowSource {
  readonly model: RecordModel;
  readonly spec: SchemaSpec;
  /**
   * `keep[i]` 0: the row at i is not stored (past its lifetime). A batch that is repeated is stored once. Gives how many rows were left out
   * because no message holds them.
   */
  write(rows: RecordRows, keep: Uint8Array | undefined, origin: RowOrigin): Promise<number>;
  /**
   * Portions in order of time; a millisecond is never spread over two, inside one portion rows may lie in any order. Each stored row comes once
   * (all versions of a record do). Rejects when more than `maxScannedRows` would be needed.
   */
  scan(scan: Scan): AsyncIterable<readonly ScannedRow[]>;
}
