/** Copies records model by model in the order of their time. */
import type { RecordModel } from '../../model/record.js';
import { isStopped, type CopyJob } from './copy-store.js';
import type { CopyState, RecordPlace, StateKeeper } from './copy-state.js';
import { bytesOf } from './record-bytes.js';
import { recordIntent } from './record-intent.js';
import { batchesOf, firstPace, nextPace, readPage } from './record-pages.js';
import { writeAhead } from './write-ahead.js';

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

/** Where each model begins, for each tenant, from where an earlier run stopped. */
function placesOf({ tenants, models }: CopyJob, { records: { place: begin }, fromMs }: CopyState): RecordPlace[] {
  const all = tenants.flatMap((_, tenant) => models.map((model) => firstPlace(tenant, model, fromMs)));
  const first = all.findIndex(({ tenant, model }) => tenant === begin?.tenant && model === begin.model);
  return begin === undefined || first < 0 ? all : [begin, ...all.slice(first + 1)];
}

function firstPlace(tenant: number, { name }: RecordModel, fromMs: number): RecordPlace {
  return { tenant, model: name, timeUs: fromMs * 1000, ...firstPace };
}

async function copyModel(job: CopyJob, keeper: StateKeeper, model: RecordModel, begin: RecordPlace): Promise<void> {
  const untilUs = keeper.state.untilMs * 1000;
  let place = begin;
  const tenant = job.tenants[begin.tenant] ?? '';
  while (place.timeUs < untilUs && !job.stopping.aborted) {
    const { timeUs: fromUs, widthUs, limit } = place;
    const page = await readPage(job, job.source, { model, tenant, fromUs, toUs: Math.min(untilUs, fromUs + widthUs), limit });
    const rows = batchesOf(model, page.rows);
    const took = { us: page.toUs - fromUs, rows: page.rows.length, bytes: rows.reduce((sum, one) => sum + bytesOf(one), 0) };
    place = { ...place, ...nextPace(place, took, job.limits.batchBytes), timeUs: page.toUs };
    if (rows.length > 0) await writeAhead(job, keeper, recordIntent(keeper.state, { model, rows, fromUs, next: place }));
  }
}
