import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineModule, type ModuleDefinition, type ProviderDefinition } from '../../src/kernel/definition.js';
import { isMeterlarkError, type MeterlarkError } from '../../src/kernel/error.js';
import { faultsOf } from '../../src/kernel/errors.js';
import type { SettingsInput } from '../../src/kernel/settings-input.js';
import { serviceToken } from '../../src/kernel/token.js';
import { readYamlFile } from '../../src/kernel/yaml-file.js';
import { ModuleHost, type ModuleHostOptions } from '../../src/kernel/module-host.js';
import { RecordingLogger } from '../../src/testing/fakes.js';

export interface Text {
  readonly text: string;
}
export const StoreReader = serviceToken<Text>('store.StoreReader');
export const StoreModule = defineModule({ name: 'store', arity: 'one', services: [StoreReader] });

export const Tool = serviceToken<Text>('tool.Tool');
export const Extra = serviceToken<Text>('tool.Extra');
export const ToolModule = defineModule({ name: 'tool', arity: 'many', services: [Tool], offers: [Extra] });

export const UserModule = defineModule({ name: 'user', arity: 'many', services: [] });

/** A provider of any module without settings. */
export function provider(module: ModuleDefinition, name: string, rest: Partial<ProviderDefinition> = {}): ProviderDefinition {
  return { module, name, config: {}, ...rest };
}

export function store(name = 'main', text = 'from the store'): ProviderDefinition {
  return provider(StoreModule, name, { register: ({ bind }) => bind(StoreReader).toValue({ text }) });
}

export function hostOf(providers: readonly ProviderDefinition[], options: Partial<ModuleHostOptions> = {}): ModuleHost {
  const configured = providers.map((definition) => ({ definition, config: {} }));
  const defaults = { logger: new RecordingLogger(), ambient: [], startDeadlineMs: 10_000, stopDeadlineMs: 1_000 };
  return new ModuleHost({ providers: configured, ...defaults, ...options });
}

export function inputOf(yaml = '', environment: Record<string, string> = {}, flags: Record<string, string> = {}): SettingsInput {
  return { file: readYamlFile('server.yml', yaml), environment, flags: new Map(Object.entries(flags)) };
}

/** The coded faults of whatever the work throws; fails when it does not throw. */
export async function faultsFrom(work: () => unknown): Promise<MeterlarkError[]> {
  try {
    await work();
  } catch (error) {
    return faultsOf(error).map((fault) => {
      if (!isMeterlarkError(fault)) throw fault;
      return fault;
    });
  }
  throw new Error('nothing was thrown');
}

export function codes(faults: readonly MeterlarkError[]): string[] {
  return faults.map(({ code }) => code.replace('METERLARK_', ''));
}

/** A folder of files that is gone after the work. */
export async function withFiles<T>(files: Readonly<Record<string, string>>, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'meterlark-core-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
