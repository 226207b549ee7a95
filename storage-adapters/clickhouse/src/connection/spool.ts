import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { InsertRequest } from './connection.js';

/** `<table>.<token>.native`; a name still ending in `.part` is not complete. */
const complete = /^([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.native$/;

export interface SpoolFile {
  readonly path: string;
  readonly table: string;
  readonly token: string;
}

/** Batches as files: they carry the rows into the engine and are its write-ahead log until it has them. */
export class Spool {
  private readonly rejected: string;

  constructor(private readonly folder: string) {
    this.rejected = join(folder, 'rejected');
  }

  async prepare(): Promise<void> {
    await mkdir(this.rejected, { recursive: true });
    for (const name of await readdir(this.folder)) {
      if (name.endsWith('.part')) await rm(join(this.folder, name), { force: true });
    }
  }

  /** All requests become complete files, or none. */
  async write(requests: readonly InsertRequest[]): Promise<readonly SpoolFile[]> {
    const files = requests.map(({ table, token }) => ({ table, token, path: join(this.folder, `${table}.${token}.native`) }));
    try {
      await Promise.all(files.map((file, index) => writePart(`${file.path}.part`, requests[index]!.blocks)));
    } catch (error) {
      await Promise.all(files.map((file) => rm(`${file.path}.part`, { force: true })));
      throw error;
    }
    await Promise.all(files.map((file) => rename(`${file.path}.part`, file.path)));
    return files;
  }

  async remove(file: SpoolFile): Promise<void> {
    await rm(file.path, { force: true });
  }

  /** Keeps a file that the engine refuses for people to look at; it is not tried again. */
  async setAside(file: SpoolFile): Promise<void> {
    await rename(file.path, join(this.rejected, `${file.table}.${file.token}.native`));
  }

  /** What an earlier process did not finish. */
  async leftovers(): Promise<readonly SpoolFile[]> {
    const found: SpoolFile[] = [];
    for (const name of (await readdir(this.folder)).sort()) {
      const [, table, token] = complete.exec(name) ?? [];
      if (table !== undefined && token !== undefined) found.push({ path: join(this.folder, name), table, token });
    }
    return found;
  }
}

async function writePart(path: string, blocks: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writev(blocks as Uint8Array[]);
  } finally {
    await file.close();
  }
}
