/**
 * Which entry spans came of late, so that one that is sent again is no second request. Two generations: what did not
 * come in a whole one is forgotten. Hot path: mostly two look-ups for each entry, and no key is put together.
 */
import type { Span } from '@meterlark/core';

/** One span id, or several: few traces enter more than one service. */
type SpanIds = string | Set<string>;

export class RecentEntries {
  private young = new Map<string, SpanIds>();
  private old = new Map<string, SpanIds>();
  private added = 0;

  constructor(
    /** Spans remembered, in two generations of half of it each. */
    private readonly maxSpans: number,
  ) {}

  /** Remembers it. */
  isNew(tenant: string, { traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>): boolean {
    // Traces of different tenants are strangers, even under one id.
    const key = tenant === '' ? traceId : `${tenant}/${traceId}`;
    const known = this.young.get(key);
    if (holds(known, spanId) || holds(this.old.get(key), spanId)) return false;
    this.added += 1;
    if (known === undefined) this.young.set(key, spanId);
    else if (typeof known === 'string') this.young.set(key, new Set([known, spanId]));
    else known.add(spanId);
    if (this.added >= this.maxSpans / 2) this.age();
    return true;
  }

  private age(): void {
    this.old = this.young;
    this.young = new Map();
    this.added = 0;
  }
}

function holds(ids: SpanIds | undefined, spanId: string): boolean {
  return typeof ids === 'object' ? ids.has(spanId) : ids === spanId;
}
