/** Queries of measures. */
import { queryFailure, entitiesOf, mergeEntities, walk, type Branch, type Condition, type Entities } from './criteria.js';
import { compare } from './literals.js';
import type { CriteriaMessage, ProjectionMessage, QueryMessage } from './messages.js';
import type { Registry } from './registry.js';
import { page, projected, queriedSchema, rangeOf, sortingRule, type Schema } from './schema.js';
import { anyValue, readBack } from './series.js';
import type { Named, Row, Series } from './rows.js';
import type { Segment, Store } from './store.js';
import { longOf, messageOf, nullValue, timestampOf, type Value } from './values.js';

export interface MeasureQueryMessage extends QueryMessage {
  readonly tagProjection?: ProjectionMessage;
  readonly fieldProjection?: { readonly names: readonly string[] };
  readonly groupBy?: object;
  readonly agg?: object;
  readonly top?: object;
}

/** Of the terms a series has in the index. */
type Terms = (indexed: Named) => boolean;
interface Plan {
  readonly entities: Entities | undefined;
  readonly terms: Terms | undefined;
  readonly all: boolean;
}

function termsOf(value: Value): (string | bigint)[] {
  if (value.kind === 'str' || value.kind === 'int') return [value.value];
  return value.kind === 'strArray' || value.kind === 'intArray' ? [...value.value] : [];
}

function oneTerm({ value }: Condition): Value {
  if (termsOf(value).length !== 1) throw queryFailure("don't support multiple or null value: unsupported condition operation");
  return value;
}

/** Ranges leave out series without the tag; NE and NOT_IN keep them. */
function termQuery(condition: Condition): Terms {
  const { name, op, value } = condition;
  const wanted = termsOf(value);
  const has = (indexed: Named): number => {
    const own = termsOf(indexed.get(name) ?? nullValue);
    return wanted.filter((term) => own.includes(term)).length;
  };
  const below = (indexed: Named): number | undefined => compare(value, indexed.get(name) ?? nullValue);
  switch (op) {
    case 'EQ': oneTerm(condition); return (indexed) => has(indexed) > 0;
    case 'NE': oneTerm(condition); return (indexed) => has(indexed) === 0;
    case 'IN': return (indexed) => has(indexed) > 0;
    case 'NOT_IN': return (indexed) => has(indexed) === 0;
    case 'HAVING': return (indexed) => has(indexed) === wanted.length;
    case 'NOT_HAVING': return (indexed) => has(indexed) < wanted.length;
    case 'GT': oneTerm(condition); return (indexed) => (below(indexed) ?? 1) < 0;
    case 'GE': oneTerm(condition); return (indexed) => (below(indexed) ?? 1) <= 0;
    case 'LT': oneTerm(condition); return (indexed) => (below(indexed) ?? -1) > 0;
    case 'LE': oneTerm(condition); return (indexed) => (below(indexed) ?? -1) >= 0;
    default: throw queryFailure(`unsupported condition operation ${op}`);
  }
}

function branchOf({ op, left, right }: Branch<Plan>, width: number): Plan {
  const entities = mergeEntities({ op, left: left.entities ?? [], right: right.entities ?? [] }, width);
  if (entities === undefined) return { entities, terms: undefined, all: false };
  if (left.terms === undefined && right.terms === undefined) return { entities, terms: undefined, all: left.all && right.all };
  const [one, other] = [left.terms, right.terms];
  if (op === 'LOGICAL_OP_AND') return { entities, all: false, terms: (indexed) => (one?.(indexed) ?? true) && (other?.(indexed) ?? true) };
  const specific = entities.every((entity) => entity.every((value) => value !== anyValue));
  if (left.all || right.all || ((one === undefined || other === undefined) && specific)) return { entities, terms: undefined, all: true };
  return { entities, all: false, terms: (indexed) => (one?.(indexed) ?? false) || (other?.(indexed) ?? false) };
}

function planOf(schema: Schema, criteria: CriteriaMessage | undefined): Plan {
  const open: Entities = [schema.entity.map(() => anyValue)];
  if (criteria === undefined) return { entities: open, terms: undefined, all: false };
  const leaf = (condition: Condition): Plan => {
    const entities = entitiesOf(condition, schema.entity);
    if (entities !== undefined) return { entities, terms: undefined, all: false };
    if (!schema.rules.some(({ tags }) => tags.includes(condition.name))) {
      throw queryFailure(`mandatory index rule conf:name:"${condition.name}": unsupported condition operation`);
    }
    return { entities: open, terms: termQuery(condition), all: false };
  };
  return walk(criteria, leaf, (both) => branchOf(both, schema.entity.length));
}

interface Found {
  readonly row: Row;
  readonly series: Series;
  readonly indexed: Named;
}

const nothingIndexed: Named = { get: () => undefined };

