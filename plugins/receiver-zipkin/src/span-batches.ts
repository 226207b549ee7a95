/** Zipkin's spans as a SpanBatch. */
import {
  AttributesBuilder,
  noSpanAttributes,
  ShapeTable,
  type Clock,
  type Resource,
  type Scope,
  type Span,
  type SpanAttributes,
  type SpanBatch,
  type SpanStatus,
} from '@meterlark/core';
import type { EndpointResources } from './resources.js';
import type { ZipkinEndpoint, ZipkinSpan } from './zipkin-span.js';

const noScope: Scope = { name: '', version: '', attributes: new Map() };
const maxShapes = 10_000;
const longestShape = 128;

export class SpanBatches {
  private readonly attributes = new AttributesBuilder(new ShapeTable(maxShapes, longestShape));

  constructor(
    private readonly resources: EndpointResources,
    private readonly clock: Clock,
  ) {}

  /** A batch to put spans into, one by one. */
  begin(tenant = ''): BatchDraft {
    return new BatchDraft(this.resources, (span, receivedUs) => this.span(span, receivedUs), { receivedUs: this.clock.now() * 1000, tenant });
  }

  private span(span: ZipkinSpan, receivedUs: number): Span {
    const tags = new Map(span.tags);
    return {
      traceId: span.traceId,
      spanId: span.id,
      parentSpanId: span.parentId,
      traceState: '',
      name: span.name,
      kind: span.kind,
      startUs: span.timestampUs === 0 ? receivedUs : span.timestampUs,
      durationNs: span.durationUs * 1000,
      status: statusOf(tags),
      statusMessage: statusMessageOf(tags),
      attributes: this.attributesOf(span, tags),
      events: span.annotations.map(({ timeUs, value }) => ({ timeUs, name: value, attributes: noSpanAttributes })),
      links: [],
      peer: peerOf(span.remote) || namedPeer(tags),
      segment: undefined,
    };
  }

  /** Tags as they are, and what of the span has no place of its own, under names that no tag has. */
  private attributesOf({ remote, shared, debug }: ZipkinSpan, tags: ReadonlyMap<string, string>): SpanAttributes {
    const { attributes } = this;
    for (const [key, value] of tags) attributes.add(key, value);
    if (remote.ip !== '' && !tags.has('net.peer.ip')) attributes.add('net.peer.ip', remote.ip);
    if (remote.port !== 0 && !tags.has('net.peer.port')) attributes.add('net.peer.port', remote.port);
    if (shared) attributes.add('zipkin.shared', true);
    if (debug) attributes.add('zipkin.debug', true);
    return attributes.finish();
  }
}

/** One request while it is read. */
export class BatchDraft {
  private readonly groups = new Map<Resource, Span[]>();
  private count = 0;
  private droppedParts = 0;

  constructor(
    private readonly resources: EndpointResources,
    private readonly spanOf: (span: ZipkinSpan, receivedUs: number) => Span,
    private readonly request: { readonly receivedUs: number; readonly tenant: string },
  ) {}

  /** Tags and annotations that were not kept. */
  get dropped(): number {
    return this.droppedParts;
  }

  add(sent: ZipkinSpan): void {
    const span = this.spanOf(sent, this.request.receivedUs);
    const resource = this.resources.of(sent.local);
    const group = this.groups.get(resource);
    if (group === undefined) this.groups.set(resource, [span]);
    else group.push(span);
    this.count += 1;
    this.droppedParts += sent.dropped;
  }

  finish(): SpanBatch {
    const resources = [...this.groups].map(([resource, spans]) => ({ resource, scopes: [{ scope: noScope, spans }] }));
    return { signal: 'spans', tenant: this.request.tenant, protocol: 'zipkin', resources, points: this.count };
  }
}

/** The tag `error` says that the span failed, whatever its value; but senders exist that write `false` when it did not. */
function hasFailed(tags: ReadonlyMap<string, string>): boolean {
  const error = tags.get('error');
  return error !== undefined && error.toLowerCase() !== 'false';
}

/** Exporters of OpenTelemetry tell their status in a tag besides. */
function statusOf(tags: ReadonlyMap<string, string>): SpanStatus {
  if (hasFailed(tags)) return 'error';
  const code = tags.get('otel.status_code');
  return code === 'OK' ? 'ok' : code === 'ERROR' ? 'error' : 'unset';
}

function statusMessageOf(tags: ReadonlyMap<string, string>): string {
  const error = tags.get('error') ?? '';
  return hasFailed(tags) && error.toLowerCase() !== 'true' ? error : '';
}

/** Exporters that send no remote endpoint name it in a tag. */
function namedPeer(tags: ReadonlyMap<string, string>): string {
  return tags.get('peer.service') || tags.get('server.address') || tags.get('net.peer.name') || '';
}

function peerOf({ service, ip, port }: ZipkinEndpoint): string {
  if (service !== '' || ip === '') return service;
  if (port === 0) return ip;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
