/** Imports a selected provider and checks what came out of it before anything believes it. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { AnyProvider, ModuleDefinition, ProviderDefinition } from './definition.js';
import { isMeterlarkError, type MeterlarkError } from './error.js';
import { kernelErrors, reasonOf } from './errors.js';
import type { InventoryEntry } from './inventory.js';

/** Imports by package name or file URL; the bundle has one of its own that knows its lazy chunks. */
export type ImportModule = (specifier: string) => Promise<unknown>;

export interface LoaderOptions {
  readonly importModule: ImportModule;
  /** Imports of what is built in, by identity. */
  readonly builtIn: ReadonlyMap<string, () => Promise<unknown>>;
  /** What a default export that is a function receives: the plugin API. */
  readonly api: unknown;
}

/** The provider, or the fault that keeps it out. Never rejects. */
export async function loadProvider(entry: InventoryEntry, options: LoaderOptions): Promise<ProviderDefinition | MeterlarkError> {
  const fields = { key: entry.identity, target: entry.target, where: entry.where };
  if (entry.kind === 'file' && !existsSync(entry.target)) return kernelErrors.METERLARK_INVENTORY_FILE_NOT_FOUND(fields);
  try {
    const exported = defaultOf(await importEntry(entry, options));
    if (exported === undefined) return kernelErrors.METERLARK_INVENTORY_NO_DEFAULT_EXPORT(fields);
    const made: unknown = typeof exported === 'function' ? await (exported as (api: unknown) => unknown)(options.api) : exported;
    const reason = whyNoProvider(made);
    if (reason !== undefined) return kernelErrors.METERLARK_INVENTORY_NOT_A_PROVIDER({ ...fields, reason });
    const provider = made as ProviderDefinition;
    const actual = identityOf(provider);
    return actual === entry.identity ? provider : kernelErrors.METERLARK_INVENTORY_IDENTITY_DIFFERS({ ...fields, actual });
  } catch (error) {
    if (isMeterlarkError(error)) return error;
    const make = isNotFound(error) ? kernelErrors.METERLARK_INVENTORY_PACKAGE_NOT_FOUND : kernelErrors.METERLARK_INVENTORY_IMPORT_FAILED;
    return make({ ...fields, reason: reasonOf(error) }, error);
  }
}

export function identityOf(provider: AnyProvider): string {
  return `${provider.module.name}/${provider.name}`;
}

function importEntry(entry: InventoryEntry, { importModule, builtIn }: LoaderOptions): Promise<unknown> {
  const load = entry.kind === 'built-in' ? builtIn.get(entry.identity) : undefined;
  if (load !== undefined) return load();
  return importModule(entry.kind === 'file' ? pathToFileURL(entry.target).href : entry.target);
}

function isNotFound(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function defaultOf(namespace: unknown): unknown {
  const exported: unknown = isRecord(namespace) ? namespace['default'] : undefined;
  // A CommonJS file that was compiled from an ES module carries its default export one level deeper.
  return isRecord(exported) && exported['__esModule'] === true ? exported['default'] : exported;
}

function whyNoProvider(value: unknown): string | undefined {
  if (!isRecord(value)) return `it is ${value === null ? 'null' : typeof value}, not an object`;
  if (!isModule(value['module'])) return 'its "module" is not made by defineModule';
  if (typeof value['name'] !== 'string' || value['name'] === '') return 'it has no "name"';
  if (!isRecord(value['config'])) return 'it has no "config" (an empty schema is {})';
  const requires = value['requires'] ?? [];
  if (!Array.isArray(requires) || !requires.every(isModule)) return '"requires" is not a list of modules';
  for (const phase of ['register', 'start']) {
    if (value[phase] !== undefined && typeof value[phase] !== 'function') return `its "${phase}" is not a function`;
  }
  return undefined;
}

export function isModule(value: unknown): value is ModuleDefinition {
  if (!isRecord(value) || typeof value['name'] !== 'string') return false;
  if (value['arity'] !== 'one' && value['arity'] !== 'many') return false;
  return isTokens(value['services']) && isTokens(value['offers'] ?? []);
}

function isTokens(value: unknown): boolean {
  return Array.isArray(value) && value.every((token) => isRecord(token) && typeof token['key'] === 'symbol' && typeof token['name'] === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
