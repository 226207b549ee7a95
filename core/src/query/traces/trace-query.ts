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
import { queryErrors } from '../errors.js';
import { spanConditions, spellingsOf, tagAlternatives } from './span-conditions.js';
import { SpanReader } from './stored-span.js';

export interface TraceLimits {
  /** Spans of one trace that are answered. */
  readonly spansPerTrace: number;
  /** Traces that a search by tags looks at, the latest ones. */
  readonly candidates: number;
  readonly tags: number;
}

const always = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };
const isEntry: RecordCondition = { column: 'entry', is: 'in', values: [true] };
const hourUs = hourMs * 1000;

export class RecordTraceQuery implements TraceQuery {
  constructor(
    private readonly reader: RecordReader,
    private readonly limits: TraceLimits,
  ) {}

  async traces(tenant: string, traceIds: readonly string[]): Promise<readonly StoredTrace[]> {
    if (traceIds.length === 0) return [];
    const spans = await this.spansOf(tenant, traceIds);
    // Together they are more than one trace may have: each by itself.
    if (spans === undefined && traceIds.length > 1) {
      const single: StoredTrace[] = [];
      for (const id of traceIds) single.push(...(await this.traces(tenant, [id])));
      return single;
    }
    const byId = new Map<string, StoredSpan[]>(traceIds.map((id) => [canonical(id), []]));
    for (const span of spans ?? (await this.firstSpans(tenant, traceIds))) byId.get(canonical(span.traceId))?.push(span);
    return traceIds.map((traceId) => ({ traceId, spans: once(byId.get(canonical(traceId)) ?? []), cut: spans === undefined }));
  }

  async entries(condition: EntryCondition, { orderBy, limit, offset }: EntryPage): Promise<readonly StoredSpan[]> {
    const where = [isEntry, ...spanConditions(condition)];
    const order = { column: orderBy === 'start' ? 'time' : 'duration_ns', descending: true };
    const byId = ['trace_id', 'span_id'].map((column) => ({ column, descending: false }));
    const range = rangeOf(condition);
    if (condition.tags.length === 0) {
      const rows = await this.reader.rows({ model: spansModel, ...range, where, orderBy: [order, ...byId], limit, offset });
      return this.spans(rows);
    }
    const having = await this.candidates(condition);
    if (having.size === 0) return [];
    const ids = [...new Set([...having].map((key) => key.slice(0, key.indexOf(' '))))];
    const among: RecordCondition = { column: 'trace_id', is: 'in', values: ids };
    const rows = await this.reader.rows({
      model: spansModel, ...range, where: [...where, among], orderBy: [order, ...byId], limit: this.limits.spansPerTrace, offset: 0,
    });
    return this.spans(rows)
      .filter(({ traceId, service }) => having.has(`${traceId} ${service}`))
      .slice(offset, offset + limit);
  }

  async traceIds(condition: EntryCondition, { orderBy, limit, offset }: EntryPage): Promise<readonly string[]> {
    const column = orderBy === 'start' ? 'time' : 'duration_ns';
    const greatest = new Map<string, number>();
    for (const where of this.alternatives(condition.tags)) {
      const groups = await this.reader.groups({
        model: spansModel, ...rangeOf(condition), where: [...spanConditions(condition), ...where],
        by: [{ column: 'trace_id' }], measures: [{ of: 'max', column }], orderBy: { measure: 0, descending: true }, limit: limit + offset,
      });
      for (const { by: [id = ''], measures: [value] } of groups) greatest.set(id, Math.max(greatest.get(id) ?? -Infinity, Number(value ?? 0)));
    }
    return [...greatest].sort(([, left], [, right]) => right - left).map(([id]) => id).slice(offset, offset + limit);
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

  /** undefined when there are more than the limit. */
  private async spansOf(tenant: string, traceIds: readonly string[]): Promise<readonly StoredSpan[] | undefined> {
    const spans = await this.firstSpans(tenant, traceIds, 1);
    return spans.length > this.limits.spansPerTrace ? undefined : spans;
  }

  private async firstSpans(tenant: string, traceIds: readonly string[], more = 0): Promise<readonly StoredSpan[]> {
    const where: RecordCondition[] = [{ column: 'trace_id', is: 'in', values: traceIds.flatMap(spellingsOf) }];
    const orderBy = [{ column: 'time', descending: false }];
    const limit = this.limits.spansPerTrace + more;
    return this.spans(await this.reader.rows({ model: spansModel, tenant, ...always, where, orderBy, limit, offset: 0 }));
  }

  /** `<trace id> <service>` of the latest spans with all the tags; trace ids hold no space that counts before a service's. */
  private async candidates(condition: EntryCondition): Promise<ReadonlySet<string>> {
    const { tenant, service, instance, traceId } = condition;
    const who = spanConditions({ ...(service === undefined ? {} : { service }), ...(instance === undefined ? {} : { instance }), ...(traceId === undefined ? {} : { traceId }) });
    const found = new Set<string>();
    for (const where of this.alternatives(condition.tags)) {
      const groups = await this.reader.groups({
        model: spansModel, tenant, fromUs: condition.fromUs, toUs: condition.toUs, where: [...who, ...where],
        by: [{ column: 'trace_id' }, { column: 'service' }], measures: [{ of: 'max', column: 'time' }],
        orderBy: { measure: 0, descending: true }, limit: this.limits.candidates,
      });
      for (const { by } of groups) found.add(by.join(' '));
    }
    return found;
  }

  private alternatives(tags: readonly TagCondition[]): readonly (readonly RecordCondition[])[] {
    if (tags.length > this.limits.tags) throw queryErrors.METERLARK_QUERY_TOO_MANY_TAGS({ count: tags.length, limit: this.limits.tags });
    return tagAlternatives(tags);
  }

  private spans(rows: Awaited<ReturnType<RecordReader['rows']>>): readonly StoredSpan[] {
    const reader = new SpanReader();
    return rows.map((row) => reader.read(row));
  }
}

function rangeOf({ tenant, fromUs, toUs }: SpanCondition): TraceRange {
  return { tenant, fromUs, toUs };
}

function canonical(traceId: string): string {
  return spellingsOf(traceId)[0] ?? traceId;
}

/** A span that was sent again is the same span; the two sides of a call may share an id (Zipkin). */
function once(spans: readonly StoredSpan[]): readonly StoredSpan[] {
  const known = new Map(spans.map((span) => [`${span.spanId} ${span.kind} ${span.service}`, span]));
  return known.size === spans.length ? spans : [...known.values()];
}
