/** Traces of both versions of the protocol, and what tags there are to search by. */
import { randomUUID } from 'node:crypto';
import type { Clock, EntryCondition, StoredSpan, TraceQuery } from '@meterlark/core';
import { recordRange, type DurationInput } from '../duration.js';
import { searchById, searchByName, type NamedTraceConditionInput, type TraceConditionInput, type TraceSearch } from './condition.js';
import type { RequestTraces } from './request-traces.js';
import { viewsOf } from './span-view.js';

export interface TraceServices {
  readonly traces: TraceQuery;
  readonly clock: Clock;
  readonly maxRows: number;
  /** Whole traces, for one request. */
  readonly request: RequestTraces;
}

const tenant = '';
/** The analyzer of spans keeps the values of tags that may be searched by in this list. */
const tagList = 'trace_tag';
/** … and here the tags that it was told may be searched by, seen or not, as long as spans are kept. */
const searchableList = 'trace_tag_key';
const maxSearchable = 10_000;
const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };
const maxTagValues = 100;
const nanosPerMs = 1_000_000;

interface Debuggable {
  readonly debug?: boolean | null;
}

export function traceFields(services: TraceServices) {
  const { traces, maxRows } = services;
  return {
    hasQueryTracesV2Support: () => true,
    queryBasicTraces: (args: Debuggable & { condition: TraceConditionInput }) => brief(services, searchById(args.condition, maxRows), args),
    queryBasicTracesByName: (args: Debuggable & { condition: NamedTraceConditionInput }) => brief(services, searchByName(args.condition, maxRows), args),
    queryTrace: async (args: Debuggable & { traceId: string }) => {
      const traceId = args.traceId.trim();
      const found = await debugged(services, args, async () => ({ trace: await services.request.trace(traceId) }));
      if (found.trace === undefined) return undefined;
      const { trace, ...rest } = found;
      return { ...rest, spans: () => viewsOf(trace.spans), cut: trace.cut, modelCalls: () => services.request.callsOfTrace(traceId) };
    },
    queryTraces: (args: Debuggable & { condition: TraceConditionInput }) => list(services, args),
    queryTraceTagAutocompleteKeys: ({ duration }: { duration: DurationInput }) =>
      traces.facets({ tenant, ...recordRange(duration), list: tagList, limit: maxTagValues }),
    queryTraceTagAutocompleteValues: ({ tagKey, duration }: { tagKey: string; duration: DurationInput }) =>
      traces.facets({ tenant, ...recordRange(duration), list: tagList, key: tagKey, limit: maxTagValues }),
  };
}

function brief(services: TraceServices, search: TraceSearch | undefined, args: Debuggable & { condition: unknown }) {
  return debugged(services, args, async () => ({ traces: (await entriesOf(services, search)).map(basicTrace) }));
}

async function entriesOf({ traces }: TraceServices, search: TraceSearch | undefined): Promise<readonly StoredSpan[]> {
  if (search === undefined || !(await areSearchable(traces, search.condition))) return [];
  return traces.entries(search.condition, search.page);
}

/** As the protocol has it: a tag that nobody may search by finds nothing. */
async function areSearchable(traces: TraceQuery, { tags }: EntryCondition): Promise<boolean> {
  if (tags.length === 0) return true;
  const keys = new Set(await traces.facets({ tenant, ...always, list: searchableList, limit: maxSearchable }));
  return tags.every(({ key }) => keys.has(key));
}

function basicTrace(span: StoredSpan) {
  return {
    segmentId: span.segment?.segmentId ?? span.spanId,
    endpointNames: [span.name],
    duration: Math.round(span.durationNs / nanosPerMs),
    start: String(Math.floor(span.startUs / 1000)),
    isError: span.status === 'error',
    traceIds: [span.traceId],
  };
}

/** A page of entries may hold two of one trace; their trace is answered once. */
async function list(services: TraceServices, args: Debuggable & { condition: TraceConditionInput }) {
  const found = await debugged(services, args, async () => {
    const entries = await entriesOf(services, searchById(args.condition, services.maxRows));
    return { found: await services.request.list(entries.map(({ traceId }) => traceId)) };
  });
  if (found.found === undefined) return undefined;
  const { found: all, ...rest } = found;
  // Of one that the limit leaves nothing of, there is nothing to show.
  const shown = all.filter(({ spans }) => spans.length > 0);
  const starts = all.flatMap(({ spans }) => spans.map(({ startUs }) => startUs));
  const range = { startTime: least(starts), endTime: Math.floor(starts.reduce((left, right) => Math.max(left, right), 0) / 1000) };
  const traces = shown.map(({ spans, cut }) => ({ spans: () => viewsOf(spans), cut }));
  return { ...rest, traces, cut: all.some(({ cut }) => cut), retrievedTimeRange: range };
}

function least(startsUs: readonly number[]): number {
  const first = startsUs.reduce((left, right) => Math.min(left, right), Infinity);
  return Number.isFinite(first) ? Math.floor(first / 1000) : 0;
}

/** Adds the trace of the query itself when asked for. */
async function debugged<T extends object>(services: TraceServices, args: Debuggable & object, answer: () => Promise<T>) {
  const startMs = services.clock.now();
  const result = await answer();
  if (args.debug !== true) return result;
  const startTime = startMs * nanosPerMs;
  const endTime = services.clock.now() * nanosPerMs;
  const times = { startTime, endTime, duration: endTime - startTime };
  const span = { spanId: 0, parentSpanId: -1, operation: 'Query traces', ...times };
  return { ...result, debuggingTrace: { traceId: randomUUID(), condition: JSON.stringify(args), ...times, spans: [span] } };
}
