/** Texts of files that settings name, e.g. rules. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';

export interface TextFile {
  /** Relative to the root folder when it lies below it. */
  readonly file: string;
  readonly text: string;
}

/**
 * A file whatever its name, or all files below a folder whose names have one of the endings (`.yaml`, in lower case), in the order of
 * their names. `path` is relative to `rootFolder`. Rejects when there is none, or it cannot be read.
 */
export async function readTextFiles(path: string, rootFolder: string, endings: readonly string[]): Promise<readonly TextFile[]> {
  const full = resolve(rootFolder, path);
  const files = (await stat(full)).isDirectory() ? await filesBelow(full, endings) : [full];
  if (files.length === 0) throw new Error(`the folder has no ${endings[0]} file`);
  return Promise.all(files.map(async (file) => ({ file: nameOf(file, rootFolder), text: await readFile(file, 'utf8') })));
}

async function filesBelow(folder: string, endings: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const wanted = (name: string): boolean => endings.some((ending) => name.toLowerCase().endsWith(ending));
  return names.filter(wanted).sort().map((name) => join(folder, name));
}

function nameOf(file: string, rootFolder: string): string {
  const name = relative(resolve(rootFolder), file);
  return name.startsWith('..') ? file : name;
}