/** Indexed tags are of the SERIES: those of the first batch that made it in its segment, there of the last row. */
function indexedOf(schema: Schema, { rows }: Series): Named {
  const { indexed } = schema;
  if (indexed.length === 0) return nothingIndexed;
  const first = rows.findLast(({ sequence }) => sequence === rows[0]?.sequence);
  return { get: (name) => (indexed.includes(name) ? (first?.cells.get(name) ?? nullValue) : undefined) };
}

/** Of the rows of each time the one with the highest version, and of those the first. */
function newest(rows: readonly Row[], fromMs: number, toMs: number): Iterable<Row> {
  if (rows.length === 1) return rows.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  const best = new Map<number, Row>();
  for (const row of rows) {
    if (row.timeMs < fromMs || row.timeMs > toMs) continue;
    const before = best.get(row.timeMs);
    if (before === undefined || row.version > before.version) best.set(row.timeMs, row);
  }
  return best.values();
}

function inSegment(segment: Segment, schema: Schema, plan: Plan, { fromMs, toMs }: { fromMs: number; toMs: number }): Found[] {
  const found: Found[] = [];
  for (const series of segment.find(schema.name, plan.entities ?? [])) {
    const indexed = indexedOf(schema, series);
    if (plan.terms?.(indexed) === false) continue;
    for (const row of newest(series.rows, fromMs, toMs)) found.push({ row, series, indexed });
  }
  return found;
}

function ordered(found: Found[], schema: Schema, { orderBy }: QueryMessage): Found[] {
  const name = orderBy?.indexRuleName ?? '';
  const down = orderBy?.sort === 'SORT_DESC' ? -1 : 1;
  const byTime = (one: Found, other: Found): number => one.row.timeMs - other.row.timeMs || (one.series.key < other.series.key ? -1 : 1);
  if (name === '') return found.sort((one, other) => (one.row.timeMs - other.row.timeMs) * down || (one.series.key < other.series.key ? -1 : 1));
  const tag = sortingRule(schema, name).tags[0] ?? '';
  const last = (value: Value): number => Number(value.kind === 'null');
  return found.sort((one, other) => {
    const [a, b] = [one.indexed.get(tag) ?? nullValue, other.indexed.get(tag) ?? nullValue];
    return last(a) - last(b) || (compare(a, b) ?? 0) * down || byTime(one, other);
  });
}

function tagOf({ row, series, indexed }: Found, schema: Schema, name: string): Value {
  const at = schema.entity.indexOf(name);
  if (at >= 0) return readBack(series.values[at] ?? nullValue);
  return indexed.get(name) ?? row.cells.get(name) ?? nullValue;
}

/** Texts and bytes that are null are read as empty ones. */
function fieldOf(row: Row, schema: Schema, name: string): Value {
  const value = row.fields.get(name) ?? nullValue;
  if (value.kind !== 'null') return value;
  const type = schema.object.fields?.find((field) => field.name === name)?.fieldType;
  if (type === 'FIELD_TYPE_STRING') return { kind: 'str', value: '' };
  return type === 'FIELD_TYPE_DATA_BINARY' ? { kind: 'binaryData', value: new Uint8Array() } : value;
}

export function queryMeasure(registry: Registry, store: Store, request: object): object {
  const query = request as MeasureQueryMessage;
  const range = rangeOf(query.timeRange, true);
  const schema = queriedSchema(registry, 'measure', query);
  if (query.groupBy !== undefined || query.agg !== undefined || query.top !== undefined) throw queryFailure('the double does not aggregate');
  const families = projected(schema, query.tagProjection);
  const fields = query.fieldProjection?.names ?? [];
  const odd = fields.find((name) => !schema.fieldPlaces.has(name));
  if (odd !== undefined) throw queryFailure(`field ${odd} not found in schema`);
  const plan = planOf(schema, query.criteria);
  if (query.orderBy?.indexRuleName) sortingRule(schema, query.orderBy.indexRuleName);
  if (families.length === 0 && fields.length === 0) throw queryFailure('invalid query options: tagProjection or fieldProjection is required');
  const segments = store.within('measure', schema.group, range.fromMs, range.toMs);
  if (segments.length > 0 && (plan.entities ?? []).length === 0) throw queryFailure('invalid query options: series is required');
  const found = ordered(segments.flatMap((segment) => inSegment(segment, schema, plan, range)), schema, query);
  const dataPoints = page(found, query, 100).map((each) => ({
    timestamp: timestampOf(BigInt(each.row.timeMs) * 1_000_000n),
    version: longOf(each.row.version),
    tagFamilies: families.map(({ family, tags }) => ({ name: family, tags: tags.map((key) => ({ key, value: messageOf(tagOf(each, schema, key)) })) })),
    fields: fields.map((name) => ({ name, value: messageOf(fieldOf(each.row, schema, name)) })),
  }));
  return { dataPoints };
}
