/** Rows that no message holds: they alone are lost, not the batch that they are part of. */
import { isMeterlarkError } from '@meterlark/core';
import { maxRowBytes } from '../protocol/check-rows.js';

export interface RowsToSend<R> {
  readonly rows: readonly R[];
  readonly bytesOf: (row: R) => number;
  /** Refuses rows that are too large before the first is sent. */
  readonly send: (rows: readonly R[]) => Promise<void>;
}

/** Gives how many rows were left out. They are rare: sizes are looked at only when the whole was refused. */
export async function sendFitting<R>({ rows, bytesOf, send }: RowsToSend<R>): Promise<number> {
  if (rows.length === 0) return 0;
  try {
    await send(rows);
    return 0;
  } catch (error) {
    if (!isMeterlarkError(error) || error.code !== 'METERLARK_STORAGE_BANYANDB_BAD_ROW') throw error;
    const fitting = rows.filter((row) => bytesOf(row) <= maxRowBytes);
    if (fitting.length === rows.length) throw error;
    if (fitting.length > 0) await send(fitting);
    return rows.length - fitting.length;
  }
}
