/** The two files a host is made of, read whole. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { MeterlarkError } from '../kernel/error.js';
import { kernelErrors, reasonOf } from '../kernel/errors.js';

export interface TextFile {
  readonly file: string;
  readonly text: string;
  /** Set when the file could not be read; its text is then empty. */
  readonly fault?: MeterlarkError;
}

export interface SourceFiles {
  readonly settings: TextFile;
  readonly inventory: TextFile;
}

export interface SourceOptions {
  readonly rootFolder: string;
  /** `--config`; relative to the working folder. */
  readonly config: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A relative path in a variable, like one in a flag, starts at the working folder. */
export async function readSources({ rootFolder, config, environment }: SourceOptions): Promise<SourceFiles> {
  const settings = given(config) ?? given(environment['METERLARK_CONFIG']) ?? join(rootFolder, 'config', 'server.yml');
  const inventory = given(environment['METERLARK_INVENTORY']) ?? join(rootFolder, 'config', 'inventory.yml');
  const [settingsFile, inventoryFile] = await Promise.all([
    readText(settings, kernelErrors.METERLARK_SETTINGS_UNREADABLE),
    readText(inventory, kernelErrors.METERLARK_INVENTORY_UNREADABLE),
  ]);
  return { settings: settingsFile, inventory: inventoryFile };
}

function given(path: string | undefined): string | undefined {
  return path === undefined || path === '' ? undefined : resolve(path);
}

async function readText(file: string, unreadable: (fields: { file: string; reason: string }, cause: unknown) => MeterlarkError): Promise<TextFile> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    return { file, text: '', fault: unreadable({ file, reason: reasonOf(error) }, error) };
  }
}
