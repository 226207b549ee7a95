/** What the rest of the adapter asks of BanyanDB. Kept by the gRPC client in this folder. */
import type { MeasureSpec, PropertySpec, StreamSpec, TraceSpec } from '../schema/model.js';

/**
 * Value of a tag or a field; null is stored as null and read for what was not written. A number is a whole one
 * within ±2^53 (float fields: any). A timestamp tag takes and gives epoch ms. An empty string in an entity tag is read back as null.
 */
export type Cell = null | string | number | Uint8Array | readonly string[];

export interface MeasureRow {
  /** Whole epoch ms. */
  readonly timeMs: number;
  /** > 0: of the rows of one entity and time the greatest is the row; of equal ones the first written. */
  readonly version: bigint;
  /** In the order of the spec. */
  readonly tags: readonly Cell[];
  readonly fields: readonly Cell[];
  /** Rows with the same one are versions of one row: of those only the newest is written again after a loss of the store. */
  readonly identity?: object;
}

export interface StreamRow {
  readonly timeMs: number;
  /** Not empty: an element that comes again with the same id, time and entity is stored once. */
  readonly id: string;
  readonly tags: readonly Cell[];
}

export interface TraceRow {
  /** One of them is the timestamp tag. */
  readonly tags: readonly Cell[];
  readonly span: Uint8Array;
}

/**
 * Conditions. TRAP of the server: an AND that joins an entity tag's IN (or OR) with another entity tag's condition loses
 * conditions or fails. Write entities as `anyOf` of `allOf` of `equal`s, each naming the leading entity tags in full, and join
 * that with conditions on other tags only.
 */
export type Criteria =
  | { readonly is: 'equal'; readonly tag: string; readonly value: string | number }
  | { readonly is: 'in'; readonly tag: string; readonly values: readonly string[] | readonly number[] }
  | { readonly is: 'having'; readonly tag: string; readonly values: readonly string[] }
  | { readonly is: 'atLeast' | 'atMost'; readonly tag: string; readonly value: number }
  /** Not empty. */
  | { readonly is: 'allOf' | 'anyOf'; readonly of: readonly Criteria[] };

export interface Order {
  /** undefined: by time. */
  readonly index?: string;
  readonly descending: boolean;
}

interface BaseQuery {
  /** Whole epoch ms, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly criteria?: Criteria;
  readonly order?: Order;
  /** 1 or more: the server cuts without a word, so the caller compares. */
  readonly limit: number;
}

export interface MeasureQuery extends BaseQuery {
  readonly measure: MeasureSpec;
  readonly tags: readonly string[];
  readonly fields: readonly string[];
}
export interface StreamQuery extends BaseQuery {
  readonly stream: StreamSpec;
  readonly tags: readonly string[];
}
/** Needs an order, or `equal`/`in` on the trace id. The limit counts traces; all spans of a trace in the range come. */
export interface TraceQuery extends BaseQuery {
  readonly trace: TraceSpec;
  readonly tags: readonly string[];
}

/** Cells in the order asked: tags, then fields. */
export interface FoundPoint {
  readonly timeMs: number;
  readonly version: bigint;
  readonly cells: readonly Cell[];
}
export interface FoundElement {
  readonly timeMs: number;
  readonly cells: readonly Cell[];
}
export interface FoundSpan {
  readonly cells: readonly Cell[];
  readonly span: Uint8Array;
}
export interface FoundTrace {
  readonly traceId: string;
  readonly spans: readonly FoundSpan[];
}
export interface FoundProperty {
  readonly id: string;
  readonly cells: readonly Cell[];
}

/**
 * All reject with a MeterlarkError; retryable ones were tried again already. Writes resolve when the server has said of
 * every row that it has it; what failed is sent again alone; rows are cut into streams of at most so many rows and bytes. A row that
 * does not fit its spec (kinds, ms, lone surrogates, sizes) is a permanent error before anything is sent.
 */
export interface BanyanClient {
  /** How often the store was lost: what was read before the last time may be from a store that was shutting down. */
  readonly losses: number;
  writeMeasure(measure: MeasureSpec, rows: readonly MeasureRow[]): Promise<void>;
  writeStream(stream: StreamSpec, rows: readonly StreamRow[]): Promise<void>;
  writeTrace(trace: TraceSpec, rows: readonly TraceRow[]): Promise<void>;
  queryMeasure(query: MeasureQuery): Promise<readonly FoundPoint[]>;
  queryStream(query: StreamQuery): Promise<readonly FoundElement[]>;
  queryTrace(query: TraceQuery): Promise<readonly FoundTrace[]>;
  /** Replaces the property of that id. */
  applyProperty(property: PropertySpec, id: string, tags: readonly Cell[]): Promise<void>;
  /** All of the name, or those with the ids; rejects when there are more than the limit. */
  queryProperties(property: PropertySpec, options: { readonly ids?: readonly string[]; readonly limit: number }): Promise<readonly FoundProperty[]>;
  /** gRPC health and the API version. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A store that was lost and is back: it has forgotten what it had not written to disk. */
export interface StoreReturns {
  /**
   * Run first at every return; rows of the last seconds before the loss are written again after it, properties are not. All other calls
   * but those of the registry wait until both are done, so `prepare` gets a way of its own.
   */
  beforeRepeating(prepare: (properties: Pick<BanyanClient, 'applyProperty' | 'queryProperties'>) => Promise<void>): void;
}
