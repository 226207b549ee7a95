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
/** Further apart than any two times of one call. */
const otherTokens = 1e15;

/**
 * Whether a call (made of a span) is the one that the log tells of: both name one request; or they are of one trace,
 * or neither's ids can be compared and the gateway itself made the span, and models, tokens, outcome and times agree.
 * Two calls may both be the same as one log by this: whoever counts lets each take one.
 */
export function isSameCall(facts: GatewayCallFacts, call: CallView): boolean {
  const bothNamed = facts.requestId !== '' && call.requestId !== '';
  if (bothNamed && facts.requestId === call.requestId) return overlap(facts, call, requestIdSlackUs);
  const ofGateway = facts.service === (call.gateway || call.service);
  // An application may call something else a request id, or the gateway may have made one of its own.
  if (bothNamed && ofGateway) return false;
  if (!agree(facts, call)) return false;
  if (facts.traceId !== '' && call.traceId !== '' && canonicalTraceId(facts.traceId) === canonicalTraceId(call.traceId)) {
    return overlap(facts, call, clockSlackUs);
  }
  return facts.traceId === '' && ofGateway && isAlike(facts, call);
}

/** Outcome, operation and model, as far as both know them. */
function agree(facts: GatewayCallFacts, { operation, model, requestModel, status }: CallView): boolean {
  // What failed at the gateway did not succeed elsewhere; what it answered, or the client left, may have ended either way.
  if (facts.failed && !facts.aborted && status === 'ok') return false;
  if (facts.operation !== '' && wordOf(facts.operation) !== wordOf(operation)) return false;
  return isSameModel(facts.responseModel || facts.requestModel, model) || isSameModel(facts.requestModel, requestModel);
}

/** Google's libraries call a chat `generate_content`. */
function wordOf(operation: string): string {
  return operation === 'generate_content' ? 'chat' : operation;
}

function isAlike(facts: GatewayCallFacts, call: CallView): boolean {
  const mine = facts.usage;
  const its = call.usage;
  if (mine.input !== undefined && its.input !== undefined) {
    // Embeddings have no output; some say 0, others nothing.
    return mine.input === its.input && (mine.output ?? 0) === (its.output ?? 0) && overlap(facts, call, clockSlackUs);
  }
  if (facts.failed !== (call.status === 'error')) return false;
  const ends = facts.startUs + (facts.durationMs ?? 0) * 1000 - call.startUs - call.durationMs * 1000;
  return Math.abs(facts.startUs - call.startUs) <= looseSlackUs && (facts.durationMs === undefined || Math.abs(ends) <= looseSlackUs);
}

function overlap(facts: GatewayCallFacts, call: CallView, slackUs: number): boolean {
  const begin = Math.max(facts.startUs, call.startUs);
  const end = Math.min(facts.startUs + (facts.durationMs ?? 0) * 1000, call.startUs + call.durationMs * 1000);
  return begin - end <= slackUs;
}

/** The smaller the liker; undefined when they are not the same call. Equal tokens go before near times. */
export function likenessOf(facts: GatewayCallFacts, call: CallView): number | undefined {
  if (!isSameCall(facts, call)) return undefined;
  const apart = Math.abs(facts.startUs - call.startUs);
  return facts.usage.input === call.usage.input && facts.usage.output === call.usage.output ? apart : apart + otherTokens;
}
