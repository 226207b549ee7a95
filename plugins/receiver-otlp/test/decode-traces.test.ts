import { isEntry, type Span } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { nanosToUs } from '../src/decode-spans.js';
import { decodeTraces } from '../src/decode-traces.js';
import { capturedTrace, capturedTraces, maxItems, newInterns } from './support/captured.js';
import type { Plain } from './support/oracle.js';
import { Random } from './support/random-metrics.js';
import { randomTraces } from './support/random-traces.js';
import { encodeTraces, expectedTraces, pairs, plainSpans } from './support/trace-oracle.js';

const ids = { traceId: Buffer.alloc(16, 0xa1), spanId: Buffer.alloc(8, 0xb2) };

function expectSame(bytes: Buffer, interns = newInterns()): void {
  const expected = expectedTraces(bytes);
  const { batch, rejected } = decodeTraces(bytes, interns, maxItems);
  expect(plainSpans(batch)).toEqual(expected.resources);
  expect(batch.points).toBe(expected.points);
  expect(rejected).toBe(expected.rejected);
}

function requestOf(...spans: Plain[]): Buffer {
  return encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

function decodeAll(bytes: Buffer, interns = newInterns()): readonly Span[] {
  return decodeTraces(bytes, interns, maxItems).batch.resources.flatMap(({ scopes }) => scopes.flatMap(({ spans }) => spans));
}

function decodeOne(span: Plain): Span {
  return decodeAll(requestOf({ ...ids, ...span }))[0]!;
}

const text = (key: string, stringValue: string): Plain => ({ key, value: { stringValue } });

describe('decoding what the JS SDK sends', () => {
  it.each(capturedTraces)('agrees with protobufjs field by field: %s', (name) => {
    expectSame(capturedTrace(name, 'grpc.bin'));
    expectSame(capturedTrace(name, 'http-protobuf.bin'));
  });

  it('has captured spans of five kinds, events, links, statuses and parents', () => {
    const all = capturedTraces.flatMap((name) => decodeAll(capturedTrace(name, 'grpc.bin')));
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['internal', 'server', 'client', 'producer', 'consumer']));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['unset', 'ok', 'error']));
    for (const has of [(span: Span) => span.events.length, (span: Span) => span.links.length, (span: Span) => span.parentSpanId]) {
      expect(all.some(has)).toBe(true);
    }
  });

  it('reads a model call whole', () => {
    const [call] = decodeAll(capturedTrace('agent', 'grpc.bin')).filter(({ kind }) => kind === 'client');
    expect(call).toMatchObject({ name: 'chat gpt-4o', status: 'ok', peer: 'api.openai.com', segment: undefined });
    expect(call?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(call?.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(Object.fromEntries(pairs(call!.attributes))).toMatchObject({
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.request.temperature': 0.25,
      'gen_ai.response.finish_reasons': ['stop'],
    });
    expect(call?.events).toMatchObject([{ name: 'gen_ai.first_token', attributes: { values: [0] } }]);
    expect(isEntry(call!)).toBe(false);
  });
});

describe('decoding random messages', () => {
  it('agrees with protobufjs on 800 messages, tables shared and overflowing', () => {
    const random = new Random(20260203);
    const small = newInterns(40, 10_000, 30);
    const large = newInterns();
    for (let round = 0; round < 800; round += 1) {
      const bytes = encodeTraces(randomTraces(random));
      expectSame(bytes, small);
      expectSame(bytes, large);
    }
    expect(small.shapes.table.size).toBe(30);
    expect(small.shapes.table.refused).toBeGreaterThan(0);
  });
});

