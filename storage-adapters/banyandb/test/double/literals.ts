/** Comparisons of a condition's literal with a row's value, with the server's own meaning of each. */
import type { Value } from './values.js';

type Item = string | bigint;

function itemsOf(value: Value): readonly Item[] | undefined {
  return value.kind === 'strArray' || value.kind === 'intArray' ? value.value : undefined;
}

function itemOf(value: Value): Item | undefined {
  return value.kind === 'str' || value.kind === 'int' ? value.value : undefined;
}

/** Nothing equals null, not even null. */
export function equal(literal: Value, row: Value): boolean {
  if (literal.kind !== row.kind) return false;
  const [one, other] = [itemsOf(literal), itemsOf(row)];
  if (one !== undefined && other !== undefined) return one.length === other.length && one.every((item, index) => item === other[index]);
  return itemOf(literal) !== undefined && itemOf(literal) === itemOf(row);
}

/** By bytes of UTF-8: surrogates stand for what comes after everything else. */
function compareTexts(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a !== b) return Math.sign(rank(a) - rank(b));
  }
  return Math.sign(one.length - other.length);
}

function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** undefined: cannot be compared. Texts by their bytes. */
export function compare(literal: Value, row: Value): number | undefined {
  if (literal.kind === 'str' && row.kind === 'str') return compareTexts(literal.value, row.value);
  if (literal.kind === 'int' && row.kind === 'int') return Number(literal.value > row.value) - Number(literal.value < row.value);
  return itemsOf(literal) !== undefined && equal(literal, row) ? 0 : undefined;
}

/** HAVING and MATCH. One text in another is never found: the server compares their addresses. */
export function contains(row: Value, literal: Value): boolean {
  const [inRow, wanted] = [itemsOf(row), itemsOf(literal)];
  const item = itemOf(literal);
  if (inRow !== undefined) return wanted === undefined ? item !== undefined && inRow.includes(item) : wanted.every((each) => inRow.includes(each));
  const single = itemOf(row);
  return single !== undefined && wanted?.length === 1 && wanted[0] === single;
}

/** IN. Of one literal and many rows. */
export function belongsTo(literal: Value): (row: Value) => boolean {
  const wanted = new Set<Item>(itemsOf(literal));
  const isList = itemsOf(literal) !== undefined;
  return (row) => {
    const single = itemOf(row);
    if (single !== undefined) return wanted.has(single);
    const inRow = itemsOf(row);
    return isList && inRow !== undefined && inRow.every((item) => wanted.has(item));
  };
}
