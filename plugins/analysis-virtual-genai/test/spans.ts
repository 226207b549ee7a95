/** Spans as receivers decode them, in short. */
import {
  noSpanAttributes, ShapeTable, type AttributeValue, type Resource, type Span, type SpanEvent, type SpanOrigin, type SpanProtocol,
} from '@meterlark/core';
import type { ModelCallFacts } from '../src/normalise/facts.js';
import { Normaliser, type NormaliserOptions } from '../src/normalise/normaliser.js';

const shapes = new ShapeTable(10_000, 500);
export const startUs = 1_781_000_000_000_000;

export type AttributeObject = Readonly<Record<string, AttributeValue>>;

export function attributes(values: AttributeObject) {
  return shapes.attributes(Object.entries(values));
}

export function span(values: AttributeObject, change: Partial<Span> = {}): Span {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', parentSpanId: '', traceState: '',
    name: 'chat', kind: 'client',
    startUs, durationNs: 1_000_000_000, status: 'unset', statusMessage: '', attributes: attributes(values), events: [], links: [], peer: '',
    segment: undefined, ...change,
  };
}

export function event(name: string, afterMs: number, values: AttributeObject = {}): SpanEvent {
  return {
    name, timeUs: startUs + afterMs * 1000,
    attributes: Object.keys(values).length === 0 ? noSpanAttributes : attributes(values),
  };
}

export interface OriginWords {
  readonly protocol?: SpanProtocol;
  readonly scope?: string;
  readonly resource?: AttributeObject;
  readonly tenant?: string;
  readonly service?: string;
}

export function origin({ protocol = 'otlp', scope = '', resource = {}, tenant = '', service = 'shop' }: OriginWords = {}): SpanOrigin {
  const from: Resource = { attributes: new Map(Object.entries(resource)) };
  return {
    tenant, protocol, service, instance: 'shop-1', layer: 'GENERAL', resource: from,
    scope: { name: scope, version: '', attributes: new Map() },
  };
}

export const noAttributes: NormaliserOptions = {
  userAttributes: [], sessionAttributes: [], teamAttributes: [], routeAttributes: [], dimensions: {},
  requestIdAttributes: ['x-request-id', 'http.request.header.x-request-id'],
  providerOf: (model) => (model.startsWith('gpt') ? 'openai' : undefined),
  onUnknownOperation: () => undefined,
};

export function normalise(values: AttributeObject, change: Partial<Span> = {}, from: OriginWords = {}): ModelCallFacts | undefined {
  return new Normaliser(noAttributes).normalise(span(values, change), origin(from));
}

/** Fails the test when the span is no call. */
export function call(values: AttributeObject, change: Partial<Span> = {}, from: OriginWords = {}): ModelCallFacts {
  const facts = normalise(values, change, from);
  if (facts === undefined) throw new Error('not a model call');
  return facts;
}
