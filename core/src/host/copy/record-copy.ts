/** Copies records model by model in the order of their time. */
import { recordRows } from '../../model/record-building.js';
import { rowValues } from '../../model/record-rows.js';
import type { ColumnData, RecordModel, RecordRow, RecordRows, TextData, WordData } from '../../model/record.js';
import { dayMs, hourMs } from '../../model/time.js';
import { compareNames, patiently, type CopyJob } from './copy-store.js';
import { writerOf, type CopyState, type RecordPlace, type StateKeeper } from './copy-state.js';

const firstWidthUs = hourMs * 1000;
const widestUs = 7 * dayMs * 1000;
/** Rows may be a megabyte each: the first look takes few. */
const firstLimit = 100;
const maxLimit = 5000;
const minLimit = 20;
/** Rows of one microsecond that are read at most: they cannot be told apart by time. */
const maxOfOneTime = 1_000_000;

export async function copyRecords(job: CopyJob, keeper: StateKeeper): Promise<void> {
  const { state } = keeper;
  if (state.records.done || isStopped(job)) return;
  for (const place of placesOf(job, state)) {
    const model = job.models.find(({ name }) => name === place.model);
    if (model !== undefined) await copyModel(job, keeper, model, place);
    if (isStopped(job)) return;
    job.logger.info('records of a model copied', { tenant: job.tenants[place.tenant], model: place.model, rows: keeper.state.copied.records[place.model] ?? 0 });
  }
  await keeper.keep({ records: { sequence: keeper.state.records.sequence, done: true } });
}

function isStopped({ stopping }: CopyJob): boolean {
  return stopping.aborted;
}

/** Where each model begins, for each tenant, from where an earlier run stopped. */
function placesOf({ tenants, models }: CopyJob, { records: { place: begin }, fromMs }: CopyState): RecordPlace[] {
  const all = tenants.flatMap((_, tenant) => models.map((model) => firstPlace(tenant, model, fromMs)));
  const first = all.findIndex(({ tenant, model }) => tenant === begin?.tenant && model === begin.model);
  return begin === undefined || first < 0 ? all : [begin, ...all.slice(first + 1)];
}

function firstPlace(tenant: number, { name }: RecordModel, fromMs: number): RecordPlace {
  return { tenant, model: name, timeUs: fromMs * 1000, widthUs: firstWidthUs, limit: firstLimit };
}

async function copyModel(job: CopyJob, keeper: StateKeeper, model: RecordModel, begin: RecordPlace): Promise<void> {
  const untilUs = keeper.state.untilMs * 1000;
  let place = begin;
  while (place.timeUs < untilUs && !job.stopping.aborted) {
    const page = await readPage(job, model, place, untilUs);
    if (page.rows.length === 0) {
      place = { ...place, timeUs: page.toUs, widthUs: Math.min(widestUs, place.widthUs * 4) };
      continue;
    }
    const batches = batchesOf(model, page.rows);
    place = { ...place, ...nextSize(batches, place, page.toUs - place.timeUs, job.limits.batchBytes), timeUs: page.toUs };
    await writePage(job, keeper, batches, place);
  }
}

/** Rows of one time may be many, and come in any order: cut into batches they need one of their own. */
function batchesOf(model: RecordModel, rows: readonly RecordRow[]): RecordRows[] {
  if (rows.length <= maxLimit) return [recordRows(model, rows)];
  const named = rows.map((row) => ({ row, name: JSON.stringify(rowValues(model, row)) })).sort((left, right) => compareNames(left.name, right.name));
  const batches: RecordRows[] = [];
  for (let place = 0; place < named.length; place += maxLimit) {
    batches.push(recordRows(model, named.slice(place, place + maxLimit).map(({ row }) => row)));
  }
  return batches;
}

async function writePage(job: CopyJob, keeper: StateKeeper, batches: readonly RecordRows[], next: RecordPlace): Promise<void> {
  const { state } = keeper;
  let { sequence } = state.records;
  let written = state.copied.records[next.model] ?? 0;
  for (const rows of batches) {
    sequence += 1;
    const batch = { writer: writerOf(state), sequence, rows: [rows] };
    await patiently(job, () => job.target.recordWriter.write(batch));
    written += rows.count;
  }
  const records = { ...state.copied.records, [next.model]: written };
  await keeper.keep({ records: { sequence, place: next, done: false }, copied: { ...state.copied, records } });
}

interface Page {
  /** All rows from the place on whose time is before `toUs`. */
  readonly rows: readonly RecordRow[];
  readonly toUs: number;
}

async function readPage(job: CopyJob, model: RecordModel, place: RecordPlace, untilUs: number): Promise<Page> {
  const toUs = Math.min(untilUs, place.timeUs + place.widthUs);
  const rows = await readRows(job, { model, place, toUs, limit: place.limit + 1 });
  if (rows.length <= place.limit) return { rows, toUs };
  const [first, last] = [timeOf(rows[0]), timeOf(rows.at(-1))];
  // Of the last time there may be more.
  if (last > first) return { rows: rows.filter((row) => timeOf(row) < last), toUs: last };
  const same = { ...place, timeUs: first };
  return { rows: await readRows(job, { model, place: same, toUs: first + 1, limit: maxOfOneTime }), toUs: first + 1 };
}

interface PageQuery {
  readonly model: RecordModel;
  readonly place: RecordPlace;
  readonly toUs: number;
  readonly limit: number;
}

function readRows(job: CopyJob, { model, place, toUs, limit }: PageQuery): Promise<readonly RecordRow[]> {
  const tenant = job.tenants[place.tenant] ?? '';
  const orderBy = [{ column: 'time', descending: false }];
  const query = { model, tenant, fromUs: place.timeUs, toUs, where: [], orderBy, limit, offset: 0 };
  return patiently(job, () => job.source.recordReader.rows(query));
}

function timeOf(row: RecordRow | undefined): number {
  return Number(row?.['time'] ?? 0);
}

/** As many rows as the bytes allow, and as much time as so many rows took. */
function nextSize(batches: readonly RecordRows[], place: RecordPlace, tookUs: number, aimBytes: number): Pick<RecordPlace, 'limit' | 'widthUs'> {
  const count = batches.reduce((sum, rows) => sum + rows.count, 0);
  const rowBytes = batches.flatMap(({ columns }) => columns).reduce((bytes, column) => bytes + bytesOf(column), 0) / count;
  const limit = Math.floor(Math.min(maxLimit, place.limit * 4, Math.max(minLimit, aimBytes / Math.max(1, rowBytes))));
  const widthUs = Math.floor((tookUs * limit) / count);
  return { limit, widthUs: Math.min(widestUs, place.widthUs * 4, Math.max(1, widthUs)) };
}

function bytesOf(column: ColumnData): number {
  switch (column.type) {
    case 'word':
      return wordBytes(column.words);
    case 'text':
      return textBytes(column.texts);
    case 'textMap':
      return wordBytes(column.keys) + textBytes(column.texts);
    case 'numberMap':
      return wordBytes(column.keys) + column.values.byteLength;
    default:
      return column.values.byteLength;
  }
}

function wordBytes({ dictionary, indexes }: WordData): number {
  return dictionary.reduce((bytes, word) => bytes + word.length, indexes.byteLength);
}

function textBytes({ bytes, ends }: TextData): number {
  return bytes.byteLength + ends.byteLength;
}
