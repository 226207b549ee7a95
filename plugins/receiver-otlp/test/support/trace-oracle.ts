/** The second opinion on spans: protobufjs, turned into the model's shape by code of its own, with BigInt times. */
import type { AttributeValue, ResourceSpans, SpanAttributes, SpanBatch } from '@meterlark/core';
import { anyValue, attributes, integer, scopeOf, typeOf, type Plain } from './oracle.js';

export function encodeTraces(request: Plain): Buffer {
  const type = typeOf('ExportTraceServiceRequest');
  return Buffer.from(type.encode(type.fromObject(request)).finish());
}

export interface ExpectedTraces {
  readonly resources: unknown[];
  readonly points: number;
  readonly rejected: number;
}

export function expectedTraces(bytes: Uint8Array): ExpectedTraces {
  const request = typeOf('ExportTraceServiceRequest').decode(bytes) as unknown as Plain;
  const tally = { points: 0, rejected: 0 };
  const resources = request['resourceSpans'].map((resource: Plain) => ({
    resource: { attributes: attributes(resource['resource']?.attributes ?? []) },
    scopes: resource['scopeSpans'].map((scope: Plain) => ({
      scope: scopeOf(scope['scope']),
      spans: scope['spans'].flatMap((span: Plain) => spanOf(span, tally)),
    })),
  }));
  return { resources, ...tally };
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

function spanOf(span: Plain, tally: { points: number; rejected: number }): Plain[] {
  const [traceId, spanId, parent] = ['traceId', 'spanId', 'parentSpanId'].map((key) => hex(span[key])) as [string, string, string];
  const unusable = traceId.length !== 32 || spanId.length !== 16 || isZero(traceId) || isZero(spanId);
  if (unusable || (parent !== '' && parent.length !== 16)) {
    tally.rejected += 1;
    return [];
  }
  tally.points += 1;
  const start = integer(span['startTimeUnixNano']);
  const end = integer(span['endTimeUnixNano']);
  const pairs = lastWins(span['attributes']);
  return [
    {
      traceId,
      spanId,
      parentSpanId: isZero(parent) ? '' : parent,
      traceState: span['traceState'],
      name: span['name'],
      kind: kinds[span['kind']] ?? 'unspecified',
      startUs: Number(start / 1000n),
      durationNs: end > start ? Number(end - start) : 0,
      ...statusOf(span['status']),
      attributes: pairs,
      events: span['events'].map((event: Plain) => ({
        timeUs: Number(integer(event['timeUnixNano']) / 1000n),
        name: event['name'],
        attributes: lastWins(event['attributes']),
      })),
      links: span['links'].map((link: Plain) => ({
        traceId: hex(link['traceId']),
        spanId: hex(link['spanId']),
        traceState: link['traceState'],
        attributes: lastWins(link['attributes']),
      })),
      peer: peerOf(new Map(pairs)),
      segment: undefined,
    },
  ];
}

function statusOf(status: Plain | null): Plain {
  const code = status?.['code'] ?? 0;
  const old = status?.['deprecatedCode'] ?? 0;
  const status3 = code === 0 && old !== 0 ? 'error' : (['unset', 'ok', 'error'][code] ?? 'unset');
  return { status: status3, statusMessage: status?.['message'] ?? '' };
}

function lastWins(list: Plain[]): (readonly [string, AttributeValue])[] {
  const map = new Map<string, AttributeValue>();
  for (const { key, value } of list) map.set(key, anyValue(value));
  return [...map];
}

function peerOf(found: ReadonlyMap<string, AttributeValue>): string {
  for (const key of ['peer.service', 'server.address', 'net.peer.name']) {
    const value = found.get(key);
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function isZero(text: string): boolean {
  return /^0*$/.test(text);
}

/** Our decoded resources with attributes as lists of pairs, as the oracle has them. */
export function plainSpans(batch: SpanBatch): unknown {
  return batch.resources.map(({ resource, scopes }: ResourceSpans) => ({
    resource,
    scopes: scopes.map(({ scope, spans }) => ({
      scope,
      spans: spans.map((span) => ({
        ...span,
        attributes: pairs(span.attributes),
        events: span.events.map((event) => ({ ...event, attributes: pairs(event.attributes) })),
        links: span.links.map((link) => ({ ...link, attributes: pairs(link.attributes) })),
      })),
    })),
  }));
}

export function pairs({ shape, values }: SpanAttributes): (readonly [string, AttributeValue])[] {
  if (values.length !== shape.keys.length) throw new Error(`${values.length} values of ${shape.keys.length} keys`);
  return shape.keys.map((key, place) => [key, values[place]]);
}
