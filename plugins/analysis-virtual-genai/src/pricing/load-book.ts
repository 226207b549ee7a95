/** Price files from disk to the book. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { reasonOf, sideBySide, type MeterlarkError } from '@meterlark/core';
import { pricingErrors } from '../errors.js';
import type { PriceFile, PriceLayer } from './entry.js';
import { FilePriceBook } from './file-price-book.js';
import { readPriceFile } from './read-price-file.js';

export interface PricingSettings {
  /** Files, or folders of them; relative to the root folder; later ones go before earlier ones. */
  readonly files: readonly string[];
  readonly deployments: Readonly<Record<string, string>>;
}

const maxFiles = 500;
const maxEntries = 20_000;
const maxBytes = 4 * 1024 * 1024;
/** Texts in memory at a time. */
const filesAtOnce = 32;
const maxRemembered = 20_000;

export interface LoadedBook {
  readonly book: FilePriceBook;
  readonly faults: readonly MeterlarkError[];
}

/** Every fault of every file, and the book without the files that have some. Never rejects. */
export async function loadBook({ files, deployments }: PricingSettings, rootFolder: string): Promise<LoadedBook> {
  const faults: MeterlarkError[] = [];
  const layers: PriceLayer[] = [];
  for (const path of files) layers.push(await readLayer(path, rootFolder, faults));
  const entries = layers.flat().reduce((count, file) => count + file.entries.length, 0);
  if (entries > maxEntries) faults.push(pricingErrors.METERLARK_PRICING_LIMIT({ found: entries, things: 'models', limit: maxEntries }));
  return { book: new FilePriceBook(layers, { deployments, maxRemembered }), faults };
}

async function readLayer(path: string, rootFolder: string, faults: MeterlarkError[]): Promise<PriceLayer> {
  const found: PriceFile[] = [];
  try {
    const files = await filesOf(resolve(rootFolder, path));
    for (let at = 0; at < files.length; at += filesAtOnce) {
      const reads = await sideBySide(files.slice(at, at + filesAtOnce).map((file) => readOne(file, rootFolder)));
      for (const read of reads) {
        found.push(...read.files);
        faults.push(...read.faults);
      }
    }
  } catch (error) {
    faults.push(pricingErrors.METERLARK_PRICING_UNREADABLE({ path, reason: reasonOf(error) }, error));
  }
  faults.push(...twice(found), ...strangers(found));
  return found;
}

async function readOne(file: string, rootFolder: string): ReturnType<typeof readText> {
  const { size } = await stat(file);
  if (size > maxBytes) throw new Error(`${nameOf(file, rootFolder)} has ${size} bytes, more than ${maxBytes}`);
  return readText(file, rootFolder);
}

async function readText(file: string, rootFolder: string): Promise<ReturnType<typeof readPriceFile>> {
  return readPriceFile(nameOf(file, rootFolder), await readFile(file, 'utf8'));
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const files = names.filter((name) => /\.ya?ml$/i.test(name)).sort();
  if (files.length === 0) throw new Error('the folder has no .yaml file');
  if (files.length > maxFiles) throw new Error(`the folder has ${files.length} files, more than ${maxFiles}`);
  return files.map((name) => join(path, name));
}

function nameOf(file: string, rootFolder: string): string {
  const name = relative(resolve(rootFolder), file);
  return name.startsWith('..') ? file : name;
}

/** One name in two files of one provider, side by side, would be priced by chance. */
function twice(files: readonly PriceFile[]): MeterlarkError[] {
  const seen = new Map<string, string>();
  return files.flatMap(({ file, provider, entries }) =>
    entries.flatMap(({ model, aliases, line }) =>
      [model, ...aliases].flatMap((name) => {
        const key = `${provider} ${name}`;
        const first = seen.get(key);
        if (first === undefined) seen.set(key, file);
        if (first === undefined || first === file) return [];
        return [pricingErrors.METERLARK_PRICING_FILE({ file, line, column: 1, reason: `the name ${name} of ${provider} stands in ${first} already` })];
      }),
    ),
  );
}

function strangers(files: readonly PriceFile[]): MeterlarkError[] {
  const known = new Set(files.map(({ provider }) => provider));
  return files.flatMap(({ file, uses }) =>
    uses
      .filter((provider) => !known.has(provider))
      .map((provider) => pricingErrors.METERLARK_PRICING_FILE({ file, line: 1, column: 1, reason: `uses names ${provider}, and no file beside this one is of that provider` })),
  );
}
