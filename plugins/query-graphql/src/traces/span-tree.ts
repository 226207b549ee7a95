/** Spans of a trace in the order in which they are shown: each once, whatever their ids say. */
import type { StoredSpan } from '@meterlark/core';

export interface PlacedSpan {
  readonly span: StoredSpan;
  /** Place among the spans of the same id: the two sides of a call share one in Zipkin. */
  readonly number: number;
  /** The span with its parent's id; for the server's side of a call the client's. */
  readonly parent: PlacedSpan | undefined;
}

interface Growing extends PlacedSpan {
  parent: Growing | undefined;
  readonly below: Growing[];
}

/** The spans of one id. */
interface Shared {
  /** The client's side of the call, if it is here. */
  readonly client: Growing | undefined;
  /** What children hang below: the server's side of the call before the client's. */
  readonly last: Growing;
}

/** Spans whose parent is not in the trace by start, each followed by what is below it, depth first. */
export function inTreeOrder(spans: readonly StoredSpan[]): readonly PlacedSpan[] {
  const byId = new Map<string, Growing[]>();
  const placed = spans.map((span) => {
    const same = listOf(byId, span.spanId);
    const one: Growing = { span, number: same.length, parent: undefined, below: [] };
    same.push(one);
    return one;
  });
  const sharing = new Map([...byId].map(([id, same]) => [id, sharedOf(same)]));
  const roots: Growing[] = [];
  for (const one of placed) {
    one.parent = parentOf(one, sharing);
    (one.parent?.below ?? roots).push(one);
  }
  return withCircles(walk(roots.reverse()), placed);
}

function listOf(byId: Map<string, Growing[]>, id: string): Growing[] {
  const known = byId.get(id) ?? [];
  if (known.length === 0) byId.set(id, known);
  return known;
}

function sharedOf(same: readonly Growing[]): Shared {
  const client = same.find(({ span }) => span.kind === 'client' || span.kind === 'producer');
  const server = same.find(({ span }) => isServer(span));
  return { client, last: (server ?? client ?? same[0])! };
}

function isServer({ kind }: StoredSpan): boolean {
  return kind === 'server' || kind === 'consumer';
}

/** Every span has one parent at most, so no span is reached twice. */
function parentOf({ span }: Growing, sharing: ReadonlyMap<string, Shared>): Growing | undefined {
  const { spanId, parentSpanId } = span;
  const client = isServer(span) ? sharing.get(spanId)?.client : undefined;
  if (client !== undefined) return client;
  return parentSpanId === '' || parentSpanId === spanId ? undefined : sharing.get(parentSpanId)?.last;
}

/** `waiting` is a stack: the first root lies on top. A deep trace is no deep call. */
function walk(waiting: Growing[]): Growing[] {
  const ordered: Growing[] = [];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    ordered.push(one);
    for (let index = one.below.length - 1; index >= 0; index -= 1) waiting.push(one.below[index]!);
  }
  return ordered;
}

/** Spans that are their own ancestors hang on no root; they are shown all the same. */
function withCircles(ordered: readonly Growing[], all: readonly Growing[]): readonly PlacedSpan[] {
  if (ordered.length === all.length) return ordered;
  const shown = new Set(ordered);
  return [...ordered, ...all.filter((one) => !shown.has(one))];
}
