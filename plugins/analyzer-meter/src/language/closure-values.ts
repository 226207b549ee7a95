/** What closures compute with. Maps and arrays are the rule's own copies; nothing has a prototype a rule can reach. */

/** Result of `text =~ /pattern/`: `m[0][1]` is the first group of the first match. */
export class Matches {
  constructor(readonly groups: readonly (readonly string[])[]) {}
}

export type ClosureMap = Map<string, ClosureValue>;
export type ClosureList = readonly ClosureValue[];
export type ClosureValue = string | number | boolean | undefined | ClosureMap | ClosureList | Matches;

/** Texts beyond this are refused, or a closure that doubles a text line by line would fill the memory. */
export const maxTextLength = 8192;

/** Thrown for a value a closure cannot work with; it costs the sample, not the batch. */
export class ClosureFailure extends Error {}

export function truthy(value: ClosureValue): boolean {
  if (value instanceof Map) return value.size > 0;
  if (value instanceof Matches) return value.groups.length > 0;
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value);
}

/** As a label or in a concatenation; a missing value reads "null", as in the language rules come from. */
export function toText(value: ClosureValue): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ClosureFailure('a map or list cannot be made a text');
}

export function toNumber(value: ClosureValue): number {
  if (typeof value === 'number') return value;
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(parsed)) throw new ClosureFailure(`${describe(value)} is not a number`);
  return parsed;
}

export function bounded(text: string): string {
  if (text.length > maxTextLength) throw new ClosureFailure(`a text grew beyond ${maxTextLength} characters`);
  return text;
}

export function describe(value: ClosureValue): string {
  if (value === undefined) return 'null';
  if (value instanceof Map) return 'a map';
  if (value instanceof Matches) return 'a match';
  if (typeof value === 'string') return `"${value.slice(0, 40)}"`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'a list';
}

export function equal(left: ClosureValue, right: ClosureValue): boolean {
  if (typeof left === 'number' && typeof right === 'string') return String(left) === right;
  if (typeof left === 'string' && typeof right === 'number') return left === String(right);
  return left === right;
}

export function add(left: ClosureValue, right: ClosureValue): ClosureValue {
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  return bounded(toText(left) + toText(right));
}

export function compareValues(left: ClosureValue, right: ClosureValue): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  return toNumber(left) - toNumber(right);
}

export function contains(list: ClosureValue, value: ClosureValue): boolean {
  if (list instanceof Map) return typeof value === 'string' && list.has(value);
  if (!Array.isArray(list)) throw new ClosureFailure(`${describe(list)} is not a list`);
  return (list as ClosureList).some((item) => equal(item, value));
}

/** `target[index]`: a map's key, a list's position (negative from the end), a match's groups. */
export function elementOf(target: ClosureValue, index: ClosureValue): ClosureValue {
  if (target instanceof Map) return target.get(toText(index));
  const list = target instanceof Matches ? target.groups : target;
  if (typeof list === 'string') return list.at(toNumber(index));
  if (Array.isArray(list)) return (list as ClosureList).at(toNumber(index));
  throw new ClosureFailure(`${describe(target)} has no elements`);
}
