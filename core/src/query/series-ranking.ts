/** Rankings of metrics whose points depend on the minutes around them: by the very series that a reader is shown. */
import type { MetricReader, TopEntry, TopQuery } from '../contract/storage.js';
import type { MetricDefinition } from '../model/metric.js';
import { minuteMs } from '../model/time.js';
import { minutesBefore } from './bucket-states.js';
import type { Points } from './points.js';
import type { SeriesReader } from './series-reader.js';

export interface RankedSeries {
  readonly points: Points;
  /** Entities looked at. */
  readonly limit: number;
  /** Told of the number of values before they are made. */
  readonly spend: (values: number) => void;
}

/** Series read at a time: as many as the batcher puts into one storage query, and fewer when they are long. */
const together = { entities: 500, points: 100_000 };

/** Storage ranks bucket by bucket, which is right for all other metrics. */
export function isRankedBySeries(definition: MetricDefinition, step: Points['step']): boolean {
  return minutesBefore(definition, step) > 0;
}

export class SeriesRanking {
  constructor(
    private readonly reader: MetricReader,
    private readonly series: SeriesReader,
  ) {}

  async top(query: TopQuery, ranked: RankedSeries): Promise<readonly TopEntry[]> {
    const ids = await this.candidates(query, ranked.limit);
    const size = Math.max(1, Math.min(together.entities, Math.floor(together.points / ranked.points.count)));
    const entries: TopEntry[] = [];
    for (let start = 0; start < ids.length; start += size) {
      const read = ids.slice(start, start + size).map((entityId) => this.entry(query, entityId, ranked));
      for (const entry of await Promise.all(read)) if (entry !== undefined) entries.push(entry);
    }
    return entries.sort(byRank(query.order)).slice(0, query.limit);
  }

  /** Storage knows who has data, in the minutes before the first point too; beyond the limit its own order decides. */
  private async candidates(query: TopQuery, limit: number): Promise<readonly string[]> {
    const fromMs = query.fromMs - minutesBefore(query.definition, query.step) * minuteMs;
    const known = await this.reader.top({ ...query, fromMs, limit });
    return known.map(({ entityId }) => entityId);
  }

  private async entry({ tenant, definition }: TopQuery, entityId: string, { points, spend }: RankedSeries): Promise<TopEntry | undefined> {
    const [series] = await this.series.read(definition, { tenant, entityId, points, extra: 0, filters: [], spend });
    const known = (series?.values ?? []).filter((value) => value !== undefined);
    if (known.length === 0) return undefined;
    return { entityId, value: known.reduce((sum, value) => sum + value, 0) / known.length };
  }
}

function byRank(order: TopQuery['order']): (left: TopEntry, right: TopEntry) => number {
  const sign = order === 'asc' ? 1 : -1;
  return (left, right) => sign * (left.value - right.value) || (left.entityId < right.entityId ? -1 : 1);
}
