/**
 * Which spans of late were counted as calls, so that each call is counted once: a span sent again, and a call that two
 * instrumentations saw, one inside the other. Two generations of traces: what was not seen for a whole one is
 * forgotten. Hot path: one look-up for each call.
 */
import type { ModelCall } from '@meterlark/core';

export type Verdict = 'count' | 'again' | 'nested';

/** A call as the ledger knows it. */
export type LedgerCall = Pick<ModelCall, 'tenant' | 'traceId' | 'spanId' | 'operation' | 'model' | 'requestModel'>;

interface Seen {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly operation: string;
  readonly model: string;
  readonly requestModel: string;
}

/** Traces with more calls than this are looked up by span id. */
const fewCalls = 16;

class TraceCalls {
  size = 0;
  private readonly few: Seen[] = [];
  private bySpan: Map<string, Seen> | undefined;
  private byParent: Map<string, Seen[]> | undefined;

  own(spanId: string): Seen | undefined {
    if (this.bySpan !== undefined) return this.bySpan.get(spanId);
    for (const seen of this.few) if (seen.spanId === spanId) return seen;
    return undefined;
  }

  hasSameChild(call: ModelCall): boolean {
    const among = this.byParent === undefined ? this.few : (this.byParent.get(call.spanId) ?? []);
    for (const seen of among) if (seen.parentSpanId === call.spanId && isSame(seen, call)) return true;
    return false;
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

  private index(seen: Seen): void {
    this.bySpan?.set(seen.spanId, seen);
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
  ) {}

  /** Decides about a call and remembers the decision. `nestsInBatch`: a call of the same batch is its inner view. */
  judge(call: ModelCall, parentSpanId: string, nestsInBatch: boolean): Verdict {
    const trace = this.trace(call);
    const { spanId, operation, model, requestModel } = call;
    if (trace.own(spanId) !== undefined) return 'again';
    const parent = parentSpanId === '' ? undefined : trace.own(parentSpanId);
    const nested = nestsInBatch || (parent !== undefined && isSame(parent, call)) || trace.hasSameChild(call);
    trace.add({ spanId, parentSpanId, operation, model, requestModel });
    this.added += 1;
    return nested ? 'nested' : 'count';
  }

  /** A call that an earlier run counted, of which nobody knows the parent any more. */
  remember(call: LedgerCall): void {
    const trace = this.trace(call);
    const { spanId, operation, model, requestModel } = call;
    if (trace.own(spanId) !== undefined) return;
    trace.add({ spanId, parentSpanId: '', operation, model, requestModel });
    this.added += 1;
  }

  private trace({ tenant, traceId }: LedgerCall): TraceCalls {
    // Traces of different tenants are strangers, even under one id.
    const key = tenant === '' ? traceId : `${tenant}/${traceId}`;
    if (this.added >= this.maxSpans / 2) this.age();
    return this.young.get(key) ?? this.rejuvenate(key);
  }

  /** A trace of the old generation goes on in the young one, unless it alone would fill it. */
  private rejuvenate(key: string): TraceCalls {
    const known = this.old.get(key);
    const trace = known === undefined || known.size >= this.maxSpans / 2 ? new TraceCalls() : known;
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

type Names = Pick<ModelCall, 'operation' | 'model' | 'requestModel'>;

/** Two views of one call: the same operation on a model of the same name, as far as each knows it. */
export function isSame(one: Names, other: Names): boolean {
  if (one.operation !== other.operation) return false;
  return isSameModel(one.model, other.model) || isSameModel(one.requestModel, other.requestModel);
}

function isSameModel(one: string, other: string): boolean {
  if (one === other) return one !== '';
  const a = bare(one);
  const b = bare(other);
  if (a === '' || b === '') return false;
  return a === b || a === 'unknown' || b === 'unknown' || isVersionOf(a, b) || isVersionOf(b, a);
}

/** `gpt-4o-2024-08-06` is a version of `gpt-4o`; `gpt-4o-mini` is not. */
function isVersionOf(long: string, short: string): boolean {
  return long.startsWith(short) && /^[-@:.]?(v?\d|latest)/.test(long.slice(short.length));
}

function bare(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1).toLowerCase();
}
