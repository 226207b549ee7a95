/** Rule files from disk. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { reasonOf } from '@meterlark/core';
import type { SourceFileText } from '../compile/compile.js';
import { sourceErrors } from '../errors.js';

/**
 * Texts of a file, or of all .oal files below a folder in the order of their names. Paths are relative to `rootFolder`,
 * and so are the names in errors. Rejects with METERLARK_SOURCE_RULES_UNREADABLE.
 */
export async function readRuleFiles(path: string, rootFolder: string): Promise<readonly SourceFileText[]> {
  const full = resolve(rootFolder, path);
  try {
    const files = (await stat(full)).isDirectory() ? await filesBelow(full) : [full];
    if (files.length === 0) throw new Error('the folder has no .oal file');
    return await Promise.all(files.map(async (file) => ({ path: nameOf(file, rootFolder), text: await readFile(file, 'utf8') })));
  } catch (cause) {
    throw sourceErrors.METERLARK_SOURCE_RULES_UNREADABLE({ path, reason: reasonOf(cause) }, cause);
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.toLowerCase().endsWith('.oal')).sort().map((name) => join(folder, name));
}

function nameOf(file: string, rootFolder: string): string {
  const name = relative(resolve(rootFolder), file);
  return name.startsWith('..') ? file : name;
}
