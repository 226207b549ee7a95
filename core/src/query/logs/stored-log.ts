/** Rows of `logsModel` as logs. */
import type { StoredLog } from '../../contract/log-query.js';
import { LoopTurn } from '../../kernel/loop-turn.js';
import type { LogContentType } from '../../model/log.js';
import type { RecordRow } from '../../model/record.js';
import { SharedAttributes } from '../stored-json.js';

/** Many logs are long work: others get their turns meanwhile. */
export async function logsOf(rows: readonly RecordRow[]): Promise<readonly StoredLog[]> {
  const shared = new SharedAttributes();
  const turn = new LoopTurn();
  const logs: StoredLog[] = [];
  for (const row of rows) {
    logs.push(logOf(row, shared));
    if (turn.isOver) await turn.next();
  }
  return logs;
}

function logOf(row: RecordRow, shared: SharedAttributes): StoredLog {
  const text = (name: string): string => row[name] as string;
  return {
    tenant: text('tenant'),
    timeUs: row['time'] as number,
    service: text('service'),
    instance: text('instance'),
    endpoint: text('endpoint'),
    layer: text('layer'),
    traceId: text('trace_id'),
    spanId: text('span_id'),
    severity: text('severity'),
    contentType: text('content_type') as LogContentType,
    body: text('body'),
    tags: row['tags'] as Readonly<Record<string, string>>,
    scope: text('scope'),
    resource: shared.of(text('resource')),
  };
}
