/** Stored spans as SkyWalking shows them. Spans of OTLP and Zipkin are segments of one span each. */
import { setImmediate } from 'node:timers/promises';
import type { StoredSpan } from '@meterlark/core';
import { componentName } from './components.js';
import { inTreeOrder, type PlacedSpan } from './span-tree.js';

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

/** Spans that are shown in one turn of the event loop: some milliseconds of GraphQL's work. */
const slice = 200;

/**
 * In the order of the tree. GraphQL completes a value as soon as it is there: those of a large trace come slice by
 * slice, each in a turn of its own.
 */
export function viewsOf(spans: readonly StoredSpan[]): readonly (SpanView | Promise<SpanView>)[] {
  const placed = inTreeOrder(spans);
  let turn: Promise<unknown> | undefined;
  return placed.map((one, place) => {
    if (place > 0 && place % slice === 0) turn = turn === undefined ? setImmediate() : turn.then(() => setImmediate());
    return turn === undefined ? spanView(one) : turn.then(() => spanView(one));
  });
}

export function spanView(placed: PlacedSpan): SpanView {
  const { span } = placed;
  const { traceId, segment } = span;
  const own = segment === undefined ? ownSegment(placed) : nativeSegment(segment);
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

/** The two sides of a call with one id are one segment, the server's below the client's. */
function ownSegment({ span, number, parent }: PlacedSpan): Own {
  const { traceId, spanId, parentSpanId, kind, scope, attributes } = span;
  const isInside = parent?.span.spanId === spanId;
  const ref = { traceId, parentSegmentId: parentSpanId, parentSpanId: parent?.number ?? 0, type: 'CROSS_PROCESS' };
  return {
    segmentId: spanId,
    spanId: number,
    parentSpanId: isInside ? parent.number : -1,
    refs: isInside || parentSpanId === '' ? [] : [ref],
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
