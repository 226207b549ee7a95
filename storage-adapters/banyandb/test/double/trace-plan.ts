/** What a trace query makes of its conditions: entities of the first rule, trace ids, bounds of the order key, skipped blocks. */
import { entitiesOf, mergeEntities, queryFailure, walk, type Branch, type Condition, type Entities } from './criteria.js';
import type { CriteriaMessage } from './messages.js';
import type { Rule } from './registry.js';
import type { Schema } from './schema.js';
import { anyValue } from './series.js';
import type { Value } from './values.js';

export interface TracePlan {
  readonly entities: Entities;
  readonly traceIds: readonly string[];
  /** undefined: there is no such condition. */
  readonly spanIds: readonly string[] | undefined;
  readonly min: bigint;
  readonly max: bigint;
  /** The blocks are left out unread; undefined: a condition on an entity only. */
  readonly skips: boolean | undefined;
}

const lowest = -(2n ** 63n);
const highest = 2n ** 63n - 1n;

function idsOf({ op, value }: Condition): string[] {
  if (op !== 'EQ' && op !== 'IN') return [];
  if (value.kind === 'str') return [value.value];
  return value.kind === 'strArray' ? [...value.value] : [];
}

function boundsOf({ op, value }: Condition): { min: bigint; max: bigint } {
  if (value.kind !== 'int' && value.kind !== 'timestamp') return { min: lowest, max: highest };
  const at = value.value;
  return {
    min: op === 'GT' ? at + 1n : op === 'GE' ? at : lowest,
    max: op === 'LT' ? at - 1n : op === 'LE' ? at : highest,
  };
}

/** The filters of blocks hold the bytes of values, but are asked for texts; and tags of the rule are not in its blocks. */
function skipsOf({ name, op, value }: Condition, rule: Rule | undefined): boolean {
  if (op !== 'EQ' && op !== 'HAVING') return false;
  if (rule?.tags.includes(name) === true) return true;
  const texts = (one: Value): boolean => (one.kind === 'str' ? one.value !== '' : one.kind === 'strArray');
  return !texts(value);
}

function checkLeaf(schema: Schema, { name, op }: Condition): void {
  const type = schema.kinds.get(name);
  if (type === undefined) throw queryFailure(`tag "${name}" does not exist in the current schema: tag is not defined`);
  if ((op === 'IN' || op === 'NOT_IN') && type.endsWith('_ARRAY')) throw queryFailure('in condition is not supported for array type');
}

function both(op: string, left: TracePlan, right: TracePlan): { min: bigint; max: bigint } {
  const [low, high] = left.min < right.min ? [left.min, right.min] : [right.min, left.min];
  const [small, great] = left.max < right.max ? [left.max, right.max] : [right.max, left.max];
  return op === 'LOGICAL_OP_AND' ? { min: high, max: small } : { min: low, max: great };
}

/** AND skips too only when both sides skip. */
function branchOf({ op, left, right }: Branch<TracePlan>, width: number): TracePlan {
  const skips = left.skips === undefined || right.skips === undefined ? (left.skips ?? right.skips) : left.skips && right.skips;
  const spans = [...(left.spanIds ?? []), ...(right.spanIds ?? [])];
  return {
    entities: mergeEntities({ op, left: left.entities, right: right.entities }, width) ?? [],
    traceIds: [...left.traceIds, ...right.traceIds],
    spanIds: left.spanIds === undefined && right.spanIds === undefined ? undefined : spans,
    ...both(op, left, right),
    skips,
  };
}

export function tracePlan(schema: Schema, criteria: CriteriaMessage | undefined, rule: Rule | undefined): TracePlan {
  const open: Entities = [schema.entity.map(() => anyValue)];
  const free: TracePlan = { entities: open, traceIds: [], spanIds: undefined, min: lowest, max: highest, skips: undefined };
  if (criteria === undefined) return free;
  const { traceIdTagName, spanIdTagName } = schema.object;
  const orderTag = rule?.tags.at(-1);
  const leaf = (condition: Condition): TracePlan => {
    checkLeaf(schema, condition);
    const bounds = condition.name === orderTag ? boundsOf(condition) : {};
    const entities = entitiesOf(condition, schema.entity);
    if (entities !== undefined) return { ...free, ...bounds, entities };
    const skips = skipsOf(condition, rule);
    if (condition.name === traceIdTagName) return { ...free, ...bounds, traceIds: idsOf(condition), skips };
    const spanIds = condition.name === spanIdTagName && (condition.op === 'EQ' || condition.op === 'IN') ? idsOf(condition) : undefined;
    return { ...free, ...bounds, spanIds, skips };
  };
  return walk(criteria, leaf, (sides) => branchOf(sides, schema.entity.length));
}
