// Hot path: rows to ClickHouse's Native format.
import { LoopTurn } from '@meterlark/core';
import { ByteWriter } from './byte-writer.js';
import type { NativeColumn } from './columns.js';

/** Enough for the dictionaries to pay, little enough that one column keeps the event loop under its 25 ms. */
export const rowsPerBlock = 16_384;

/**
 * All rows as Native blocks: column count, row count, then name, type and data of each column.
 * `rowBytes`: about how many a row takes, so that the buffer need not grow.
 */
export async function encodeBlocks(columns: readonly NativeColumn[], rowCount: number, rowBytes = 0): Promise<Uint8Array[]> {
  const turn = new LoopTurn();
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < rowCount; from += rowsPerBlock) {
    const to = Math.min(rowCount, from + rowsPerBlock);
    const out = new ByteWriter((to - from) * rowBytes);
    out.varUInt(columns.length);
    out.varUInt(to - from);
    for (const column of columns) {
      if (turn.isOver) await turn.next();
      writeColumn(out, column, from, to);
    }
    blocks.push(out.finish());
  }
  return blocks;
}

function writeColumn(out: ByteWriter, { name, values }: NativeColumn, from: number, to: number): void {
  out.string(name);
  out.string(values.type);
  values.prefix(out);
  values.data(out, from, to);
}
