/** Whatever was set and nobody knows: keys of the file, variables, flags. */
import { isOurVariable, switchVariable } from './env-names.js';
import type { MeterlarkError } from './error.js';
import { kernelErrors } from './errors.js';
import { nearest } from './nearest.js';
import type { SettingLeaf } from './provider-config.js';
import type { SettingsInput } from './settings-input.js';
import { showPlace } from './yaml-file.js';

export interface KnownSettings {
  /** All that the inventory lists. */
  readonly identities: readonly string[];
  /** Names of the modules that take a selector. */
  readonly selectors: readonly string[];
  /** Identities whose schema is known; keys of any other are not judged. */
  readonly judged: ReadonlySet<string>;
  readonly leaves: readonly SettingLeaf[];
}

export function strangers(known: KnownSettings, input: SettingsInput): MeterlarkError[] {
  return [...strangeKeys(known, input), ...strangeFlags(known, input), ...strangeVariables(known, input)];
}

function strangeKeys(known: KnownSettings, input: SettingsInput): MeterlarkError[] {
  const words = switchWords(known);
  return [...input.file.entries.keys()]
    .filter((key) => !words.includes(key))
    .map((key) => {
      const place = input.file.place([key]);
      return kernelErrors.METERLARK_SETTINGS_UNKNOWN_KEY({ where: showPlace(place), ...place, key, hint: hintFor(key, words) });
    });
}

function strangeFlags(known: KnownSettings, input: SettingsInput): MeterlarkError[] {
  const words = [...switchWords(known), ...known.leaves.map(({ key }) => key)];
  const idle = idleIdentities(known).map((identity) => `${identity}.`);
  return [...input.flags.keys()]
    .filter((key) => !words.includes(key) && !idle.some((start) => key.startsWith(start)))
    .map((key) => kernelErrors.METERLARK_SETTINGS_UNKNOWN_KEY({ where: `--set ${key}`, key, hint: hintFor(key, words) }));
}

function strangeVariables(known: KnownSettings, input: SettingsInput): MeterlarkError[] {
  const knows = variablesOf(known);
  return Object.keys(input.environment)
    .filter((name) => isOurVariable(name) && !knows(name))
    .sort()
    .map((env) => kernelErrors.METERLARK_SETTINGS_UNKNOWN_VARIABLE({ env, hint: hintFor(env, variableNames(known)) }));
}

/** Tells the variables that are no fault: of settings and switches, and any of a provider that does not run. */
export function variablesOf(known: KnownSettings): (name: string) => boolean {
  const names = new Set(variableNames(known));
  const idle = idleIdentities(known).map((identity) => `${switchVariable(identity)}_`);
  return (name) => names.has(name) || idle.some((start) => name.startsWith(start));
}

function variableNames(known: KnownSettings): string[] {
  return [...switchWords(known).map(switchVariable), ...known.leaves.map(({ env }) => env)];
}

function switchWords({ identities, selectors }: KnownSettings): string[] {
  return [...selectors, ...identities];
}

function idleIdentities({ identities, judged }: KnownSettings): string[] {
  return identities.filter((identity) => !judged.has(identity));
}

function hintFor(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? 'Remove it; the settings page lists all that are known.' : `Did you mean ${near}?`;
}
