/** The two sides that are joined: calls as spans show them, and as access logs tell them. */
import { likenessOf, noUsage, type CallView, type GatewayCallFacts, type ModelCall } from '@meterlark/core';
import type { LedgerCall } from '../counting/ledger-memory.js';
import type { Ticket } from '../counting/recent-calls.js';
import { keysOf, type CallKeys } from './call-keys.js';

/** A call of a span: what is needed to know it again, so that the call itself is not kept. */
export class SpanView implements CallView {
  readonly requestId: string;
  readonly traceId: string;
  readonly service: string;
  readonly gateway: string;
  readonly operation: string;
  readonly model: string;
  readonly requestModel: string;
  readonly status: CallView['status'];
  readonly startUs: number;
  readonly durationMs: number;
  readonly usage: CallView['usage'];
  private known: CallKeys | undefined;

  constructor(private readonly tenant: string, call: CallView, private readonly ticket: Ticket) {
    this.requestId = call.requestId;
    this.traceId = call.traceId;
    this.service = call.service;
    this.gateway = call.gateway;
    this.operation = call.operation;
    this.model = call.model;
    this.requestModel = call.requestModel;
    this.status = call.status;
    this.startUs = call.startUs;
    this.durationMs = call.durationMs;
    this.usage = call.usage;
  }

  /** A call takes one log, however many views of it there are. */
  get gone(): boolean {
    return this.ticket.logged;
  }

  set gone(value: boolean) {
    this.ticket.logged = value;
  }

  get gatewayName(): string {
    return this.gateway || this.service;
  }

  get keys(): CallKeys {
    return (this.known ??= keysOf(this.tenant, {
      requestId: this.requestId, traceId: this.traceId, startUs: this.startUs, failed: this.status === 'error', aborted: false,
      gateway: this.gatewayName, usage: this.usage,
    }));
  }
}

/** What a log says of a call beside the facts of all gateways, by the settings. */
export type LogDetails = Pick<ModelCall, 'tenant' | 'id' | 'protocol' | 'user' | 'session' | 'team' | 'route' | 'dimensions'>;

/** A call of a log; its details as long as it waits. */
export class LogView {
  /** Epoch ms at which it waits no longer. */
  waitsUntilMs = 0;
  details: LogDetails | undefined;
  gone = false;
  /** Its request, as long as it waits. */
  attempt: { log: LogView | undefined; counted: boolean } | undefined;
  /** Logs of other gateways that the request passed: a span may be found by what they tell. */
  others: LogView[] | undefined;
  /** The one that waits for all of them, when it is another. */
  first: LogView | undefined;

  constructor(
    /** Of all tenants. */
    readonly id: string,
    readonly facts: GatewayCallFacts,
    readonly keys: CallKeys,
  ) {}
}

/** One that was taken out of an index is found no more; this one is in none. */
export function copyOf({ id, facts, keys }: LogView): LogView {
  return new LogView(id, facts, keys);
}

export function logView(tenant: string, id: string, facts: GatewayCallFacts): LogView {
  const { requestId, traceId, startUs, failed, aborted, service, usage } = facts;
  return new LogView(id, facts, keysOf(tenant, { requestId, traceId, startUs, failed, aborted, gateway: service, usage }));
}

/** The lower the better; Infinity for two calls. */
export function likeness({ facts }: LogView, view: SpanView): number {
  return likenessOf(facts, view) ?? Infinity;
}

/** What is left of a log whose call the ledger holds: enough to know its span by. */
export function factsOfLedger(call: LedgerCall): GatewayCallFacts {
  const { startUs, durationMs, traceId, spanId, service, instance, requestId, requestModel, responseModel, operation } = call;
  return {
    startUs, durationMs, traceId, spanId, service, instance, requestId, requestModel, responseModel, operation,
    backend: '', route: '', session: '', streaming: undefined, responseCode: undefined, upstreamFailure: '', errorType: '',
    failed: call.status === 'error', aborted: call.end === 'client-aborted', usage: { ...noUsage, ...call.usage },
  };
}
