/** The row filter that comes after the look-up of series and blocks. */
import type { CriteriaMessage } from './messages.js';
import { panic, queryFailure, walk, type Branch, type Condition } from './criteria.js';
import { belongsTo, compare, contains, equal } from './literals.js';
import type { Named } from './rows.js';
import type { Value } from './values.js';

export type Filter = (cells: Named) => boolean;

export interface TagFilterOptions {
  /** By name. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Conditions on these are no filter. */
  readonly skipped: ReadonlySet<string>;
  /** Trace ids were found: then OR of other conditions is refused. */
  readonly byIds?: boolean;
}

const nothing: Value = { kind: 'null' };

function not(test: (row: Value) => boolean): (row: Value) => boolean {
  return (row) => !test(row);
}

function predicate({ op, value: literal }: Condition): (row: Value) => boolean {
  const below = (row: Value): number | undefined => compare(literal, row);
  switch (op) {
    case 'EQ': return (row) => equal(literal, row);
    case 'NE': return (row) => !equal(literal, row);
    case 'GT': return (row) => (below(row) ?? 1) < 0;
    case 'GE': return (row) => (below(row) ?? 1) <= 0;
    case 'LT': return (row) => (below(row) ?? -1) > 0;
    case 'LE': return (row) => (below(row) ?? -1) >= 0;
    case 'HAVING': case 'MATCH': return (row) => contains(row, literal);
    case 'NOT_HAVING': return (row) => !contains(row, literal);
    case 'IN': return belongsTo(literal);
    case 'NOT_IN': return not(belongsTo(literal));
    default: throw queryFailure('tag filter parses: unsupported condition operation');
  }
}

function leafOf(condition: Condition, { kinds, skipped }: TagFilterOptions): Filter | undefined {
  const { name, op, value } = condition;
  const type = kinds.get(name);
  if (type === undefined) throw queryFailure(`tag "${name}" does not exist in the current schema: tag is not defined`);
  if (value.kind === 'binaryData' || value.kind === 'timestamp' || value.kind === 'float') throw queryFailure('tag filter parses: unsupported condition value type');
  if (skipped.has(name)) return undefined;
  if ((op === 'IN' || op === 'NOT_IN') && type.endsWith('_ARRAY')) throw queryFailure('in condition is not supported for array type: unsupported condition operation');
  const test = predicate(condition);
  return (cells) => {
    const row = cells.get(name) ?? nothing;
    if (row.kind === 'binaryData' || row.kind === 'timestamp') throw panic();
    return test(row);
  };
}

/** undefined: everything passes. A side without a filter is left out, also of an OR. */
export function tagFilter(criteria: CriteriaMessage | undefined, options: TagFilterOptions): Filter | undefined {
  if (criteria === undefined) return undefined;
  const branch = ({ op, left, right }: Branch<Filter | undefined>): Filter | undefined => {
    if (left === undefined && right === undefined) return undefined;
    if (op === 'LOGICAL_OP_OR' && options.byIds === true) throw queryFailure("global index doesn't support OR: unsupported logical operation");
    if (left === undefined || right === undefined) return left ?? right;
    return op === 'LOGICAL_OP_AND' ? (cells) => left(cells) && right(cells) : (cells) => left(cells) || right(cells);
  };
  return walk<Filter | undefined>(criteria, (condition) => leafOf(condition, options), branch);
}

