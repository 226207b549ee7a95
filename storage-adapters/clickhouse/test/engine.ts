/** The real engine without the adapter, to check what the adapter made. */
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { Session } from 'chdb';
import { testFolder } from './surroundings.js';

export interface TestEngine {
  /** Where files may lie. */
  readonly folder: string;
  native(sql: string): Promise<Uint8Array>;
  /** Rows as arrays, 64-bit integers as text. */
  rows(sql: string): Promise<unknown[][]>;
  /** Loads Native blocks as they are. */
  load(table: string, columns: readonly string[], blocks: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}

export async function openEngine(): Promise<TestEngine> {
  const folder = await testFolder();
  const session = new Session(join(folder.path, 'engine'));
  let files = 0;
  const native = async (sql: string): Promise<Uint8Array> => (await session.queryAsync(sql, { format: 'Native' })).bytes();
  return {
    folder: folder.path,
    native,
    async rows(sql) {
      const settings = 'SETTINGS output_format_json_quote_64bit_integers = 1';
      const answer = await session.queryAsync(`${sql} ${settings}`, { format: 'JSONCompactEachRow' });
      return answer.text().trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown[]);
    },
    async load(table, columns, blocks) {
      const path = join(folder.path, `blocks-${(files += 1)}`);
      await writeFile(path, Buffer.concat(blocks));
      await native(`INSERT INTO ${table} (${columns.join(', ')}) FROM INFILE '${path}' COMPRESSION 'none' FORMAT Native`);
    },
    async close() {
      session.close();
      await folder.remove();
    },
  };
}
