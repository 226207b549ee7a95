import {
  bucketStart,
  bucketValue,
  dayMs,
  shownValue,
  type Clock,
  type MetricBucket,
  type MetricEntityQuery,
  type MetricQuery,
  type MetricReader,
  type MetricState,
  type MetricWriteBatch,
  type MetricWriter,
  type SelfMetrics,
  type Step,
  type TopEntry,
  type TopQuery,
} from '@meterlark/core';
import { MetricTable } from './metric-table.js';
import { SeenBatches } from './seen-batches.js';

export interface MemoryLimits {
  readonly retentionDays: Readonly<Record<Step, number>>;
  /** Per step. */
  readonly maxRows: number;
  /** Of how many writers the last batch is remembered, to know a repeated one. */
  readonly maxWriters: number;
}

const steps: readonly Step[] = ['minute', 'hour', 'day'];

/** Minutes, hours and days are merged as rows are written, so that a read is a look-up. */
export class MemoryMetrics implements MetricWriter, MetricReader {
  private readonly tables: Readonly<Record<Step, MetricTable>>;
  private readonly seen: SeenBatches;

  constructor(
    private readonly limits: MemoryLimits,
    private readonly clock: Clock,
    selfMetrics: SelfMetrics,
  ) {
    this.seen = new SeenBatches(limits.maxWriters);
    const drops = selfMetrics.counter('meterlark_storage_memory_dropped_rows_total', 'Rows let go', ['step', 'reason']);
    const table = (step: Step): MetricTable =>
      new MetricTable(step, limits.maxRows, (reason, rows) => drops.add(rows, { step, reason }));
    this.tables = { minute: table('minute'), hour: table('hour'), day: table('day') };
    const rows = (): number => steps.reduce((total, step) => total + this.tables[step].rows, 0);
    selfMetrics.observe('meterlark_storage_memory_rows', 'Rows held over all steps', rows);
  }

  async write(batch: MetricWriteBatch): Promise<void> {
    if (!this.seen.isNew(batch)) return;
    for (const step of steps) {
      const horizonMs = this.horizonMs(step);
      this.tables[step].expire(horizonMs);
      for (const rows of batch.rows) this.tables[step].add(rows, horizonMs);
    }
  }

  async read(query: MetricQuery): Promise<readonly MetricBucket[]> {
    const entities = new Set(query.entityIds);
    return query.selections.flatMap((selection) =>
      [...this.find({ ...query, ...selection })].filter((bucket) => entities.has(bucket.entityId)),
    );
  }

  async entityIds(query: MetricEntityQuery): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const { entityId } of this.find(query)) found.add(entityId);
    return [...found];
  }

  async top(query: TopQuery): Promise<readonly TopEntry[]> {
    const { definition, step } = query;
    const entities = new Map<string, Map<number, MetricState[]>>();
    for (const bucket of this.find({ ...query, metric: definition.name, kind: definition.kind })) {
      if (bucket.labels === '' && isWanted(query, bucket.entityId)) keep(entities, bucket);
    }
    const entries: TopEntry[] = [];
    for (const [entityId, buckets] of entities) {
      const values = [...buckets.values()].map((states) => bucketValue(definition, step, states));
      const known = values.filter((value) => value !== undefined).map((value) => shownValue(definition.precision, value));
      const total = known.reduce((sum, value) => sum + value, 0);
      if (known.length > 0) entries.push({ entityId, value: total / known.length });
    }
    return entries.sort(byRank(query.order)).slice(0, query.limit);
  }

  private find(range: Omit<MetricQuery, 'selections' | 'entityIds'> & MetricQuery['selections'][number]): Iterable<MetricBucket> {
    const fromMs = Math.max(range.fromMs, this.horizonMs(range.step));
    return this.tables[range.step].find({ ...range, fromMs });
  }

  private horizonMs(step: Step): number {
    return bucketStart(this.clock.now() - this.limits.retentionDays[step] * dayMs, step);
  }
}

function isWanted(query: TopQuery, entityId: string): boolean {
  const { serviceId, entityIds } = query;
  const inService = serviceId === undefined || entityId === serviceId || entityId.startsWith(`${serviceId}_`);
  return inService && (entityIds === undefined || entityIds.includes(entityId));
}

function keep(entities: Map<string, Map<number, MetricState[]>>, bucket: MetricBucket): void {
  const buckets = entities.get(bucket.entityId) ?? new Map<number, MetricState[]>();
  entities.set(bucket.entityId, buckets);
  const states = buckets.get(bucket.bucketMs);
  if (states === undefined) buckets.set(bucket.bucketMs, [bucket.state]);
  else states.push(bucket.state);
}

function byRank(order: TopQuery['order']): (left: TopEntry, right: TopEntry) => number {
  const sign = order === 'asc' ? 1 : -1;
  return (left, right) => sign * (left.value - right.value) || (left.entityId < right.entityId ? -1 : 1);
}
