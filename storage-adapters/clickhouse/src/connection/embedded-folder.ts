import { access, constants, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MeterlarkError } from '@meterlark/core';
import { storageErrors } from '../errors.js';
import { embeddedConfig } from './embedded-config.js';

/** Where things lie under the data folder. */
export interface FolderLayout {
  readonly path: string;
  readonly engine: string;
  readonly spool: string;
  readonly config: string;
  /** The engine's own lock; holds the process id as text. */
  readonly lock: string;
}

export function folderLayout(path: string): FolderLayout {
  const engine = join(path, 'clickhouse');
  return { path, engine, spool: join(path, 'spool'), config: join(path, 'clickhouse.xml'), lock: join(engine, 'status') };
}

/** Makes the folder and writes the engine's configuration into it; says clearly when that is not possible. */
export async function prepareFolder(layout: FolderLayout): Promise<void> {
  // The engine reads * ? { in file names as patterns and \ in its arguments as an escape.
  if (/[*?{}\\]/.test(layout.path)) {
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING({
      key: 'path',
      value: layout.path,
      reason: 'the engine gives * ? { } and \\ a meaning of their own; use a folder without them',
    });
  }
  try {
    await makeFolder(layout.engine);
    await access(layout.engine, constants.R_OK | constants.W_OK | constants.X_OK);
    await writeFile(layout.config, embeddedConfig());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_FOLDER_NOT_WRITABLE({ path: layout.path, reason }, error);
  }
}

/** Not `recursive` of Node's own: it never ends where the system refuses a new folder with ENOENT, as below /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

/** The engine only says that it could not open; the lock file tells whether somebody holds it. */
export async function explainOpenFailure(layout: FolderLayout, error: unknown): Promise<MeterlarkError> {
  const reason = error instanceof Error ? error.message : String(error);
  const open = /only one active data directory per process.*\(path='([^']*)'\)/s.exec(reason)?.[1];
  if (open !== undefined) return storageErrors.METERLARK_STORAGE_CLICKHOUSE_ONE_FOLDER({ open, path: layout.engine }, error);
  const { path, lock } = layout;
  const holder = await lockHolder(lock);
  if (holder !== undefined && isAlive(holder)) {
    return storageErrors.METERLARK_STORAGE_CLICKHOUSE_FOLDER_IN_USE({ path, lock, holder: ` (id ${holder})` }, error);
  }
  return storageErrors.METERLARK_STORAGE_CLICKHOUSE_OPEN_FAILED({ path, lock, reason }, error);
}

async function lockHolder(lock: string): Promise<number | undefined> {
  try {
    const id = /^PID: (\d+)/m.exec(await readFile(lock, 'utf8'))?.[1];
    return id === undefined ? undefined : Number(id);
  } catch {
    return undefined;
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it lives but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
