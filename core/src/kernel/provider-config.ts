/** A provider's settings: the only file that knows convict. Every fault is collected, none is thrown. */
import convict from 'convict';
import type { SettingDefinition } from './definition.js';
import { settingVariable } from './env-names.js';
import type { MeterlarkError } from './error.js';
import { kernelErrors, reasonOf } from './errors.js';
import { nearest } from './nearest.js';
import { isRecord } from './record.js';
import { coerceText, describeFormat, isKnownFormat, isOfKind, kindOf, showValue } from './setting-format.js';
import { fromFile, fromFlag, fromVariable, type GivenValue, type SettingsInput, type SettingSource } from './settings-input.js';

export interface SettingLeaf {
  /** As shown: `storage/clickhouse.path`. */
  readonly key: string;
  readonly path: readonly string[];
  readonly env: string;
  readonly definition: SettingDefinition<unknown>;
}

export interface SettingValue extends SettingLeaf {
  readonly value: unknown;
  readonly source: SettingSource;
}

export interface ProviderSettings {
  /** Frozen, with the shape of the schema. */
  readonly config: unknown;
  readonly values: readonly SettingValue[];
  readonly faults: readonly MeterlarkError[];
}

/** All settings of a schema, in its order. */
export function settingLeaves(identity: string, schema: unknown, path: readonly string[] = []): readonly SettingLeaf[] {
  return Object.entries(schema as Record<string, unknown>).flatMap(([word, node]) => {
    const inner = [...path, word];
    if (!isDefinition(node)) return isRecord(node) ? settingLeaves(identity, node, inner) : [badLeaf(identity, inner, node)];
    return [{ key: showKey(identity, inner), path: inner, env: settingVariable(identity, inner), definition: node }];
  });
}

export function resolveProviderSettings(identity: string, schema: unknown, input: SettingsInput): ProviderSettings {
  const leaves = settingLeaves(identity, schema);
  const section = sectionOf(identity, leaves, input);
  const faults = [...section.faults, ...sameVariables(leaves)];
  const values = leaves.map((leaf): SettingValue => {
    const given = fromFlag(input, leaf.key) ?? fromVariable(input, leaf.env) ?? section.given.get(leaf.key);
    const read = readValue(leaf, given);
    if ('fault' in read) faults.push(read.fault);
    return { ...leaf, value: 'fault' in read ? leaf.definition.default : read.value, source: given?.source ?? 'default' };
  });
  return { config: assemble(values, schema), values, faults };
}

/** The value as it may be shown to anyone. */
export function showSetting({ definition, value }: SettingValue): string {
  return definition.sensitive === true && value !== undefined && value !== '' ? '********' : showValue(value);
}

interface Section {
  readonly given: ReadonlyMap<string, GivenValue>;
  readonly faults: readonly MeterlarkError[];
}

/** Walks the provider's map in the settings file; every key must be known. */
function sectionOf(identity: string, leaves: readonly SettingLeaf[], input: SettingsInput): Section {
  const given = new Map<string, GivenValue>();
  const faults: MeterlarkError[] = [];
  const byKey = new Map(leaves.map((leaf) => [leaf.key, leaf]));
  const parents = new Set(leaves.flatMap(({ path }) => path.map((_, length) => showKey(identity, path.slice(0, length)))));
  const visit = (node: unknown, path: readonly string[]): void => {
    const key = showKey(identity, path);
    const at = fromFile(input, [identity, ...path], node);
    if (byKey.has(key)) given.set(key, at);
    else if (!parents.has(key)) faults.push(unknownKey(key, at, byKey.keys()));
    else if (!isRecord(node)) faults.push(notAMap(key, at));
    else for (const [word, inner] of Object.entries(node)) visit(inner, [...path, word]);
  };
  const section = input.file.entries.get(identity);
  if (isRecord(section)) for (const [word, inner] of Object.entries(section)) visit(inner, [word]);
  return { given, faults };
}

