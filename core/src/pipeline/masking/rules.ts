/** Masking rules as they are written in the settings, and as they are run. */
import { isRecord } from '../../kernel/record.js';
import { parsePath, type PathStep } from './json-path.js';
import { keyMatcher, maxKeyLength, type KeyMatcher } from './key-matcher.js';
import { compilePattern, type MaskPattern } from './pattern.js';

/** As written; what a rule matches must satisfy all that `match` gives. */
export interface MaskRuleSetting {
  readonly name: string;
  readonly match: { readonly key?: string | readonly string[]; readonly pattern?: string; readonly path?: string };
  readonly action: MaskAction;
  readonly replacement?: string;
}

export type MaskAction = 'replace' | 'hash' | 'drop';

export interface MaskRule {
  readonly name: string;
  /** undefined: any key. */
  readonly keys: KeyMatcher | undefined;
  /** A key has a `*`, and so may fit values that are something else. */
  readonly keysAreGlobs: boolean;
  /** undefined: the whole value. */
  readonly pattern: MaskPattern | undefined;
  readonly path: readonly PathStep[] | undefined;
  readonly action: MaskAction;
  readonly replacement: string;
  /** With a path and a pattern: the same rule for the texts that the path leads to. */
  readonly within: MaskRule | undefined;
}

/** By which rules name the body of a log. */
export const bodyKey = 'body';

/** Which rules look at what of a log's body. */
export interface BodyRules {
  readonly all: readonly MaskRule[];
  readonly whole: readonly MaskRule[];
  /** For what it has under other keys when it is JSON. */
  readonly members: readonly MaskRule[];
}

export function bodyRules(all: readonly MaskRule[]): BodyRules {
  const whole = all.filter(({ keys }) => keys === undefined || keys(bodyKey));
  return { all, whole, members: all.filter((rule) => !whole.includes(rule)) };
}

/** For texts that have no key. */
export function textRules(all: readonly MaskRule[]): readonly MaskRule[] {
  return all.filter(({ keys, path }) => keys === undefined && path === undefined);
}

export const severityKey = 'severity';
/** Under either key rules name the severity of a log: many senders, and SkyWalking, call it the latter. */
const severityKeys = [severityKey, 'level'];

export function severityRules(all: readonly MaskRule[]): readonly MaskRule[] {
  return all.filter(({ keys }) => keys === undefined || severityKeys.some((key) => keys(key)));
}

const maxRules = 100;
const ruleKeys = ['name', 'match', 'action', 'replacement'];
const matchKeys = ['key', 'pattern', 'path'];
const actions = ['replace', 'hash', 'drop'];

export interface CompiledRules {
  readonly rules: readonly MaskRule[];
  /** One sentence each, with the rule's name or number. */
  readonly faults: readonly string[];
}

/** Reads all rules and finds all faults. */
export function compileRules(settings: readonly unknown[]): CompiledRules {
  const faults: string[] = [];
  const rules: MaskRule[] = [];
  if (settings.length > maxRules) faults.push(`there are ${settings.length} rules; at most ${maxRules} may be`);
  const names = new Set<string>();
  for (const [place, setting] of settings.slice(0, maxRules).entries()) {
    const name = isRecord(setting) && typeof setting['name'] === 'string' && setting['name'] !== '' ? setting['name'] : undefined;
    const shown = name ?? `rule ${place + 1}`;
    const before = faults.length;
    const tell = (fault: string): void => void faults.push(`${shown}: ${fault}`);
    if (name !== undefined && names.has(name)) tell('there are two rules of this name');
    names.add(shown);
    const rule = readRule(setting, tell);
    if (rule !== undefined && faults.length === before) rules.push(rule);
  }
  return { rules, faults };
}

/** The format of the setting `masking.rules`. */
export function maskRules(value: unknown): void {
  if (!Array.isArray(value)) throw new Error('a list of rules { name, match, action }');
  const { faults } = compileRules(value as unknown[]);
  if (faults.length > 0) throw new Error(`valid masking rules (docs/masking.md): ${faults.join('; ')}`);
}

type Tell = (fault: string) => void;

function readRule(setting: unknown, tell: Tell): MaskRule | undefined {
  if (!isRecord(setting)) {
    tell('a rule is a map of name, match and action');
    return undefined;
  }
  strangers(setting, ruleKeys, tell);
  const { name, match, action, replacement = '***' } = setting;
  if (typeof name !== 'string' || !/^[\w.-]{1,60}$/.test(name)) tell('name must be 1 to 60 letters, digits, ".", "_" or "-"');
  if (!actions.includes(String(action))) tell(`action must be ${actions.join(', ')}, not ${action === undefined ? 'nothing' : JSON.stringify(action)}`);
  if (typeof replacement !== 'string' || replacement.length > 200) tell('replacement must be a text of at most 200 characters');
  else if (setting['replacement'] !== undefined && action !== 'replace') tell(`replacement has no meaning for the action ${String(action)}`);
  const matched = readMatch(match, tell);
  if (matched === undefined) return undefined;
  const rule = { name: String(name), ...matched, action: action as MaskAction, replacement: String(replacement), within: undefined };
  return rule.path === undefined || rule.pattern === undefined ? rule : { ...rule, within: { ...rule, path: undefined, keys: undefined } };
}

function readMatch(match: unknown, tell: Tell): Pick<MaskRule, 'keys' | 'keysAreGlobs' | 'pattern' | 'path'> | undefined {
  if (!isRecord(match) || matchKeys.every((key) => match[key] === undefined)) {
    tell('match must give at least one of key, pattern and path');
    return undefined;
  }
  strangers(match, matchKeys, tell);
  const { key, pattern, path } = match;
  return {
    keys: key === undefined ? undefined : readKeys(key, tell),
    keysAreGlobs: [key].flat().some((glob) => typeof glob === 'string' && glob.includes('*')),
    pattern: readText(pattern, 'pattern', compilePattern, tell),
    path: readText(path, 'path', parsePath, tell),
  };
}

function readKeys(key: unknown, tell: Tell): KeyMatcher | undefined {
  const globs = Array.isArray(key) ? (key as unknown[]) : [key];
  const texts = globs.filter((glob): glob is string => typeof glob === 'string' && glob !== '' && glob.length <= maxKeyLength);
  if (texts.length !== globs.length || texts.length === 0) tell('key must be the name of an attribute, or a list of names; * stands for any characters');
  return keyMatcher(texts);
}

function readText<T>(text: unknown, what: string, read: (text: string) => T, tell: Tell): T | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') {
    tell(`${what} must be a text`);
    return undefined;
  }
  try {
    return read(text);
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function strangers(record: Readonly<Record<string, unknown>>, known: readonly string[], tell: Tell): void {
  for (const key of Object.keys(record)) if (!known.includes(key)) tell(`unknown key "${key.slice(0, 60)}"; known are ${known.join(', ')}`);
}
