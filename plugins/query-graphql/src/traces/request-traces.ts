/** Whole traces, and the model calls of traces, for one request: each is read once, those asked for together in one read. */
import { setImmediate } from 'node:timers/promises';
import { canonicalTraceId, type StoredTrace, type TraceQuery } from '@meterlark/core';
import { graphqlErrors } from '../errors.js';

const tenant = '';
/** Different traces of one request, not counting lists of whole traces. */
const maxTraces = 50;
/** Spans and calls that one request shows within traces, a trace counted as often as it is shown; one alone may have more. */
const maxShown = 40_000;

export class RequestTraces {
  private readonly found = new Map<string, Promise<StoredTrace>>();
  private readonly calls = new Map<string, Promise<readonly unknown[]>>();
  private waiting: string[] = [];
  private read: Promise<ReadonlyMap<string, StoredTrace>> | undefined;
  private shown = 0;
  private isTold = false;

  constructor(
    private readonly traces: TraceQuery,
    private readonly callsOf: (traceId: string) => Promise<readonly unknown[]>,
  ) {}

  /** undefined for what is over a limit, once an error has told of it. */
  async trace(traceId: string): Promise<StoredTrace | undefined> {
    const id = canonicalTraceId(traceId);
    let trace = this.found.get(id);
    if (trace === undefined) {
      if (this.found.size >= maxTraces) {
        this.tell(`shows more than ${maxTraces} traces`);
        return undefined;
      }
      trace = this.next(traceId);
      this.found.set(id, trace);
    }
    const found = await trace;
    if (this.hasRoom(found.spans.length)) return { ...found, traceId };
    this.tell(tooMuch);
    return undefined;
  }

  async list(traceIds: readonly string[]): Promise<readonly StoredTrace[] | undefined> {
    const ids = [...new Map(traceIds.map((id) => [canonicalTraceId(id), id])).values()];
    const found = await this.traces.traces(tenant, ids);
    if (this.hasRoom(found.reduce((total, { spans }) => total + spans.length, 0))) return found;
    this.tell(tooMuch);
    return undefined;
  }

  async callsOfTrace(traceId: string): Promise<readonly unknown[]> {
    const id = canonicalTraceId(traceId);
    let calls = this.calls.get(id);
    if (calls === undefined) {
      calls = this.callsOf(traceId);
      this.calls.set(id, calls);
    }
    const found = await calls;
    // No list may be missing, so each says why.
    if (!this.hasRoom(found.length)) throw tooManyTraces(tooMuch);
    return found;
  }

  private async next(traceId: string): Promise<StoredTrace> {
    this.waiting.push(traceId);
    this.read ??= this.readWaiting();
    return (await this.read).get(traceId)!;
  }

  /** A page of calls asks for its traces within one turn. */
  private async readWaiting(): Promise<ReadonlyMap<string, StoredTrace>> {
    await setImmediate();
    const ids = this.waiting;
    this.waiting = [];
    this.read = undefined;
    const found = await this.traces.traces(tenant, ids);
    return new Map(found.map((trace) => [trace.traceId, trace]));
  }

  private hasRoom(count: number): boolean {
    if (this.shown > 0 && this.shown + count > maxShown) return false;
    this.shown += count;
    return true;
  }

  /** Once: an error for each would be as long as the answer. */
  private tell(reason: string): void {
    if (this.isTold) return;
    this.isTold = true;
    throw tooManyTraces(reason);
  }
}

const tooMuch = `shows more than ${maxShown} spans and model calls of traces`;

function tooManyTraces(reason: string): Error {
  return graphqlErrors.METERLARK_GRAPHQL_TOO_MANY_TRACES({ reason });
}
