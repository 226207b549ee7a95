/** Traces over the record contract. */
import type { RecordReader } from '../../contract/storage.js';
import type {
  EntryCondition,
  EntryPage,
  FacetQuery,
  SpanCondition,
  StoredSpan,
  StoredTrace,
  TagCondition,
  TraceQuery,
  TraceRange,
} from '../../contract/trace-query.js';
import type { RecordCondition } from '../../model/record-query.js';
import { facetsModel, spansModel } from '../../model/spans-model.js';
import { hourMs } from '../../model/time.js';
import { canonicalTraceId, traceIdSpellings } from '../../model/trace-id.js';
import { queryErrors } from '../errors.js';
import { distinctRows, SeenSpans, type UnpagedQuery } from './entry-pages.js';
import { spanConditions, tagAlternatives } from './span-conditions.js';
import { spansOf } from './stored-span.js';
import { among, TraceReader } from './trace-reader.js';

export interface TraceLimits {
  /** Spans that one request for whole traces answers. */
  readonly spansPerTrace: number;
  /** Pairs of trace and service that a search by tags looks at, the first ones in the order asked for. */
  readonly candidates: number;
  readonly tags: number;
  /** Rows that a page of entries may look at, those of the pages before it among them. */
  readonly scanned: number;
}

const isEntry: RecordCondition = { column: 'entry', is: 'in', values: [true] };
const hourUs = hourMs * 1000;
/** 16 digits, and the same with 32. */
const spellingsOfOne = 2;

export class RecordTraceQuery implements TraceQuery {
  private readonly whole: TraceReader;

  constructor(
    private readonly reader: RecordReader,
    private readonly limits: TraceLimits,
  ) {
    this.whole = new TraceReader(reader, limits.spansPerTrace);
  }

  traces(tenant: string, traceIds: readonly string[]): Promise<readonly StoredTrace[]> {
    return this.whole.traces(tenant, traceIds);
  }

  async entries(condition: EntryCondition, page: EntryPage): Promise<readonly StoredSpan[]> {
    const order = { column: orderColumn(page), descending: true };
    // Repetitions of a span lie together.
    const byId = ['trace_id', 'span_id'].map((column) => ({ column, descending: false }));
    const query = { model: spansModel, ...rangeOf(condition), where: [isEntry, ...spanConditions(condition)], orderBy: [order, ...byId] };
    if (condition.tags.length > 0) return this.tagged(query, condition, page);
    return spansOf(await distinctRows(this.reader, query, page, this.limits.scanned));
  }

  async traceIds(condition: EntryCondition, page: EntryPage): Promise<readonly string[]> {
    const { limit, offset } = page;
    const column = orderColumn(page);
    const greatest = new Map<string, { readonly traceId: string; readonly value: number }>();
    for (const where of this.alternatives(condition.tags)) {
      const groups = await this.reader.groups({
        model: spansModel, ...rangeOf(condition), where: [...spanConditions(condition), ...where], by: [{ column: 'trace_id' }],
        measures: [{ of: 'max', column }], orderBy: { measure: 0, descending: true }, limit: spellingsOfOne * (limit + offset),
      });
      for (const { by: [traceId = ''], measures: [measured] } of groups) {
        const id = canonicalTraceId(traceId);
        const value = Number(measured ?? 0);
        if (value > (greatest.get(id)?.value ?? -Infinity)) greatest.set(id, { traceId, value });
      }
    }
    const ordered = [...greatest.values()].sort((left, right) => right.value - left.value);
    return ordered.slice(offset, offset + limit).map(({ traceId }) => traceId);
  }

  async facets({ tenant, fromUs, toUs, list, key, limit }: FacetQuery): Promise<readonly string[]> {
    const wanted: RecordCondition[] = [{ column: 'list', is: 'in', values: [list] }];
    if (key !== undefined) wanted.push({ column: 'key', is: 'in', values: [key] });
    const groups = await this.reader.groups({
      // Rows carry the start of their hour.
      model: facetsModel, tenant, fromUs: Math.floor(fromUs / hourUs) * hourUs, toUs, where: wanted,
      by: [{ column: key === undefined ? 'key' : 'value' }], measures: [], limit,
    });
    return groups.map(({ by }) => by[0] ?? '');
  }

  /** Entries of services that have a span with the tags in the same trace. */
  private async tagged(query: UnpagedQuery, condition: EntryCondition, page: EntryPage): Promise<readonly StoredSpan[]> {
    const having = await this.candidates(condition, orderColumn(page));
    if (having.size === 0) return [];
    const ids = [...new Set([...having.values()].flatMap(traceIdSpellings))];
    const rows = await this.reader.rows({ ...query, where: [...query.where, among(ids)], limit: this.limits.spansPerTrace, offset: 0 });
    const seen = new SeenSpans();
    const found = rows.filter((row) => having.has(pairOf(row['trace_id'] as string, row['service'] as string)) && seen.isNew(row));
    return spansOf(found.slice(page.offset, page.offset + page.limit));
  }

  /** Trace ids of the first spans with all the tags in this order, by pair of trace and service. */
  private async candidates(condition: EntryCondition, column: string): Promise<ReadonlyMap<string, string>> {
    const { service, instance, traceId } = condition;
    const who = spanConditions({ ...(service === undefined ? {} : { service }), ...(instance === undefined ? {} : { instance }), ...(traceId === undefined ? {} : { traceId }) });
    const found = new Map<string, string>();
    for (const where of this.alternatives(condition.tags)) {
      const groups = await this.reader.groups({
        model: spansModel, ...rangeOf(condition), where: [...who, ...where], by: [{ column: 'trace_id' }, { column: 'service' }],
        measures: [{ of: 'max', column }], orderBy: { measure: 0, descending: true }, limit: this.limits.candidates,
      });
      for (const { by: [id = '', of = ''] } of groups) found.set(pairOf(id, of), id);
    }
    return found;
  }

  private alternatives(tags: readonly TagCondition[]): readonly (readonly RecordCondition[])[] {
    if (tags.length > this.limits.tags) throw queryErrors.METERLARK_QUERY_TOO_MANY_TAGS({ count: tags.length, limit: this.limits.tags });
    return tagAlternatives(tags);
  }
}

function orderColumn({ orderBy }: Pick<EntryPage, 'orderBy'>): string {
  return orderBy === 'start' ? 'time' : 'duration_ns';
}

function rangeOf({ tenant, fromUs, toUs }: SpanCondition): TraceRange {
  return { tenant, fromUs, toUs };
}

function pairOf(traceId: string, service: string): string {
  return JSON.stringify([canonicalTraceId(traceId), service]);
}
