/** Rows that came into the time of a batch after it had been read. */
import { readRow } from '../../model/record-rows.js';
import type { RecordModel, RecordRow } from '../../model/record.js';
import type { CopyJob } from './copy-store.js';
import type { CopyState, RecordPlace } from './copy-state.js';
import { recordIntent, type RecordIntent } from './record-intent.js';
import { batchesOf, maxLimit, readPage } from './record-pages.js';
import { RowSet } from './row-difference.js';

/** Batches of their own, after those that were written again; undefined when nothing came. */
export async function lateRows(job: CopyJob, state: CopyState, { batches, fromUs }: RecordIntent): Promise<RecordIntent | undefined> {
  const { place } = state.records;
  const model = job.models.find(({ name }) => name === place?.model);
  if (place === undefined || model === undefined) return undefined;
  const known = new RowSet(model, batches.flatMap(({ rows }) => rows.flatMap((one) => Array.from({ length: one.count }, (_, row) => readRow(one, row)))));
  const late: RecordRow[] = [];
  for await (const row of rowsOf(job, model, { place, fromUs })) if (!known.take(row)) late.push(row);
  if (late.length === 0) return undefined;
  job.logger.info('rows came late into the batch that was under way', { model: model.name, rows: late.length });
  // Nothing is looked for again in the time of this one: it does not have the rows of the others.
  return recordIntent(state, { model, rows: batchesOf(model, late), fromUs: place.timeUs, next: place });
}

async function* rowsOf(job: CopyJob, model: RecordModel, { place, fromUs }: { readonly place: RecordPlace; readonly fromUs: number }): AsyncGenerator<RecordRow> {
  const tenant = job.tenants[place.tenant] ?? '';
  let at = fromUs;
  while (at < place.timeUs) {
    const { rows, toUs } = await readPage(job, job.source, { model, tenant, fromUs: at, toUs: place.timeUs, limit: maxLimit });
    yield* rows;
    at = toUs;
  }
}
