/** Conditions as the server understands them: entities first, literals with their odd comparisons after. */
import { unknown, type Failure } from './failures.js';
import type { ConditionMessage, CriteriaMessage } from './messages.js';
import { anyValue } from './series.js';
import { valueOf, type Value } from './values.js';

export interface Condition {
  readonly name: string;
  readonly op: string;
  readonly value: Value;
}
export type Entities = readonly (readonly Value[])[];

export function conditionOf(message: ConditionMessage): Condition {
  const value = valueOf(message.value);
  if (value.kind === 'unset') throw panic();
  return { name: message.name ?? '', op: (message.op ?? 'BINARY_OP_UNSPECIFIED').slice('BINARY_OP_'.length), value };
}

export function queryFailure(message: string): Failure {
  return unknown(`code: STATUS_INTERNAL_ERROR, msg: ${message}: invalid query message`);
}

export function panic(): Failure {
  return queryFailure('panic');
}

export interface Branch<T> {
  readonly op: string;
  readonly left: T;
  readonly right: T;
}

/** Walks a tree: a side that is missing leaves the other. */
export function walk<T>(criteria: CriteriaMessage, leaf: (condition: Condition) => T, branch: (both: Branch<T>) => T): T {
  if (criteria.condition !== undefined) return leaf(conditionOf(criteria.condition));
  const { le } = criteria;
  if (le === undefined) throw queryFailure('invalid criteria type');
  if (le.left === undefined && le.right === undefined) throw queryFailure('both sides(left and right) are empty: invalid logical expression');
  if (le.left === undefined) return walk(le.right as CriteriaMessage, leaf, branch);
  if (le.right === undefined) return walk(le.left, leaf, branch);
  const both = { op: le.op ?? '', left: walk(le.left, leaf, branch), right: walk(le.right, leaf, branch) };
  if (both.op !== 'LOGICAL_OP_AND' && both.op !== 'LOGICAL_OP_OR') throw queryFailure('invalid criteria type');
  return branch(both);
}

/** The entities a condition names; undefined when it is none of them. */
export function entitiesOf({ name, op, value }: Condition, entity: readonly string[]): Entities | undefined {
  if (value.kind === 'binaryData') throw queryFailure('index filter parses: unsupported condition value type');
  const at = entity.indexOf(name);
  if (at < 0 || (op !== 'EQ' && op !== 'IN')) return undefined;
  const named = (part: Value): Value[] => entity.map((_, index) => (index === at ? part : anyValue));
  switch (value.kind) {
    case 'str': case 'int': case 'timestamp': return [named(value)];
    case 'strArray': return op === 'IN' ? value.value.map((text) => named({ kind: 'str', value: text })) : undefined;
    case 'intArray': return op === 'IN' ? value.value.map((number) => named({ kind: 'int', value: number })) : undefined;
    default: return undefined;
  }
}

function allAny(entities: Entities): boolean {
  return entities.every((entity) => entity.every((value) => value === anyValue));
}

function same(one: Value, other: Value): boolean {
  if (one === anyValue || other === anyValue) return one === other;
  if (one.kind !== other.kind) throw panic();
  return 'value' in one && 'value' in other && one.value === other.value;
}

/** What all lists say of one position; undefined when they disagree. With `or`, an open value disagrees with a given one. */
function merged(lists: Entities, at: number, or: boolean): Value | undefined {
  let entry = anyValue;
  for (const list of lists) {
    const value = list[at] ?? anyValue;
    if (value === anyValue && !or) continue;
    if (entry === anyValue) entry = value;
    else if (!same(entry, value)) return undefined;
  }
  return entry;
}

/**
 * THE TRAP: AND does not intersect lists but merges them position by position into ONE entity; where they disagree nothing is left,
 * and a side of nothing counts as one without entities.
 */
export function mergeEntities({ op, left, right }: Branch<Entities>, width: number): Entities | undefined {
  const or = op === 'LOGICAL_OP_OR';
  if (or && allAny(left)) return left;
  if (or && allAny(right)) return right;
  if (!or && allAny(left) && !allAny(right)) return right;
  if (!or && allAny(right) && !allAny(left)) return left;
  const lists = [...left, ...right];
  const result: Value[] = [];
  for (let at = 0; at < width; at += 1) {
    const value = merged(lists, at, or);
    if (value === undefined) return or ? lists : undefined;
    result.push(value);
  }
  return [result];
}
