/** Reads records of a store in the order of their time, page by page, and cuts them into batches. */
import { recordRows } from '../../model/record-building.js';
import type { RecordModel, RecordRow, RecordRows } from '../../model/record.js';
import { dayMs, hourMs } from '../../model/time.js';
import { patiently, unlessTooMuch, type CopyJob, type CopyStore } from './copy-store.js';

/** How much the next page looks at. */
export interface Pace {
  readonly widthUs: number;
  /** Rows at most. */
  readonly limit: number;
}

/** Rows may be a megabyte each: the first look takes few. */
export const firstPace: Pace = { widthUs: hourMs * 1000, limit: 100 };
const widestUs = 7 * dayMs * 1000;
export const maxLimit = 5000;
const minLimit = 20;
const growth = 4;
/** Rows of one microsecond that are read at most: they cannot be told apart by time. */
const maxOfOneTime = 1_000_000;

export interface PageQuery {
  readonly model: RecordModel;
  readonly tenant: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly limit: number;
}

export interface Page {
  /** All rows of the query whose time is before `toUs`, which is after its start. */
  readonly rows: readonly RecordRow[];
  readonly toUs: number;
}

/** A store that finds the time too long is asked for less of it. */
export async function readPage(job: CopyJob, store: CopyStore, query: PageQuery): Promise<Page> {
  const { fromUs } = query;
  let { toUs } = query;
  for (;;) {
    const asked = { ...query, toUs };
    const page = await unlessTooMuch(toUs - fromUs > 1, () => pageOf(job, store, asked));
    if (page !== undefined) return page;
    toUs = fromUs + Math.ceil((toUs - fromUs) / growth);
  }
}

async function pageOf(job: CopyJob, store: CopyStore, query: PageQuery): Promise<Page> {
  const rows = await readRows(job, store, { ...query, limit: query.limit + 1 });
  if (rows.length <= query.limit) return { rows, toUs: query.toUs };
  const [first, last] = [timeOf(rows[0]), timeOf(rows.at(-1))];
  // Of the last time there may be more.
  if (last > first) return { rows: rows.filter((row) => timeOf(row) < last), toUs: last };
  const toUs = first + 1;
  return { rows: await readRows(job, store, { ...query, fromUs: first, toUs, limit: maxOfOneTime }), toUs };
}

function readRows(job: CopyJob, store: CopyStore, query: PageQuery): Promise<readonly RecordRow[]> {
  const orderBy = [{ column: 'time', descending: false }];
  return patiently(job, () => store.recordReader.rows({ ...query, where: [], orderBy, offset: 0 }));
}

export function timeOf(row: RecordRow | undefined): number {
  return Number(row?.['time'] ?? 0);
}

/** After a page of so many rows and bytes: as many rows as the bytes aimed at allow, and as much time as so many rows took. */
export function nextPace({ widthUs, limit }: Pace, took: { readonly us: number; readonly rows: number; readonly bytes: number }, aimBytes: number): Pace {
  const widest = Math.min(widestUs, widthUs * growth);
  if (took.rows === 0) return { widthUs: widest, limit };
  const fitting = Math.max(minLimit, (aimBytes * took.rows) / Math.max(1, took.bytes));
  const next = Math.floor(Math.min(maxLimit, limit * growth, fitting));
  return { limit: next, widthUs: Math.min(widest, Math.max(1, Math.floor((took.us * next) / took.rows))) };
}

export function batchesOf(model: RecordModel, rows: readonly RecordRow[]): RecordRows[] {
  const batches: RecordRows[] = [];
  for (let place = 0; place < rows.length; place += maxLimit) batches.push(recordRows(model, rows.slice(place, place + maxLimit)));
  return batches;
}
