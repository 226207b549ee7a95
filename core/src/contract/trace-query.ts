/** Stored spans as they are asked for. */
import { serviceToken } from '../kernel/token.js';
import type { SegmentSpan, SpanKind, SpanProtocol, SpanStatus } from '../model/span.js';
import type { StoredAttributes, StoredEvent, StoredLink } from '../model/spans-model.js';

export interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** "" for the root of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly service: string;
  readonly instance: string;
  readonly layer: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly entry: boolean;
  readonly startUs: number;
  readonly durationNs: number;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly peer: string;
  readonly protocol: SpanProtocol;
  readonly scope: string;
  readonly scopeVersion: string;
  readonly resource: StoredAttributes;
  readonly scopeAttributes: StoredAttributes;
  readonly attributes: StoredAttributes;
  readonly events: readonly StoredEvent[];
  readonly links: readonly StoredLink[];
  readonly segment: SegmentSpan | undefined;
}

export interface StoredTrace {
  readonly traceId: string;
  /** By start, each span once however often it was sent. */
  readonly spans: readonly StoredSpan[];
  /** There were more spans than the limit for all traces asked for together: the latest are left out, or all of them. */
  readonly cut: boolean;
}

export interface TraceRange {
  readonly tenant: string;
  /** Epoch µs of a span's start, the end not included. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** What one span must be; all that is given must hold. */
export interface SpanCondition extends TraceRange {
  readonly service?: string;
  readonly instance?: string;
  readonly name?: string;
  readonly traceId?: string;
  readonly peer?: string;
  readonly minDurationNs?: number;
  readonly maxDurationNs?: number;
  readonly failed?: boolean;
}

/** An attribute with this value, or with any. Numbers are compared as they are written. */
export interface TagCondition {
  readonly key: string;
  readonly value?: string;
}

export interface EntryCondition extends SpanCondition {
  /** A span of the same trace and service has each of them. */
  readonly tags: readonly TagCondition[];
}

export interface EntryPage {
  readonly orderBy: 'start' | 'duration';
  readonly limit: number;
  readonly offset: number;
}

export interface FacetQuery extends TraceRange {
  readonly list: string;
  readonly key?: string;
  readonly limit: number;
}

export interface TraceQuery {
  /** In the order of the ids; a trace that is not known has no spans. */
  traces(tenant: string, traceIds: readonly string[]): Promise<readonly StoredTrace[]>;
  /** Spans by which requests entered a service, latest or longest first. */
  entries(condition: EntryCondition, page: EntryPage): Promise<readonly StoredSpan[]>;
  /** Traces with a span that meets the condition and all tags, by the greatest start (or duration) of such spans. */
  traceIds(condition: EntryCondition, page: EntryPage): Promise<readonly string[]>;
  /** Distinct values of a list, or its keys when none is given, in order. */
  facets(query: FacetQuery): Promise<readonly string[]>;
}
export const TraceQuery = serviceToken<TraceQuery>('query.TraceQuery');
