/**
 * Joins the calls that access logs tell of with those of spans, so that each is counted once, whichever comes first.
 * The log of a call that no span told of yet waits a while for one, and is then counted by itself; a span that comes
 * later still is passed over. Each log stands for one call and each span takes one log.
 */
import { gatewayLogDialect, type CallView, type GatewayCallFacts } from '@meterlark/core';
import type { LedgerCall } from '../counting/ledger-memory.js';
import type { LoggedCalls } from '../counting/call-counter.js';
import type { Ticket } from '../counting/recent-calls.js';
import { Attempts, type Meeting } from './attempts.js';
import { CallIndex, type Found } from './call-index.js';
import { Lane } from './lane.js';
import { RecentMap } from './recent-map.js';
import { RecentViews } from './recent-views.js';
import { copyOf, factsOfLedger, likeness, logView, type LogView, SpanView, type LogDetails } from './views.js';

/** `twice`: counted, and so was a span that is of the same call, as became known only then. */
export type LogOutcome = 'counted' | 'joined' | 'again' | 'twice';

/** Gateways that one request passes; by the logs of more no span is found. */
const maxOthers = 8;

export interface LogJoinOptions {
  /** Logs that wait; over it the one that waited longest is counted before its time. */
  readonly maxWaiting: number;
  /** Calls of spans, and logs, that are remembered. */
  readonly maxRecent: number;
  readonly waitMs: number;
  /** Logs that one `settle` counts. */
  readonly maxPerTurn: number;
  /** Epoch ms. */
  readonly now: () => number;
  readonly onCounted: (facts: GatewayCallFacts, details: LogDetails) => void;
  readonly onLog: (outcome: LogOutcome) => void;
  /** After each turn. */
  readonly onSettled: () => void;
  /** Something went wrong with one call; the others are counted. */
  readonly onError: (error: unknown) => void;
}

export class LogJoin implements LoggedCalls {
  private waiting = 0;
  /** Those that wait by tenant and id, made when the ledger is read. */
  private waitingIds: Map<string, LogView> | undefined;
  /** The one that waited longest first. */
  private readonly queue = new Lane<LogView>();
  private readonly waitingBy = new CallIndex<LogView, SpanView>(likeness);
  private readonly counted: RecentViews<LogView, SpanView>;
  private readonly spans: RecentViews<SpanView, LogView>;
  /** Of logs without a request id or without a time. */
  private readonly ids: RecentMap<true>;
  private readonly attempts: Attempts;
  /** Services that log, of every tenant. */
  private readonly gateways: RecentMap<true>;
  private held = false;

  constructor(private readonly options: LogJoinOptions) {
    const { maxRecent } = options;
    this.counted = new RecentViews(maxRecent, likeness);
    this.spans = new RecentViews(maxRecent, (view, log) => likeness(log, view));
    this.ids = new RecentMap(maxRecent);
    this.attempts = new Attempts(maxRecent);
    this.gateways = new RecentMap(maxRecent);
  }

  /**
   * undefined when its call is known already; otherwise it may wait (`wait`) with what else it says. `isTimed`: the log
   * itself tells when it began.
   */
  meet(tenant: string, id: string, facts: GatewayCallFacts, isTimed = true): LogView | undefined {
    const key = keyOf(tenant, id);
    const log = logView(tenant, key, facts);
    this.gateways.keep(facts.service, true);
    const met = this.told(tenant, log, isTimed);
    if (met !== undefined) {
      this.options.onLog(met.outcome);
      if (met.less === undefined) {
        this.passOn(log, met);
        return undefined;
      }
      this.leave(met.less);
      log.others = [...(met.outcome === 'joined' ? [met.less] : []), ...(met.less.others ?? [])].slice(0, maxOthers).map(copyOf);
    }
    const span = this.spans.isEmpty ? undefined : this.spans.find(log);
    if (span === undefined) return log;
    this.spans.take(span.entry);
    this.options.onLog('joined');
    return undefined;
  }

  wait(log: LogView, details: LogDetails): void {
    const longest = this.longest();
    if (longest !== undefined && this.waiting >= this.options.maxWaiting) this.count(longest);
    log.details = details;
    if (log.attempt !== undefined) log.attempt.log = log;
    log.waitsUntilMs = this.options.now() + this.options.waitMs;
    this.waiting += 1;
    this.waitingIds = undefined;
    this.waitingBy.add(log);
    this.queue.add(log);
    for (const other of log.others ?? []) this.waitWith(log, other);
  }

  wasCounted(call: CallView & { readonly tenant: string }, ticket: Ticket = { logged: false }): boolean {
    const view = new SpanView(call.tenant, call, ticket);
    const waiting = this.amongWaiting(view);
    const counted = this.amongCounted(view);
    if (counted === undefined || (waiting !== undefined && waiting.rank <= counted.rank)) {
      this.see(view, waiting);
      return false;
    }
    this.take(counted.entry, view);
    return true;
  }

