/** Model calls as they are asked for. */
import { serviceToken } from '../kernel/token.js';
import type { ModelCall } from '../model/model-call.js';

/** Fields by which calls are filtered and grouped; any other name is that of a configured dimension. */
export const callFields = [
  'provider', 'model', 'service', 'instance', 'user', 'session', 'team', 'status', 'errorType', 'operation', 'gateway', 'route',
  'requestModel', 'responseModel', 'finishReason', 'endState', 'streaming', 'serviceTier', 'costSource', 'protocol', 'dialect',
] as const;

export const callMeasures = [
  'calls', 'errors', 'inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens', 'costUsd', 'unpricedCalls',
  'latencyP50', 'latencyP95', 'latencyP99', 'ttftP50', 'ttftP95', 'ttftP99',
] as const;
export type CallMeasure = (typeof callMeasures)[number];

export interface CallCondition {
  readonly tenant: string;
  /** Epoch microseconds of the call's start, the end not included. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Field or dimension to the values it may have; all must hold. */
  readonly equals: Readonly<Record<string, readonly string[]>>;
  readonly traceId?: string;
  /** Picodollars, both included; calls of unknown cost never match. */
  readonly minCost?: number;
  readonly maxCost?: number;
}

export type CallOrder = 'time' | 'cost' | 'duration';

export interface CallPage {
  readonly orderBy: CallOrder;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface BreakdownRequest {
  readonly condition: CallCondition;
  /** Fields or dimensions. */
  readonly groupBy: readonly string[];
  readonly measures: readonly CallMeasure[];
  /** Also by time, in buckets of so many µs. */
  readonly bucketUs?: number;
  /** Groups answered at most: those with the greatest first measure; over time with all their buckets. */
  readonly limit: number;
}

export interface BreakdownRow {
  /** In the order of `groupBy`; "" where a call has no value. */
  readonly groups: readonly string[];
  readonly bucketUs: number | undefined;
  /** In the order asked: counts and tokens as whole numbers, ms as numbers, costUsd as decimal text; undefined when unknown. */
  readonly values: readonly (number | string | undefined)[];
}

export interface UnpricedModel {
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  /** undefined when nobody told. */
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly lastSeenUs: number;
}

export interface CallContent {
  readonly key: string;
  readonly text: string;
}

export interface CallQuery {
  /** Rejects (permanent) when a name is neither a field nor a dimension that any stored call has; likewise below. */
  calls(condition: CallCondition, page: CallPage): Promise<readonly ModelCall[]>;
  call(tenant: string, id: string): Promise<ModelCall | undefined>;
  /** Prompts and completions, when they are captured and still kept. */
  content(call: ModelCall): Promise<readonly CallContent[]>;
  breakdown(request: BreakdownRequest): Promise<readonly BreakdownRow[]>;
  /** Models that were used and have no price, most calls first. */
  unpriced(range: Pick<CallCondition, 'tenant' | 'fromUs' | 'toUs'>, limit: number): Promise<readonly UnpricedModel[]>;
}
export const CallQuery = serviceToken<CallQuery>('query.CallQuery');
