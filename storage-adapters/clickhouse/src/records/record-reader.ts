import type { Clock, GroupQuery, Lifetime, RecordGroup, RecordQuery, RecordReader, RecordRow, RecordSelection } from '@meterlark/core';
import type { Connection } from '../connection/connection.js';
import { groupsOf, rowsOf } from './record-decode.js';
import { timeBounds } from './record-rows.js';
import { groupsSql, rowsSql, type RecordTarget } from './record-sql.js';

export interface RecordReaderOptions extends RecordTarget {
  readonly days: Readonly<Record<Lifetime, number>>;
}

export class ClickHouseRecordReader implements RecordReader {
  constructor(
    private readonly connection: Connection,
    private readonly options: RecordReaderOptions,
    private readonly clock: Clock,
  ) {}

  async rows(wanted: RecordQuery): Promise<readonly RecordRow[]> {
    const query = this.withinLifetime(wanted);
    const sql = rowsSql(query, this.options);
    if (isEmpty(query)) return [];
    return rowsOf(query.model, query.columns, await this.connection.query(sql));
  }

  async groups(wanted: GroupQuery): Promise<readonly RecordGroup[]> {
    const query = this.withinLifetime(wanted);
    const sql = groupsSql(query, this.options);
    if (isEmpty(query)) return [];
    return groupsOf(query, await this.connection.query(sql));
  }

  /** What has outlived its time may still be on disk; nobody sees it. */
  private withinLifetime<Q extends RecordSelection>(query: Q): Q {
    const { oldestUs, endUs } = timeBounds(this.clock.now(), this.options.days[query.model.lifetime]);
    return { ...query, fromUs: Math.max(query.fromUs, oldestUs), toUs: Math.min(query.toUs, endUs) };
  }
}

function isEmpty({ fromUs, toUs, limit }: RecordSelection & { readonly limit: number }): boolean {
  return !(fromUs < toUs) || limit === 0;
}