function readValue(leaf: SettingLeaf, given: GivenValue | undefined): { value: unknown } | { fault: MeterlarkError } {
  const { definition, key } = leaf;
  const { format } = definition;
  // Known before anyone gives a value: the author of a plugin shall hear of it, not the first who sets it.
  if (!isKnownFormat(format)) {
    const reason = `unknown format ${shorten(showValue(format))}`;
    return { fault: kernelErrors.METERLARK_SETTINGS_BAD_SCHEMA({ key, reason }) };
  }
  if (given === undefined) return { value: definition.default };
  const kind = kindOf(definition);
  const value = given.source === 'file' ? given.value : coerceText(String(given.value), kind);
  const refusal = isOfKind(value, kind) ? refusalOf(key, definition, value) : { expected: describeFormat(definition) };
  if (refusal === undefined) return { value };
  if ('schema' in refusal) return { fault: kernelErrors.METERLARK_SETTINGS_BAD_SCHEMA({ key, reason: refusal.schema }) };
  const shown = definition.sensitive === true ? 'what was given (not shown)' : shorten(showValue(value));
  const { env } = leaf;
  const fields = { where: given.where, ...given.place, key, env, doc: definition.doc, expected: refusal.expected, value: shown };
  return { fault: kernelErrors.METERLARK_SETTINGS_INVALID_VALUE(fields) };
}

/** Why convict refuses a value. A format function's own words are kept unless they could show a secret. */
function refusalOf(key: string, definition: SettingDefinition<unknown>, value: unknown): { expected: string } | { schema: string } | undefined {
  const { format } = definition;
  let thrown: string | undefined;
  const watched = (candidate: unknown): void => {
    try {
      (format as (value: unknown) => void)(candidate);
    } catch (error) {
      thrown = reasonOf(error);
      throw error;
    }
  };
  let judge: convict.Config<{ value: unknown }>;
  try {
    // A map as the default keeps convict from judging the entries of a map one by one.
    const preset = isRecord(value) ? {} : definition.default;
    const setting = { format: typeof format === 'function' ? watched : format, default: preset };
    judge = convict<{ value: unknown }>({ value: setting as convict.SchemaObj }, { env: {}, args: [] });
  } catch (error) {
    return { schema: reasonOf(error) };
  }
  try {
    judge.set('value', value);
    judge.validate({ allowed: 'strict' });
    return undefined;
  } catch {
    const own = thrown !== undefined && definition.sensitive !== true ? thrown.replace(/^must be /, '') : undefined;
    return { expected: own ?? describeFormat({ ...definition, doc: key }) };
  }
}

function unknownKey(key: string, at: GivenValue, known: Iterable<string>): MeterlarkError {
  const all = [...known];
  // The identity that all have in common would make any two keys look alike.
  const shared = key.indexOf('.') + 1;
  const near = nearest(key.slice(shared), all.map((one) => one.slice(shared)));
  const hint = near === undefined ? `Remove it. Known are: ${all.join(', ') || 'none'}.` : `Did you mean ${key.slice(0, shared)}${near}?`;
  return kernelErrors.METERLARK_SETTINGS_UNKNOWN_KEY({ where: at.where, ...at.place, key, hint });
}

function notAMap(key: string, at: GivenValue): MeterlarkError {
  const fields = { where: at.where, ...at.place, key, expected: 'a map of settings', value: shorten(showValue(at.value)) };
  return kernelErrors.METERLARK_SETTINGS_BAD_SELECTOR({ ...fields, example: `${key}: { … }`, env: 'one variable per setting' });
}

function sameVariables(leaves: readonly SettingLeaf[]): MeterlarkError[] {
  const first = new Map<string, string>();
  return leaves.flatMap(({ env, key }) => {
    const other = first.get(env);
    if (other !== undefined) return [kernelErrors.METERLARK_SETTINGS_SAME_VARIABLE({ env, key, other })];
    first.set(env, key);
    return [];
  });
}

function assemble(values: readonly SettingValue[], schema: unknown): unknown {
  const build = (node: Record<string, unknown>, path: readonly string[]): unknown =>
    Object.freeze(
      Object.fromEntries(
        Object.entries(node).map(([word, inner]) => {
          const at = [...path, word];
          const leaf = values.find((value) => value.path.length === at.length && value.path.every((part, index) => part === at[index]));
          return [word, leaf === undefined ? build(inner as Record<string, unknown>, at) : leaf.value];
        }),
      ),
    );
  return build(schema as Record<string, unknown>, []);
}

/** Stands in for a leaf that is no definition at all, so that convict's refusal names it. */
function badLeaf(identity: string, path: readonly string[], node: unknown): SettingLeaf {
  const format = `declared as ${showValue(node)}`;
  return { key: showKey(identity, path), path, env: settingVariable(identity, path), definition: { doc: '', format, default: undefined } };
}

function isDefinition(node: unknown): node is SettingDefinition<unknown> {
  return isRecord(node) && typeof node['doc'] === 'string' && 'format' in node && 'default' in node;
}

function showKey(identity: string, path: readonly string[]): string {
  return path.length === 0 ? identity : `${identity}.${path.join('.')}`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
