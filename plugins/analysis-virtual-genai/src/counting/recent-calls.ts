/**
 * Which spans of late were counted as calls, so that each call is counted once: a span sent again, and a call that two
 * instrumentations saw, one inside the other, with or without spans of transport between. Two generations of traces:
 * what was not seen for a whole one is forgotten. Hot path: a few look-ups for each call.
 */
import type { ModelCall } from '@meterlark/core';
import { isSame } from './same-call.js';
import { maxHops, type Climber, type TransportLinks } from './transport-links.js';

export type Verdict = 'count' | 'again' | 'nested';

/** Of one call, whatever views there are of it. */
export interface Ticket {
  /** An access log of the call was found. */
  logged: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly ticket: Ticket;
}

/** What is known of a call that was counted. */
export type CountedCall = Pick<ModelCall, 'tenant' | 'traceId' | 'spanId' | 'operation' | 'model' | 'requestModel'>;

/** Its parent is the next call above it, once everything between is known. */
interface Seen extends Climber {
  readonly spanId: string;
  readonly operation: string;
  readonly model: string;
  readonly requestModel: string;
  readonly ticket: Ticket;
}

/** Traces with more calls than this are looked up by span id. */
const fewCalls = 16;
/** Calls of such a trace that may wait for spans above them to come; of further ones only the known parent counts. */
const maxWaiting = 256;

class TraceCalls {
  size = 0;
  private readonly few: Seen[] = [];
  private bySpan: Map<string, Seen> | undefined;
  private byParent: Map<string, Seen[]> | undefined;
  private waiting: Seen[] = [];
  private climbedAt = -1;

  constructor(private readonly links: TransportLinks) {}

  own(spanId: string): Seen | undefined {
    if (this.bySpan !== undefined) return this.bySpan.get(spanId);
    for (const seen of this.few) if (seen.spanId === spanId) return seen;
    return undefined;
  }

  sameChild(call: ModelCall): Seen | undefined {
    if (this.links.noted !== this.climbedAt) this.climb(call);
    const among = this.byParent === undefined ? this.few : (this.byParent.get(call.spanId) ?? []);
    for (const seen of among) if (seen.parentSpanId === call.spanId && isSame(seen, call)) return seen;
    return undefined;
  }

  add(seen: Seen): void {
    this.size += 1;
    if (this.bySpan !== undefined) return this.index(seen);
    this.few.push(seen);
    if (this.few.length <= fewCalls) return;
    this.bySpan = new Map();
    this.byParent = new Map();
    for (const each of this.few) this.index(each);
  }

  /** What came since may be what was missing between a call and the one above it. */
  private climb({ tenant, traceId }: ModelCall): void {
    this.climbedAt = this.links.noted;
    for (const seen of this.byParent === undefined ? this.few : this.waiting) {
      const moved = this.links.climb(seen, tenant, traceId);
      if (moved && this.byParent !== undefined) this.indexParent(seen);
    }
  }

  private index(seen: Seen): void {
    this.bySpan?.set(seen.spanId, seen);
    this.indexParent(seen);
    if (seen.parentSpanId === '') return;
    if (this.waiting.length >= maxWaiting) this.waiting = this.waiting.slice(maxWaiting / 2);
    this.waiting.push(seen);
  }

  private indexParent(seen: Seen): void {
    if (seen.parentSpanId === '') return;
    const siblings = this.byParent?.get(seen.parentSpanId);
    if (siblings === undefined) this.byParent?.set(seen.parentSpanId, [seen]);
    // One of each kind is enough to know the parent by.
    else if (!siblings.some((each) => isSame(each, seen)) && siblings.length < fewCalls) siblings.push(seen);
  }
}

export class RecentCalls {
  private young = new Map<string, TraceCalls>();
  private old = new Map<string, TraceCalls>();
  private added = 0;

  constructor(
    /** Spans remembered, in two generations of half of it each. */
    private readonly maxSpans: number,
    readonly links: TransportLinks,
  ) {}

  /** Decides about a call and remembers the decision. `nestsInBatch`: a call of the same batch is its inner view. */
  judge(call: ModelCall, parentSpanId: string, nestsInBatch: boolean): Judgement {
    const trace = this.trace(call);
    const { spanId, operation, model, requestModel } = call;
    const own = trace.own(spanId);
    if (own !== undefined) return { verdict: 'again', ticket: own.ticket };
    const climber: Climber = { parentSpanId, hopsLeft: maxHops };
    this.links.climb(climber, call.tenant, call.traceId);
    const parent = climber.parentSpanId === '' ? undefined : trace.own(climber.parentSpanId);
    const view = parent !== undefined && isSame(parent, call) ? parent : trace.sameChild(call);
    const ticket = view?.ticket ?? { logged: false };
    trace.add({ spanId, parentSpanId: climber.parentSpanId, hopsLeft: climber.hopsLeft, operation, model, requestModel, ticket });
    this.added += 1;
    return { verdict: nestsInBatch || view !== undefined ? 'nested' : 'count', ticket };
  }

  /** A call that an earlier run counted, of which nobody knows the parent any more. */
  remember(call: CountedCall): Ticket {
    const trace = this.trace(call);
    const { spanId, operation, model, requestModel } = call;
    const own = trace.own(spanId);
    if (own !== undefined) return own.ticket;
    const ticket = { logged: false };
    trace.add({ spanId, parentSpanId: '', hopsLeft: 0, operation, model, requestModel, ticket });
    this.added += 1;
    return ticket;
  }

  private trace({ tenant, traceId }: CountedCall): TraceCalls {
    // Traces of different tenants are strangers, even under one id.
    const key = tenant === '' ? traceId : `${tenant}/${traceId}`;
    if (this.added >= this.maxSpans / 2) this.age();
    return this.young.get(key) ?? this.rejuvenate(key);
  }

  /** A trace of the old generation goes on in the young one, unless it alone would fill it. */
  private rejuvenate(key: string): TraceCalls {
    const known = this.old.get(key);
    const trace = known === undefined || known.size >= this.maxSpans / 2 ? new TraceCalls(this.links) : known;
    this.added += trace.size;
    this.young.set(key, trace);
    return trace;
  }

  private age(): void {
    this.old = this.young;
    this.young = new Map();
    this.added = 0;
  }
}
