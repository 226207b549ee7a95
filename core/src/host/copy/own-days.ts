/** Of which days a store has data already. */
import type { RecordQuery } from '../../model/record-query.js';
import type { RecordModel } from '../../model/record.js';
import { dayMs } from '../../model/time.js';
import { hasMetric } from './active-metrics.js';
import { inTurns, patiently, unlessTooMuch, type CopyJob, type CopyStore } from './copy-store.js';
import type { CopyRange, OwnDays } from './copy-state.js';
import { daysOf } from './days.js';
import type { ActiveMetrics } from './metric-copy.js';

/** Metrics are looked for among the active ones. */
export async function ownDays(job: CopyJob, store: CopyStore, range: CopyRange, active: ActiveMetrics): Promise<OwnDays> {
  const days = daysOf(range);
  const records: Record<string, readonly number[]> = {};
  for (const model of job.models) {
    records[model.name] = await daysWith(days, (part) => hasRecords(job, store, model, within(range, part)));
  }
  const metrics = await daysWith(days, (part) => hasMetrics(job, store, within(range, part), active));
  return { metrics, records };
}

function within({ untilMs }: CopyRange, days: readonly number[]): CopyRange {
  return { fromMs: days[0] ?? untilMs, untilMs: Math.min(untilMs, (days.at(-1) ?? untilMs) + dayMs) };
}

/** Looks at all of them together first: most have nothing. */
async function daysWith(days: readonly number[], has: (days: readonly number[]) => Promise<boolean>): Promise<readonly number[]> {
  if (days.length === 0 || !(await has(days))) return [];
  if (days.length === 1) return days;
  const middle = Math.ceil(days.length / 2);
  return [...(await daysWith(days.slice(0, middle), has)), ...(await daysWith(days.slice(middle), has))];
}

async function hasRecords(job: CopyJob, store: CopyStore, model: RecordModel, { fromMs, untilMs }: CopyRange): Promise<boolean> {
  for (const tenant of job.tenants) {
    if (await hasRow(job, store, { model, tenant, fromUs: fromMs * 1000, toUs: untilMs * 1000 })) return true;
  }
  return false;
}

/** In halves where the store finds it too much. */
async function hasRow(job: CopyJob, store: CopyStore, time: TimeOf): Promise<boolean> {
  const { fromUs, toUs } = time;
  const query = { ...time, columns: ['time'], where: [], orderBy: [], limit: 1, offset: 0 };
  const rows = await unlessTooMuch(toUs - fromUs > 1, () => patiently(job, () => store.recordReader.rows(query)));
  if (rows !== undefined) return rows.length > 0;
  const middleUs = fromUs + Math.ceil((toUs - fromUs) / 2);
  return (await hasRow(job, store, { ...time, fromUs: middleUs })) || hasRow(job, store, { ...time, toUs: middleUs });
}

type TimeOf = Pick<RecordQuery, 'model' | 'tenant' | 'fromUs' | 'toUs'>;

/** Some of them are asked for at a time, until one has something. */
const together = 16;

async function hasMetrics(job: CopyJob, store: CopyStore, range: CopyRange, active: ActiveMetrics): Promise<boolean> {
  for (const tenant of job.tenants) {
    const definitions = active.get(tenant) ?? [];
    for (let place = 0; place < definitions.length && !job.stopping.aborted; place += together) {
      const some = definitions.slice(place, place + together);
      const has = await inTurns(some, (definition) => hasMetric(job, store, { tenant, definition, range }), job.stopping);
      if (has.includes(true)) return true;
    }
  }
  return false;
}
