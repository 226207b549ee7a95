/** The inventory: which code may be loaded. A line is `module/name: <package name or file path>`. */
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MeterlarkError } from './error.js';
import { kernelErrors } from './errors.js';
import { readYamlFile, showPlace, type YamlFault } from './yaml-file.js';

export interface InventoryEntry {
  /** `module/name`. */
  readonly identity: string;
  readonly module: string;
  readonly name: string;
  /** Absolute file path, package name, or for what is built in a word for the reader. */
  readonly target: string;
  readonly kind: 'file' | 'package' | 'built-in';
  /** Where it is listed, as faults show it. */
  readonly where: string;
}

export interface Inventory {
  readonly entries: readonly InventoryEntry[];
  readonly faults: readonly MeterlarkError[];
}

const identityFormat = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\/([a-z0-9]+(?:-[a-z0-9]+)*)$/;

export function readInventory(file: string, text: string, builtIn: readonly InventoryEntry[] = []): Inventory {
  const yaml = readYamlFile(file, text);
  const faults = yaml.faults.map(yamlFault);
  const known = new Map(builtIn.map((entry) => [entry.identity, entry]));
  for (const [key, target] of yaml.entries) {
    const entry = readEntry(key, target, { file, where: showPlace(yaml.place([key])) });
    if ('code' in entry) faults.push(entry);
    else if (known.has(key)) faults.push(duplicate(entry, known.get(key)));
    else known.set(key, entry);
  }
  return { entries: [...known.values()], faults };
}

export function builtInEntry(identity: string): InventoryEntry {
  const [module = '', name = ''] = identity.split('/');
  return { identity, module, name, target: `built-in ${identity}`, kind: 'built-in', where: 'built in' };
}

function readEntry(key: string, target: unknown, from: { file: string; where: string }): InventoryEntry | MeterlarkError {
  const { where } = from;
  const words = identityFormat.exec(key);
  if (words === null) return kernelErrors.METERLARK_INVENTORY_BAD_IDENTITY({ where, key });
  const [, module = '', name = ''] = words;
  if (typeof target !== 'string' || target.trim() === '') {
    return kernelErrors.METERLARK_INVENTORY_YAML({ where, reason: `${key} must name a package or a file` });
  }
  const path = pathOf(target, dirname(from.file));
  const kind = path === undefined ? 'package' : 'file';
  return { identity: key, module, name, target: path ?? target, kind, where };
}

function pathOf(target: string, folder: string): string | undefined {
  if (target.startsWith('file:')) return fileURLToPath(target);
  return target.startsWith('.') || isAbsolute(target) ? resolve(folder, target) : undefined;
}

function duplicate(entry: InventoryEntry, first: InventoryEntry | undefined): MeterlarkError {
  const also = first?.kind === 'built-in' ? ': it is built in' : '';
  return kernelErrors.METERLARK_INVENTORY_DUPLICATE_IDENTITY({ where: entry.where, key: entry.identity, also });
}

function yamlFault(fault: YamlFault): MeterlarkError {
  const where = showPlace(fault);
  const { file, line, column, duplicateKey } = fault;
  if (duplicateKey === undefined) return kernelErrors.METERLARK_INVENTORY_YAML({ where, file, line, column, reason: fault.reason });
  return kernelErrors.METERLARK_INVENTORY_DUPLICATE_IDENTITY({ where, file, line, column, key: duplicateKey, also: '' });
}
