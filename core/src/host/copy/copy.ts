/** A whole copy between two open stores: what has not been copied, then the comparison. */
import { bucketStart } from '../../model/time.js';
import { activeMetrics } from './active-metrics.js';
import { compareStores, type Comparison } from './compare.js';
import type { CopyJob } from './copy-store.js';
import type { CopyState, StateKeeper } from './copy-state.js';
import { rangeOf } from './days.js';
import { copyMetadata } from './metadata-copy.js';
import { copyMetrics } from './metric-copy.js';
import { ownDays } from './own-days.js';
import { copyRecords } from './record-copy.js';
import { writePending } from './write-ahead.js';

export interface CopyRequest {
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** The target may have data of the same days: they add up. */
  readonly add: boolean;
}

/** undefined: stopped before it was done. */
export type CopyResult = { readonly state: CopyState; readonly comparison: Comparison } | undefined;

/** The state of a copy that begins now. `occupied` refuses a target that has data of earlier days. */
export async function beginCopy(job: CopyJob, request: CopyRequest, given: { readonly id: string; readonly occupied: () => Error }): Promise<CopyState> {
  const { from, to, days, add } = request;
  const range = rangeOf(job.clock.now(), days);
  const own = await ownDays(job, job.target, range, await activeMetrics(job, range));
  const today = bucketStart(range.untilMs, 'day');
  if (!add && [own.metrics, ...Object.values(own.records)].flat().some((day) => day < today)) throw given.occupied();
  return {
    version: 2,
    id: given.id,
    from,
    to,
    days,
    ...range,
    own,
    metadataDone: false,
    metrics: { sequence: 0, done: false },
    records: { sequence: 0, done: false },
    copied: { definitions: 0, entities: 0, metrics: { minute: 0, hour: 0, day: 0 }, records: {} },
  };
}

export async function runCopy(job: CopyJob, keeper: StateKeeper): Promise<CopyResult> {
  const active = await activeMetrics(job, keeper.state);
  await writePending(job, keeper);
  await copyMetadata(job, keeper);
  await copyMetrics(job, keeper, active);
  await copyRecords(job, keeper);
  const comparison = await compareStores(job, keeper.state, active);
  return comparison === undefined ? undefined : { state: keeper.state, comparison };
}

/** Both stores know the models: a column that one of them does not have yet is added. */
export async function installModels({ source, target, models }: CopyJob): Promise<void> {
  await source.installer.install(models);
  await target.installer.install(models);
}