describe('ids', () => {
  it.each([
    ['no trace id', { traceId: Buffer.alloc(0) }, 'the trace id of a span has 0 bytes, not 16'],
    ['a short trace id', { traceId: Buffer.alloc(8, 1) }, 'the trace id of a span has 8 bytes, not 16'],
    ['a trace id of zeros', { traceId: Buffer.alloc(16) }, 'the trace id of a span is all zeros'],
    ['a long span id', { spanId: Buffer.alloc(16, 1) }, 'the span id of a span has 16 bytes, not 8'],
    ['a span id of zeros', { spanId: Buffer.alloc(8) }, 'the span id of a span is all zeros'],
    ['a short parent', { parentSpanId: Buffer.alloc(4, 1) }, 'the parent span id of a span has 4 bytes, not 8'],
  ])('refuse a span with %s and keep the others', (_name, fields, reason) => {
    const good = { ...ids, name: 'good' };
    const decoded = decodeTraces(requestOf(good, { ...ids, ...fields }, good), newInterns(), maxItems);
    expect(decoded).toMatchObject({ rejected: 1, reason, batch: { points: 2 } });
    expect(decoded.batch.resources[0]!.scopes[0]!.spans.map(({ name }) => name)).toEqual(['good', 'good']);
  });

  it('that were not sent at all are named', () => {
    const { spanId, ...noSpanId } = ids;
    expect(decodeTraces(requestOf({ spanId }), newInterns(), maxItems).reason).toBe('a span has no trace id');
    expect(decodeTraces(requestOf(noSpanId), newInterns(), maxItems).reason).toBe('a span has no span id');
    const wrong = requestOf({ ...ids, spanId: Buffer.alloc(3) }, noSpanId);
    expect(decodeTraces(wrong, newInterns(), maxItems)).toMatchObject({ rejected: 2, reason: expect.stringContaining('3 bytes') });
  });

  it('of a parent are empty when there is none, and when it is zeros', () => {
    expect(decodeOne({}).parentSpanId).toBe('');
    expect(decodeOne({ parentSpanId: Buffer.alloc(8) }).parentSpanId).toBe('');
    expect(decodeOne({ parentSpanId: Buffer.from('0123456789abcdef', 'hex') }).parentSpanId).toBe('0123456789abcdef');
  });

  it('are the right ones however many there are', () => {
    const random = new Random(5);
    const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)));
    const sent = Array.from({ length: 5000 }, () => ({ traceId: bytes(16), spanId: bytes(8), parentSpanId: bytes(8) }));
    const read = decodeAll(requestOf(...sent.flatMap((span) => [span, span])));
    const expected = sent.flatMap((span) => {
      const hex = { traceId: span.traceId.toString('hex'), spanId: span.spanId.toString('hex'), parentSpanId: span.parentSpanId.toString('hex') };
      return [hex, hex];
    });
    expect(read.map(({ traceId, spanId, parentSpanId }) => ({ traceId, spanId, parentSpanId }))).toEqual(expected);
  });
});

describe('times', () => {
  it('are whole microseconds, and durations whole nanoseconds', () => {
    const span = decodeOne({ startTimeUnixNano: '1763716376123456789', endTimeUnixNano: '1763716377123456788' });
    expect(span).toMatchObject({ startUs: 1763716376123456, durationNs: 999_999_999 });
    for (const nanos of [0n, 999n, 1000n, 4294967295n, 4294967296n, 1763716376123456789n, 9_000_000_000_000_000_000n]) {
      expect(nanosToUs(Number(nanos >> 32n), Number(nanos & 0xffffffffn))).toBe(Number(nanos / 1000n));
    }
  });

  it('that end before they start, or never, give a duration of 0', () => {
    expect(decodeOne({ startTimeUnixNano: '2000', endTimeUnixNano: '1000' }).durationNs).toBe(0);
    expect(decodeOne({ startTimeUnixNano: '1763716376123456789' }).durationNs).toBe(0);
    expect(decodeOne({ startTimeUnixNano: '4294967296', endTimeUnixNano: '4294967295' }).durationNs).toBe(0);
  });
});

describe('statuses', () => {
  it.each([
    [{}, 'unset'],
    [{ code: 1 }, 'ok'],
    [{ code: 2, message: 'm' }, 'error'],
    [{ code: 7 }, 'unset'],
    [{ deprecatedCode: 2 }, 'error'],
    [{ deprecatedCode: 2, code: 1 }, 'ok'],
  ])('of %j are %s', (status, expected) => {
    expect(decodeOne({ status })).toMatchObject({ status: expected, statusMessage: 'message' in status ? status.message : '' });
  });
});

