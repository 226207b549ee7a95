/** Whether a gateway's access log and a call are one, and which of several calls is the likest. Hot path. */
import type { CallView, GatewayCallFacts } from './gateway-call.js';
import { isSameModel } from './same-model.js';
import { canonicalTraceId } from './trace-id.js';

/** Clocks of two machines, and what lies between the gateway's first byte and its span, are apart by this at most. */
export const clockSlackUs = 2_000_000;
/** An id that a client sends with every request tells no calls apart that are further apart than this. */
export const requestIdSlackUs = 600_000_000;
/** Without tokens to compare, begin and end must be this close: gateway and span share a clock. */
const looseSlackUs = 1_000_000;
/** Further apart than any two times of one call; eight of it and a time are an exact number. */
const worseUs = 1e15;

/** How a call is known to be a log's; the lower the surer. */
const way = { request: 0, trace: 3, alike: 6 } as const;

/**
 * Whether a call (made of a span) is the one that the log tells of: both name one request; or they are of one trace;
 * or the gateway itself made the span, whatever its trace (Envoy's and the gateway's are two when the client sends
 * none). Times, outcome and the tokens that both know agree always, models and operation but for the first. Two calls
 * may both be the same as one log by this: whoever counts lets each take one.
 */
export function isSameCall(facts: GatewayCallFacts, call: CallView): boolean {
  return wayOf(facts, call) !== undefined;
}

/**
 * The smaller the liker; undefined when they are not the same call. One request goes before one trace, and that before
 * what is only alike; then equal tokens before such as only one knows; then near times.
 */
export function likenessOf(facts: GatewayCallFacts, call: CallView): number | undefined {
  const known = wayOf(facts, call);
  if (known === undefined) return undefined;
  return Math.abs(facts.startUs - call.startUs) + (known + tokensApart(facts.usage, call.usage)) * worseUs;
}

function wayOf(facts: GatewayCallFacts, call: CallView): number | undefined {
  // A request that is tried again keeps its id, and some clients have but one.
  if (isOtherOutcome(facts, call) || tokensApart(facts.usage, call.usage) === 2) return undefined;
  const bothNamed = facts.requestId !== '' && call.requestId !== '';
  if (bothNamed && facts.requestId === call.requestId) return overlap(facts, call, requestIdSlackUs) ? way.request : undefined;
  const ofGateway = facts.service === (call.gateway || call.service);
  // An application may call something else a request id, or the gateway may have made one of its own.
  if ((bothNamed && ofGateway) || !agree(facts, call)) return undefined;
  const traced = facts.traceId !== '' && call.traceId !== '' && canonicalTraceId(facts.traceId) === canonicalTraceId(call.traceId);
  if (traced) return overlap(facts, call, clockSlackUs) ? way.trace : undefined;
  return ofGateway && isAlike(facts, call) ? way.alike : undefined;
}

/** What failed at the gateway did not succeed elsewhere; what it answered, or the client left, may have ended either way. */
function isOtherOutcome(facts: GatewayCallFacts, { status }: CallView): boolean {
  return status === 'ok' && facts.failed && !facts.aborted && !isAnswered(facts);
}

/** Operation and model, as far as both know them. */
function agree(facts: GatewayCallFacts, { operation, model, requestModel }: CallView): boolean {
  if (facts.operation !== '' && wordOf(facts.operation) !== wordOf(operation)) return false;
  return isSameModel(facts.responseModel || facts.requestModel, model) || isSameModel(facts.requestModel, requestModel);
}

function isAnswered({ responseCode = 0 }: GatewayCallFacts): boolean {
  return responseCode >= 100 && responseCode < 400;
}

type Tokens = CallView['usage'];

/** 0 for the same tokens, or none on both sides; 1 when one does not know what the other does; 2 for others. */
function tokensApart(mine: Tokens, its: Tokens): 0 | 1 | 2 {
  if (!isSameInput(mine, its) || !isSameOutput(mine, its)) return 2;
  return isSilent(mine) === isSilent(its) ? 0 : 1;
}

function isSilent({ input, output }: Tokens): boolean {
  return (input ?? output) === undefined;
}

/** Some count what was cached within the input and some beside it. */
function isSameInput(mine: Tokens, its: Tokens): boolean {
  if (mine.input === its.input || mine.input === undefined || its.input === undefined) return true;
  const apart = Math.abs(mine.input - its.input);
  return isCached(apart, mine) || isCached(apart, its);
}

function isCached(tokens: number, { cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 }: Tokens): boolean {
  const written = cacheWrite5m + cacheWrite1h;
  return tokens === cacheRead || tokens === written || tokens === cacheRead + written;
}

/** And likewise for reasoning and output. */
function isSameOutput(mine: Tokens, its: Tokens): boolean {
  if (mine.output === its.output || mine.output === undefined || its.output === undefined) return true;
  const apart = Math.abs(mine.output - its.output);
  return apart === mine.reasoning || apart === its.reasoning;
}

/** Google's libraries call a chat `generate_content`. */
function wordOf(operation: string): string {
  return operation === 'generate_content' ? 'chat' : operation;
}

/** Of the gateway's own span; the tokens of both agree as far as both know them. Embeddings have no output; some say 0, others nothing. */
function isAlike(facts: GatewayCallFacts, call: CallView): boolean {
  if (facts.usage.input !== undefined && call.usage.input !== undefined) return overlap(facts, call, clockSlackUs);
  // What the client left failed or not, as each of the two sees it.
  if (!facts.aborted && facts.failed !== (call.status === 'error')) return false;
  const ends = facts.startUs + (facts.durationMs ?? 0) * 1000 - call.startUs - call.durationMs * 1000;
  return Math.abs(facts.startUs - call.startUs) <= looseSlackUs && (facts.durationMs === undefined || Math.abs(ends) <= looseSlackUs);
}

function overlap(facts: GatewayCallFacts, call: CallView, slackUs: number): boolean {
  const begin = Math.max(facts.startUs, call.startUs);
  const end = Math.min(facts.startUs + (facts.durationMs ?? 0) * 1000, call.startUs + call.durationMs * 1000);
  return begin - end <= slackUs;
}
