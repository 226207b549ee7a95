/** Of the versions of records the ones in force. */
import { LoopTurn, type RecordRow } from '@meterlark/core';
import type { ScannedRow } from './row-source.js';

/** Rows between two looks at the time. */
const rowsBetweenLooks = 256;

/** All versions of a record have one time, and so are among the rows together. One tenant's. */
export async function currentRows(key: readonly string[], rows: readonly ScannedRow[]): Promise<readonly ScannedRow[]> {
  const others = key.filter((name) => name !== 'time');
  const current = new Map<unknown, ScannedRow>();
  const turn = new LoopTurn();
  for (let place = 0; place < rows.length; place += 1) {
    const row = rows[place]!;
    const id = idOf(others, row);
    const known = current.get(id);
    if (known === undefined || isLater(row, known)) current.set(id, row);
    if (place % rowsBetweenLooks === 0 && turn.isOver) await turn.next();
  }
  return current.size === rows.length ? rows : [...current.values()];
}

function idOf(columns: readonly string[], { row }: ScannedRow): string {
  let id = keyText(row['time']);
  // The length before each value keeps apart what would run together.
  for (const column of columns) {
    const value = keyText(row[column]);
    id += ` ${value.length} ${value}`;
  }
  return id;
}

/** No map is part of a key. */
function keyText(value: RecordRow[string]): string {
  return typeof value === 'object' ? '' : String(value);
}

function isLater(row: ScannedRow, known: ScannedRow): boolean {
  const [revision, other] = [row.row['revision'] as number, known.row['revision'] as number];
  return revision === other ? row.written > known.written : revision > other;
}
