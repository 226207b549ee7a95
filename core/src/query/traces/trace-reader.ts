/** Spans of whole traces, within one budget for all that are asked for together. */
import type { RecordReader } from '../../contract/storage.js';
import type { StoredSpan, StoredTrace } from '../../contract/trace-query.js';
import type { RecordCondition, RecordQuery } from '../../model/record-query.js';
import { spansModel } from '../../model/spans-model.js';
import { canonicalTraceId, traceIdSpellings } from '../../model/trace-id.js';
import { spansOf } from './stored-span.js';

const always = { fromUs: Number.MIN_SAFE_INTEGER, toUs: Number.MAX_SAFE_INTEGER };

interface Portions {
  /** Those that fit. */
  readonly whole: readonly string[];
  /** The first that does not, and how many of its spans do. */
  readonly part: { readonly traceId: string; readonly spans: number } | undefined;
  /** By canonical id. */
  readonly cut: ReadonlySet<string>;
}

export class TraceReader {
  constructor(
    private readonly reader: RecordReader,
    /** Spans of all traces of one request. */
    private readonly budget: number,
  ) {}

  /** In the order of the ids. Those that come after the budget is used up have no spans, and say that they are cut. */
  async traces(tenant: string, traceIds: readonly string[]): Promise<readonly StoredTrace[]> {
    const wanted = [...new Set(traceIds.map(canonicalTraceId))];
    if (wanted.length === 0) return [];
    const { spans, cut } = await (wanted.length === 1 ? this.single(tenant, traceIds) : this.several(tenant, traceIds));
    const byId = new Map<string, StoredSpan[]>(wanted.map((id) => [id, []]));
    for (const span of spans) byId.get(canonicalTraceId(span.traceId))?.push(span);
    return traceIds.map((traceId) => {
      const id = canonicalTraceId(traceId);
      return { traceId, spans: once(byId.get(id) ?? []), cut: cut.has(id) };
    });
  }

  private async single(tenant: string, traceIds: readonly string[]): Promise<{ spans: readonly StoredSpan[]; cut: ReadonlySet<string> }> {
    const spans = await this.first(tenant, traceIds, this.budget + 1);
    const isCut = spans.length > this.budget;
    return { spans: isCut ? spans.slice(0, this.budget) : spans, cut: new Set(isCut ? traceIds.map(canonicalTraceId) : []) };
  }

  private async several(tenant: string, traceIds: readonly string[]): Promise<{ spans: readonly StoredSpan[]; cut: ReadonlySet<string> }> {
    const { whole, part, cut } = this.portions(traceIds, await this.counts(tenant, traceIds));
    // Spans may have come since they were counted.
    const spans = whole.length === 0 ? [] : await this.first(tenant, whole, this.budget);
    const rest = part === undefined ? [] : await this.first(tenant, [part.traceId], part.spans);
    return { spans: [...spans, ...rest], cut };
  }

  private portions(traceIds: readonly string[], counts: ReadonlyMap<string, number>): Portions {
    const whole: string[] = [];
    const cut = new Set<string>();
    let part: Portions['part'];
    let left = this.budget;
    for (const traceId of new Map(traceIds.map((id) => [canonicalTraceId(id), id])).values()) {
      const id = canonicalTraceId(traceId);
      const count = counts.get(id) ?? 0;
      if (count > left) {
        if (left > 0) part = { traceId, spans: left };
        cut.add(id);
      } else if (count > 0) whole.push(traceId);
      left = Math.max(0, left - count);
    }
    return { whole, part, cut };
  }

  /** Rows by canonical id. */
  private async counts(tenant: string, traceIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const ids = spellings(traceIds);
    const groups = await this.reader.groups({
      model: spansModel, tenant, ...always, where: [among(ids)], by: [{ column: 'trace_id' }], measures: [{ of: 'count' }], limit: ids.length,
    });
    const counts = new Map<string, number>();
    for (const { by: [traceId = ''], measures: [count] } of groups) {
      const id = canonicalTraceId(traceId);
      counts.set(id, (counts.get(id) ?? 0) + Number(count ?? 0));
    }
    return counts;
  }

  private async first(tenant: string, traceIds: readonly string[], limit: number): Promise<readonly StoredSpan[]> {
    const orderBy: RecordQuery['orderBy'] = [{ column: 'time', descending: false }];
    return spansOf(await this.reader.rows({ model: spansModel, tenant, ...always, where: [among(spellings(traceIds))], orderBy, limit, offset: 0 }));
  }
}

function spellings(traceIds: readonly string[]): readonly string[] {
  return [...new Set(traceIds.flatMap(traceIdSpellings))];
}

export function among(traceIds: readonly string[]): RecordCondition {
  return { column: 'trace_id', is: 'in', values: traceIds };
}

/** A span that was sent again is the same span; the two sides of a call may share an id (Zipkin). */
function once(spans: readonly StoredSpan[]): readonly StoredSpan[] {
  const known = new Map(spans.map((span) => [`${span.spanId} ${span.kind} ${span.service}`, span]));
  return known.size === spans.length ? spans : [...known.values()];
}
