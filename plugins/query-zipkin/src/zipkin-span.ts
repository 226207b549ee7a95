/** Stored spans as Zipkin v2 JSON. */
import type { StoredSpan } from '@meterlark/core';

export interface ZipkinSpan {
  readonly traceId: string;
  readonly parentId?: string;
  readonly id: string;
  readonly kind?: string;
  readonly name: string;
  /** Epoch microseconds. */
  readonly timestamp: number;
  /** Microseconds, at least 1: 0 would read as unknown. */
  readonly duration: number;
  readonly localEndpoint: { readonly serviceName: string };
  readonly remoteEndpoint?: { readonly serviceName: string };
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[];
  readonly tags: Readonly<Record<string, string>>;
}

const kinds: Readonly<Partial<Record<StoredSpan['kind'], string>>> = {
  server: 'SERVER', client: 'CLIENT', producer: 'PRODUCER', consumer: 'CONSUMER',
};

export function zipkinSpan(span: StoredSpan): ZipkinSpan {
  const { parentSpanId, peer, events } = span;
  const kind = kinds[span.kind];
  return {
    traceId: span.traceId,
    ...(parentSpanId === '' ? {} : { parentId: parentSpanId }),
    id: span.spanId,
    ...(kind === undefined ? {} : { kind }),
    name: span.name,
    timestamp: span.startUs,
    duration: Math.max(1, Math.round(span.durationNs / 1000)),
    localEndpoint: { serviceName: span.service },
    ...(peer === '' ? {} : { remoteEndpoint: { serviceName: peer } }),
    ...(events.length === 0 ? {} : { annotations: events.map(annotation) }),
    tags: tagsOf(span),
  };
}

/** An event with attributes is `name|{json}`, as SkyWalking writes it. */
function annotation({ timeUs, name, attributes }: StoredSpan['events'][number]) {
  const isPlain = Object.keys(attributes).length === 0;
  return { timestamp: timeUs, value: isPlain ? name : `${name}|${JSON.stringify(attributes)}` };
}

/** What is closer to the span goes before: its own attributes, its scope, its resource. */
function tagsOf(span: StoredSpan): Record<string, string> {
  const tags: Record<string, string> = {};
  if (span.protocol === 'otlp') {
    addTo(tags, span.resource);
    if (span.scope !== '') tags['otel.library.name'] = span.scope;
    if (span.scopeVersion !== '') tags['otel.library.version'] = span.scopeVersion;
    if (span.kind === 'internal') tags['span.kind'] = 'internal';
    if (span.traceState !== '') tags['w3c.tracestate'] = span.traceState;
  }
  addTo(tags, span.attributes);
  if (span.status !== 'error') return tags;
  if (span.statusMessage !== '') tags['otel.status_description'] = span.statusMessage;
  tags['error'] ??= 'true';
  return tags;
}

function addTo(tags: Record<string, string>, attributes: StoredSpan['attributes']): void {
  for (const [key, value] of Object.entries(attributes)) tags[key] = String(value);
}
