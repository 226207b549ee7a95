/**
 * Joins the calls that access logs tell of with those of spans, so that each is counted once, whichever comes first.
 * The log of a call that no span told of yet waits a while for one, and is then counted by itself; a span that comes
 * later still is passed over. Each log stands for one call and each span takes one log.
 */
import { gatewayLogDialect, type CallView, type GatewayCallFacts } from '@meterlark/core';
import type { LedgerCall } from '../counting/ledger-memory.js';
import type { LoggedCalls } from '../counting/call-counter.js';
import { Attempts } from './attempts.js';
import { CallIndex, type Found } from './call-index.js';
import { Lane } from './lane.js';
import { RecentMap } from './recent-map.js';
import { RecentViews } from './recent-views.js';
import { factsOfLedger, likeness, LogView, logView, SpanView, type LogDetails } from './views.js';

export type LogOutcome = 'counted' | 'joined' | 'again';

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
  /** Of logs without a request id. */
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

  /** undefined when its call is known already; otherwise it may wait (`wait`) with what else it says. */
  meet(tenant: string, id: string, facts: GatewayCallFacts): LogView | undefined {
    const key = keyOf(tenant, id);
    const log = logView(tenant, key, facts);
    this.gateways.keep(facts.service, true);
    const known = this.isKnown(tenant, log);
    if (known === undefined) return log;
    this.options.onLog(known);
    return undefined;
  }

  wait(log: LogView, details: LogDetails): void {
    const longest = this.longest();
    if (longest !== undefined && this.waiting >= this.options.maxWaiting) this.count(longest);
    log.details = details;
    log.waitsUntilMs = this.options.now() + this.options.waitMs;
    this.waiting += 1;
    this.waitingIds = undefined;
    this.waitingBy.add(log);
    this.queue.add(log);
  }

  wasCounted(call: CallView & { readonly tenant: string }): boolean {
    const view = new SpanView(call.tenant, call);
    const waiting = this.amongWaiting(view);
    const counted = this.counted.isEmpty ? undefined : this.counted.find(view, !this.gateways.has(view.gatewayName));
    if (counted !== undefined && (waiting === undefined || counted.rank < waiting.rank)) {
      this.counted.take(counted.entry);
      return true;
    }
    if (waiting === undefined) this.spans.add(view);
    else this.join(waiting.entry);
    return false;
  }

  /** Its trace tells nothing more: the view that was counted is of it too. */
  alsoSeen(call: CallView & { readonly tenant: string }): void {
    this.see(new SpanView(call.tenant, { ...call, traceId: '' }));
  }

  /** A call that an earlier run counted. */
  remember(call: LedgerCall): void {
    if (call.dialect !== gatewayLogDialect) {
      this.see(new SpanView(call.tenant, call));
      return;
    }
    const key = keyOf(call.tenant, call.id);
    this.waitingIds ??= new Map(this.queue.entries.map((log) => [log.id, log]));
    const again = this.waitingIds.get(key);
    if (again?.gone === false) {
      this.leave(again);
      this.options.onLog('again');
    }
    const facts = factsOfLedger(call);
    this.told(call.tenant, key, facts);
    this.gateways.keep(facts.service, true);
    this.counted.add(logView(call.tenant, key, facts));
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

  private isKnown(tenant: string, log: LogView): 'again' | 'joined' | undefined {
    const known = this.told(tenant, log.id, log.facts);
    if (known !== undefined) return known === 'again' ? 'again' : 'joined';
    const span = this.spans.isEmpty ? undefined : this.spans.find(log);
    if (span === undefined) return undefined;
    this.spans.take(span.entry);
    return 'joined';
  }

  /** A span of no gateway that logs is found by its ids or not at all: most spans cost a look-up or two. */
  private amongWaiting(view: SpanView): Found<LogView> | undefined {
    return this.waiting === 0 ? undefined : this.waitingBy.find(view, !this.gateways.has(view.gatewayName));
  }

  private see(view: SpanView): void {
    const waiting = this.amongWaiting(view);
    if (waiting === undefined) this.spans.add(view);
    else this.join(waiting.entry);
  }

  private join(log: LogView): void {
    this.leave(log);
    this.options.onLog('joined');
  }

  private leave(log: LogView): void {
    this.waiting -= 1;
    this.waitingBy.delete(log);
    this.queue.drop();
    log.details = undefined;
  }

  private count(log: LogView): void {
    const { details } = log;
    this.leave(log);
    this.counted.add(new LogView(log.id, log.facts, log.keys));
    if (details === undefined) return;
    try {
      this.options.onCounted(log.facts, details);
      this.options.onLog('counted');
    } catch (error) {
      this.options.onError(error);
    }
  }

  /** The same log, or that of a gateway before or behind this one, told of it already. */
  private told(tenant: string, key: string, facts: GatewayCallFacts): 'again' | 'passedOn' | undefined {
    if (facts.requestId !== '') return this.attempts.meet(keyOf(tenant, facts.requestId), facts);
    if (this.ids.has(key)) return 'again';
    this.ids.set(key, true);
    return undefined;
  }
}

/** Equal ids of two tenants are two. */
function keyOf(tenant: string, id: string): string {
  return tenant === '' ? id : `${tenant}/${id}`;
}
