/** Rule files from disk. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { RuleFileText, RuleSource } from '@meterlark/core';
import { logErrors } from '../errors.js';

const extensions = /\.ya?ml$/i;

/**
 * Texts of a file, of all YAML files below a folder in the order of their names, or the text itself. Paths are relative
 * to `rootFolder`, and so are the names in errors. Rejects with METERLARK_LOG_RULES_UNREADABLE.
 */
export async function readSource(source: RuleSource, rootFolder: string): Promise<readonly RuleFileText[]> {
  if (typeof source !== 'string') return [{ file: source.name, text: source.text }];
  const full = resolve(rootFolder, source);
  try {
    const files = (await stat(full)).isDirectory() ? await filesBelow(full) : [full];
    if (files.length === 0) throw new Error('the folder has no .yaml file');
    return await Promise.all(files.map(async (file) => ({ file: nameOf(file, rootFolder), text: await readFile(file, 'utf8') })));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw logErrors.METERLARK_LOG_RULES_UNREADABLE({ path: source, reason }, cause);
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => extensions.test(name)).sort().map((name) => join(folder, name));
}

function nameOf(file: string, rootFolder: string): string {
  const name = relative(resolve(rootFolder), file);
  return name.startsWith('..') ? file : name;
}
