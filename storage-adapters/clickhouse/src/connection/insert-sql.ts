import { identifier, text } from '../literal.js';
import type { InsertRequest } from './connection.js';

export interface InsertTarget {
  readonly database: string;
  readonly cluster: string;
}

/** Without columns those that the blocks name are filled. `source` is the place where the rows come from: a file, or nothing for a request body. */
export function insertSql(request: Pick<InsertRequest, 'table' | 'columns' | 'token'>, target: InsertTarget, source = ''): string {
  const table = `${identifier(target.database)}.${identifier(request.table)}`;
  const columns = request.columns.length === 0 ? '' : ` (${request.columns.map(identifier).join(', ')})`;
  const settings = [
    `insert_deduplication_token = ${text(request.token)}`,
    'insert_deduplicate = 1',
    // The token must also hold for the hour and day tables behind the views.
    'deduplicate_blocks_in_dependent_materialized_views = 1',
    'async_insert = 0',
    // Rows of one key are rare within a batch, and reads put them together anyway: looking for them cost a sixth of an insert of model calls.
    'optimize_on_insert = 0',
    // Blocks, and with them the numbering behind the token, must form the same way on a replay.
    'max_insert_threads = 1',
    'max_partitions_per_insert_block = 1000',
    ...(target.cluster === '' ? [] : ['distributed_foreground_insert = 1']),
  ];
  return `INSERT INTO ${table}${columns}${source} SETTINGS ${settings.join(', ')} FORMAT Native`;
}
