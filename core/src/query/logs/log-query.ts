/** Logs over the record contract. */
import type { LogCondition, LogCount, LogCountQuery, LogGroup, LogPage, LogQuery, StoredLog } from '../../contract/log-query.js';
import type { RecordReader } from '../../contract/storage.js';
import { logsModel } from '../../model/logs-model.js';
import type { ModelCall } from '../../model/model-call.js';
import type { RecordRow } from '../../model/record.js';
import type { ColumnRef, RecordQuery, RecordSelection } from '../../model/record-query.js';
import { queryErrors } from '../errors.js';
import { logConditions } from './log-conditions.js';
import { LoggedCalls } from './logged-calls.js';
import { logsOf } from './stored-log.js';

const rowsAtOnce = 1000;

export interface LogLimits {
  /** Of bodies and tags in one answer. */
  readonly characters: number;
  /** Tags and keywords of one search. */
  readonly terms: number;
}

export class RecordLogQuery implements LogQuery {
  private readonly logged: LoggedCalls;

  constructor(
    private readonly reader: RecordReader,
    private readonly limits: LogLimits,
  ) {
    this.logged = new LoggedCalls(reader);
  }

  async logs(condition: LogCondition, { descending, limit, offset }: LogPage): Promise<readonly StoredLog[]> {
    // Logs of one time come in the same order on every page, those of several writers too.
    const orderBy = ['time', 'sequence', 'service', 'trace_id'].map((column) => ({ column, descending }));
    return logsOf(await this.page({ ...this.selection(condition), orderBy, limit, offset }));
  }

  async counts({ condition, bucketUs, by, limit }: LogCountQuery): Promise<readonly LogCount[]> {
    const groups = await this.reader.groups({
      ...this.selection(condition), by: by.map(columnOf), ...(bucketUs === undefined ? {} : { bucketUs }), measures: [{ of: 'count' }], limit,
    });
    return groups.map((group) => ({ bucketUs: group.bucketUs, by: group.by, count: Number(group.measures[0] ?? 0) }));
  }

  calls(logs: readonly StoredLog[]): Promise<readonly (ModelCall | undefined)[]> {
    return this.logged.of(logs);
  }

  /** Read in parts, so that a page of huge logs is refused before all of it is in memory. */
  private async page(query: RecordQuery): Promise<readonly RecordRow[]> {
    const found: RecordRow[] = [];
    let characters = 0;
    while (found.length < query.limit) {
      const limit = Math.min(rowsAtOnce, query.limit - found.length);
      const rows = await this.reader.rows({ ...query, limit, offset: query.offset + found.length });
      for (const row of rows) characters += sizeOf(row);
      if (characters > this.limits.characters) throw queryErrors.METERLARK_QUERY_PAGE_TOO_LARGE({ limit: this.limits.characters });
      found.push(...rows);
      if (rows.length < limit) break;
    }
    return found;
  }

  private selection(condition: LogCondition): RecordSelection {
    const { tenant, fromUs, toUs, tags, keywords, excludedKeywords } = condition;
    const count = tags.length + keywords.length + excludedKeywords.length;
    if (count > this.limits.terms) throw queryErrors.METERLARK_QUERY_TOO_MANY_TERMS({ count, limit: this.limits.terms });
    return { model: logsModel, tenant, fromUs, toUs, where: logConditions(condition) };
  }
}

function sizeOf(row: RecordRow): number {
  const tags = Object.values(row['tags'] as Readonly<Record<string, string>>);
  return tags.reduce((size, value) => size + value.length, (row['body'] as string).length);
}

function columnOf(by: LogGroup): ColumnRef {
  return 'tag' in by ? { column: 'tags', key: by.tag } : { column: by.field === 'traceId' ? 'trace_id' : by.field };
}
