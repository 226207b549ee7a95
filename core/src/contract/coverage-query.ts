/** What each signal of an AI gateway tells of, compared. */
import { serviceToken } from '../kernel/token.js';
import type { QueryDuration } from './query-duration.js';

export const coverageSignals = ['metrics', 'logs', 'spans'] as const;
export type CoverageSignal = (typeof coverageSignals)[number];

export interface CoverageRequest {
  readonly tenant: string;
  /** A step of seconds is read as one of minutes. */
  readonly duration: QueryDuration;
  /** Name of the gateway; all when it is not given. */
  readonly service?: string;
  /** Rows answered at most. */
  readonly limit: number;
}

/** `missing` and `percent` compare like with like: requests that only access logs can tell of are set apart. */
export interface CoverageShare {
  /** All that the signal tells of. */
  readonly count: number;
  /** How many fewer than the fullest signal. */
  readonly missing: number;
  /** Of the fullest signal, in decimals; 100 where all have none. */
  readonly percent: number;
}

export interface SignalCount {
  readonly signal: CoverageSignal;
  /** false: the gateway sent none of it in the whole range, for any model. */
  readonly sent: boolean;
  readonly requests: CoverageShare;
  /** Input and output. */
  readonly tokens: CoverageShare;
}

/** One gateway and one model that clients asked it for. */
export interface SignalCoverage {
  readonly serviceId: string;
  readonly service: string;
  readonly model: string;
  /** Of the fullest signal, without those that only access logs can tell of; what `missing` and `percent` are measured by. */
  readonly requests: number;
  readonly tokens: number;
  /** Always metrics, logs, spans. */
  readonly signals: readonly SignalCount[];
  /** Signals that are sent and miss requests or tokens. */
  readonly missing: readonly CoverageSignal[];
  /** Requests that, by their access logs, only these can tell of. Those that no other signal tells of are not compared. */
  readonly noBackend: number;
  readonly unfinished: number;
  /** Requests of the fullest signal in the first and last minute, which other signals may count in a minute outside; 0 at larger steps. */
  readonly atBorder: number;
  /** All of this in words. */
  readonly explanation: string;
}

export interface CoverageQuery {
  /** Most missing requests first. Rejects (permanent) when the duration has no or too many points. */
  coverage(request: CoverageRequest): Promise<readonly SignalCoverage[]>;
}
export const CoverageQuery = serviceToken<CoverageQuery>('query.CoverageQuery');
