/** Which call each of several access logs tells of: the likest, each call by one log. */
import { LoopTurn } from '../../kernel/loop-turn.js';
import { gatewayLogDialect, likenessOf, type GatewayCallFacts } from '../../model/gateway-log.js';
import type { ModelCall } from '../../model/model-call.js';
import { canonicalTraceId } from '../../model/trace-id.js';

export interface ToldCall {
  readonly facts: GatewayCallFacts;
  /** Of the call that is counted from the log itself. */
  readonly id: string;
}

interface Pair {
  readonly told: ToldCall;
  readonly call: ModelCall;
  readonly likeness: number;
}

/** Of one key, before and after a log: calls of one trace may be thousands. */
const maxLooks = 64;

/** Every call of a span that may be told of, by what it is found by, in the order of time. */
class CallsByKey {
  private readonly byKey = new Map<string, ModelCall[]>();

  constructor(calls: Iterable<ModelCall>) {
    for (const call of calls) for (const key of keysOfCall(call)) this.add(key, call);
    for (const list of this.byKey.values()) list.sort((left, right) => left.startUs - right.startUs);
  }

  nearest(key: string, timeUs: number): readonly ModelCall[] {
    const list = this.byKey.get(key) ?? [];
    let low = 0;
    for (let high = list.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (list[middle]!.startUs < timeUs) low = middle + 1;
      else high = middle;
    }
    return list.slice(Math.max(0, low - maxLooks), low + maxLooks);
  }

  private add(key: string, call: ModelCall): void {
    const list = this.byKey.get(key);
    if (list === undefined) this.byKey.set(key, [call]);
    else list.push(call);
  }
}

/** `calls`: all that any of the logs may tell of, each once. */
export async function matchCalls(told: readonly ToldCall[], calls: readonly ModelCall[]): Promise<ReadonlyMap<ToldCall, ModelCall>> {
  const own = new Map(calls.map((call) => [call.id, call]));
  const found = new Map<ToldCall, ModelCall>();
  const open: ToldCall[] = [];
  for (const one of told) {
    const call = own.get(one.id);
    if (call === undefined) open.push(one);
    else found.set(one, call);
  }
  const taken = await likest(open, new CallsByKey(calls.filter(({ dialect }) => dialect !== gatewayLogDialect)), found);
  passOn(open, calls, taken, found);
  return found;
}

/** Adds to `found`; answers which log took which call. */
async function likest(open: readonly ToldCall[], calls: CallsByKey, found: Map<ToldCall, ModelCall>): Promise<ReadonlyMap<ModelCall, ToldCall>> {
  const turn = new LoopTurn();
  const pairs: Pair[] = [];
  for (const told of open) {
    const near = new Set(keysOfLog(told.facts).flatMap((key) => calls.nearest(key, told.facts.startUs)));
    for (const call of near) {
      const likeness = likenessOf(told.facts, call);
      if (likeness !== undefined) pairs.push({ told, call, likeness });
    }
    if (turn.isOver) await turn.next();
  }
  const taken = new Map<ModelCall, ToldCall>();
  for (const { told, call } of pairs.sort((left, right) => left.likeness - right.likeness)) {
    if (found.has(told) || taken.has(call)) continue;
    found.set(told, call);
    taken.set(call, told);
  }
  return taken;
}

/** A gateway before or behind another tells of the same request: its log is not the one that the call was counted by. */
function passOn(open: readonly ToldCall[], calls: readonly ModelCall[], taken: ReadonlyMap<ModelCall, ToldCall>, found: Map<ToldCall, ModelCall>): void {
  const byRequest = new CallsByKey(calls);
  for (const told of open) {
    const { facts } = told;
    if (found.has(told) || facts.requestId === '') continue;
    const other = byRequest.nearest(requestKey(facts.requestId), facts.startUs).find((call) => {
      const counter = call.dialect === gatewayLogDialect ? call.service : taken.get(call)?.facts.service;
      return counter !== undefined && counter !== facts.service && likenessOf(facts, call) !== undefined;
    });
    if (other !== undefined) found.set(told, other);
  }
}

function keysOfLog({ requestId, traceId, service }: GatewayCallFacts): readonly string[] {
  return [...(requestId === '' ? [] : [requestKey(requestId)]), ...(traceId === '' ? [] : [traceKey(traceId)]), serviceKey(service)];
}

function keysOfCall({ requestId, traceId, service, gateway }: ModelCall): readonly string[] {
  return [...(requestId === '' ? [] : [requestKey(requestId)]), ...(traceId === '' ? [] : [traceKey(traceId)]), serviceKey(gateway || service)];
}

function requestKey(id: string): string {
  return `request ${id}`;
}

function traceKey(id: string): string {
  return `trace ${canonicalTraceId(id)}`;
}

function serviceKey(name: string): string {
  return `service ${name}`;
}
