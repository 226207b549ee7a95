/**
 * Which spans of late were counted as calls, so that each call is counted once: a span sent again, and a call that two
 * instrumentations saw, one inside the other. Two generations: what was not seen for a whole one is forgotten.
 */
import type { ModelCall } from '@meterlark/core';

export type Verdict = 'count' | 'again' | 'nested';

/** Of a span id: the call it is (counted, or a view of one that was), and the calls of its children. */
interface Entry {
  own: Seen | undefined;
  children: readonly Seen[];
}

/** Different calls of one span's children that are remembered. */
const maxChildren = 8;
const noChildren: readonly Seen[] = [];

interface Seen {
  readonly operation: string;
  readonly model: string;
  readonly requestModel: string;
}

export class RecentCalls {
  private young = new Map<string, Entry>();
  private old = new Map<string, Entry>();

  constructor(
    /** Spans remembered, in two generations of half of it each. */
    private readonly maxSpans: number,
  ) {}

  /** Decides about a call and remembers the decision. `nestsInBatch`: a call of the same batch is its child. */
  judge(call: ModelCall, parentSpanId: string, nestsInBatch: boolean): Verdict {
    const { operation, model, requestModel } = call;
    const seen: Seen = { operation, model, requestModel };
    const entry = this.entry(keyOf(call, call.spanId));
    if (entry.own !== undefined) return 'again';
    entry.own = seen;
    const parent = parentSpanId === '' || parentSpanId === call.spanId ? undefined : this.entry(keyOf(call, parentSpanId));
    const nested = nestsInBatch || entry.children.some((child) => isSame(child, seen)) || isSame(parent?.own, seen);
    if (parent !== undefined) addChild(parent, seen);
    return nested ? 'nested' : 'count';
  }

  private entry(key: string): Entry {
    let entry = this.young.get(key);
    if (entry !== undefined) return entry;
    if (this.young.size >= this.maxSpans / 2) this.age();
    entry = this.old.get(key) ?? { own: undefined, children: noChildren };
    this.young.set(key, entry);
    return entry;
  }

  private age(): void {
    this.old = this.young;
    this.young = new Map();
  }
}

function addChild(parent: Entry, seen: Seen): void {
  if (parent.children.length >= maxChildren || parent.children.some((child) => isSame(child, seen))) return;
  parent.children = [...parent.children, seen];
}

/** Spans of different tenants are strangers, even under one id. */
function keyOf({ tenant, traceId }: ModelCall, spanId: string): string {
  return tenant === '' ? `${traceId}-${spanId}` : `${tenant}/${traceId}-${spanId}`;
}

/** Two views of one call: the same operation on a model of the same name, as far as each knows it. */
export function isSame(one: Seen | undefined, other: Seen): boolean {
  if (one === undefined || one.operation !== other.operation) return false;
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
