/** Traces of both versions of the protocol, and what tags there are to search by. */
import type { Clock, StoredSpan, TraceQuery } from '@meterlark/core';
import { debugged, type Debuggable } from '../debugging.js';
import type { DurationInput } from '../duration.js';
import type { SearchableTags } from '../searchable-tags.js';
import { searchById, searchByName, type NamedTraceConditionInput, type TraceConditionInput, type TraceSearch } from './condition.js';
import type { RequestTraces } from './request-traces.js';
import { viewsOf } from './span-view.js';

export interface TraceServices {
  readonly traces: TraceQuery;
  readonly tags: SearchableTags;
  readonly clock: Clock;
  readonly maxRows: number;
  /** Whole traces, for one request. */
  readonly request: RequestTraces;
}

const operation = 'Query traces';
const nanosPerMs = 1_000_000;

export function traceFields(services: TraceServices) {
  const { maxRows, tags } = services;
  return {
    hasQueryTracesV2Support: () => true,
    queryBasicTraces: (args: Debuggable & { condition: TraceConditionInput }) => brief(services, searchById(args.condition, maxRows), args),
    queryBasicTracesByName: (args: Debuggable & { condition: NamedTraceConditionInput }) => brief(services, searchByName(args.condition, maxRows), args),
    queryTrace: async (args: Debuggable & { traceId: string }) => {
      const traceId = args.traceId.trim();
      const found = await debugged(services.clock, operation, args, async () => ({ trace: await services.request.trace(traceId) }));
      if (found.trace === undefined) return undefined;
      const { trace, ...rest } = found;
      return { ...rest, spans: () => viewsOf(trace.spans), cut: trace.cut, modelCalls: () => services.request.callsOfTrace(traceId) };
    },
    queryTraces: (args: Debuggable & { condition: TraceConditionInput }) => list(services, args),
    queryTraceTagAutocompleteKeys: ({ duration }: { duration: DurationInput }) => tags.keys(duration),
    queryTraceTagAutocompleteValues: ({ tagKey, duration }: { tagKey: string; duration: DurationInput }) => tags.values(tagKey, duration),
  };
}

function brief(services: TraceServices, search: TraceSearch | undefined, args: Debuggable & { condition: unknown }) {
  return debugged(services.clock, operation, args, async () => ({ traces: (await entriesOf(services, search)).map(basicTrace) }));
}

async function entriesOf({ traces, tags }: TraceServices, search: TraceSearch | undefined): Promise<readonly StoredSpan[]> {
  if (search === undefined || !(await tags.cover(search.condition.tags))) return [];
  return traces.entries(search.condition, search.page);
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
  const found = await debugged(services.clock, operation, args, async () => {
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
