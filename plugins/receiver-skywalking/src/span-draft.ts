/** Hot path: what was read of a span, before it becomes one. Reused for the next. */
import { noSpanAttributes, type SegmentRef, type SegmentSpan, type Span, type SpanAttributes, type SpanEvent, type SpanKind, type SpanLink } from '@meterlark/core';
import { bounded, unusable } from './fault.js';

const layers: readonly string[] = ['Unknown', 'Database', 'RPCFramework', 'Http', 'MQ', 'Cache', 'FAAS', 'GenAI'];
const types: readonly SegmentSpan['type'][] = ['Entry', 'Exit', 'Local'];

/** 100 days; a longer span is a wrong clock, and its nanoseconds would no longer be exact. */
const maxDurationMs = 100 * 24 * 3_600_000;

const noRefs: readonly SegmentRef[] = [];
const noEvents: readonly SpanEvent[] = [];
const noLinks: readonly SpanLink[] = [];

export class SpanDraft {
  spanId = 0;
  parentSpanId = 0;
  startMs = 0;
  endMs = 0;
  name = '';
  peer = '';
  type = 0;
  layer = 0;
  componentId = 0;
  isError = false;
  skipAnalysis = false;
  attributes: SpanAttributes = noSpanAttributes;
  refs: SegmentRef[] = [];
  events: SpanEvent[] = [];
  /** Where the logs lie in the message. */
  readonly logPlaces: number[] = [];

  clear(): void {
    // Protobuf does not send zeros, so that a parent that is absent is span 0; roots say -1.
    this.spanId = this.parentSpanId = this.startMs = this.endMs = this.type = this.layer = this.componentId = 0;
    this.name = this.peer = '';
    this.isError = this.skipAnalysis = false;
    this.attributes = noSpanAttributes;
    this.logPlaces.length = 0;
    if (this.refs.length > 0) this.refs = [];
    if (this.events.length > 0) this.events = [];
  }

  /** Throws UnusableMessage. */
  finish(traceId: string, segmentId: string): Span {
    const { spanId, startMs, endMs } = this;
    if (spanId < 0) unusable('bad_span');
    const startUs = startMs * 1000;
    if (startMs <= 0 || !Number.isSafeInteger(startUs) || endMs - startMs > maxDurationMs) unusable('bad_time');
    const refs = this.refs.length === 0 ? noRefs : this.refs;
    const segment = this.segment(segmentId, refs);
    return {
      traceId,
      spanId: `${segmentId}.${spanId}`,
      parentSpanId: parentOf(segment, refs),
      traceState: '',
      name: bounded(this.name),
      kind: kindOf(segment),
      startUs,
      durationNs: endMs > startMs ? (endMs - startMs) * 1_000_000 : 0,
      status: this.isError ? 'error' : 'unset',
      statusMessage: '',
      attributes: this.attributes,
      events: this.events.length === 0 ? noEvents : this.events,
      links: refs.length > 1 ? refs.slice(1).map(linkOf) : noLinks,
      peer: this.peer,
      segment,
    };
  }

  private segment(segmentId: string, refs: readonly SegmentRef[]): SegmentSpan {
    const { spanId, parentSpanId, componentId, skipAnalysis } = this;
    return {
      segmentId,
      spanId,
      // Span 0 cannot be its own parent: an agent that leaves the -1 out means a root.
      parentSpanId: parentSpanId < 0 || parentSpanId === spanId ? -1 : parentSpanId,
      refs,
      componentId,
      layer: layers[this.layer] ?? 'Unknown',
      type: types[this.type] ?? 'Local',
      skipAnalysis,
    };
  }
}

/** The parent within the segment; of its first span, the one that the segment was called from. */
function parentOf({ segmentId, parentSpanId }: SegmentSpan, [ref]: readonly SegmentRef[]): string {
  if (parentSpanId >= 0) return `${segmentId}.${parentSpanId}`;
  return ref === undefined ? '' : `${ref.parentSegmentId}.${ref.parentSpanId}`;
}

function kindOf({ type, layer }: SegmentSpan): SpanKind {
  const isQueue = layer === 'MQ';
  if (type === 'Entry') return isQueue ? 'consumer' : 'server';
  if (type === 'Exit') return isQueue ? 'producer' : 'client';
  return 'internal';
}

/** A batch that is consumed has a parent per message; the first is the parent, the others are links. */
function linkOf({ traceId, parentSegmentId, parentSpanId }: SegmentRef): SpanLink {
  return { traceId, spanId: `${parentSegmentId}.${parentSpanId}`, traceState: '', attributes: noSpanAttributes };
}
