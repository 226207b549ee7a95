/** Zipkin's ListOfSpans in protobuf. Tags are field number × 8 + wire type. */
import { WireFault, WireReader, type SpanKind } from '@meterlark/core';
import { receiverErrors } from './errors.js';
import { parentIdOf, spanIdOf, traceIdOf } from './ids.js';
import { ipText } from './ip-text.js';
import { nowhere, partsPerSpan, SpanFault, type ZipkinAnnotation, type ZipkinEndpoint, type ZipkinSpan } from './zipkin-span.js';

const kinds: readonly SpanKind[] = ['unspecified', 'client', 'server', 'producer', 'consumer'];

/** Throws METERLARK_RECEIVER_ZIPKIN_MALFORMED with the span's place, or METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS. */
export function readProtobuf(body: Buffer, maxSpans: number): ZipkinSpan[] {
  const reader = new WireReader(body, { items: maxSpans * partsPerSpan });
  const spans: ZipkinSpan[] = [];
  try {
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag !== 10) reader.skip(tag);
      else if (spans.length === maxSpans) throw receiverErrors.METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS({ limit: maxSpans });
      else spans.push(readSpan(reader));
    }
  } catch (error) {
    throw codedFault(error, spans.length, maxSpans);
  }
  return spans;
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
      case 82: annotations.push(readAnnotation(reader)); break;
      case 90: tags.push(readTag(reader)); break;
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
  debug: false,
  shared: false,
};

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
