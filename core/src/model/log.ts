/** One internal model of a log record for OTLP and SkyWalking. */
import type { SpanAttributes } from './attribute-shape.js';
import type { Resource, Scope } from './attributes.js';

export type LogProtocol = 'otlp' | 'skywalking';
export type LogContentType = 'text' | 'json' | 'yaml';

export interface Log {
  /** Epoch microseconds, whole: when it happened, else when it was observed; 0 when nobody said. */
  readonly timeUs: number;
  /** Lower-case hex (OTLP) or what a SkyWalking agent made; "" when the record names no trace. */
  readonly traceId: string;
  /** As `Span.spanId`: 16 hex digits, or `<segment id>.<number>` for SkyWalking; "" for none. */
  readonly spanId: string;
  /** The sender's word for it, else the name of its number (TRACE, DEBUG, INFO, WARN, ERROR, FATAL); "" for none. */
  readonly severity: string;
  readonly contentType: LogContentType;
  /** Text as it came; OTLP maps and arrays as JSON (then `json`), bytes as base64. Cut by the receiver at its limit. */
  readonly body: string;
  /** Duplicate keys: the last wins. */
  readonly attributes: SpanAttributes;
  /** What SkyWalking's own protocol says of it; "" otherwise. */
  readonly endpoint: string;
}

export interface ScopeLogs {
  readonly scope: Scope;
  readonly logs: readonly Log[];
}

/** SkyWalking's receiver makes a resource of service, instance and layer, as for spans. */
export interface ResourceLogs {
  readonly resource: Resource;
  readonly scopes: readonly ScopeLogs[];
}

export interface LogBatch {
  readonly signal: 'logs';
  readonly tenant: string;
  readonly protocol: LogProtocol;
  readonly resources: readonly ResourceLogs[];
  /** Number of log records in the batch. */
  readonly points: number;
}

/** Who sent a log; one object for all logs of a resource and scope, so that identity may serve as a cache key. */
export interface LogOrigin {
  readonly tenant: string;
  readonly protocol: LogProtocol;
  /** Service name as it is stored; never "". */
  readonly service: string;
  /** "" when the sender did not say. */
  readonly instance: string;
  /** As the sender said it (`service.layer`), not checked; "" when it did not: rules with `layer: auto` may tell. */
  readonly layer: string;
  readonly resource: Resource;
  readonly scope: Scope;
}
