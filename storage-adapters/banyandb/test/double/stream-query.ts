/** Queries of streams. */
import { status } from '@grpc/grpc-js';
import { entitiesOf, mergeEntities, panic, queryFailure, walk, type Branch, type Condition, type Entities } from './criteria.js';
import { Failure } from './failures.js';
import { compare } from './literals.js';
import type { CriteriaMessage, ProjectionMessage, QueryMessage } from './messages.js';
import type { Registry } from './registry.js';
import { page, projected, queriedSchema, rangeOf, sortingRule, type Schema } from './schema.js';
import { anyValue, readBack } from './series.js';
import type { Row, Series } from './rows.js';
import type { Store } from './store.js';
import { tagFilter, type Filter } from './tag-filter.js';
import { messageOf, nullValue, storedAs, timestampOf, type Value } from './values.js';

export interface StreamQueryMessage extends QueryMessage {
  readonly projection?: ProjectionMessage;
}

interface Plan {
  readonly entities: Entities | undefined;
  /** Of the inverted index: 'none' does not restrict, undefined is a condition on an entity. */
  readonly inverted: Filter | 'none' | undefined;
}

const negations = new Set(['NE', 'NOT_IN', 'NOT_HAVING']);

function leafOf(schema: Schema, condition: Condition, open: Entities, version010: boolean): Plan {
  const { name, op } = condition;
  if (!schema.kinds.has(name)) throw queryFailure(`tag "${name}" does not exist in the current schema: tag is not defined`);
  const entities = entitiesOf(condition, schema.entity);
  if (entities !== undefined) return { entities, inverted: undefined };
  if (schema.entity.includes(name)) {
    // 0.10 forgets the condition.
    if (version010) return { entities: open, inverted: 'none' };
    throw queryFailure(`operation BINARY_OP_${op} on entity tag "${name}" is not supported: only EQ and IN are supported: unsupported condition operation`);
  }
  const rule = schema.rules.find(({ tags }) => tags.includes(name));
  if (!negations.has(op)) return { entities: open, inverted: 'none' };
  // Here main ends as a whole process, 0.10 with this answer.
  if (rule?.type === 'TYPE_SKIPPING') throw panic();
  const present: Filter = (cells) => (cells.get(name) ?? nullValue).kind !== 'null';
  return { entities: open, inverted: rule?.type === 'TYPE_INVERTED' ? present : 'none' };
}

function branchOf({ op, left, right }: Branch<Plan>, width: number): Plan {
  const entities = mergeEntities({ op, left: left.entities ?? [], right: right.entities ?? [] }, width);
  const [one, other] = [left.inverted, right.inverted];
  if (one === undefined || other === undefined) return { entities, inverted: one ?? other };
  if (one === 'none' || other === 'none') {
    const rest = one === 'none' ? other : one;
    return { entities, inverted: op === 'LOGICAL_OP_AND' ? rest : 'none' };
  }
  return { entities, inverted: op === 'LOGICAL_OP_AND' ? (cells) => one(cells) && other(cells) : (cells) => one(cells) || other(cells) };
}

function planOf(schema: Schema, criteria: CriteriaMessage | undefined, version010: boolean): Plan {
  const open: Entities = [schema.entity.map(() => anyValue)];
  if (criteria === undefined) return { entities: open, inverted: 'none' };
  return walk(criteria, (condition) => leafOf(schema, condition, open, version010), (both) => branchOf(both, schema.entity.length));
}

interface Found {
  readonly row: Row;
  readonly series: Series;
}

/** Ties by the id: an order nobody wrote. */
function ordered(found: Found[], schema: Schema, { orderBy }: QueryMessage): Found[] {
  const down = orderBy?.sort === 'SORT_DESC' ? -1 : 1;
  const name = orderBy?.indexRuleName ?? '';
  const tie = (one: Found, other: Found): number => (one.row.id < other.row.id ? -1 : Number(one.row.id > other.row.id));
  if (name === '') return found.sort((one, other) => (one.row.timeMs - other.row.timeMs) * down || tie(one, other));
  const tag = sortingRule(schema, name).tags[0] ?? '';
  // Real servers sometimes show elements without the tag too: nobody can rely on them.
  const tagged = found.filter(({ row }) => (row.cells.get(tag) ?? nullValue).kind !== 'null');
  return tagged.sort((one, other) => (compare(one.row.cells.get(tag) ?? nullValue, other.row.cells.get(tag) ?? nullValue) ?? 0) * down || tie(one, other));
}

/** Whatever its entity and time: an id is shown once. */
function once(found: readonly Found[]): Found[] {
  const first = new Map<string, Found>();
  for (const each of found) if (!first.has(each.row.id)) first.set(each.row.id, each);
  return [...first.values()];
}

function tagOf({ row, series }: Found, schema: Schema, name: string): Value {
  const at = schema.entity.indexOf(name);
  const value = at >= 0 ? readBack(series.values[at] ?? nullValue) : (row.cells.get(name) ?? nullValue);
  return storedAs(schema.kinds.get(name) ?? '', value);
}

export function queryStream(registry: Registry, store: Store, request: object, version010: boolean): object {
  const query = request as StreamQueryMessage;
  if (query.projection === undefined) throw new Failure(status.INVALID_ARGUMENT, 'invalid QueryRequest.Projection: value is required');
  const range = rangeOf(query.timeRange, false);
  const schema = queriedSchema(registry, 'stream', query);
  const families = projected(schema, query.projection);
  const plan = planOf(schema, query.criteria, version010);
  const filter = tagFilter(query.criteria, { kinds: schema.kinds, skipped: new Set(schema.entity) });
  if (query.orderBy?.indexRuleName) sortingRule(schema, query.orderBy.indexRuleName);
  if (families.length === 0 && filter === undefined) throw queryFailure('invalid query options: tagProjection is required');
  if ((plan.entities ?? []).length === 0) throw queryFailure('invalid query options: timeRange and series are required');
  const inverted = typeof plan.inverted === 'function' ? plan.inverted : undefined;
  const passes = ({ timeMs, cells }: Row): boolean =>
    timeMs >= range.fromMs && timeMs <= range.toMs && inverted?.(cells) !== false && filter?.(cells) !== false;
  const series = store.within('stream', schema.group, range.fromMs, range.toMs).flatMap((segment) => segment.find(schema.name, plan.entities ?? []));
  const found = series.flatMap((each) => each.rows.filter(passes).map((row) => ({ row, series: each })));
  const elements = page(once(ordered(found, schema, query)), query, 20).map((each) => ({
    elementId: each.row.id,
    timestamp: timestampOf(BigInt(each.row.timeMs) * 1_000_000n),
    tagFamilies: families.map(({ family, tags }) => ({ name: family, tags: tags.map((key) => ({ key, value: messageOf(tagOf(each, schema, key)) })) })),
  }));
  return { elements };
}
