/**
 * Which of two rows of one revision was written later, decided for ever: by the time of the batch, by the batch (two servers may write in one
 * millisecond), by the place in it.
 */
import { hash } from 'node:crypto';
import type { RowOrigin } from './row-source.js';

/** Time, hash of the batch, place. */
const length = 8 + 8 + 4;

/** One cell for each place of a batch. */
export function writtenCells({ written, batch }: RowOrigin): (row: number) => Uint8Array {
  const start = Buffer.alloc(length);
  start.writeBigUInt64BE(written);
  start.set(hash('sha256', batch, 'buffer').subarray(0, 8), 8);
  return (row) => {
    const cell = Buffer.from(start);
    cell.writeUInt32BE(row, 16);
    return cell;
  };
}

/** The greater, the later; 0 for what is no such cell. */
export function writtenOf(cell: unknown): bigint {
  if (!(cell instanceof Uint8Array) || cell.length !== length) return 0n;
  const bytes = Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength);
  return (bytes.readBigUInt64BE(0) << 96n) | (bytes.readBigUInt64BE(8) << 32n) | BigInt(bytes.readUInt32BE(16));
}
