import type { Clock, MetricBucket, MetricEntityQuery, MetricQuery, MetricReader, MetricSelection, TopEntry, TopQuery } from '@meterlark/core';
import type { BanyanClient, Criteria, FoundPoint } from '../connection/client.js';
import { entityText, plainText } from '../schema/entity-text.js';
import type { BanyanMetricOptions } from './options.js';
import { Ranking, rankingTags } from './ranking.js';
import { chunksOf, entityCriteria, RowScan, type RowBudget, type RowRange } from './row-scan.js';
import { metricMeasure } from './schema.js';
import { SeriesMerge, seriesTags, textOf } from './series-merge.js';
import { horizonMs, maxTimeMs } from './times.js';

const leading = ['tenant', 'metric', 'kind', 'entity'] as const;
/** A ranking of more entities reads the whole metric: one query of 33,000 rows is as quick as 1,000 of 60. */
const maxAskedEntities = 256;

type Range = Pick<MetricQuery, 'step' | 'fromMs' | 'toMs'>;

/** Merges the rows of all writers here, before anything is computed, sorted or cut. */
export class BanyanMetricReader implements MetricReader {
  private readonly scan: RowScan;

  constructor(
    client: BanyanClient,
    private readonly clock: Clock,
    private readonly options: BanyanMetricOptions,
  ) {
    this.scan = new RowScan(client, options.pageRows);
  }

  async read(query: MetricQuery): Promise<readonly MetricBucket[]> {
    const { tenant } = query;
    const entityIds = [...new Set(query.entityIds)];
    const selections = distinct(query.selections);
    const merge = new SeriesMerge(selections, entityIds);
    const entities = selections.flatMap((selection) => entityIds.map((entityId) => [...metricOf(tenant, selection), entityText(entityId)]));
    const ranges = chunksOf(entities).flatMap((chunk) => this.ranges(query, entityCriteria(leading, chunk), seriesTags, ['states']));
    await this.scan.readAll(ranges, this.budget(), (rows) => merge.add(rows));
    return merge.buckets;
  }

  async top(query: TopQuery): Promise<readonly TopEntry[]> {
    const { tenant, definition } = query;
    const ranking = new Ranking(query);
    const metric = metricOf(tenant, { metric: definition.name, kind: definition.kind });
    const ranges = this.rankedEntities(query, ranking, metric).flatMap((criteria) => this.ranges(query, criteria, rankingTags, ['states']));
    await this.scan.readAll(ranges, this.budget(), (rows) => ranking.add(rows));
    return ranking.entries();
  }

  async entityIds(query: MetricEntityQuery): Promise<readonly string[]> {
    const ids = new Set<string>();
    const criteria = entityCriteria(leading, [metricOf(query.tenant, query)]);
    const page = (rows: readonly FoundPoint[]): void => {
      for (const { cells } of rows) ids.add(textOf(cells[0]));
    };
    // A copy reads every row anyway, and nothing of them is kept here.
    await this.scan.readAll(this.ranges(query, criteria, ['entity'], []), { limit: Infinity, left: Infinity }, page);
    return [...ids].map(plainText);
  }

  private rankedEntities({ entityIds }: TopQuery, ranking: Ranking, metric: readonly string[]): readonly Criteria[] {
    if (entityIds === undefined || entityIds.length > maxAskedEntities) return [entityCriteria(leading, [metric])];
    const wanted = [...new Set(entityIds)].filter((entityId) => ranking.isWanted(entityId));
    return chunksOf(wanted.map((entityId) => [...metric, entityText(entityId)])).map((chunk) => entityCriteria(leading, chunk));
  }

  /** Nothing when the time is empty; what has outlived its time may still be in the store, and nobody sees it. */
  private ranges({ step, fromMs, toMs }: Range, criteria: Criteria, tags: readonly string[], fields: readonly string[]): readonly RowRange[] {
    const from = Math.ceil(Math.max(fromMs, horizonMs(this.clock, this.options.retentionDays, step)));
    const to = Math.ceil(Math.min(toMs, maxTimeMs));
    if (!(from < to)) return [];
    return [{ measure: metricMeasure(this.options.groupOf(step), step), criteria, tags, fields, fromMs: from, toMs: to - 1 }];
  }

  private budget(): RowBudget {
    const limit = this.options.maxScannedRows;
    return { limit, left: limit };
  }
}

function metricOf(tenant: string, { metric, kind }: MetricSelection): readonly string[] {
  return [entityText(tenant), entityText(metric), kind];
}

function distinct(selections: readonly MetricSelection[]): readonly MetricSelection[] {
  return selections.filter((one, index) => selections.findIndex(({ metric, kind }) => metric === one.metric && kind === one.kind) === index);
}
