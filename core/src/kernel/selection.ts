/** Decides which providers of the inventory run, before any of them is imported. */
import type { ModuleDefinition } from './definition.js';
import { switchVariable } from './env-names.js';
import type { MeterlarkError } from './error.js';
import { kernelErrors } from './errors.js';
import type { InventoryEntry } from './inventory.js';
import { nearest } from './nearest.js';
import { showValue } from './setting-format.js';
import { givenSwitch, type GivenValue, type SettingsInput } from './settings-input.js';

export interface Selection {
  /** In inventory order. */
  readonly selected: readonly InventoryEntry[];
  readonly faults: readonly MeterlarkError[];
}

/** `modules` are those that core knows; any other module of the inventory is one of many providers. */
export function selectProviders(
  entries: readonly InventoryEntry[],
  modules: readonly ModuleDefinition[],
  input: SettingsInput,
): Selection {
  const faults: MeterlarkError[] = [];
  const ones = new Set(modules.filter(({ arity }) => arity === 'one').map(({ name }) => name));
  const selected = new Set<InventoryEntry>();
  for (const module of new Set([...entries.map((entry) => entry.module), ...ones])) {
    const candidates = entries.filter((entry) => entry.module === module);
    const choice = ones.has(module) ? chooseOne(module, candidates, input) : chooseMany(candidates, input);
    for (const entry of choice.selected) selected.add(entry);
    faults.push(...choice.faults);
  }
  return { selected: entries.filter((entry) => selected.has(entry)), faults };
}

function chooseOne(module: string, candidates: readonly InventoryEntry[], input: SettingsInput): Selection {
  const given = givenSwitch(input, module);
  const names = candidates.map(({ name }) => name);
  const fields = { key: module, env: switchVariable(module), choices: names.join(', '), example: `${module}: ${names[0] ?? ''}` };
  if (given === undefined) {
    // Whether a module without any provider is missed is for those to say who require it.
    if (candidates.length < 2) return { selected: candidates, faults: sectionFaults(candidates, candidates, input) };
    return refuse(kernelErrors.METERLARK_SETTINGS_NO_SELECTOR({ ...fields, where: input.file.file }));
  }
  const at = { ...fields, where: given.where, ...given.place };
  const words = wordsOf(given);
  if (words.length > 1) return refuse(kernelErrors.METERLARK_SETTINGS_TWO_PROVIDERS({ ...at, value: words.join(' and ') }));
  const [word] = words;
  if (word === undefined) {
    return refuse(kernelErrors.METERLARK_SETTINGS_BAD_SELECTOR({ ...at, expected: `one of ${fields.choices}`, value: showValue(given.value) }));
  }
  const selected = candidates.filter(({ name }) => name === word);
  if (selected.length === 0) return refuse(unknownProvider(word, names, at));
  return { selected, faults: sectionFaults(candidates, selected, input) };
}

function chooseMany(candidates: readonly InventoryEntry[], input: SettingsInput): Selection {
  const faults: MeterlarkError[] = [];
  const selected = candidates.filter((entry) => {
    const given = givenSwitch(input, entry.identity);
    if (given === undefined || isSection(given)) return true;
    const on = switchValue(given.value);
    if (on === undefined) faults.push(badSwitch(entry, given));
    return on ?? false;
  });
  return { selected, faults };
}

/** A section of a one-provider module holds settings; `on` beside another selection asks for two providers. */
export function sectionFaults(candidates: readonly InventoryEntry[], selected: readonly InventoryEntry[], input: SettingsInput): MeterlarkError[] {
  return candidates.flatMap((entry) => {
    // A provider named `shared` has the variable of its module, which is the selector.
    const named = switchVariable(entry.identity) !== switchVariable(entry.module);
    const given = givenSwitch(named ? input : { ...input, environment: {} }, entry.identity);
    if (given === undefined || isSection(given)) return [];
    const on = switchValue(given.value);
    if (on === undefined) return [badSwitch(entry, given)];
    const [chosen] = selected;
    if (on === (entry === chosen)) return [];
    const { module, name } = entry;
    const fields = { where: given.where, ...given.place, key: entry.identity, env: switchVariable(module), example: `${module}: ${chosen?.name ?? name}` };
    if (on) return [kernelErrors.METERLARK_SETTINGS_TWO_PROVIDERS({ ...fields, value: `${name} beside ${chosen?.name ?? ''}` })];
    return [kernelErrors.METERLARK_SETTINGS_BAD_SELECTOR({ ...fields, expected: 'on, for it is selected', value: 'off' })];
  });
}

function wordsOf({ value, source }: GivenValue): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'string') return [];
  return source === 'file' ? [value] : value.split(',').map((word) => word.trim()).filter((word) => word !== '');
}

function switchValue(value: unknown): boolean | undefined {
  if (value === true || value === 'on' || value === 'true') return true;
  return value === false || value === 'off' || value === 'false' ? false : undefined;
}

function isSection({ value, source }: GivenValue): boolean {
  return source === 'file' && (value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value)));
}

function badSwitch({ identity }: InventoryEntry, given: GivenValue): MeterlarkError {
  const fields = { where: given.where, ...given.place, key: identity, env: `${switchVariable(identity)}=off` };
  return kernelErrors.METERLARK_SETTINGS_BAD_SELECTOR({
    ...fields,
    expected: 'on, off or a map of settings',
    value: showValue(given.value),
    example: `${identity}: off`,
  });
}

function unknownProvider(word: string, names: readonly string[], at: { key: string; where: string; env: string }): MeterlarkError {
  const near = nearest(word, names);
  const there = names.length === 0 ? `The inventory lists no provider of ${at.key}.` : `There are: ${names.join(', ')}.`;
  const hint = near === undefined ? there : `Did you mean ${near}? ${there}`;
  return kernelErrors.METERLARK_SETTINGS_UNKNOWN_PROVIDER({ ...at, value: word, identity: `${at.key}/${word}`, hint });
}

function refuse(fault: MeterlarkError): Selection {
  return { selected: [], faults: [fault] };
}
