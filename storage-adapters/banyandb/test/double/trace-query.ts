/** Queries of traces: an index per TREE rule gives ids in an order, then come all spans of each. */
import { panic, queryFailure } from './criteria.js';
import type { QueryMessage } from './messages.js';
import type { Registry, Rule } from './registry.js';
import { page, queriedSchema, rangeOf, type Schema } from './schema.js';
import { marshalled, seriesMatcher } from './series.js';
import type { Named, Row } from './rows.js';
import type { Segment, Store } from './store.js';
import { tagFilter, type Filter } from './tag-filter.js';
import { tracePlan, type TracePlan } from './trace-plan.js';
import { messageOf, nullValue, type Value } from './values.js';

export interface TraceQueryMessage extends QueryMessage {
  readonly tagProjection: readonly string[];
}

interface Entry {
  readonly traceId: string;
  readonly key: bigint;
}

function keyOf(value: Value | undefined): bigint {
  return value?.kind === 'int' || value?.kind === 'timestamp' ? value.value : 0n;
}

function without(cells: Named, names: readonly string[]): Named {
  return { get: (name) => (names.includes(name) ? undefined : cells.get(name)) };
}

/** One entry a span; the time range cuts only where the key is the time. */
function entriesOf(rows: readonly Row[], rule: Rule, plan: TracePlan, filter: Filter | undefined): Entry[] {
  if (plan.skips === true) return [];
  const matches = seriesMatcher(plan.entities);
  const found: Entry[] = [];
  for (const { traceId, cells } of rows) {
    const key = keyOf(cells.get(rule.tags.at(-1) ?? ''));
    if (key < plan.min || key > plan.max) continue;
    const series = marshalled(rule.tags.slice(0, -1).map((name) => cells.get(name) ?? nullValue)) ?? '';
    if (matches(series) && filter?.(without(cells, rule.tags)) !== false) found.push({ traceId, key });
  }
  return found;
}

function orderedIds(entries: Entry[], down: boolean, limit: number): string[] {
  entries.sort((one, other) => Number(one.key > other.key) - Number(one.key < other.key) || (one.traceId < other.traceId ? -1 : 1));
  if (down) entries.reverse();
  return [...new Set(entries.map(({ traceId }) => traceId))].slice(0, limit);
}

/** Sorted and cut BEFORE any is looked up: those that are nowhere take the place of others. */
function givenIds(ids: readonly string[], limit: number): string[] {
  return [...new Set([...ids].sort().slice(0, limit))];
}

function ruleOf(schema: Schema, { orderBy }: QueryMessage): Rule | undefined {
  const name = orderBy?.indexRuleName ?? '';
  const rule = schema.rules.find((each) => each.name === name);
  if (rule === undefined && name !== '') throw queryFailure(`index rule ${name} not found`);
  return rule;
}

function spanOf(schema: Schema, { tagProjection }: TraceQueryMessage, row: Row): object {
  const { traceIdTagName = '', spanIdTagName = '' } = schema.object;
  const identities = [traceIdTagName, spanIdTagName];
  const names = [...tagProjection.filter((name) => !identities.includes(name)), ...identities.filter((name) => tagProjection.includes(name))];
  const text = (value: string): Value => ({ kind: 'str', value });
  const valueOf = (name: string): Value => {
    if (name === traceIdTagName) return text(row.traceId);
    return name === spanIdTagName ? text(row.id) : (row.cells.get(name) ?? nullValue);
  };
  return { span: row.span, spanId: row.id, tags: names.map((key) => ({ key, value: messageOf(valueOf(key)) })) };
}

function rowsOf(segments: readonly Segment[], schema: Schema): Row[] {
  return segments.flatMap((segment) => segment.series(schema.name).flatMap(({ rows }) => rows));
}

/** A row with an empty trace id breaks all look-ups of its days until it is flushed (0.10 ends as a whole process). */
function checkSound(rows: readonly Row[], flushedUntil: number): void {
  if (rows.some(({ traceId, sequence }) => traceId === '' && sequence > flushedUntil)) throw panic();
}

export function queryTrace(registry: Registry, store: Store, request: object): object {
  const query = request as TraceQueryMessage;
  const range = rangeOf(query.timeRange, false);
  const schema = queriedSchema(registry, 'trace', query);
  const rule = ruleOf(schema, query);
  const odd = query.tagProjection.find((name) => !schema.kinds.has(name));
  if (odd !== undefined) throw queryFailure(`${odd}: tag is not defined`);
  const conditions = tracePlan(schema, query.criteria, rule);
  const byIds = conditions.traceIds.length > 0;
  const orderTag = rule?.tags.at(-1) ?? '';
  const { traceIdTagName = '', spanIdTagName = '', timestampTagName } = schema.object;
  // The server looks for the order's rule by the name of its key: only rules named as their key let conditions on it pass.
  const named = schema.rules.find(({ name }) => name === orderTag)?.tags ?? [];
  const skipped = new Set([traceIdTagName, spanIdTagName, ...named, ...(byIds ? [] : schema.entity)]);
  const filter = tagFilter(query.criteria, { kinds: schema.kinds, skipped, byIds });
  if (!byIds && query.orderBy === undefined) throw queryFailure('invalid query options: either traceIDs or order must be specified');
  const timed = rule === undefined || orderTag === timestampTagName;
  const plan = timed ? { ...conditions, min: nanosOfMs(range.fromMs), max: nanosOfMs(range.toMs) } : conditions;
  const rows = rowsOf(store.within('trace', schema.group, range.fromMs, range.toMs), schema);
  const limit = (query.offset ?? 0) + (query.limit || 20);
  checkSound(rows, store.flushedUntil('trace'));
  const down = query.orderBy?.sort === 'SORT_DESC';
  const ids = byIds ? givenIds(plan.traceIds, limit) : rule === undefined ? [] : orderedIds(entriesOf(rows, rule, plan, filter), down, limit);
  return { traces: page(tracesOf(ids, rows, plan, filter), query, 20).map(({ traceId, spans }) => ({ traceId, spans: spans.map((row) => spanOf(schema, query, row)) })) };
}

function nanosOfMs(ms: number): bigint {
  if (ms === Infinity) return 2n ** 63n - 1n;
  return ms === -Infinity ? -(2n ** 63n) : BigInt(ms) * 1_000_000n;
}

/** A trace stays when one of its spans meets all conditions. */
function tracesOf(ids: readonly string[], rows: readonly Row[], plan: TracePlan, filter: Filter | undefined): { traceId: string; spans: Row[] }[] {
  const wanted = new Map<string, Row[]>(ids.filter((id) => id !== '').map((id) => [id, []]));
  for (const row of rows) wanted.get(row.traceId)?.push(row);
  return [...wanted]
    .map(([traceId, spans]) => ({ traceId, spans }))
    .filter(({ spans }) => spans.some((row) => plan.spanIds?.includes(row.id) !== false && filter?.(row.cells) !== false));
}
