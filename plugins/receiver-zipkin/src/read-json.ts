/** A list of spans in Zipkin's JSON. Fields that are not known are ignored, null is a field that is not set. */
import { isIP } from 'node:net';
import { isRecord, reasonOf, type SpanKind } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { parentIdOf, spanIdOf, traceIdOf } from './ids.js';
import { findElements, type JsonElement } from './json-list.js';
import {
  maxPartsOfSpan,
  maxPerSpan,
  nowhere,
  partsPerSpan,
  SpanFault,
  type ZipkinAnnotation,
  type ZipkinEndpoint,
  type ZipkinSpan,
} from './zipkin-span.js';

const kinds: Readonly<Record<string, SpanKind>> = { CLIENT: 'client', SERVER: 'server', PRODUCER: 'producer', CONSUMER: 'consumer' };

type Json = Readonly<Record<string, unknown>>;

/**
 * One span after the other, so that the caller may pause between them: parsed together, a large request would hold up
 * all others. Throws METERLARK_RECEIVER_ZIPKIN_MALFORMED with the span's place, or METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS.
 */
export function* readJson(body: Buffer, maxSpans: number): Generator<ZipkinSpan, void, undefined> {
  const elements = elementsOf(body, maxSpans);
  for (let index = 0; index < elements.length; index += 1) yield readElement(body, elements[index]!, index);
}

/** Before anything is made of the text: three bytes of it become an object of a hundred. */
function elementsOf(body: Buffer, maxSpans: number): readonly JsonElement[] {
  const list = findElements(body, { elements: maxSpans, parts: maxSpans * partsPerSpan });
  switch (list.kind) {
    case 'elements':
      return list.elements;
    case 'tooMany':
      throw receiverErrors.METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS({ limit: maxSpans });
    case 'noList':
      throw receiverErrors.METERLARK_RECEIVER_ZIPKIN_MALFORMED({ place: 'the body', reason: 'a list of spans is expected' });
    case 'noJson':
      throw receiverErrors.METERLARK_RECEIVER_ZIPKIN_MALFORMED({ place: 'the body', reason: 'it is no JSON, or only a part of it' });
  }
}

function readElement(body: Buffer, { start, end, parts }: JsonElement, index: number): ZipkinSpan {
  try {
    if (parts > maxPartsOfSpan) throw new SpanFault('', `one span holds more than ${maxPartsOfSpan} values`);
    return spanOf(parse(body.toString('utf8', start, end)));
  } catch (error) {
    if (!(error instanceof SpanFault)) throw error;
    throw receiverErrors.METERLARK_RECEIVER_ZIPKIN_MALFORMED({ place: `[${index}]${error.field}`, reason: error.reason });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new SpanFault('', reasonOf(error));
  }
}

function spanOf(value: unknown): ZipkinSpan {
  if (!isRecord(value)) throw new SpanFault('', 'an object is expected');
  const annotations = listOf(member(value, 'annotations'));
  const tags = mapOf(member(value, 'tags'));
  return {
    traceId: traceIdOf(text(value, 'traceId')),
    id: spanIdOf(text(value, 'id')),
    parentId: parentIdOf(text(value, 'parentId')),
    kind: kindOf(text(value, 'kind')),
    name: text(value, 'name'),
    timestampUs: micros(value, 'timestamp'),
    durationUs: micros(value, 'duration'),
    local: within('localEndpoint', () => endpointOf(member(value, 'localEndpoint'))),
    remote: within('remoteEndpoint', () => endpointOf(member(value, 'remoteEndpoint'))),
    annotations: annotationsOf(annotations.slice(0, maxPerSpan)),
    tags: tagsOf(tags.slice(0, maxPerSpan)),
    dropped: Math.max(0, annotations.length - maxPerSpan) + Math.max(0, tags.length - maxPerSpan),
    debug: flag(value, 'debug'),
    shared: flag(value, 'shared'),
  };
}

/** The path of a fault, from inside out: `.localEndpoint` + `.port`. */
function within<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SpanFault)) throw error;
    throw new SpanFault(`.${field}${error.field}`, error.reason);
  }
}

function member(value: Json, key: string): unknown {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return found === null ? undefined : found;
}

function text(value: Json, key: string): string {
  const found = member(value, key) ?? '';
  if (typeof found !== 'string') throw new SpanFault(`.${key}`, 'a string is expected');
  return found;
}

function flag(value: Json, key: string): boolean {
  const found = member(value, key) ?? false;
  if (typeof found !== 'boolean') throw new SpanFault(`.${key}`, 'true or false is expected');
  return found;
}

/** Whole microseconds; clients that divide nanoseconds send fractions. */
function micros(value: Json, key: string): number {
  const found = member(value, key) ?? 0;
  if (typeof found !== 'number' || found < 0 || found > Number.MAX_SAFE_INTEGER) throw new SpanFault(`.${key}`, 'microseconds from 0 on are expected');
  return Math.floor(found);
}

function kindOf(name: string): SpanKind {
  if (name === '') return 'unspecified';
  const kind = Object.hasOwn(kinds, name.toUpperCase()) ? kinds[name.toUpperCase()] : undefined;
  if (kind === undefined) throw new SpanFault('.kind', `one of ${Object.keys(kinds).join(', ')} is expected`);
  return kind;
}

/** An address that is none is passed over, as Zipkin does. */
function endpointOf(value: unknown): ZipkinEndpoint {
  if (value === undefined) return nowhere;
  if (!isRecord(value)) throw new SpanFault('', 'an object is expected');
  const ip = [text(value, 'ipv4'), text(value, 'ipv6')].find((each) => isIP(each) !== 0) ?? '';
  const port = member(value, 'port') ?? 0;
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65_535) throw new SpanFault('.port', 'a port number is expected');
  return { service: text(value, 'serviceName'), ip, port: Number(port) };
}

function listOf(annotations: unknown): readonly unknown[] {
  if (annotations === undefined) return [];
  if (!Array.isArray(annotations)) throw new SpanFault('.annotations', 'a list is expected');
  return annotations;
}

function annotationsOf(annotations: readonly unknown[]): ZipkinAnnotation[] {
  return annotations.map((each, index) =>
    within(`annotations[${index}]`, () => {
      if (!isRecord(each)) throw new SpanFault('', 'an object is expected');
      return { timeUs: micros(each, 'timestamp'), value: text(each, 'value') };
    }),
  );
}

function mapOf(tags: unknown): readonly [string, unknown][] {
  if (tags === undefined) return [];
  if (!isRecord(tags)) throw new SpanFault('.tags', 'an object is expected');
  return Object.entries(tags);
}

/** Text as it was sent; numbers and flags of careless senders as their text. */
function tagsOf(tags: readonly [string, unknown][]): [string, string][] {
  return tags.flatMap(([key, tag]): [string, string][] => {
    if (tag === null) return [];
    if (typeof tag !== 'string' && typeof tag !== 'number' && typeof tag !== 'boolean') throw new SpanFault('.tags', 'strings are expected');
    return [[key, String(tag)]];
  });
}
