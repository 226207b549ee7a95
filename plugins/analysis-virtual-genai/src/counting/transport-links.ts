/**
 * Parents of the spans between two views of one call: HTTP clients, servers, proxies. Hot path: each such span of every
 * trace is noted, so this is a table of fixed size, without objects. A set holds two spans; a third takes the place of
 * the older.
 */
import type { Span } from '@meterlark/core';

/** What a span looks for above it; moved up as links become known. */
export interface Climber {
  parentSpanId: string;
  /** Links it may still go up. */
  hopsLeft: number;
}

/** Of one call; a client, two proxies with a server and a client span each, and the gateway are fewer. */
export const maxHops = 8;

/** Tenant, trace, span and parent. */
const width = 4;

export class TransportLinks {
  /** Links noted so far. */
  noted = 0;
  private readonly mask: number;
  private readonly cells: string[];

  constructor(
    /** Spans remembered, rounded up to a power of two. */
    maxSpans: number,
  ) {
    const sets = 2 ** Math.ceil(Math.log2(Math.max(2, maxSpans) / 2));
    this.mask = sets - 1;
    this.cells = new Array<string>(sets * 2 * width).fill('');
  }

  note(tenant: string, { traceId, spanId, parentSpanId }: Span): void {
    if (parentSpanId === '' || parentSpanId === spanId) return;
    const { cells } = this;
    const at = (hash(spanId) & this.mask) * 2 * width;
    // The same one again moves nothing.
    if (cells[at + 2] !== spanId || cells[at + 1] !== traceId || cells[at] !== tenant) {
      for (let cell = at; cell < at + width; cell += 1) cells[cell + width] = cells[cell]!;
    }
    cells[at] = tenant;
    cells[at + 1] = traceId;
    cells[at + 2] = spanId;
    cells[at + 3] = parentSpanId;
    this.noted += 1;
  }

  /** Goes up as far as links are known. Says whether it moved. */
  climb(climber: Climber, tenant: string, traceId: string): boolean {
    let moved = false;
    while (climber.hopsLeft > 0 && climber.parentSpanId !== '') {
      const up = this.parentOf(climber.parentSpanId, tenant, traceId);
      if (up === undefined) break;
      climber.parentSpanId = up;
      climber.hopsLeft -= 1;
      moved = true;
    }
    return moved;
  }

  private parentOf(spanId: string, tenant: string, traceId: string): string | undefined {
    const { cells } = this;
    const first = (hash(spanId) & this.mask) * 2 * width;
    for (let at = first; at < first + 2 * width; at += width) {
      if (cells[at + 2] === spanId && cells[at + 1] === traceId && cells[at] === tenant) return cells[at + 3];
    }
    return undefined;
  }
}

/** Ids are random, or end in a counter: the last characters differ. */
function hash(id: string): number {
  let sum = 0;
  for (let place = Math.max(0, id.length - 12); place < id.length; place += 1) {
    sum = (Math.imul(sum, 31) + id.charCodeAt(place)) | 0;
  }
  return sum ^ (sum >>> 15);
}
