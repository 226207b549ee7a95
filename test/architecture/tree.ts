import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const rootFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

const skipped = new Set(['node_modules', 'dist', 'data', '.git']);

/** Paths relative to the root, with `/`, of all files below the folders that end in one of the endings. */
export function filesBelow(folders: readonly string[], endings: readonly string[], root = rootFolder): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) walk(path);
      else if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) {
        found.push(relative(root, path).split(sep).join('/'));
      }
    }
  };
  for (const folder of folders) walk(join(root, folder));
  return found.sort();
}

export function readText(path: string, root = rootFolder): string {
  return readFileSync(join(root, path), 'utf8');
}