describe('attributes', () => {
  it('share their shape across spans, requests, events and links', () => {
    const interns = newInterns();
    const attributes = [text('a', '1'), text('b', '2')];
    const request = (): Buffer => requestOf({ ...ids, attributes, events: [{ attributes }], links: [{ attributes }] }, { ...ids, attributes });
    const [first, second] = decodeAll(request(), interns);
    const [third] = decodeAll(request(), interns);
    const shapes = [first!, second!, third!, first!.events[0]!, first!.links[0]!].map(({ attributes: { shape } }) => shape);
    expect(new Set(shapes).size).toBe(1);
  });

  it('of a repeated key keep the last value at the first place', () => {
    const repeated = [text('a', '1'), text('b', '2'), text('a', '3'), text('c', '4')];
    for (const attributes of [decodeOne({ attributes: repeated }).attributes, decodeOne({ events: [{ attributes: repeated }] }).events[0]!.attributes]) {
      expect(pairs(attributes)).toEqual([['a', '3'], ['b', '2'], ['c', '4']]);
    }
  });

  it('that differ in one byte of a key of any length have other shapes', () => {
    const interns = newInterns();
    for (let length = 1; length < 140; length += 1) {
      const key = 'k'.repeat(length);
      const other = `${'k'.repeat(length - 1)}j`;
      const read = [key, other, key].map((each) => decodeAll(requestOf({ ...ids, attributes: [text(each, 'v')] }), interns)[0]!.attributes.shape.keys);
      expect(read).toEqual([[key], [other], [key]]);
    }
  });

  it('keep values of every length, known and new ones', () => {
    const interns = newInterns();
    for (let round = 0; round < 3; round += 1) {
      for (let length = 0; length < 300; length += 1) {
        const value = String(round % 2).repeat(length);
        expect(decodeAll(requestOf({ ...ids, attributes: [text('key', value)] }), interns)[0]!.attributes.values).toEqual([value]);
      }
    }
  });

  it('whose value comes before the key, comes twice or has unknown fields besides are read', () => {
    const wrap = (tag: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([tag, body.length]), body]);
    const span = (attribute: string): Buffer => {
      const known = wrap(0x4a, Buffer.from('0a016b' + '12030a0176', 'hex'));
      const fields = Buffer.concat([wrap(0x0a, ids.traceId), wrap(0x12, ids.spanId), wrap(0x4a, Buffer.from(attribute, 'hex'))]);
      return Buffer.concat([wrap(0x12, Buffer.concat([wrap(0x0a, ids.traceId), wrap(0x12, ids.spanId), known])), wrap(0x12, fields)]);
    };
    const valueOf = (attribute: string): unknown => pairs(decodeAll(wrap(0x0a, wrap(0x12, span(attribute))))[1]!.attributes);
    expect(valueOf('12030a0177' + '0a016b')).toEqual([['k', 'w']]);
    expect(valueOf('0a016b' + '12030a0177' + '12030a0178')).toEqual([['k', 'x']]);
    expect(valueOf('0a016b' + '12030a0177' + '5001')).toEqual([['k', 'w']]);
    expect(valueOf('0a016b' + '12050a01775001')).toEqual([['k', 'w']]);
    expect(valueOf('0a016b' + '1200')).toEqual([['k', undefined]]);
    expect(valueOf('0a016b')).toEqual([['k', undefined]]);
    expect(valueOf('0a016b' + '0a016a' + '12030a0177')).toEqual([['j', 'w']]);
    expect(valueOf('')).toEqual([['', undefined]]);
  });
});

describe('the peer', () => {
  it.each([
    [[text('net.peer.name', 'c'), text('server.address', 'b'), text('peer.service', 'a')], 'a'],
    [[text('net.peer.name', 'c'), text('server.address', 'b')], 'b'],
    [[text('net.peer.name', 'c')], 'c'],
    [[text('peer.service', ''), text('server.address', 'b')], 'b'],
    [[{ key: 'peer.service', value: { intValue: 5 } }], ''],
    [[text('peer.service', 'a'), text('peer.service', 'z')], 'z'],
    [[], ''],
  ])('is the best name there is: %#', (attributes, expected) => {
    expect(decodeOne({ attributes }).peer).toBe(expected);
  });
});

it('takes an empty request as an empty batch', () => {
  expect(decodeTraces(Buffer.alloc(0), newInterns(), maxItems, 'acme')).toEqual({
    batch: { signal: 'spans', tenant: 'acme', protocol: 'otlp', resources: [], points: 0 },
    rejected: 0,
    reason: '',
  });
});
