/** Stored spans as SkyWalking shows them. Spans of OTLP and Zipkin are segments of one span each. */
import type { StoredSpan } from '@meterlark/core';
import { componentName } from './components.js';

interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface SpanView {
  readonly traceId: string;
  readonly segmentId: string;
  readonly spanId: number;
  readonly parentSpanId: number;
  readonly refs: readonly { readonly traceId: string; readonly parentSegmentId: string; readonly parentSpanId: number; readonly type: string }[];
  readonly serviceCode: string;
  readonly serviceInstanceName: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly endpointName: string;
  readonly type: string;
  readonly peer: string;
  readonly component: string;
  readonly isError: boolean;
  readonly layer: string;
  readonly tags: readonly KeyValue[];
  readonly logs: readonly { readonly time: number; readonly data: readonly KeyValue[] }[];
  readonly attachedEvents: readonly never[];
}

const types: Readonly<Record<StoredSpan['kind'], string>> = {
  server: 'Entry', consumer: 'Entry', client: 'Exit', producer: 'Exit', internal: 'Local', unspecified: 'Local',
};

/** The first key that a span has says its layer. */
const layers: readonly (readonly [string, string])[] = [
  ['gen_ai.operation.name', 'GenAI'], ['gen_ai.system', 'GenAI'], ['gen_ai.provider.name', 'GenAI'], ['gen_ai.response.model', 'GenAI'],
  ['openinference.span.kind', 'GenAI'], ['llm.request.type', 'GenAI'], ['ai.operationId', 'GenAI'],
  ['db.system', 'Database'], ['db.system.name', 'Database'], ['db.type', 'Database'],
  ['messaging.system', 'MQ'], ['rpc.system', 'RPCFramework'], ['faas.trigger', 'FAAS'],
  ['http.request.method', 'Http'], ['http.method', 'Http'], ['url.full', 'Http'], ['http.url', 'Http'],
];

export function spanView(span: StoredSpan): SpanView {
  const { traceId, segment } = span;
  const own = segment === undefined ? ownSegment(span) : nativeSegment(segment);
  return {
    traceId,
    ...own,
    serviceCode: span.service,
    serviceInstanceName: span.instance,
    startTime: Math.floor(span.startUs / 1000),
    endTime: Math.floor((span.startUs + span.durationNs / 1000) / 1000),
    endpointName: span.name,
    peer: span.peer,
    isError: span.status === 'error',
    tags: [...pairs(span.attributes), ...statusTags(span)],
    logs: span.events.map(({ timeUs, name, attributes }) => ({
      time: Math.floor(timeUs / 1000),
      // SkyWalking's logs have no name: what serves as one is among their data.
      data: name === '' || segment !== undefined ? pairs(attributes) : [{ key: 'event', value: name }, ...pairs(attributes)],
    })),
    attachedEvents: [],
  };
}

type Own = Pick<SpanView, 'segmentId' | 'spanId' | 'parentSpanId' | 'refs' | 'type' | 'component' | 'layer'>;

function nativeSegment(segment: NonNullable<StoredSpan['segment']>): Own {
  return {
    segmentId: segment.segmentId,
    spanId: segment.spanId,
    parentSpanId: segment.parentSpanId,
    refs: segment.refs.map(({ traceId, parentSegmentId, parentSpanId, type }) => ({ traceId, parentSegmentId, parentSpanId, type })),
    type: segment.type,
    component: componentName(segment.componentId),
    layer: segment.layer,
  };
}

function ownSegment({ traceId, spanId, parentSpanId, kind, scope, attributes }: StoredSpan): Own {
  const parent = { traceId, parentSegmentId: parentSpanId, parentSpanId: 0, type: 'CROSS_PROCESS' };
  return {
    segmentId: spanId,
    spanId: 0,
    parentSpanId: -1,
    refs: parentSpanId === '' ? [] : [parent],
    type: types[kind],
    component: scope,
    layer: layers.find(([key]) => Object.hasOwn(attributes, key))?.[1] ?? 'Unknown',
  };
}

function pairs(attributes: Readonly<Record<string, string | number>>): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: String(value) }));
}

function statusTags({ statusMessage, traceState }: StoredSpan): KeyValue[] {
  return [
    ...(statusMessage === '' ? [] : [{ key: 'otel.status_description', value: statusMessage }]),
    ...(traceState === '' ? [] : [{ key: 'w3c.tracestate', value: traceState }]),
  ];
}

/** Spans whose parent is not in the trace by start, each followed by what is below it, depth first. */
export function inTreeOrder(spans: readonly StoredSpan[]): readonly StoredSpan[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const below = new Map<string, StoredSpan[]>();
  const waiting: StoredSpan[] = [];
  for (const span of spans) {
    const { spanId, parentSpanId } = span;
    if (parentSpanId === '' || parentSpanId === spanId || !known.has(parentSpanId)) waiting.push(span);
    else childrenOf(below, parentSpanId).push(span);
  }
  return withCircles(walk(waiting.reverse(), below), spans);
}

function childrenOf(below: Map<string, StoredSpan[]>, spanId: string): StoredSpan[] {
  const known = below.get(spanId) ?? [];
  if (known.length === 0) below.set(spanId, known);
  return known;
}

/** `waiting` is a stack: the first root lies on top. A deep trace is no deep call. */
function walk(waiting: StoredSpan[], below: ReadonlyMap<string, StoredSpan[]>): StoredSpan[] {
  const ordered: StoredSpan[] = [];
  for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
    ordered.push(span);
    const children = below.get(span.spanId) ?? [];
    for (let index = children.length - 1; index >= 0; index -= 1) waiting.push(children[index]!);
  }
  return ordered;
}

/** Spans that are their own ancestors hang on no root; they are shown all the same. */
function withCircles(ordered: readonly StoredSpan[], spans: readonly StoredSpan[]): readonly StoredSpan[] {
  if (ordered.length === spans.length) return ordered;
  const shown = new Set(ordered);
  return [...ordered, ...spans.filter((span) => !shown.has(span))];
}