  /** Its trace tells nothing more: the view that was counted is of it too. */
  alsoSeen(call: CallView & { readonly tenant: string }, ticket: Ticket): void {
    if (ticket.logged) return;
    const view = new SpanView(call.tenant, { ...call, traceId: '' }, ticket);
    const waiting = this.amongWaiting(view);
    const counted = waiting === undefined ? this.amongCounted(view) : undefined;
    if (counted === undefined) return this.see(view, waiting);
    // The other view told nothing by which the log could have been known: it was counted, and that stays.
    this.take(counted.entry, view);
    this.options.onLog('twice');
  }

  /** A call that an earlier run counted. */
  remember(call: LedgerCall, ticket: Ticket = { logged: false }): void {
    if (call.dialect !== gatewayLogDialect) {
      const view = new SpanView(call.tenant, call, ticket);
      return this.see(view, this.amongWaiting(view));
    }
    const key = keyOf(call.tenant, call.id);
    this.waitingIds ??= new Map(this.queue.entries.map((log) => [log.id, log]));
    const again = this.waitingIds.get(key);
    if (again?.gone === false) {
      this.leave(again);
      this.options.onLog('again');
    }
    const log = logView(call.tenant, key, factsOfLedger(call));
    this.told(call.tenant, log, true);
    this.ids.keep(key, true);
    this.gateways.keep(call.service, true);
    if (log.attempt !== undefined) log.attempt.counted = true;
    log.attempt = undefined;
    this.counted.add(log);
  }

  /** Until then logs wait, as many as may: what was counted before the start is not known yet. */
  hold(until: Promise<void>): void {
    this.held = true;
    const release = (): void => void (this.held = false);
    until.then(release, release);
  }

  /** Counts logs that will have waited long enough `aheadMs` from now, so many of them that others get their turn of the event loop. */
  settle(aheadMs = 0): void {
    if (this.held) return;
    const untilMs = this.options.now() + aheadMs;
    for (let counted = 0; counted < this.options.maxPerTurn; counted += 1) {
      const log = this.longest();
      if (log === undefined || log.waitsUntilMs > untilMs) break;
      this.count(log);
    }
    this.options.onSettled();
  }

  /** Counts all logs that wait. */
  settleAll(): void {
    for (let log = this.longest(); log !== undefined; log = this.longest()) this.count(log);
    this.options.onSettled();
  }

  /** The one that waited longest. */
  private longest(): LogView | undefined {
    return this.queue.entries[this.queue.start];
  }

  /** A span of no gateway that logs is found by its ids or not at all: most spans cost a look-up or two. */
  private amongWaiting(view: SpanView): Found<LogView> | undefined {
    return this.waiting === 0 ? undefined : this.waitingBy.find(view, !this.gateways.has(view.gatewayName));
  }

  private amongCounted(view: SpanView): Found<LogView> | undefined {
    return this.counted.isEmpty ? undefined : this.counted.find(view, !this.gateways.has(view.gatewayName));
  }

  private take(log: LogView, view: SpanView): void {
    this.counted.take(log);
    view.gone = true;
  }

  /** The log that waits for it is joined with it; without one it waits for a log. */
  private see(view: SpanView, waiting: Found<LogView> | undefined): void {
    if (waiting === undefined) return this.spans.add(view);
    this.leave(waiting.entry.first ?? waiting.entry);
    view.gone = true;
    this.options.onLog('joined');
  }

  /** Its call is that of another gateway's log; the span of that call may be its own gateway's. */
  private passOn(log: LogView, { passed }: Meeting): void {
    if (passed?.counted === true) this.counted.add(log);
    const first = passed?.log;
    if (first === undefined) return;
    const span = this.spans.isEmpty ? undefined : this.spans.find(log);
    if (span !== undefined) {
      this.spans.take(span.entry);
      this.leave(first);
      this.options.onLog('joined');
    } else if ((first.others?.length ?? 0) < maxOthers) {
      first.others = [...(first.others ?? []), log];
      this.waitWith(first, log);
    }
  }

  private waitWith(first: LogView, other: LogView): void {
    other.first = first;
    this.waitingBy.add(other);
  }

  private leave(log: LogView): void {
    this.waiting -= 1;
    this.waitingBy.delete(log);
    for (const other of log.others ?? []) this.waitingBy.delete(other);
    this.queue.drop();
    log.details = undefined;
    if (log.attempt !== undefined) log.attempt.log = undefined;
  }

  private count(log: LogView): void {
    const { details, attempt } = log;
    this.leave(log);
    if (attempt !== undefined) attempt.counted = true;
    this.counted.add(copyOf(log));
    for (const other of log.others ?? []) this.counted.add(copyOf(other));
    if (details === undefined) return;
    try {
      this.options.onCounted(log.facts, details);
      this.options.onLog('counted');
    } catch (error) {
      this.options.onError(error);
    }
  }

  /** The same log, or that of a gateway before or behind this one, told of it already. */
  private told(tenant: string, log: LogView, isTimed: boolean): Meeting | undefined {
    const { requestId } = log.facts;
    if (requestId !== '' && isTimed) return this.attempts.meet(keyOf(tenant, requestId), log);
    if (this.ids.has(log.id)) return { outcome: 'again', less: undefined };
    this.ids.set(log.id, true);
    return undefined;
  }
}

/** Equal ids of two tenants are two. */
function keyOf(tenant: string, id: string): string {
  return tenant === '' ? id : `${tenant}/${id}`;
}
