/** Logs over the record contract. */
import type { LogCondition, LogCount, LogCountQuery, LogGroup, LogPage, LogQuery, StoredLog } from '../../contract/log-query.js';
import type { RecordReader } from '../../contract/storage.js';
import { logsModel } from '../../model/logs-model.js';
import type { ModelCall } from '../../model/model-call.js';
import type { ColumnRef, RecordSelection } from '../../model/record-query.js';
import { queryErrors } from '../errors.js';
import { logConditions } from './log-conditions.js';
import { LoggedCalls } from './logged-calls.js';
import { logsOf } from './stored-log.js';

/** Logs of one time come in the same order on every page. */
const tieBreakers = ['service', 'trace_id', 'span_id'].map((column) => ({ column, descending: false }));

export interface LogLimits {
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
    const orderBy = [{ column: 'time', descending }, ...tieBreakers];
    return logsOf(await this.reader.rows({ ...this.selection(condition), orderBy, limit, offset }));
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

  private selection(condition: LogCondition): RecordSelection {
    const { tenant, fromUs, toUs, tags, keywords, excludedKeywords } = condition;
    const count = tags.length + keywords.length + excludedKeywords.length;
    if (count > this.limits.terms) throw queryErrors.METERLARK_QUERY_TOO_MANY_TERMS({ count, limit: this.limits.terms });
    return { model: logsModel, tenant, fromUs, toUs, where: logConditions(condition) };
  }
}

function columnOf(by: LogGroup): ColumnRef {
  return 'tag' in by ? { column: 'tags', key: by.tag } : { column: by.field };
}
