/** Compares what was copied with what is there; nothing is taken from what the copy remembers. */
import type { Step } from '../../model/metric.js';
import { bucketStart, dayMs } from '../../model/time.js';
import { compareMetrics } from './compare-metrics.js';
import { compareRecords } from './compare-records.js';
import { isStopped, patiently, type CopyJob } from './copy-store.js';
import type { CopyState } from './copy-state.js';
import { entitiesOf, entityScopes } from './metadata-copy.js';
import type { ActiveMetrics } from './metric-copy.js';
import { addTallies, noTally, type Tally } from './tally.js';

export interface Comparison {
  readonly definitions: Tally;
  readonly entities: Tally;
  readonly metrics: Readonly<Record<Step, Tally>>;
  /** By model. */
  readonly records: Readonly<Record<string, Tally>>;
}

/** undefined: stopped. */
export async function compareStores(job: CopyJob, state: CopyState, active: ActiveMetrics): Promise<Comparison | undefined> {
  if (isStopped(job)) return undefined;
  const definitions = await compareDefinitions(job);
  const entities = await compareEntities(job, state);
  const records: Record<string, Tally> = {};
  for (const model of job.models) {
    records[model.name] = await compareRecords(job, state, model);
    job.logger.info('records of a model compared', { model: model.name, ...records[model.name] });
  }
  if (isStopped(job)) return undefined;
  const metrics = await compareMetrics(job, state, active);
  return metrics === undefined ? undefined : { definitions, entities, records, metrics };
}

async function compareDefinitions(job: CopyJob): Promise<Tally> {
  const [source, target] = [await patiently(job, () => job.source.metadataReader.metrics()), await patiently(job, () => job.target.metadataReader.metrics())];
  const there = new Set(target.map(({ name }) => name));
  const found = source.filter(({ name }) => there.has(name)).length;
  return { ...noTally, source: source.length, target: found, different: source.length - found };
}

async function compareEntities(job: CopyJob, state: CopyState): Promise<Tally> {
  const horizonMs = bucketStart(job.clock.now() - job.target.health.retentionDays.day * dayMs, 'day');
  let tally = noTally;
  for (const tenant of job.tenants) {
    for (const scope of entityScopes) {
      const asked = { tenant, scope, range: state };
      const source = await entitiesOf(job, job.source, asked);
      const kept = source.filter(({ lastSeenMs }) => lastSeenMs >= horizonMs);
      const there = new Set((await entitiesOf(job, job.target, asked)).map(({ id }) => id));
      const found = kept.filter(({ id }) => there.has(id)).length;
      const expired = source.length - kept.length;
      tally = addTallies(tally, { ...noTally, source: source.length, target: found, expired, different: kept.length - found });
    }
  }
  return tally;
}
