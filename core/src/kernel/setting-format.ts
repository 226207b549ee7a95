/** What a setting's format means for text from the environment, and how values are shown. */
import { positive, type SettingDefinition } from './definition.js';
import { redactUrl } from './redact.js';

export type SettingKind = 'number' | 'boolean' | 'text' | 'list' | 'map' | 'any';

const kinds: Readonly<Record<string, SettingKind>> = {
  int: 'number',
  integer: 'number',
  nat: 'number',
  port: 'number',
  Number: 'number',
  Boolean: 'boolean',
  String: 'text',
  Array: 'list',
  Object: 'map',
  '*': 'any',
};

const descriptions: Readonly<Record<string, string>> = {
  int: 'a whole number',
  integer: 'a whole number',
  nat: 'a whole number, 0 or more',
  port: 'a port number, 0 to 65535',
  Number: 'a number',
  Boolean: 'true or false',
  String: 'text',
  Array: 'a list',
  Object: 'a map',
};

const kindWords: Readonly<Record<SettingKind, string>> = {
  number: 'a number',
  boolean: 'true or false',
  text: 'text',
  list: 'a list',
  map: 'a map',
  any: 'a value',
};

/** Known to us and to convict; a list of words and a function are formats too. */
export function isKnownFormat(format: unknown): boolean {
  return typeof format === 'string' ? Object.hasOwn(kinds, format) : Array.isArray(format) || typeof format === 'function';
}

export function kindOf({ format, default: preset }: SettingDefinition<unknown>): SettingKind {
  if (typeof format === 'string') return kinds[format] ?? kindOfValue(preset);
  return kindOfValue(Array.isArray(format) ? (format as unknown[])[0] : preset);
}

export function describeFormat(definition: SettingDefinition<unknown>): string {
  const { format } = definition;
  if (typeof format === 'string') return descriptions[format] ?? `of the format ${format}`;
  if (Array.isArray(format)) return `one of ${(format as unknown[]).map(String).join(', ')}`;
  return format === positive ? 'a whole number, 1 or more' : kindWords[kindOf(definition)];
}

/** Text of a variable or flag as a value; text that does not fit stays text, so that the check refuses it. */
export function coerceText(text: string, kind: SettingKind): unknown {
  switch (kind) {
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || text === 'on' ? true : text === 'false' || text === 'off' ? false : text;
    case 'list':
      return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
    case 'map':
      return parsed(text);
    case 'text':
    case 'any':
      return text;
  }
}

/** Stricter than convict, which reads "12abc" as 12 and any word as true. */
export function isOfKind(value: unknown, kind: SettingKind): boolean {
  return kind === 'any' ? value !== null && value !== undefined : kindOfValue(value) === kind && !Number.isNaN(value);
}

/** A value as a reader writes it, without secrets in addresses; undefined is "nothing". */
export function showValue(value: unknown): string {
  // Its declaration leaves out that it gives undefined for undefined and functions.
  const text = JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? redactUrl(inner) : inner)) as string | undefined;
  return text ?? 'nothing';
}

function kindOfValue(value: unknown): SettingKind {
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'string':
      return 'text';
    case 'object':
      return value === null ? 'any' : 'map';
    default:
      return 'any';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
