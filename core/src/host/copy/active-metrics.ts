/** Which metrics have anything to copy. */
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

export interface AskedMetric {
  readonly tenant: string;
  readonly definition: Pick<MetricDefinition, 'name' | 'kind'>;
  readonly range: CopyRange;
}

export async function hasMetric(job: CopyJob, store: CopyStore, { tenant, definition, range }: AskedMetric): Promise<boolean> {
  const { name: metric, kind } = definition;
  const toMs = bucketStart(range.untilMs - 1, 'day') + dayMs;
  const query = { tenant, metric, kind, step: 'day', fromMs: range.fromMs, toMs } as const;
  return (await patiently(job, () => store.metricReader.entityIds(query))).length > 0;
}
