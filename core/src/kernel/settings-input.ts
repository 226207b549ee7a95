/** The three places a setting may come from. Precedence: flag, environment, file, default. */
import { switchVariable } from './env-names.js';
import { showPlace, type Place, type YamlFile } from './yaml-file.js';

export type SettingSource = 'flag' | 'environment' | 'file' | 'default';

export interface SettingsInput {
  readonly file: YamlFile;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** From `--set key=value`; a key is `storage`, `receiver/zipkin` or `storage/clickhouse.path`. */
  readonly flags: ReadonlyMap<string, string>;
}

export interface GivenValue {
  readonly value: unknown;
  readonly source: Exclude<SettingSource, 'default'>;
  /** Place as faults show it. */
  readonly where: string;
  readonly place: Place | undefined;
}

/** A variable that is set; an empty one counts as not set. */
export function variable(input: SettingsInput, name: string): string | undefined {
  const value = input.environment[name];
  return value === undefined || value === '' ? undefined : value;
}

export function fromFlag(input: SettingsInput, key: string): GivenValue | undefined {
  const value = input.flags.get(key);
  return value === undefined ? undefined : { value, source: 'flag', where: `--set ${key}`, place: undefined };
}

export function fromVariable(input: SettingsInput, name: string): GivenValue | undefined {
  const value = variable(input, name);
  return value === undefined ? undefined : { value, source: 'environment', where: `environment variable ${name}`, place: undefined };
}

export function fromFile(input: SettingsInput, path: readonly string[], value: unknown): GivenValue {
  const place = input.file.place(path);
  return { value, source: 'file', where: showPlace(place), place };
}

/** What selects the provider of a module, or switches a provider on or off. */
export function givenSwitch(input: SettingsInput, key: string): GivenValue | undefined {
  const given = fromFlag(input, key) ?? fromVariable(input, switchVariable(key));
  if (given !== undefined || !input.file.entries.has(key)) return given;
  return fromFile(input, [key], input.file.entries.get(key));
}
