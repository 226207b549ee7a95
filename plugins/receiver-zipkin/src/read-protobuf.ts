/** Zipkin's ListOfSpans in protobuf. Tags are field number × 8 + wire type. */
import { WireFault, WireReader, type SpanKind } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { parentIdOf, spanIdOf, traceIdOf } from './ids.js';
import { ipText } from './ip-text.js';
import { maxPerSpan, nowhere, partsPerSpan, SpanFault, type ZipkinAnnotation, type ZipkinEndpoint, type ZipkinSpan } from './zipkin-span.js';

const kinds: readonly SpanKind[] = ['unspecified', 'client', 'server', 'producer', 'consumer'];

/** As readJson. */
export function* readProtobuf(body: Buffer, maxSpans: number): Generator<ZipkinSpan, void, undefined> {
  const reader = new WireReader(body, { items: maxSpans * partsPerSpan });
  for (let index = 0; reader.pos < reader.limit; index += 1) {
    let span: ZipkinSpan | undefined;
    try {
      span = nextSpan(reader);
    } catch (error) {
      throw codedFault(error, index, maxSpans);
    }
    if (span === undefined) return;
    if (index === maxSpans) throw receiverErrors.METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS({ limit: maxSpans });
    yield span;
  }
}

/** undefined at the end. */
function nextSpan(reader: WireReader): ZipkinSpan | undefined {
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) return readSpan(reader);
    reader.skip(tag);
  }
  return undefined;
}

function codedFault(error: unknown, index: number, maxSpans: number): unknown {
  if (error instanceof SpanFault) {
    return receiverErrors.METERLARK_RECEIVER_ZIPKIN_MALFORMED({ place: `[${index}]${error.field}`, reason: error.reason });
  }
  if (!(error instanceof WireFault)) return error;
  if (error.kind === 'tooManyItems') return receiverErrors.METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS({ limit: maxSpans });
  return receiverErrors.METERLARK_RECEIVER_ZIPKIN_MALFORMED({ place: `[${index}], byte ${error.offset}`, reason: error.reason });
}

type Draft = { -readonly [K in keyof ZipkinSpan]: ZipkinSpan[K] };

function readSpan(reader: WireReader): ZipkinSpan {
  const annotations: ZipkinAnnotation[] = [];
  const tags: [string, string][] = [];
  const span: Draft = { ...emptySpan, annotations, tags };
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case 10: span.traceId = id(reader, '.traceId', [8, 16]); break;
      case 18: span.parentId = id(reader, '.parentId', [0, 8]); break;
      case 26: span.id = id(reader, '.id', [8]); break;
      case 32: span.kind = kinds[reader.uint32()] ?? 'unspecified'; break;
      case 42: span.name = text(reader); break;
      case 49: span.timestampUs = micros(reader.fixed64(), '.timestamp'); break;
      case 56: span.durationUs = micros(reader.uint64(), '.duration'); break;
      case 66: span.local = readEndpoint(reader, '.localEndpoint'); break;
      case 74: span.remote = readEndpoint(reader, '.remoteEndpoint'); break;
      case 82:
        if (annotations.length < maxPerSpan) annotations.push(readAnnotation(reader));
        else span.dropped += drop(reader, tag);
        break;
      case 90:
        if (tags.length < maxPerSpan) tags.push(readTag(reader));
        else span.dropped += drop(reader, tag);
        break;
      case 96: span.debug = reader.bool(); break;
      case 104: span.shared = reader.bool(); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  return { ...span, traceId: traceIdOf(span.traceId), id: spanIdOf(span.id), parentId: parentIdOf(span.parentId) };
}

const emptySpan: ZipkinSpan = {
  traceId: '',
  id: '',
  parentId: '',
  kind: 'unspecified',
  name: '',
  timestampUs: 0,
  durationUs: 0,
  local: nowhere,
  remote: nowhere,
  annotations: [],
  tags: [],
  dropped: 0,
  debug: false,
  shared: false,
};

/** Passes over one part and counts it. */
function drop(reader: WireReader, tag: number): 1 {
  reader.spendItem();
  reader.skip(tag);
  return 1;
}

function id(reader: WireReader, field: string, lengths: readonly number[]): string {
  const digits = reader.hex();
  if (!lengths.includes(digits.length / 2)) throw new SpanFault(field, `the id has ${digits.length / 2} bytes, not ${lengths.at(0) === 0 ? 8 : lengths.join(' or ')}`);
  return digits;
}

function micros(value: number, field: string): number {
  if (value > Number.MAX_SAFE_INTEGER) throw new SpanFault(field, 'microseconds from 0 on are expected');
  return value;
}

/** Bytes that are not UTF-8 become U+FFFD. */
function text(reader: WireReader): string {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return reader.bytes.toString('utf8', start, start + length);
}

function readEndpoint(reader: WireReader, field: string): ZipkinEndpoint {
  let service = '';
  let ipv4 = '';
  let ipv6 = '';
  let port = 0;
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) service = text(reader);
    else if (tag === 18) ipv4 = ipText(bytes(reader));
    else if (tag === 26) ipv6 = ipText(bytes(reader));
    else if (tag === 32) port = reader.uint32();
    else reader.skip(tag);
  }
  reader.leave(outer);
  if (port > 65_535) throw new SpanFault(`${field}.port`, 'a port number is expected');
  return { service, ip: ipv4 === '' ? ipv6 : ipv4, port };
}

function bytes(reader: WireReader): Buffer {
  const length = reader.length();
  const start = reader.pos;
  reader.pos = start + length;
  return reader.bytes.subarray(start, start + length);
}

function readAnnotation(reader: WireReader): ZipkinAnnotation {
  let timeUs = 0;
  let value = '';
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 9) timeUs = micros(reader.fixed64(), '.annotations');
    else if (tag === 18) value = text(reader);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { timeUs, value };
}

function readTag(reader: WireReader): [string, string] {
  const tag: [string, string] = ['', ''];
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const next = reader.tag();
    if (next === 10) tag[0] = text(reader);
    else if (next === 18) tag[1] = text(reader);
    else reader.skip(next);
  }
  reader.leave(outer);
  return tag;
}
