/** Requests of queries. undefined: no row can meet the conditions, so there is nothing to ask. */
import type { Criteria, MeasureQuery, Order, StreamQuery, TraceQuery } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import { tagFamily, type SchemaSpec } from '../schema/model.js';
import { CriteriaEncoder, simplified } from './encode-criteria.js';
import { encodeTime } from './encode-values.js';
import { WireEncoder } from './wire-encoder.js';

export function encodeMeasureQuery(query: MeasureQuery): Buffer | undefined {
  const { measure, tags, fields } = query;
  return encodeQuery(measure, query, (out, encodeCriteria) => {
    encodeRange(out, 26, query);
    encodeCriteria(34);
    if (tags.length > 0) encodeFamily(out, 42, tags);
    if (fields.length > 0) encodeNames(out, 50, fields);
    out.tag(88);
    out.uint(query.limit);
    encodeOrder(out, 98, query.order);
  });
}

export function encodeStreamQuery(query: StreamQuery): Buffer | undefined {
  return encodeQuery(query.stream, query, (out, encodeCriteria) => {
    encodeRange(out, 26, query);
    out.tag(40);
    out.uint(query.limit);
    encodeOrder(out, 50, query.order);
    encodeCriteria(58);
    encodeFamily(out, 66, query.tags);
  });
}

export function encodeTraceQuery(query: TraceQuery): Buffer | undefined {
  return encodeQuery(query.trace, query, (out, encodeCriteria) => {
    encodeRange(out, 26, query);
    out.tag(40);
    out.uint(query.limit);
    encodeOrder(out, 50, query.order);
    encodeCriteria(58);
    for (const tag of query.tags) out.text(66, tag);
  });
}

interface Asked {
  readonly fromMs: number;
  readonly toMs: number;
  readonly criteria?: Criteria;
  readonly limit: number;
}

function encodeQuery(spec: SchemaSpec, asked: Asked, encodeRest: (out: WireEncoder, encodeCriteria: (tag: number) => void) => void): Buffer | undefined {
  checkAsked(spec.name, asked);
  const criteria = asked.criteria === undefined || simplified(asked.criteria);
  if (criteria === false || asked.fromMs > asked.toMs) return undefined;
  const out = new WireEncoder();
  out.text(10, spec.group);
  out.text(18, spec.name);
  encodeRest(out, (tag) => {
    if (criteria !== true) new CriteriaEncoder(out, spec.name, spec.tags).encode(tag, criteria);
  });
  return out.finish();
}

function checkAsked(what: string, { fromMs, toMs, limit }: Asked): void {
  const right = Number.isInteger(fromMs) && Number.isInteger(toMs) && Number.isInteger(limit) && limit > 0 && limit < 2 ** 32;
  if (right) return;
  const reason = `from ${fromMs} to ${toMs} with the limit ${limit} is not a range of whole ms with a limit`;
  throw banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what: `the question to ${what}`, reason });
}

/** What the server can count in int64 nanoseconds. */
const greatestMs = 9_223_372_036_854;

/** The server includes both ends. Times outside of what it knows are its first and last. */
function encodeRange(out: WireEncoder, tag: number, { fromMs, toMs }: Asked): void {
  const range = out.open(tag);
  encodeTime(out, 10, Math.min(Math.max(fromMs, 0), greatestMs));
  encodeTime(out, 18, Math.min(Math.max(toMs, 0), greatestMs));
  out.close(range);
}

function encodeFamily(out: WireEncoder, tag: number, tags: readonly string[]): void {
  const projection = out.open(tag);
  const family = out.open(10);
  out.text(10, tagFamily);
  for (const name of tags) out.text(18, name);
  out.close(family);
  out.close(projection);
}

function encodeNames(out: WireEncoder, tag: number, names: readonly string[]): void {
  const projection = out.open(tag);
  for (const name of names) out.text(10, name);
  out.close(projection);
}

/** Sort: 1 descending, 2 ascending. */
function encodeOrder(out: WireEncoder, tag: number, order: Order | undefined): void {
  if (order === undefined) return;
  const message = out.open(tag);
  if (order.index !== undefined) out.text(10, order.index);
  out.tag(16);
  out.tag(order.descending ? 1 : 2);
  out.close(message);
}
