/**
 * Traces as real servers keep them (docs/storage.md): a span that comes again is stored again; a list chooses traces by their spans in the
 * range and gives all their spans of the days touched; which traces come and in which order is left to chance when there are more than the
 * limit; of asked ids only the first of the sorted ones are looked for.
 */
import { CallFailure, grpcStatus } from '../../src/connection/calls.js';
import type { BanyanClient, Cell, Criteria, FoundSpan, FoundTrace, TraceQuery, TraceRow } from '../../src/connection/client.js';
import { banyanErrors } from '../../src/errors.js';
import type { TraceSpec } from '../../src/schema/model.js';

const dayMs = 86_400_000;

interface StoredSpan {
  readonly values: ReadonlyMap<string, Cell>;
  readonly span: Uint8Array;
  readonly timeMs: number;
}

export class FakeTraces implements Pick<BanyanClient, 'writeTrace' | 'queryTrace'> {
  readonly queries: TraceQuery[] = [];
  /** Spans of all answers. */
  answered = 0;
  /** Ids that the index knows and whose spans are lost. */
  readonly lost = new Set<string>();
  private readonly traces = new Map<string, StoredSpan[]>();

  constructor(
    private readonly random: () => number,
    /** Bytes of rows of one answer. */
    private readonly maxBytes = Infinity,
  ) {}

  async writeTrace(spec: TraceSpec, rows: readonly TraceRow[]): Promise<void> {
    for (const { tags, span } of rows) {
      const values = new Map(spec.tags.map(({ name }, place) => [name, tags[place] ?? null]));
      const trace = values.get(spec.traceIdTag);
      const timeMs = values.get(spec.timestampTag);
      if (typeof trace !== 'string' || trace === '' || !Number.isInteger(timeMs)) throw new Error('the server would lose this span');
      if ([...values.values()].includes(null)) throw new Error('a tag is null');
      const spans = this.traces.get(trace) ?? [];
      spans.push({ values, span, timeMs: timeMs as number });
      this.traces.set(trace, spans);
    }
    return Promise.resolve();
  }

  async queryTrace(query: TraceQuery): Promise<readonly FoundTrace[]> {
    this.queries.push(query);
    const ids = idsOf(query);
    const chosen = ids === undefined ? this.listed(query) : ids.toSorted().slice(0, query.limit);
    const found = chosen.filter((id) => !this.lost.has(id)).map((id) => ({ traceId: id, spans: this.spansOf(id, query) })).filter(({ spans }) => spans.length > 0);
    const spans = found.flatMap((trace) => trace.spans);
    if (spans.reduce((sum, { span }) => sum + span.length, 0) > this.maxBytes) {
      const failure = new CallFailure(grpcStatus.resourceExhausted, 'Received message larger than max');
      throw banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what: 'a query', reason: failure.details }, failure);
    }
    this.answered += spans.length;
    return Promise.resolve(found);
  }

  private listed({ trace, criteria, order, fromMs, toMs, limit }: TraceQuery): string[] {
    if (order?.index !== trace.indexes[0]?.name) throw new Error('either traceIDs or order must be specified');
    const ids = [...this.traces].filter(([, spans]) => spans.some(({ timeMs, values }) => timeMs >= fromMs && timeMs <= toMs && holds(criteria, values)));
    const shuffled = ids.map(([id]) => ({ id, place: this.random() })).sort((left, right) => left.place - right.place);
    return shuffled.slice(0, limit).map(({ id }) => id);
  }

  private spansOf(id: string, { fromMs, toMs, tags }: TraceQuery): FoundSpan[] {
    const [first, last] = [Math.floor(fromMs / dayMs), Math.floor(toMs / dayMs)];
    const spans = (this.traces.get(id) ?? []).filter(({ timeMs }) => Math.floor(timeMs / dayMs) >= first && Math.floor(timeMs / dayMs) <= last);
    return spans.map(({ values, span }) => ({ span, cells: tags.map((tag) => values.get(tag) ?? null) }));
  }
}

function idsOf({ trace, criteria }: TraceQuery): readonly string[] | undefined {
  if (criteria?.is === 'in' && criteria.tag === trace.traceIdTag) return [...new Set(criteria.values as readonly string[])];
  return undefined;
}

function holds(criteria: Criteria | undefined, values: ReadonlyMap<string, Cell>): boolean {
  switch (criteria?.is) {
    case undefined:
      return true;
    case 'equal':
      return values.get(criteria.tag) === criteria.value;
    case 'allOf':
      return criteria.of.every((part) => holds(part, values));
    case 'anyOf':
      return criteria.of.some((part) => holds(part, values));
    default:
      throw new Error(`the list by time knows no ${criteria?.is ?? ''}`);
  }
}
