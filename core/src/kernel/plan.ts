/** From inventory and settings to the providers that will run, with every fault found on the way at once. */
import type { ModuleDefinition, ProviderDefinition } from './definition.js';
import type { MeterlarkError } from './error.js';
import { combineFaults, kernelErrors } from './errors.js';
import { builtInEntry, type Inventory, type InventoryEntry } from './inventory.js';
import type { ConfiguredProvider } from './module-host.js';
import { resolveProviderSettings, type ProviderSettings } from './provider-config.js';
import { identityOf, loadProvider, type LoaderOptions } from './provider-loader.js';
import { sectionFaults, selectProviders } from './selection.js';
import type { SettingsInput } from './settings-input.js';
import { strangers, variablesOf } from './settings-strangers.js';
import { startOrder } from './start-order.js';
import { showPlace, type YamlFile } from './yaml-file.js';
import { switchVariable } from './env-names.js';

export interface PlanOptions {
  readonly inventory: Inventory;
  /** Modules that core knows. */
  readonly modules: readonly ModuleDefinition[];
  readonly input: SettingsInput;
  readonly loader: LoaderOptions;
  /** Settings that belong to no provider of the inventory, e.g. those of the host itself. */
  readonly extra: readonly ResolvedSettings[];
  /** Told which variables this inventory knows, also when faults are about to be thrown. */
  readonly onVariables?: (knows: (name: string) => boolean) => void;
}

export interface ResolvedSettings extends ProviderSettings {
  readonly identity: string;
}

export interface HostPlan {
  /** In inventory order. */
  readonly providers: readonly ConfiguredProvider[];
  /** Of all that run, the extra ones first. */
  readonly settings: readonly ResolvedSettings[];
}

/** Rejects with all faults; nothing has been registered or started. */
export async function planHost(options: PlanOptions): Promise<HostPlan> {
  const { inventory, modules, input, loader, extra } = options;
  const unreadable = unreadableFaults(options);
  if (unreadable.length > 0) throw combineFaults(unreadable);
  const selection = selectProviders(inventory.entries, modules, input);
  const loaded = await Promise.all(selection.selected.map((entry) => loadProvider(entry, loader)));
  const definitions = loaded.filter((item): item is ProviderDefinition => !('code' in item));
  const settings = [...extra, ...definitions.map((definition) => resolve(definition, input))];
  const known = knownOf(options, selection.selected, settings);
  options.onVariables?.(variablesOf(known));
  const faults = [
    ...inventory.faults,
    ...yamlFaults(input.file),
    ...selection.faults,
    ...extra.map(({ identity }) => builtInEntry(identity)).flatMap((entry) => sectionFaults([entry], [entry], input)),
    ...loaded.filter((item): item is MeterlarkError => 'code' in item),
    ...settings.flatMap((resolved) => resolved.faults),
    ...strangers(known, input),
    ...tooMany(definitions, modules),
  ];
  const providers = definitions.map((definition, index) => ({ definition, config: settings[extra.length + index]?.config }));
  // A provider that was kept out by a fault of its own would be missed here a second time.
  if (faults.length === 0) faults.push(...startOrder(providers).faults);
  if (faults.length > 0) throw combineFaults(faults);
  return { providers, settings };
}

function resolve(definition: ProviderDefinition, input: SettingsInput): ResolvedSettings {
  const identity = identityOf(definition);
  return { identity, ...resolveProviderSettings(identity, definition.config, input) };
}

function knownOf(options: PlanOptions, selected: readonly InventoryEntry[], settings: readonly ResolvedSettings[]): Parameters<typeof strangers>[0] {
  const judged = settings.map(({ identity }) => identity);
  const failed = selected.map(({ identity }) => identity).filter((identity) => !judged.includes(identity));
  return {
    identities: [...options.extra.map(({ identity }) => identity), ...options.inventory.entries.map(({ identity }) => identity)],
    selectors: options.modules.filter(({ arity }) => arity === 'one').map(({ name }) => name),
    // A provider that could not be loaded has a fault already; its settings cannot be judged.
    judged: new Set(judged.filter((identity) => !failed.includes(identity))),
    leaves: settings.flatMap(({ values }) => values),
  };
}

/** Modules that only a plugin knows turn out to be of one provider when they are loaded. */
function tooMany(definitions: readonly ProviderDefinition[], known: readonly ModuleDefinition[]): MeterlarkError[] {
  const unknown = new Set(definitions.filter(({ module }) => module.arity === 'one' && !known.some(({ name }) => name === module.name)));
  return [...new Set([...unknown].map(({ module }) => module.name))].flatMap((key) => {
    const names = [...unknown].filter(({ module }) => module.name === key).map(({ name }) => name);
    if (names.length < 2) return [];
    const example = `${key}/${names[1] ?? ''}: off`;
    const fields = { where: 'inventory', key, value: names.join(' and '), example, env: `${switchVariable(`${key}/${names[1] ?? ''}`)}=off` };
    return [kernelErrors.METERLARK_SETTINGS_TWO_PROVIDERS(fields)];
  });
}

/** What a file meant to say, and does not for an error of its YAML, would come up as faults too; only the error is worth telling. */
function unreadableFaults({ inventory, input }: PlanOptions): MeterlarkError[] {
  const broken = input.file.faults.filter(({ duplicateKey }) => duplicateKey === undefined);
  return [...inventory.faults.filter(({ code }) => code === 'METERLARK_INVENTORY_YAML'), ...yamlFaults({ faults: broken })];
}

function yamlFaults({ faults }: Pick<YamlFile, 'faults'>): MeterlarkError[] {
  return faults.map((fault) => {
    const { file, line, column, reason, duplicateKey } = fault;
    const text = duplicateKey === undefined ? reason : `${duplicateKey} is set twice`;
    return kernelErrors.METERLARK_SETTINGS_YAML({ where: showPlace(fault), file, line, column, reason: text });
  });
}
