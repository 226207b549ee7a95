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
  readonly localEndpoint: Endpoint;
  readonly remoteEndpoint?: Endpoint;
  readonly shared?: true;
  readonly debug?: true;
  readonly annotations?: readonly { readonly timestamp: number; readonly value: string }[];
  readonly tags: Readonly<Record<string, string>>;
}

interface Endpoint {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

/** What the receiver of Zipkin spans keeps as attributes because no other span has it. */
const own = { shared: 'zipkin.shared', debug: 'zipkin.debug' } as const;
const peerKeys = { ip: 'net.peer.ip', port: 'net.peer.port' } as const;
const hostKeys = { ip: 'net.host.ip', port: 'net.host.port' } as const;

const kinds: Readonly<Partial<Record<StoredSpan['kind'], string>>> = {
  server: 'SERVER', client: 'CLIENT', producer: 'PRODUCER', consumer: 'CONSUMER',
};

export function zipkinSpan(span: StoredSpan): ZipkinSpan {
  const { parentSpanId, events, attributes } = span;
  const remoteEndpoint = endpoint(span.peer, attributes, peerKeys);
  const kind = kinds[span.kind];
  return {
    traceId: span.traceId,
    ...(parentSpanId === '' ? {} : { parentId: parentSpanId }),
    id: span.spanId,
    ...(kind === undefined ? {} : { kind }),
    name: span.name,
    timestamp: span.startUs,
    duration: Math.max(1, Math.round(span.durationNs / 1000)),
    localEndpoint: endpoint(span.service, span.resource, hostKeys),
    ...(Object.keys(remoteEndpoint).length === 0 ? {} : { remoteEndpoint }),
    ...(events.length === 0 ? {} : { annotations: events.map(annotation) }),
    tags: tagsOf(span),
    ...(attributes[own.shared] === undefined ? {} : { shared: true }),
    ...(attributes[own.debug] === undefined ? {} : { debug: true }),
  };
}

function endpoint(name: string, attributes: StoredSpan['attributes'], keys: { readonly ip: string; readonly port: string }): Endpoint {
  const ip = attributes[keys.ip];
  const port = Number(attributes[keys.port]);
  return {
    ...(name === '' ? {} : { serviceName: name }),
    ...(typeof ip !== 'string' ? {} : ip.includes(':') ? { ipv6: ip } : { ipv4: ip }),
    ...(Number.isInteger(port) && port > 0 ? { port } : {}),
  };
}

/** An event with attributes is `name|{json}`, as SkyWalking writes it. */
function annotation({ timeUs, name, attributes }: StoredSpan['events'][number]) {
  const isPlain = Object.keys(attributes).length === 0;
  return { timestamp: timeUs, value: isPlain ? name : `${name}|${JSON.stringify(attributes)}` };
}

/** What is closer to the span goes before: its own attributes, its scope, its resource. */
function tagsOf(span: StoredSpan): Record<string, string> {
  // Without a prototype, so that every key is a key.
  const tags = Object.create(null) as Record<string, string>;
  if (span.protocol === 'otlp') {
    addTo(tags, span.resource);
    if (span.scope !== '') tags['otel.library.name'] = span.scope;
    if (span.scopeVersion !== '') tags['otel.library.version'] = span.scopeVersion;
    if (span.kind === 'internal') tags['span.kind'] = 'internal';
    if (span.traceState !== '') tags['w3c.tracestate'] = span.traceState;
  }
  addTo(tags, span.attributes);
  // Zipkin's own spans say these in their own fields.
  if (span.protocol === 'zipkin') for (const key of [own.shared, own.debug, peerKeys.ip, peerKeys.port]) Reflect.deleteProperty(tags, key);
  if (span.status !== 'error') return tags;
  if (span.statusMessage !== '') tags['otel.status_description'] = span.statusMessage;
  tags['error'] ??= 'true';
  return tags;
}

function addTo(tags: Record<string, string>, attributes: StoredSpan['attributes']): void {
  for (const [key, value] of Object.entries(attributes)) tags[key] = String(value);
}
