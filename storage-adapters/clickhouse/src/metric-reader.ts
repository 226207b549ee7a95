import {
  bucketStart,
  dayMs,
  isTotal,
  type Clock,
  type HistogramState,
  type MetricBucket,
  type MetricEntityQuery,
  type MetricKind,
  type MetricQuery,
  type MetricReader,
  type MetricState,
  type Step,
  type TopEntry,
  type TopQuery,
} from '@meterlark/core';
import type { Connection } from './connection/connection.js';
import { entitiesSql, seriesStatements } from './metric-sql.js';
import { readBlocks, type Block } from './native/reader.js';
import type { ReadLimits } from './read-settings.js';
import type { Family } from './schema/metric-tables.js';
import { topStatements } from './top-sql.js';

export interface ReaderOptions {
  readonly database: string;
  readonly retentionDays: Readonly<Record<Step, number>>;
  readonly limits: ReadLimits;
}

export class ClickHouseMetricReader implements MetricReader {
  constructor(
    private readonly connection: Connection,
    private readonly options: ReaderOptions,
    private readonly clock: Clock,
  ) {}

  async read(query: MetricQuery): Promise<readonly MetricBucket[]> {
    const statements = seriesStatements(this.withinLifetime(query), this.options);
    const answers = await Promise.all(
      statements.map(async ({ family, sql }) => bucketsOf(family, query.step, await this.connection.query(sql))),
    );
    return answers.flat();
  }

  async entityIds(wanted: MetricEntityQuery): Promise<readonly string[]> {
    const query = this.withinLifetime(wanted);
    if (query.fromMs >= query.toMs) return [];
    const answer = await this.connection.query(entitiesSql(query, this.options));
    return readBlocks(answer).flatMap((block) => [...block.strings('entity')]);
  }

  async top(query: TopQuery): Promise<readonly TopEntry[]> {
    const statements = topStatements(this.withinLifetime(query), this.options);
    const answers = await Promise.all(statements.map(async (sql) => entriesOf(await this.connection.query(sql))));
    const entries = answers.flat();
    return answers.length === 1 ? entries : entries.sort(byRank(query.order)).slice(0, query.limit);
  }

  /** What has outlived its time may still be on disk; nobody sees it. */
  private withinLifetime<Q extends { readonly step: Step; readonly fromMs: number }>(query: Q): Q {
    const { step } = query;
    const oldest = bucketStart(this.clock.now() - this.options.retentionDays[step] * dayMs, step);
    return { ...query, fromMs: Math.max(query.fromMs, oldest) };
  }
}

function bucketsOf(family: Family, step: Step, answer: Uint8Array): MetricBucket[] {
  const buckets: MetricBucket[] = [];
  for (const block of readBlocks(answer)) {
    const kinds = block.strings('kind') as readonly MetricKind[];
    const keys = {
      metrics: block.strings('metric'),
      entities: block.strings('entity'),
      labels: block.strings('labels'),
      sources: block.strings('source'),
      seconds: block.numbers('bucket'),
    };
    const stateOf = stateReader(family, step, block, kinds);
    for (let row = 0; row < block.rows; row += 1) {
      buckets.push({
        metric: keys.metrics[row]!,
        kind: kinds[row]!,
        entityId: keys.entities[row]!,
        labels: keys.labels[row]!,
        source: keys.sources[row]!,
        bucketMs: keys.seconds[row]! * 1000,
        state: stateOf(row),
      });
    }
  }
  return buckets;
}

function stateReader(family: Family, step: Step, block: Block, kinds: readonly MetricKind[]): (row: number) => MetricState {
  const slots = slotsReader(step, block, kinds);
  switch (family) {
    case 'sums': {
      const a = block.numbers('merged_a');
      const b = block.numbers('merged_b');
      return (row) => ({ a: a[row]!, b: b[row]!, slots: slots(row), histogram: undefined });
    }
    case 'points':
      return pointReader(block, kinds, slots);
    case 'histograms':
      return (row) => ({ a: 0, b: 0, slots: 0n, histogram: histogramAt(block, row) });
  }
}

/** At minute step there is one slot and no column for it; hour and day rows of other kinds hold 0. */
function slotsReader(step: Step, block: Block, kinds: readonly MetricKind[]): (row: number) => bigint {
  return (row) => {
    if (!isTotal(kinds[row]!)) return 0n;
    return step === 'minute' ? 1n : block.bits('merged_slots')[row]!;
  };
}

function pointReader(block: Block, kinds: readonly MetricKind[], slots: (row: number) => bigint): (row: number) => MetricState {
  const low = block.numbers('merged_low');
  const high = block.numbers('merged_high');
  const newest = block.numbers('merged_newest');
  const times = block.numbers('merged_time');
  return (row) => {
    const kind = kinds[row]!;
    const isLatest = kind === 'latest' || kind === 'totalLatest';
    const extreme = kind === 'min' || kind === 'totalMin' ? low : high;
    const a = isLatest ? newest[row]! : extreme[row]!;
    return { a, b: isLatest ? times[row]! : 0, slots: slots(row), histogram: undefined };
  };
}

/** The engine keeps the keys of a merged map in ascending order. */
function histogramAt(block: Block, row: number): HistogramState {
  const { ends, items } = block.nested('merged_buckets');
  const start = row === 0 ? 0 : ends[row - 1]!;
  const end = ends[row]!;
  const [bounds, counts] = items.map((column) => (column.kind === 'numbers' ? column.values : []));
  return { bounds: sliced(bounds ?? [], start, end), counts: sliced(counts ?? [], start, end) };
}

function sliced(values: ArrayLike<number>, start: number, end: number): number[] {
  const part = new Array<number>(end - start);
  for (let index = start; index < end; index += 1) part[index - start] = values[index]!;
  return part;
}

function entriesOf(answer: Uint8Array): TopEntry[] {
  const entries: TopEntry[] = [];
  for (const block of readBlocks(answer)) {
    const entities = block.strings('entity');
    const values = block.numbers('value');
    entities.forEach((entityId, row) => entries.push({ entityId, value: values[row]! }));
  }
  return entries;
}

function byRank(order: TopQuery['order']): (left: TopEntry, right: TopEntry) => number {
  const sign = order === 'asc' ? 1 : -1;
  return (left, right) => sign * (left.value - right.value) || (left.entityId < right.entityId ? -1 : 1);
}
