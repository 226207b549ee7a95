/** Reads the buckets of a metric piece by piece, each about as large as aimed at. */
import type { MetricBucket, MetricQuery } from '../../contract/storage.js';
import type { MetricSelection } from '../../contract/storage.js';
import { hourMs } from '../../model/time.js';
import { compareNames, unlessTooMuch } from './copy-store.js';
import { hoursOf, type Span } from './days.js';

export interface SpanQuery extends MetricSelection {
  readonly tenant: string;
  readonly span: Span;
  /** In order. */
  readonly entityIds: readonly string[];
}

export interface PortionPlace {
  /** Of the first entity only: what is before is left out. */
  readonly fromMs: number;
  /** As in MetricPlace. */
  readonly share: number;
}

export interface Portion {
  readonly entityIds: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Series by series, in order of time. */
  readonly buckets: readonly MetricBucket[];
  /** Where the next one begins; `after` is the last entity that is done. */
  readonly next: PortionPlace & { readonly after: string | undefined };
}

/** Two hours of two entities, before anything is known. */
export const firstShare = 48;
const maxEntities = 1000;
/** A portion that was small may be followed by one so many times larger. */
const growth = 16;

export interface PortionReader {
  /** Of any of the stores; rejects when the store's limit would cut the answer. */
  readonly read: (query: MetricQuery) => Promise<readonly MetricBucket[]>;
  /** Buckets aimed at. */
  readonly aim: number;
}

export async function* portions(reader: PortionReader, query: SpanQuery, begin: PortionPlace): AsyncGenerator<Portion> {
  const { span, entityIds } = query;
  let { fromMs, share } = begin;
  let place = 0;
  while (place < entityIds.length) {
    const cut = cutOf(span, fromMs, share);
    const own = entityIds.slice(place, place + cut.entities);
    const buckets = await unlessTooMuch(share > 1, () => reader.read(queryOf(query, own, { fromMs, toMs: cut.toMs })));
    if (buckets === undefined) {
      share = Math.floor(share / 2);
      continue;
    }
    share = nextShare(own.length * hoursOf({ fromMs, toMs: cut.toMs }), buckets.length, reader.aim);
    const isWhole = cut.toMs >= span.toMs;
    if (isWhole) place += own.length;
    const next = { fromMs: isWhole ? span.fromMs : cut.toMs, share, after: entityIds[place - 1] };
    yield { entityIds: own, fromMs, toMs: cut.toMs, buckets: [...buckets].sort(bySeries), next };
    fromMs = next.fromMs;
  }
}

function queryOf({ tenant, metric, kind, span }: SpanQuery, entityIds: readonly string[], part: Pick<Span, 'fromMs' | 'toMs'>): MetricQuery {
  return { tenant, selections: [{ metric, kind }], entityIds, step: span.step, ...part };
}

/** Several entities over the whole span, or some hours of one. */
function cutOf(span: Span, fromMs: number, share: number): { readonly entities: number; readonly toMs: number } {
  const entities = fromMs > span.fromMs ? 0 : Math.min(maxEntities, Math.floor(share / hoursOf(span)));
  if (entities > 0 || span.step === 'day') return { entities: Math.max(1, entities), toMs: span.toMs };
  return { entities: 1, toMs: Math.min(span.toMs, fromMs + Math.max(1, share) * hourMs) };
}

function nextShare(used: number, found: number, aim: number): number {
  return Math.max(1, Math.floor(Math.min(used * growth, (used * aim) / Math.max(1, found))));
}

export function bySeries(left: MetricBucket, right: MetricBucket): number {
  return (
    compareNames(left.entityId, right.entityId) ||
    compareNames(left.labels, right.labels) ||
    compareNames(left.source, right.source) ||
    left.bucketMs - right.bucketMs
  );
}
