/** Which rows a table can hold, and the columns without the others. */
import type { ColumnData, RecordRows, TextData, WordData } from '@meterlark/core';
import { dayUs } from './record-tables.js';

/** Why a row is not stored. */
export type RecordDropReason = 'expired' | 'time';

/** Each day is a partition, and an insert may touch a thousand: what lies further ahead is no time. */
const farthestDays = 366;

export interface TimeBounds {
  /** The first that is kept. */
  readonly oldestUs: number;
  /** The first that is not. */
  readonly endUs: number;
}

/** The oldest day that is still kept and the first that nobody believes. */
export function timeBounds(nowMs: number, days: number): TimeBounds {
  const today = Math.floor((nowMs * 1000) / dayUs);
  return { oldestUs: (today - days) * dayUs, endUs: (today + farthestDays) * dayUs };
}

/** `rows` itself when all are fine. */
export function acceptableRecords(rows: RecordRows, bounds: TimeBounds, dropped: (reason: RecordDropReason) => void): RecordRows {
  const [, time] = rows.columns;
  const values = time?.type === 'time' ? time.values : new Float64Array(rows.count).fill(NaN);
  let fine = 0;
  while (fine < rows.count && faultOf(values[fine]!, bounds) === undefined) fine += 1;
  if (fine === rows.count) return rows;
  const kept: number[] = [];
  for (let row = 0; row < rows.count; row += 1) {
    const fault = faultOf(values[row]!, bounds);
    if (fault === undefined) kept.push(row);
    else dropped(fault);
  }
  return { model: rows.model, count: kept.length, columns: rows.columns.map((column) => pickRows(column, kept)) };
}

function faultOf(timeUs: number, { oldestUs, endUs }: TimeBounds): RecordDropReason | undefined {
  if (timeUs >= oldestUs && timeUs < endUs) return undefined;
  return timeUs < oldestUs && timeUs >= 0 ? 'expired' : 'time';
}

function pickRows(column: ColumnData, kept: readonly number[]): ColumnData {
  switch (column.type) {
    case 'word':
      return { type: 'word', words: pickWords(column.words, kept) };
    case 'text':
      return { type: 'text', texts: pickTexts(column.texts, kept) };
    case 'textMap':
    case 'numberMap':
      return pickMaps(column, kept);
    default: {
      const { type, values, present } = column;
      return { type, values: pickNumbers(values, kept), present: present && Uint8Array.from(kept, (row) => present[row]!) };
    }
  }
}

function pickMaps(column: Extract<ColumnData, { readonly ends: Uint32Array }>, kept: readonly number[]): ColumnData {
  const ends = new Uint32Array(kept.length);
  const entries: number[] = [];
  kept.forEach((row, place) => {
    for (let entry = row === 0 ? 0 : column.ends[row - 1]!; entry < column.ends[row]!; entry += 1) entries.push(entry);
    ends[place] = entries.length;
  });
  const keys = pickWords(column.keys, entries);
  if (column.type === 'textMap') return { type: 'textMap', ends, keys, texts: pickTexts(column.texts, entries) };
  return { type: 'numberMap', ends, keys, values: pickNumbers(column.values, entries) };
}

function pickNumbers(values: Float64Array, kept: readonly number[]): Float64Array {
  return Float64Array.from(kept, (row) => values[row]!);
}

function pickWords({ dictionary, indexes }: WordData, kept: readonly number[]): WordData {
  return { dictionary, indexes: Uint32Array.from(kept, (row) => indexes[row]!) };
}

function pickTexts({ bytes, ends }: TextData, kept: readonly number[]): TextData {
  const startOf = (row: number): number => (row === 0 ? 0 : ends[row - 1]!);
  const picked = kept.map((row) => bytes.subarray(startOf(row), ends[row]));
  let end = 0;
  return { bytes: Buffer.concat(picked), ends: Uint32Array.from(picked, (piece) => (end += piece.length)) };
}
