/**
 * What an access log of Envoy AI Gateway tells of one call to a model. Envoy writes every value as text, and `-` for
 * what is missing; tokens and the response's model are there only when a response ended well. `gen_ai.provider.name` is the way to the backend, no provider.
 */
import { createHash } from 'node:crypto';
import type { AttributeValue } from './attributes.js';
import type { GatewayCallFacts } from './gateway-call.js';
import { gatewayEnding } from './gateway-ending.js';
import { gatewayOperation } from './gateway-operation.js';
import { logCount, logNumber, maxLogDurationMs, maxLogTokens } from './log-number.js';
import type { TokenUsage } from './model-call.js';

export type { CallView, GatewayCallFacts } from './gateway-call.js';
export { clockSlackUs, isSameCall, likenessOf, requestIdSlackUs } from './gateway-likeness.js';

/** Value of an attribute; "" when it is not there. */
export type ReadAttribute = (key: string) => string;

/** What the record, and not its attributes, says. */
export interface GatewayLogOrigin {
  /** Start of the request; 0 when the record does not say (then `start_time` may). */
  readonly timeUs: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly instance: string;
}

const maxText = 200;

/** `dialect` of a call that only an access log tells of. */
export const gatewayLogDialect = 'gateway-log';
/** Layer of the gateway, as senders name it. */
export const gatewayLayer = 'ENVOY_AI_GATEWAY';

/** Whether attributes of a log with that layer ("" for none) are those of the gateway's access log of a model. */
export function isGatewayLog(layer: string, has: (key: string) => boolean): boolean {
  if (!has('gen_ai.request.model') || (layer !== gatewayLayer && layer !== '')) return false;
  if (layer === gatewayLayer) return true;
  return has('upstream_cluster') || has('x-envoy-origin-path') || (has('x-request-id') && has('response_code'));
}

/**
 * undefined when the log is of no call to a model: of MCP, of a request without a model, of a counting of tokens; or of
 * a request that goes on, as Envoy writes it at the begin of one or every so often when it is told to.
 */
export function gatewayCallFacts(read: ReadAttribute, at: GatewayLogOrigin): GatewayCallFacts | undefined {
  const requestModel = told(read, 'gen_ai.request.model');
  if (requestModel === '' || told(read, 'mcp.method.name') !== '' || goesOn(read)) return undefined;
  const operation = gatewayOperation(told(read, 'x-envoy-origin-path') || told(read, 'request.path'));
  if (operation === undefined) return undefined;
  const backend = told(read, 'gen_ai.provider.name');
  const { responseCode, upstreamFailure, failed, aborted, errorType } = gatewayEnding((key) => told(read, key));
  return {
    startUs: at.timeUs > 0 ? at.timeUs : gatewayStartUs(told(read, 'start_time')),
    durationMs: logNumber(told(read, 'duration'), maxLogDurationMs),
    traceId: at.traceId, spanId: at.spanId, service: at.service, instance: at.instance,
    requestId: told(read, 'x-request-id'),
    requestModel,
    responseModel: told(read, 'gen_ai.response.model'),
    backend,
    route: backendPath.exec(backend)?.[1] ?? told(read, 'route_name'),
    session: told(read, 'session.id'),
    operation,
    streaming: flag(told(read, 'gen_ai.request.stream')),
    usage: usageOf(read),
    responseCode, upstreamFailure, failed, aborted, errorType,
  };
}

/**
 * The same for the same log, however often and by whatever way it is sent. A request that is tried again keeps its id,
 * and so do the logs of two gateways that it passes; each begins at a time of its own, if the logs tell of one.
 */
export function gatewayCallId(facts: GatewayCallFacts): string {
  if (facts.requestId !== '' && facts.startUs > 0) return `log-${facts.startUs.toString(36)}-${facts.requestId}`;
  const { startUs, durationMs, traceId, spanId, service, instance, requestId, requestModel, responseCode, errorType, usage } = facts;
  const parts = [
    startUs, durationMs ?? '', traceId, spanId, service, instance, requestId, requestModel, responseCode ?? '', errorType,
    usage.input ?? '', usage.output ?? '',
  ];
  return `log-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}`;
}

/**
 * Whether a line is of a request that goes on, by its attributes as they came: the format has the duration, and only an
 * ended request has one.
 */
export function gatewayRequestGoesOn(duration: AttributeValue, inputTokens: AttributeValue, outputTokens: AttributeValue): boolean {
  return duration === '-' && isUntold(inputTokens) && isUntold(outputTokens);
}

function isUntold(value: AttributeValue): boolean {
  return value === undefined || value === '' || value === '-';
}

function goesOn(read: ReadAttribute): boolean {
  return gatewayRequestGoesOn(read('duration'), read(`${tokens}input_tokens`), read(`${tokens}output_tokens`));
}

const backendPath = /^[^/]+\/[^/]+\/route\/([^/]+)\/rule\/\d+\/ref\/\d+$/;
const tokens = 'gen_ai.usage.';

function usageOf(read: ReadAttribute): TokenUsage {
  return {
    input: count(read, `${tokens}input_tokens`),
    cacheRead: count(read, `${tokens}cached_input_tokens`) ?? count(read, `${tokens}cache_read.input_tokens`) ?? count(read, `${tokens}cache_read_input_tokens`),
    cacheWrite5m:
      count(read, `${tokens}cache_creation.input_tokens`) ?? count(read, `${tokens}cache_creation_input_tokens`) ??
      count(read, `${tokens}cached_creation_input_tokens`),
    cacheWrite1h: undefined,
    output: count(read, `${tokens}output_tokens`),
    reasoning: count(read, `${tokens}reasoning_tokens`),
    audioInput: undefined,
    audioOutput: undefined,
  };
}

function count(read: ReadAttribute, key: string): number | undefined {
  return logCount(told(read, key), maxLogTokens);
}

function told(read: ReadAttribute, key: string): string {
  const text = read(key);
  if (text === '-') return '';
  // Through bytes, so that the whole text is not kept alive by its beginning; half a character becomes U+FFFD.
  return text.length <= maxText ? text : Buffer.from(text.slice(0, maxText)).toString();
}

function flag(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** `start_time` in epoch µs, of `2024-11-25T21:09:03.123Z`; 0 when it is none. */
export function gatewayStartUs(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? 0 : ms * 1000;
}
