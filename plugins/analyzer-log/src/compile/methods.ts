/** Methods that rules may call: a closed list, of Java's String, List and Map, and of Gson's JsonObject and JsonArray. */
import {
  comparable, doubleOf, elementOf, fieldOf, flagOf, integerOf, isMap, longOf, RunFailure, shown, textOf, type Kind, type Value,
} from './values.js';

export interface MethodDefinition {
  readonly min: number;
  readonly max: number;
  readonly kind: Kind;
  /** The first argument is a pattern, which must stand in the rule: it is compiled once. */
  readonly pattern?: 'matches' | 'split' | 'replaceAll' | 'replaceFirst';
  readonly call: (target: Exclude<Value, undefined>, args: readonly Value[]) => Value;
}

/** Longer texts are refused, or `a + a` in a loop of rules would fill the memory. */
export const maxText = 1024 * 1024;

function scalarText(target: Value): string {
  if (typeof target === 'string') return target;
  if (typeof target === 'object' || target === undefined) throw new RunFailure(`${shown(target)} is no text`);
  return textOf(target);
}

export function bounded(text: string): string {
  if (text.length > maxText) throw tooLong(text.length);
  return text;
}

function tooLong(length: number): RunFailure {
  return new RunFailure(`a text of ${length} characters is too long`);
}

/** Measured before it is made: a replacement may be long, and its places many. */
export function joined(parts: readonly string[], between: string): string {
  const length = parts.reduce((sum, part) => sum + part.length, 0) + (parts.length - 1) * between.length;
  if (length > maxText) throw tooLong(length);
  return parts.join(between);
}

type TextCall = (text: string, first: string, second: string) => Value;

function onText(kind: Kind, args: number | readonly [number, number], call: TextCall): MethodDefinition {
  const [min, max] = typeof args === 'number' ? [args, args] : args;
  return {
    min, max, kind,
    call: (target, [first, second]) => call(scalarText(target), first === undefined ? '' : textOf(first), second === undefined ? '' : textOf(second)),
  };
}

function onAny(kind: Kind, args: number, call: MethodDefinition['call']): MethodDefinition {
  return { min: args, max: args, kind, call };
}

function sizeOf(target: Value): number {
  if (Array.isArray(target)) return target.length;
  return isMap(target) ? Object.keys(target).length : scalarText(target).length;
}

function contains(target: Value, item: Value): boolean {
  return Array.isArray(target) ? target.includes(item) : scalarText(target).includes(textOf(item));
}

function mapOf(target: Value): Value {
  if (!isMap(target)) throw new RunFailure(`${shown(target)} is no map`);
  return target;
}

function listOf(target: Value): Value {
  if (Array.isArray(target)) return target as readonly unknown[];
  throw new RunFailure(`${shown(target)} is no list`);
}

function get(target: Value, key: Value): Value {
  if (Array.isArray(target)) return elementOf(target, integerOf(key));
  return fieldOf(mapOf(target), textOf(key));
}

/** Gson's: of the value itself, or of the member that is named. */
function member(target: Value, args: readonly Value[]): Value {
  return args[0] === undefined ? target : get(target, args[0]);
}

function substring(target: Value, args: readonly Value[]): string {
  const text = scalarText(target);
  const from = integerOf(args[0]);
  const to = args[1] === undefined ? text.length : integerOf(args[1]);
  if (from < 0 || to > text.length || from > to) throw new RunFailure(`substring(${from}, ${to}) is outside of ${shown(text)}`);
  return text.slice(from, to);
}

function has(target: Value, key: Value): boolean {
  return isMap(target) && Object.hasOwn(target, textOf(key));
}

const equal: MethodDefinition['call'] = (target, [other]) => target === other;
/** Replaced when compiled: see `pattern`. */
const byPattern: MethodDefinition['call'] = (target) => target;

export const methods: ReadonlyMap<string, MethodDefinition> = new Map<string, MethodDefinition>([
  ['toString', onAny('text', 0, (target) => textOf(target))],
  ['trim', onText('text', 0, (text) => text.trim())],
  ['strip', onText('text', 0, (text) => text.trim())],
  ['toLowerCase', onText('text', 0, (text) => text.toLowerCase())],
  ['toUpperCase', onText('text', 0, (text) => text.toUpperCase())],
  ['startsWith', onText('flag', 1, (text, first) => text.startsWith(first))],
  ['endsWith', onText('flag', 1, (text, first) => text.endsWith(first))],
  ['contains', onAny('flag', 1, (target, [item]) => contains(target, item))],
  ['indexOf', onText('int', 1, (text, first) => text.indexOf(first))],
  ['lastIndexOf', onText('int', 1, (text, first) => text.lastIndexOf(first))],
  ['replace', onText('text', 2, (text, first, second) => joined(text.split(first), second))],
  ['concat', onText('text', 1, (text, first) => bounded(text + first))],
  ['equalsIgnoreCase', onText('flag', 1, (text, first) => text.toLowerCase() === first.toLowerCase())],
  ['isBlank', onText('flag', 0, (text) => text.trim() === '')],
  ['charAt', onAny('text', 1, (target, [index]) => substring(target, [index, integerOf(index) + 1]))],
  ['substring', { min: 1, max: 2, kind: 'text', call: substring }],
  ['matches', { min: 1, max: 1, kind: 'flag', pattern: 'matches', call: byPattern }],
  ['split', { min: 1, max: 1, kind: 'any', pattern: 'split', call: byPattern }],
  ['replaceAll', { min: 2, max: 2, kind: 'text', pattern: 'replaceAll', call: byPattern }],
  ['replaceFirst', { min: 2, max: 2, kind: 'text', pattern: 'replaceFirst', call: byPattern }],
  ['length', onAny('int', 0, sizeOf)],
  ['size', onAny('int', 0, sizeOf)],
  ['isEmpty', onAny('flag', 0, (target) => sizeOf(target) === 0)],
  ['equals', onAny('flag', 1, equal)],
  ['get', onAny('any', 1, (target, [key]) => get(target, key))],
  ['getOrDefault', onAny('any', 2, (target, [key, otherwise]) => get(target, key) ?? otherwise)],
  ['containsKey', onAny('flag', 1, (target, [key]) => has(target, key))],
  ['has', onAny('flag', 1, (target, [key]) => has(target, key))],
  ['getAsString', onAny('text', 0, scalarText)],
  ['getAsInt', onAny('int', 0, integerOf)],
  ['getAsLong', onAny('long', 0, longOf)],
  ['getAsDouble', onAny('double', 0, doubleOf)],
  ['getAsFloat', onAny('float', 0, (target) => Math.fround(doubleOf(target)))],
  ['getAsBoolean', onAny('flag', 0, flagOf)],
  ['getAsJsonObject', { min: 0, max: 1, kind: 'any', call: (target, args) => nothingOr(mapOf, member(target, args)) }],
  ['getAsJsonArray', { min: 0, max: 1, kind: 'any', call: (target, args) => nothingOr(listOf, member(target, args)) }],
  ['isJsonNull', onAny('flag', 0, () => false)],
  ['intValue', onAny('int', 0, (target) => integerOf(comparable(target)))],
  ['longValue', onAny('long', 0, (target) => longOf(comparable(target)))],
  ['doubleValue', onAny('double', 0, comparable)],
]);

function nothingOr(check: (value: Value) => Value, value: Value): Value {
  return value === undefined ? undefined : check(value);
}
