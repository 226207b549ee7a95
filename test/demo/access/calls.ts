/** Model calls of a gateway: whatever told of them, each is there once. */
import { durationOf, graphql } from '../client.js';
import { compareTexts, type Found } from '../found.js';
import type { ModelRequest } from '../traffic.js';
import type { AccessLine } from './line.js';
import type { GatewayRequest } from './request.js';
import { exceptionOf } from './span.js';
import type { SentLines } from './sent.js';

const pageSize = 500;
/** Nobody publishes a price in tokens for these. */
const unpriced: ReadonlySet<string> = new Set(['house-llm-70b', 'text-embedding-005']);
/** Their makers have no price for tokens that are written to a cache. */
const withoutCacheWrites: ReadonlySet<string> = new Set(['us.amazon.nova-pro-v1:0']);

export const isCall = ({ request }: AccessLine): boolean => request.event.type === 'model';

export interface ToldCall {
  /** The service whose call it is. */
  readonly caller: string;
  readonly model: string;
  readonly status: 'ok' | 'error';
  /** As it is known best: an application and the gateway's span name it in their own words, a line has the code only; "" for none. */
  readonly errorType: string;
  /** How the cost was found out: lines do not tell how much of the input was cached. */
  readonly source: 'computed' | 'estimated' | 'unknown' | 'none';
}

export function callOf({ request }: AccessLine, { service, caller, traced }: SentLines): ToldCall {
  const { failed, requestModel, responseModel, tokens } = request.event as ModelRequest;
  const isUnknown = unpriced.has(requestModel) || (traced && withoutCacheWrites.has(requestModel) && tokens['cache_creation_input'] !== undefined);
  const known = isUnknown ? 'unknown' : traced ? 'computed' : 'estimated';
  return {
    caller: request.parent === undefined ? service : caller, model: failed ? requestModel : responseModel,
    status: failed ? 'error' : 'ok', errorType: failed ? errorTypeOf(request, traced) : '', source: failed ? 'none' : known,
  };
}

function errorTypeOf(request: GatewayRequest, traced: boolean): string {
  const ofSpan = traced && request.parent === undefined ? exceptionOf(request) : undefined;
  return ofSpan ?? String(request.code);
}

interface Call {
  readonly startTime: number;
  readonly model: string;
  readonly status: string;
  readonly errorType: string;
  readonly tokens: { readonly input: number | null; readonly output: number | null };
  readonly cost: { readonly source: string };
}

/** Calls of an application that has told of them itself are the application's. */
export async function compareGatewayCalls(url: string, sentLines: SentLines): Promise<Found> {
  const { service, lines, window } = sentLines;
  const own = lines.filter((line) => isCall(line) && line.request.parent === undefined);
  const sent = own.map((line) => {
    const { tokens } = line.request.event as ModelRequest;
    const { model, status, errorType, source } = callOf(line, sentLines);
    return [line.timeMs, model, status, errorType, tokens['input'] ?? null, tokens['output'] ?? null, source].join(' ');
  });
  const query = `query ($c: ModelCallCondition!, $p: Pagination!) {
    queryModelCalls(condition: $c, paging: $p) { calls { startTime model status errorType tokens { input output } cost { source } } } }`;
  const answered: string[] = [];
  for (let pageNum = 1; answered.length === (pageNum - 1) * pageSize; pageNum += 1) {
    const variables = { c: { service, queryDuration: durationOf(window) }, p: { pageNum, pageSize } };
    const { queryModelCalls } = await graphql<{ queryModelCalls: { calls: readonly Call[] } }>(url, query, variables);
    const texts = queryModelCalls.calls.map(({ startTime, model, status, errorType, tokens, cost }) =>
      [startTime, model, status, errorType, tokens.input, tokens.output, cost.source].join(' '),
    );
    answered.push(...texts);
  }
  return compareTexts('model calls, each counted once', sent, answered);
}
