/** Merges the rows of all writers in the client, before anything is computed, sorted or cut. */
import type { Clock } from '../../src/kernel/ambient.js';
import type { MetricBucket, MetricEntityQuery, MetricQuery, MetricReader, TopEntry, TopQuery } from '../../src/contract/storage.js';
import { bucketValue, shownValue } from '../../src/model/metric-value.js';
import { mergeStates } from '../../src/model/metric-merge.js';
import type { Step } from '../../src/model/metric.js';
import { bucketStart, dayMs } from '../../src/model/time.js';
import type { Row, RowQuery, RowServer } from './row-server.js';
import { decodeStates, groupBy, kindOf, metricMeasure } from './whole-row-schema.js';
import { type WholeRowLimits, wholeRowErrors } from './whole-row-writer.js';

type Range = Pick<MetricQuery, 'step' | 'fromMs' | 'toMs'>;

export class WholeRowReader implements MetricReader {
  constructor(
    private readonly server: RowServer,
    private readonly clock: Clock,
    private readonly limits: WholeRowLimits,
  ) {}

  async read(query: MetricQuery): Promise<readonly MetricBucket[]> {
    const { tenant, entityIds, selections } = query;
    const answers = selections.map(({ metric, kind }) => this.buckets(query, { tenant, metric, kind, entity: entityIds }));
    return (await Promise.all(answers)).flat();
  }

  async entityIds(query: MetricEntityQuery): Promise<readonly string[]> {
    const { tenant, metric, kind } = query;
    const buckets = await this.buckets(query, { tenant, metric, kind });
    return [...new Set(buckets.map(({ entityId }) => entityId))];
  }

  async top(query: TopQuery): Promise<readonly TopEntry[]> {
    const { tenant, definition, entityIds, serviceId, order, limit } = query;
    const where = { tenant, metric: definition.name, kind: definition.kind, ...(entityIds === undefined ? {} : { entity: entityIds }) };
    const buckets = (await this.buckets(query, where)).filter(({ labels, entityId }) => labels === '' && belongs(entityId, serviceId));
    const entries: TopEntry[] = [];
    for (const [entityId, own] of groupBy(buckets, (bucket) => bucket.entityId)) {
      const values = [...groupBy(own, (bucket) => bucket.bucketMs).values()]
        .map((sources) => bucketValue(definition, query.step, sources.map((bucket) => bucket.state)))
        .filter((value) => value !== undefined)
        .map((value) => shownValue(definition.precision, value));
      if (values.length > 0) entries.push({ entityId, value: values.reduce((sum, value) => sum + value, 0) / values.length });
    }
    const sign = order === 'asc' ? 1 : -1;
    entries.sort((left, right) => sign * (left.value - right.value) || (left.entityId < right.entityId ? -1 : 1));
    return entries.slice(0, limit);
  }

  private async buckets({ step, fromMs, toMs }: Range, where: RowQuery['where']): Promise<readonly MetricBucket[]> {
    const limit = this.limits.maxResultRows;
    const from = Math.max(fromMs, this.horizonMs(step));
    const rows = await this.server.query({ measure: metricMeasure(step).name, where, fromMs: from, toMs: toMs - 1, limit });
    if (rows.length >= limit) throw wholeRowErrors.METERLARK_TEST_WHOLE_ROW_TOO_MANY({ limit });
    return mergeWriters(rows);
  }

  private horizonMs(step: Step): number {
    return bucketStart(this.clock.now() - this.limits.retentionDays[step] * dayMs, step);
  }
}

function mergeWriters(rows: readonly Row[]): readonly MetricBucket[] {
  const merged = new Map<string, MetricBucket>();
  for (const row of rows) {
    const { metric, entity, source } = row.tags as Record<'metric' | 'entity' | 'source', string>;
    for (const [labels, state] of decodeStates(row)) {
      const own = { metric, kind: kindOf(row), entityId: entity, labels, source, bucketMs: row.timeMs };
      const key = JSON.stringify(Object.values(own));
      const known = merged.get(key);
      merged.set(key, { ...own, state: known === undefined ? state : mergeStates(own.kind, known.state, state) });
    }
  }
  return [...merged.values()];
}

function belongs(entityId: string, serviceId: string | undefined): boolean {
  return serviceId === undefined || entityId === serviceId || entityId.startsWith(`${serviceId}_`);
}
