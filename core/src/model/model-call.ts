/** One call to a model, whatever instrumentation saw it. */
import type { SpanProtocol } from './span.js';

export type CallStatus = 'ok' | 'error';
export type CallEnd = 'complete' | 'client-aborted' | 'upstream-failed' | 'usage-missing';

/**
 * Tokens by class; undefined when nobody said. `input` includes cacheRead, both cacheWrite classes and audioInput;
 * `output` includes reasoning and audioOutput, whatever the dialect said.
 */
export interface TokenUsage {
  readonly input: number | undefined;
  readonly cacheRead: number | undefined;
  /** Written to a cache that lives 5 minutes; also what dialects that do not tell lifetimes call cache creation. */
  readonly cacheWrite5m: number | undefined;
  readonly cacheWrite1h: number | undefined;
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
  readonly audioInput: number | undefined;
  readonly audioOutput: number | undefined;
}

export const noUsage: TokenUsage = {
  input: undefined, cacheRead: undefined, cacheWrite5m: undefined, cacheWrite1h: undefined,
  output: undefined, reasoning: undefined, audioInput: undefined, audioOutput: undefined,
};

/**
 * `none`: nothing was used (a failed call without usage), so nothing is owed; `unknown`: used, but no price is known;
 * `estimated`: computed without knowing how many of the input tokens were cached (a gateway's log does not say).
 */
export type CostSource = 'provider-reported' | 'computed' | 'estimated' | 'unknown' | 'none';

/** Whole picodollars (1e-12 USD) per token class, each class's own tokens counted once; undefined when not priced. */
export interface CallCost {
  readonly source: CostSource;
  readonly total: number | undefined;
  /** Uncached input without audio. */
  readonly input: number | undefined;
  readonly cacheRead: number | undefined;
  readonly cacheWrite: number | undefined;
  /** Output without reasoning priced apart and without audio. */
  readonly output: number | undefined;
  readonly reasoning: number | undefined;
  readonly audio: number | undefined;
  /** Which book, file and entry gave the prices, e.g. `openai/gpt-4o@2024-10-01`; "" when none did. */
  readonly priceVersion: string;
  /** Context and service tier and why, for people; "" when none was chosen. */
  readonly tier: string;
}

export interface ModelCall {
  readonly tenant: string;
  /** Made of trace id and span id, or of what tells a gateway's log from others: the same sent again is the same call. */
  readonly id: string;
  readonly traceId: string;
  readonly spanId: string;
  /** The gateway's `x-request-id`; "" when nobody said. */
  readonly requestId: string;
  readonly startUs: number;
  readonly durationMs: number;
  readonly protocol: SpanProtocol;
  /** Of the span's attributes; `gateway-log` for a call that only an access log tells of. */
  readonly dialect: string;
  readonly service: string;
  readonly instance: string;
  readonly user: string;
  readonly session: string;
  readonly team: string;
  /** Configured attributes beside user, session and team, by the configured name. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly gateway: string;
  readonly route: string;
  readonly provider: string;
  /** Response model, else request model, else "unknown". */
  readonly model: string;
  readonly requestModel: string;
  readonly responseModel: string;
  /** chat, text_completion, embeddings, … (OTel's words). */
  readonly operation: string;
  /** undefined when nobody said. */
  readonly streaming: boolean | undefined;
  readonly finishReason: string;
  readonly status: CallStatus;
  readonly errorType: string;
  readonly end: CallEnd;
  readonly usage: TokenUsage;
  readonly timeToFirstTokenMs: number | undefined;
  readonly timePerOutputTokenMs: number | undefined;
  /** flex, priority, batch, default …; "" when nobody said. */
  readonly serviceTier: string;
  /** Host the call went to, for deployment mappings; "" when nobody said. */
  readonly serverAddress: string;
  readonly cost: CallCost;
  /** 0 as received; re-pricing adds one. */
  readonly revision: number;
}
