import type { RecordModel, RecordRows } from '../../model/record.js';
import { writerOf, type CopyState, type Intent, type RecordPlace } from './copy-state.js';

export type RecordIntent = Extract<Intent, { readonly part: 'records' }>;

export interface ReadRecords {
  readonly model: RecordModel;
  readonly rows: readonly RecordRows[];
  /** Where they were read from, and where the next are. */
  readonly fromUs: number;
  readonly next: RecordPlace;
}

/** What is to be written of the rows of one page, and the state after it. */
export function recordIntent(state: CopyState, { model, rows, fromUs, next }: ReadRecords): RecordIntent {
  const { sequence } = state.records;
  const batches = rows.map((one, place) => ({ writer: writerOf(state), sequence: sequence + 1 + place, rows: [one] }));
  const written = (state.copied.records[model.name] ?? 0) + rows.reduce((sum, { count }) => sum + count, 0);
  const copied = { ...state.copied, records: { ...state.copied.records, [model.name]: written } };
  const changes = { records: { sequence: sequence + batches.length, place: next, done: false }, copied };
  return { part: 'records', batches, fromUs, changes };
}
