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

/** undefined: cannot be compared. Texts by their bytes. */
export function compare(literal: Value, row: Value): number | undefined {
  if (literal.kind === 'str' && row.kind === 'str') return Buffer.compare(Buffer.from(literal.value), Buffer.from(row.value));
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

/** IN. */
export function belongsTo(row: Value, literal: Value): boolean {
  const wanted = itemsOf(literal);
  const [single, inRow] = [itemOf(row), itemsOf(row)];
  if (single !== undefined) return wanted?.includes(single) ?? false;
  return inRow !== undefined && wanted !== undefined && inRow.every((item) => wanted.includes(item));
}
