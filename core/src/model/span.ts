/** One internal model of a span for OTLP, Zipkin and SkyWalking. */
import type { SpanAttributes } from './attribute-shape.js';
import type { Resource, Scope } from './attributes.js';

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanStatus = 'unset' | 'ok' | 'error';
export type SpanProtocol = 'otlp' | 'zipkin' | 'skywalking';

/** Epoch microseconds as a whole number; every double holds them exactly until the year 2255. */
export interface SpanEvent {
  readonly timeUs: number;
  readonly name: string;
  readonly attributes: SpanAttributes;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: SpanAttributes;
}

/** What only SkyWalking's own protocol says about a span. */
export interface SegmentSpan {
  readonly segmentId: string;
  /** Number within the segment, from 0. */
  readonly spanId: number;
  /** -1 for the first span of a segment. */
  readonly parentSpanId: number;
  readonly refs: readonly SegmentRef[];
  readonly componentId: number;
  /** Unknown, Database, RPCFramework, Http, MQ, Cache, FAAS or GenAI. */
  readonly layer: string;
  /** Entry, Exit or Local. */
  readonly type: 'Entry' | 'Exit' | 'Local';
  readonly skipAnalysis: boolean;
}

export interface SegmentRef {
  readonly type: 'CROSS_PROCESS' | 'CROSS_THREAD';
  readonly traceId: string;
  readonly parentSegmentId: string;
  readonly parentSpanId: number;
  readonly parentService: string;
  readonly parentInstance: string;
  readonly parentEndpoint: string;
  readonly networkAddress: string;
}

export interface Span {
  /** Lower-case hex (OTLP, Zipkin: 16 or 32 digits) or what a SkyWalking agent made. */
  readonly traceId: string;
  /** Unique within the trace. Lower-case hex (16 digits), or `<segment id>.<number>` for SkyWalking. */
  readonly spanId: string;
  /** "" for the root of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Epoch microseconds, whole. */
  readonly startUs: number;
  /** Nanoseconds, whole, not negative. */
  readonly durationNs: number;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly attributes: SpanAttributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** Remote side (service or host[:port]) when it is known; "" otherwise. */
  readonly peer: string;
  readonly segment: SegmentSpan | undefined;
}

export interface ScopeSpans {
  readonly scope: Scope;
  readonly spans: readonly Span[];
}

/** Zipkin and SkyWalking receivers make a resource of the service, and of what else the sender says about itself. */
export interface ResourceSpans {
  readonly resource: Resource;
  readonly scopes: readonly ScopeSpans[];
}

export interface SpanBatch {
  readonly signal: 'spans';
  readonly tenant: string;
  readonly protocol: SpanProtocol;
  readonly resources: readonly ResourceSpans[];
  /** Number of spans in the batch. */
  readonly points: number;
}

/** Who sent a span; one object for all spans of a resource and scope, so that identity may serve as a cache key. */
export interface SpanOrigin {
  readonly tenant: string;
  readonly protocol: SpanProtocol;
  /** Service name as it is stored; never "". */
  readonly service: string;
  /** "" when the sender did not say. */
  readonly instance: string;
  readonly layer: string;
  readonly resource: Resource;
  readonly scope: Scope;
}

/** A span by which a request enters a service: server, consumer, or a root that is not a client; SkyWalking's Entry. */
export function isEntry(span: Pick<Span, 'kind' | 'parentSpanId' | 'segment'>): boolean {
  if (span.segment !== undefined) return span.segment.type === 'Entry';
  if (span.kind === 'server' || span.kind === 'consumer') return true;
  return span.parentSpanId === '' && span.kind !== 'client' && span.kind !== 'producer';
}
