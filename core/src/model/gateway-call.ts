/** The two sides of which it is asked whether they are one call: what a gateway's log tells, and a call made of a span. */
import type { GatewayEnding } from './gateway-ending.js';
import type { ModelCall, TokenUsage } from './model-call.js';

/** "" and undefined for what the log does not say. */
export interface GatewayCallFacts extends GatewayEnding {
  readonly startUs: number;
  readonly durationMs: number | undefined;
  readonly traceId: string;
  readonly spanId: string;
  /** The gateway. */
  readonly service: string;
  readonly instance: string;
  readonly requestId: string;
  /** What the client asked for: a gateway that replaces it says so only by the model of the response. */
  readonly requestModel: string;
  readonly responseModel: string;
  /** As the log spells it: `<namespace>/<name>/route/<route>/rule/<n>/ref/<n>`, or a provider of a changed format. */
  readonly backend: string;
  readonly route: string;
  readonly session: string;
  /** chat, embeddings, …; "" when the path is not known. */
  readonly operation: string;
  readonly streaming: boolean | undefined;
  /** `cacheRead` and `cacheWrite5m` only where the log's format was extended by them. */
  readonly usage: TokenUsage;
}

/** What `isSameCall` needs to know of a call. */
export interface CallView extends Pick<
  ModelCall,
  'requestId' | 'traceId' | 'service' | 'gateway' | 'operation' | 'model' | 'requestModel' | 'status' | 'startUs' | 'durationMs'
> {
  /** The parts are needed only where input and output of one side do not include them. */
  readonly usage: Pick<TokenUsage, 'input' | 'output'> & Partial<Pick<TokenUsage, 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h' | 'reasoning'>>;
}
