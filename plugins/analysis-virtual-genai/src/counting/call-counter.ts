/**
 * Counts calls at the end of the batch they came in, so that of two nested views of one call the inner is counted, in
 * whatever order the two are in the batch. A batch is analysed in one go, and so a microtask is the end of it.
 */
import type { ModelCall } from '@meterlark/core';
import type { RecentCalls, Ticket } from './recent-calls.js';
import { isSame } from './same-call.js';
import { maxHops, type TransportLinks } from './transport-links.js';

interface Pending {
  readonly call: ModelCall;
  readonly parentSpanId: string;
}

/** Calls that access logs tell of. */
export interface LoggedCalls {
  /** A call of a span is about to be counted; true when the log of the same call was counted already. */
  wasCounted(call: ModelCall, ticket: Ticket): boolean;
  /** Another view of a call that was counted, with the same ticket. */
  alsoSeen(call: ModelCall, ticket: Ticket): void;
}

export interface CallCounterOptions {
  readonly maxPending: number;
  readonly recent: RecentCalls;
  /** undefined where no logs are analysed. */
  readonly logged?: LoggedCalls | undefined;
  readonly onCounted: (call: ModelCall) => void;
  readonly onPassedOver: (reason: 'again' | 'nested' | 'logged') => void;
  /** After each batch. */
  readonly onSettled: () => void;
  /** Something went wrong with one call; the others are counted. */
  readonly onError: (error: unknown) => void;
}

export class CallCounter {
  private pending: Pending[] = [];
  private waits = false;
  private held = false;

  constructor(private readonly options: CallCounterOptions) {}

  add(call: ModelCall, parentSpanId: string): void {
    this.pending.push({ call, parentSpanId });
    if (this.pending.length >= this.options.maxPending) this.settleAll();
    if (this.waits) return;
    this.waits = true;
    queueMicrotask(() => this.settle());
  }

  /** Until then calls are pending, as many as may be: what was counted before the start is not known yet. */
  hold(until: Promise<void>): void {
    this.held = true;
    const release = (): void => {
      this.held = false;
      this.settle();
    };
    until.then(release, release);
  }

  /** Counts what is pending, unless it is held. */
  settle(): void {
    this.waits = false;
    if (!this.held) this.settleAll();
  }

  /** Counts what is pending now. */
  settleAll(): void {
    if (this.pending.length === 0) return;
    const batch = this.pending;
    this.pending = [];
    const outer = batch.length < 2 ? none : outerOf(batch, this.options.recent.links);
    for (const one of batch) if (!outer.has(one)) this.count(one, false);
    for (const one of outer) this.count(one, true);
    this.options.onSettled();
  }

  private count({ call, parentSpanId }: Pending, isOuter: boolean): void {
    const { recent, logged, onCounted, onPassedOver, onError } = this.options;
    try {
      const { verdict, ticket } = recent.judge(call, parentSpanId, isOuter);
      if (verdict === 'nested') logged?.alsoSeen(call, ticket);
      if (verdict !== 'count') onPassedOver(verdict);
      else if (logged?.wasCounted(call, ticket) === true) onPassedOver('logged');
      else onCounted(call);
    } catch (error) {
      onError(error);
    }
  }
}

const none: ReadonlySet<Pending> = new Set();

/** Calls of which the batch holds an inner view. */
function outerOf(batch: readonly Pending[], links: TransportLinks): ReadonlySet<Pending> {
  const byId = new Map<string, Pending>();
  for (const one of batch) byId.set(one.call.spanId, one);
  const outer = new Set<Pending>();
  for (const { call, parentSpanId } of batch) {
    const climber = { parentSpanId, hopsLeft: maxHops };
    links.climb(climber, call.tenant, call.traceId);
    const parent = climber.parentSpanId === '' ? undefined : byId.get(climber.parentSpanId);
    if (parent === undefined || parent.call.spanId === call.spanId) continue;
    if (isOfTrace(parent.call, call) && isSame(parent.call, call)) outer.add(parent);
  }
  return outer;
}

function isOfTrace(one: ModelCall, other: ModelCall): boolean {
  return one.traceId === other.traceId && one.tenant === other.tenant;
}
