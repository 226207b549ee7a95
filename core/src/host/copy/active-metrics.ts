/** Which metrics have anything to copy, and whether a store has any of them already. */
import type { MetricDefinition } from '../../model/metric.js';
import { bucketStart, dayMs } from '../../model/time.js';
import { compareNames, inTurns, patiently, type CopyJob, type CopyStore } from './copy-store.js';
import type { CopyRange } from './copy-state.js';
import type { ActiveMetrics } from './metric-copy.js';

export async function activeMetrics(job: CopyJob, range: CopyRange): Promise<ActiveMetrics> {
  const definitions = [...(await patiently(job, () => job.source.metadataReader.metrics()))];
  definitions.sort((left, right) => compareNames(left.name, right.name));
  const active = new Map<string, readonly MetricDefinition[]>();
  for (const tenant of job.tenants) {
    const has = await inTurns(definitions, (definition) => hasMetric(job, job.source, { tenant, definition, range }), job.stopping);
    active.set(tenant, definitions.filter((_, place) => has[place] === true));
  }
  return active;
}

/** Whether the store has data of these metrics or of records: of today only, or of days before. */
export async function dataOf(job: CopyJob, store: CopyStore, range: CopyRange, active: ActiveMetrics): Promise<'none' | 'today' | 'earlier'> {
  const today = bucketStart(range.untilMs, 'day');
  const earlier = { fromMs: range.fromMs, untilMs: today };
  if (await hasAny(job, store, earlier, active)) return 'earlier';
  return (await hasAny(job, store, { fromMs: today, untilMs: range.untilMs }, active)) ? 'today' : 'none';
}

async function hasAny(job: CopyJob, store: CopyStore, range: CopyRange, active: ActiveMetrics): Promise<boolean> {
  if (range.fromMs >= range.untilMs) return false;
  for (const tenant of job.tenants) {
    for (const model of job.models) {
      const query = { model, tenant, fromUs: range.fromMs * 1000, toUs: range.untilMs * 1000, where: [] };
      const groups = await patiently(job, () => store.recordReader.groups({ ...query, by: [], measures: [{ of: 'count' }], limit: 1 }));
      if (groups.length > 0) return true;
    }
    const definitions = active.get(tenant) ?? [];
    const has = await inTurns(definitions, (definition) => hasMetric(job, store, { tenant, definition, range }), job.stopping);
    if (has.includes(true)) return true;
  }
  return false;
}

interface Asked {
  readonly tenant: string;
  readonly definition: Pick<MetricDefinition, 'name' | 'kind'>;
  readonly range: CopyRange;
}

async function hasMetric(job: CopyJob, store: CopyStore, { tenant, definition, range }: Asked): Promise<boolean> {
  const { name: metric, kind } = definition;
  const toMs = bucketStart(range.untilMs - 1, 'day') + dayMs;
  const query = { tenant, metric, kind, step: 'day', fromMs: range.fromMs, toMs } as const;
  return (await patiently(job, () => store.metricReader.entityIds(query))).length > 0;
}
