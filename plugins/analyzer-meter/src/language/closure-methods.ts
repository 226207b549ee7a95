/** The methods closures may call: a closed list; the host is out of reach. */
import type { LinearPattern } from '@meterlark/core';
import {
  bounded,
  ClosureFailure,
  contains,
  describe,
  elementOf,
  Matches,
  toNumber,
  toText,
  type ClosureList,
  type ClosureMap,
  type ClosureValue,
} from './closure-values.js';
import { covered, maxSubjectLength, parted, replaced, type PatternSite } from './patterns.js';

export interface ClosureMethodDefinition {
  readonly min: number;
  readonly max: number;
  readonly call: (target: ClosureValue, args: readonly ClosureValue[], site: PatternSite) => ClosureValue;
}

type TextMethod = (text: string, args: readonly ClosureValue[], site: PatternSite) => ClosureValue;

function onText(min: number, max: number, call: TextMethod): ClosureMethodDefinition {
  return {
    min,
    max,
    call: (target, args, site) => {
      if (typeof target !== 'string' && typeof target !== 'number')
        throw new ClosureFailure(`${describe(target)} is not a text`);
      return call(String(target), args, site);
    },
  };
}

function onMap(
  min: number,
  max: number,
  call: (map: ClosureMap, args: readonly ClosureValue[]) => ClosureValue,
): ClosureMethodDefinition {
  return {
    min,
    max,
    call: (target, args) => {
      if (!(target instanceof Map)) throw new ClosureFailure(`${describe(target)} is not a map`);
      return call(target, args);
    },
  };
}

function pattern(value: ClosureValue, site: PatternSite): LinearPattern {
  return site.pattern(toText(value), false);
}

function subject(text: string): string {
  if (text.length > maxSubjectLength)
    throw new ClosureFailure(`a text of ${text.length} characters is too long for a pattern`);
  return text;
}

function replace(all: boolean): TextMethod {
  return (text, args, site) => replaced(pattern(args[0], site), subject(text), toText(args[1]), all);
}

function split(text: string, args: readonly ClosureValue[], site: PatternSite): ClosureValue {
  return parted(pattern(args[0], site), subject(text), args[1] === undefined ? 0 : toNumber(args[1]));
}

function substring(text: string, args: readonly ClosureValue[]): string {
  const from = toNumber(args[0]);
  const to = args[1] === undefined ? text.length : toNumber(args[1]);
  if (from < 0 || to > text.length || from > to)
    throw new ClosureFailure(`substring(${from}, ${to}) is outside of "${text.slice(0, 40)}"`);
  return text.slice(from, to);
}

function size(target: ClosureValue): number {
  if (target instanceof Map) return target.size;
  if (target instanceof Matches) return target.groups.length;
  if (Array.isArray(target) || typeof target === 'string') return target.length;
  throw new ClosureFailure(`${describe(target)} has no size`);
}

const toWhole = { min: 0, max: 0, call: (target: ClosureValue) => Math.trunc(toNumber(target)) };
const toDecimal = { min: 0, max: 0, call: (target: ClosureValue) => toNumber(target) };
const sized = { min: 0, max: 0, call: (target: ClosureValue) => size(target) };

export const closureMethods: ReadonlyMap<string, ClosureMethodDefinition> = new Map<string, ClosureMethodDefinition>([
  ['split', onText(1, 2, split)],
  ['trim', onText(0, 0, (text) => text.trim())],
  ['startsWith', onText(1, 1, (text, args) => text.startsWith(toText(args[0])))],
  ['endsWith', onText(1, 1, (text, args) => text.endsWith(toText(args[0])))],
  ['toLowerCase', onText(0, 0, (text) => text.toLowerCase())],
  ['toUpperCase', onText(0, 0, (text) => text.toUpperCase())],
  ['substring', onText(1, 2, substring)],
  ['indexOf', onText(1, 1, (text, args) => text.indexOf(toText(args[0])))],
  ['lastIndexOf', onText(1, 1, (text, args) => text.lastIndexOf(toText(args[0])))],
  ['replace', onText(2, 2, (text, args) => bounded(text.split(toText(args[0])).join(toText(args[1]))))],
  ['replaceAll', onText(2, 2, replace(true))],
  ['replaceFirst', onText(2, 2, replace(false))],
  [
    'matches',
    onText(1, 1, (text, args, site) => covered(site.pattern(toText(args[0]), true), subject(text))),
  ],
  ['concat', onText(1, 1, (text, args) => bounded(text + toText(args[0])))],
  ['equals', { min: 1, max: 1, call: (target, args) => target === args[0] }],
  ['equalsIgnoreCase', onText(1, 1, (text, args) => text.toLowerCase() === toText(args[0]).toLowerCase())],
  ['toString', { min: 0, max: 0, call: (target) => toText(target) }],
  ['toInteger', toWhole],
  ['toLong', toWhole],
  ['intValue', toWhole],
  ['longValue', toWhole],
  ['toDouble', toDecimal],
  ['toFloat', toDecimal],
  ['isEmpty', { min: 0, max: 0, call: (target) => size(target) === 0 }],
  ['isBlank', onText(0, 0, (text) => text.trim() === '')],
  ['size', sized],
  ['length', sized],
  [
    'contains',
    {
      min: 1,
      max: 1,
      call: (target, args) =>
        typeof target === 'string' ? target.includes(toText(args[0])) : contains(target, args[0]),
    },
  ],
  ['containsKey', onMap(1, 1, (map, args) => map.has(toText(args[0])))],
  ['get', { min: 1, max: 1, call: (target, args) => elementOf(target, args[0]) }],
  ['put', onMap(2, 2, put)],
  ['remove', onMap(1, 1, remove)],
  ['join', { min: 0, max: 1, call: join }],
]);

function put(map: ClosureMap, args: readonly ClosureValue[]): ClosureValue {
  const before = map.get(toText(args[0]));
  map.set(toText(args[0]), args[1]);
  return before;
}

function remove(map: ClosureMap, args: readonly ClosureValue[]): ClosureValue {
  const before = map.get(toText(args[0]));
  map.delete(toText(args[0]));
  return before;
}

function join(target: ClosureValue, args: readonly ClosureValue[]): ClosureValue {
  if (!Array.isArray(target)) throw new ClosureFailure(`${describe(target)} is not a list`);
  return bounded((target as ClosureList).map(toText).join(args[0] === undefined ? '' : toText(args[0])));
}
