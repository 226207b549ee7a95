/** Pages of entry spans, each span once however often it was sent. */
import type { RecordReader } from '../../contract/storage.js';
import type { RecordQuery } from '../../model/record-query.js';
import type { RecordRow } from '../../model/record.js';
import { canonicalTraceId } from '../../model/trace-id.js';

export type UnpagedQuery = Omit<RecordQuery, 'limit' | 'offset' | 'columns'>;
export interface RowPage {
  readonly limit: number;
  readonly offset: number;
}

const keyColumns = ['trace_id', 'span_id', 'service'];
/** Rows of one read. */
const mostAtOnce = 10_000;
const fewestAtOnce = 20;

/** Counts every span once. */
export class SeenSpans {
  private readonly seen = new Set<string>();

  isNew(row: RecordRow): boolean {
    const key = JSON.stringify([canonicalTraceId(row['trace_id'] as string), row['span_id'], row['service']]);
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    return true;
  }
}

/** `scanned`: rows that one page may look at; a store full of repetitions answers short pages then. */
export async function distinctRows(reader: RecordReader, query: UnpagedQuery, page: RowPage, scanned: number): Promise<readonly RecordRow[]> {
  const seen = new SeenSpans();
  let place = 0;
  for (let before = 0; before < page.offset; ) {
    const limit = Math.min(mostAtOnce, page.offset - before, scanned - place);
    if (limit <= 0) return [];
    const rows = await reader.rows({ ...query, columns: keyColumns, limit, offset: place });
    for (const row of rows) if (seen.isNew(row)) before += 1;
    place += rows.length;
    if (rows.length < limit) return [];
  }
  const found: RecordRow[] = [];
  for (let round = 1; found.length < page.limit; round *= 2) {
    const missing = page.limit - found.length;
    // Repetitions lie together: the more there were, the more may follow.
    const wanted = round === 1 ? missing : Math.max(missing, fewestAtOnce * round);
    const limit = Math.min(wanted, mostAtOnce, scanned - place);
    if (limit <= 0) break;
    const rows = await reader.rows({ ...query, limit, offset: place });
    for (const row of rows) if (found.length < page.limit && seen.isNew(row)) found.push(row);
    place += rows.length;
    if (rows.length < limit) break;
  }
  return found;
}
