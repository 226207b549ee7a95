/** Stored logs as they are asked for. */
import { serviceToken } from '../kernel/token.js';
import type { LogContentType } from '../model/log.js';
import type { ModelCall } from '../model/model-call.js';
import type { StoredAttributes } from '../model/spans-model.js';
import type { TagCondition } from './trace-query.js';

export interface StoredLog {
  readonly tenant: string;
  readonly timeUs: number;
  readonly service: string;
  readonly instance: string;
  readonly endpoint: string;
  readonly layer: string;
  /** "" for none, likewise below. */
  readonly traceId: string;
  readonly spanId: string;
  readonly severity: string;
  readonly contentType: LogContentType;
  readonly body: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly scope: string;
  readonly resource: StoredAttributes;
}

/** All that is given must hold. */
export interface LogCondition {
  readonly tenant: string;
  /** Epoch µs, the end not included. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly service?: string;
  readonly instance?: string;
  readonly endpoint?: string;
  readonly layer?: string;
  readonly traceId?: string;
  /** SkyWalking's segment (for OTLP the span itself), and the number of a span in it. */
  readonly segmentId?: string;
  readonly segmentSpan?: number;
  readonly tags: readonly TagCondition[];
  /** Parts of the body, case-sensitive: all of them, and none of the others. */
  readonly keywords: readonly string[];
  readonly excludedKeywords: readonly string[];
}

export interface LogPage {
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** A tag, or who sent a log. */
export type LogGroup = { readonly tag: string } | { readonly field: 'service' | 'instance' | 'endpoint' | 'traceId' };

export interface LogCountQuery {
  readonly condition: LogCondition;
  /** Counts per bucket of so many µs; absent: over the whole time. */
  readonly bucketUs?: number;
  readonly by: readonly LogGroup[];
  readonly limit: number;
}

export interface LogCount {
  /** Start of the bucket; 0 without buckets. */
  readonly bucketUs: number;
  /** In the order asked; "" where a log has no such value. */
  readonly by: readonly string[];
  readonly count: number;
}

export interface LogQuery {
  logs(condition: LogCondition, page: LogPage): Promise<readonly StoredLog[]>;
  /** By bucket, then by the values; without logs there is no row. */
  counts(query: LogCountQuery): Promise<readonly LogCount[]>;
  /** The model call that each log tells of, in the order given; undefined where it tells of none, or the call is not stored. */
  calls(logs: readonly StoredLog[]): Promise<readonly (ModelCall | undefined)[]>;
}
export const LogQuery = serviceToken<LogQuery>('query.LogQuery');
