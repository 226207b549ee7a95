/** Tables at rest for `npm run bench`: sizes on disk, and what a re-pricing leaves. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as chdb from 'chdb';
import { readBlocks } from '../../src/native/reader.js';

export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

/** The embedded engine on the folder of a server that is not running. */
export class StoredTables {
  private readonly session: chdb.Session;

  constructor(folder: string) {
    const { Session } = createRequire(import.meta.url)('chdb') as typeof chdb;
    this.session = new Session(join(folder, 'clickhouse'));
  }

  /** On disk, after its parts have been merged. */
  async size(table: string): Promise<TableSize> {
    await this.run(`OPTIMIZE TABLE meterlark.${table} FINAL`);
    const sums = 'toFloat64(sum(bytes_on_disk)) AS bytes, toFloat64(sum(rows)) AS stored';
    const answer = await this.run(`SELECT ${sums} FROM system.parts WHERE active AND database = 'meterlark' AND table = '${table}'`);
    const [block] = readBlocks(answer);
    return { rows: block!.numbers('stored')[0]!, bytes: block!.numbers('bytes')[0]! };
  }

  /** What a re-pricing of every call leaves: a second, newer row beside the first. */
  async repriceAll(): Promise<void> {
    await this.run('INSERT INTO meterlark.model_calls SELECT * REPLACE (revision + 1 AS revision, total_cost * 2 AS total_cost) FROM meterlark.model_calls');
  }

  close(): void {
    this.session.close();
  }

  private async run(sql: string): Promise<Uint8Array> {
    return (await this.session.queryAsync(sql, { format: 'Native' })).bytes();
  }
}
