// Hot path: rows to ClickHouse's Native format.
import { setImmediate } from 'node:timers/promises';
import { ByteWriter } from './byte-writer.js';
import type { NativeColumn } from './columns.js';

/** Enough for the dictionaries to pay, little enough to keep the event loop under its 25 ms. */
export const rowsPerBlock = 16_384;

/** One Native block: column count, row count, then name, type and data of each column. */
export function encodeBlock(out: ByteWriter, columns: readonly NativeColumn[], from: number, to: number): Uint8Array {
  out.reset();
  out.varUInt(columns.length);
  out.varUInt(to - from);
  for (const column of columns) {
    out.string(column.name);
    out.string(column.values.type);
    column.values.prefix(out);
    column.values.data(out, from, to);
  }
  return out.finish();
}

/** All rows as blocks; lets the event loop turn between two of them. */
export async function encodeBlocks(columns: readonly NativeColumn[], rowCount: number): Promise<Uint8Array[]> {
  const out = new ByteWriter();
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < rowCount; from += rowsPerBlock) {
    if (from > 0) await setImmediate();
    blocks.push(encodeBlock(out, columns, from, Math.min(rowCount, from + rowsPerBlock)));
  }
  return blocks;
}
