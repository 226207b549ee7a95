import { isMeterlarkError, type MeterlarkError, type Span } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { decodeMetricsJson, decodeTracesJson } from '../src/decode-json.js';
import { decodeTraces } from '../src/decode-traces.js';
import { capturedTrace, capturedTraces, maxItems, newInterns } from './support/captured.js';
import type { Plain } from './support/oracle.js';
import { Random } from './support/random-metrics.js';
import { randomTraces } from './support/random-traces.js';
import { encodeTraces, plainSpans } from './support/trace-oracle.js';

const interns = newInterns();
const ids = { traceId: Buffer.alloc(16, 0xa1), spanId: Buffer.alloc(8, 0xb2) };

/** undefined when it decodes. Anything but a permanent coded error fails the test. */
function faultOf(decode: () => unknown): MeterlarkError | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    if (!isMeterlarkError(error)) throw error;
    expect(error.class).toBe('permanent');
    expect(error.code).toMatch(/^METERLARK_RECEIVER_OTLP_(MALFORMED|MALFORMED_JSON|TOO_MANY_ITEMS)$/);
    return error;
  }
}

function faultOfBytes(bytes: Buffer, limit = maxItems): MeterlarkError | undefined {
  return faultOf(() => decodeTraces(bytes, interns, limit));
}

function wrap(tag: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([tag, ...length, rest]), body]);
}

/** A request with one span of these fields beside its ids. */
function withSpan(fields: Buffer): Buffer {
  return wrap(0x0a, wrap(0x12, wrap(0x12, Buffer.concat([wrap(0x0a, ids.traceId), wrap(0x12, ids.spanId), fields]))));
}

function onlySpan(bytes: Buffer, tables = interns, limit = 10_000_000): Span {
  return decodeTraces(bytes, tables, limit).batch.resources[0]!.scopes[0]!.spans[0]!;
}

describe('bytes that are not a trace request', () => {
  it.each(capturedTraces)('are named by offset and field wherever a captured request is cut: %s', (name) => {
    const whole = capturedTrace(name, 'grpc.bin');
    for (let length = 1; length < whole.length; length += 1) {
      const fault = faultOfBytes(whole.subarray(0, length));
      expect(fault?.fields['offset']).toBeLessThanOrEqual(length);
      expect(fault?.fields['field']).toContain('resourceSpans[0]');
    }
    expect(faultOfBytes(whole)).toBeUndefined();
  });

  it('give a coded error or decode: 3000 requests with flipped bytes, and random requests cut anywhere', () => {
    const random = new Random(11);
    let faults = 0;
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(capturedTrace(random.pick(capturedTraces), 'grpc.bin'));
      for (let flips = 1 + random.below(3); flips > 0; flips -= 1) bytes[random.below(Math.min(bytes.length, 900))] = random.below(256);
      if (faultOfBytes(bytes) !== undefined) faults += 1;
    }
    expect(faults).toBeGreaterThan(500);
    expect(faults).toBeLessThan(3000);
    for (let round = 0; round < 4; round += 1) {
      const whole = encodeTraces(randomTraces(random));
      for (let length = 0; length < whole.length; length += 1) faultOfBytes(whole.subarray(0, length));
    }
  });

  it('are named with their path', () => {
    const attribute = withSpan(Buffer.from('4a050a016b1205', 'hex'));
    expect(faultOfBytes(attribute)?.fields).toMatchObject({
      field: 'resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value',
      reason: 'length 5 passes the end',
    });
  });
});

describe('requests made to hurt', () => {
  it('values nested too deeply are refused, 32 levels are taken', () => {
    const nested = (depth: number): Buffer => {
      let value: Buffer = Buffer.from([0x18, 1]);
      for (let level = 0; level < depth; level += 1) value = wrap(0x2a, wrap(0x0a, value));
      return withSpan(wrap(0x4a, wrap(0x12, value)));
    };
    expect(faultOfBytes(nested(32))).toBeUndefined();
    for (const depth of [33, 5000]) expect(faultOfBytes(nested(depth))?.fields['reason']).toContain('too deeply');
  });

  it.each([
    ['spans', wrap(0x0a, wrap(0x12, Buffer.alloc(4000, Buffer.from([0x12, 0]))))],
    ['scopes', wrap(0x0a, Buffer.alloc(4000, Buffer.from([0x12, 0])))],
    ['attributes', withSpan(Buffer.alloc(4000, Buffer.from([0x4a, 0])))],
    ['events', withSpan(Buffer.alloc(4000, Buffer.from([0x5a, 0])))],
    ['links', withSpan(Buffer.alloc(4000, Buffer.from([0x6a, 0])))],
  ])('more empty %s than allowed are refused', (_name, bytes) => {
    expect(faultOfBytes(bytes, 1000)?.code).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
    expect(faultOfBytes(bytes, 10_000)).toBeUndefined();
  });

  it('a million attributes of one span are read in time that grows with their number only', () => {
    const attribute = (index: number): Buffer => wrap(0x4a, Buffer.concat([wrap(0x0a, Buffer.from(`key-${index}`)), Buffer.from('12030a0176', 'hex')]));
    const many = Buffer.concat(Array.from({ length: 1_000_000 }, (_, index) => attribute(index)));
    const { attributes } = onlySpan(withSpan(many));
    expect(attributes.shape.keys).toHaveLength(1_000_000);
    expect(attributes.values).toHaveLength(1_000_000);
    expect(attributes.shape.indexOf('key-999999')).toBe(999_999);
  });

  it('a million repetitions of one key leave one attribute', () => {
    const again = Buffer.alloc(12 * 1_000_000, wrap(0x4a, Buffer.from('0a036b657912030a0176', 'hex')));
    expect(onlySpan(withSpan(again)).attributes).toMatchObject({ shape: { keys: ['key'] }, values: ['v'] });
  });

  it('key sets that are never the same fill no more shapes than set, and known ones stay known', () => {
    const small = newInterns(1000, 1_000_000, 50);
    const span = (keys: readonly string[]): Plain => ({ ...ids, attributes: keys.map((key) => ({ key, value: { stringValue: 'v' } })) });
    const request = (keys: readonly string[]): Buffer => encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span(keys)] }] }] });
    const known = request(['model', 'tokens']);
    const { shape } = onlySpan(known, small).attributes;
    for (let round = 0; round < 3000; round += 1) {
      const keys = [`a${round}`, 'b', `c${round}`];
      expect(onlySpan(request(keys), small).attributes.shape.keys).toEqual(keys);
    }
    expect(small.shapes.table.size).toBe(50);
    expect(small.shapes.table.refused).toBeGreaterThan(2900);
    expect(onlySpan(known, small).attributes.shape).toBe(shape);
  });

  it('bytes that are not UTF-8 are replaced, in keys, values and names', () => {
    const span = onlySpan(withSpan(Buffer.from('2a02ff61' + '4a0a' + '0a02ff61' + '12040a02fe62', 'hex')));
    expect(span).toMatchObject({ name: '\ufffda', attributes: { shape: { keys: ['\ufffda'] }, values: ['\ufffdb'] } });
  });
});

describe('traces in OTLP/JSON', () => {
  const hexIds = { traceId: 'A1'.repeat(16), spanId: 'b2'.repeat(8) };
  const json = (span: Plain): Buffer => Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));

  it.each(capturedTraces)("give the same as the SDK's protobuf bytes: %s", (name) => {
    const fromJson = decodeTracesJson(capturedTrace(name, 'http-json.json'), newInterns(), maxItems);
    const fromProto = decodeTraces(capturedTrace(name, 'http-protobuf.bin'), newInterns(), maxItems);
    expect(plainSpans(fromJson.batch)).toEqual(plainSpans(fromProto.batch));
    expect(fromJson.batch.points).toBeGreaterThan(0);
  });

  it('take ids in hex of either case, enums by number and by name', () => {
    for (const [kind, code] of [[3, 2], ['SPAN_KIND_CLIENT', 'STATUS_CODE_ERROR']]) {
      const { batch } = decodeTracesJson(json({ ...hexIds, parentSpanId: '', kind, status: { code } }), newInterns(), maxItems);
      expect(batch.resources[0]!.scopes[0]!.spans).toMatchObject([
        { traceId: 'a1'.repeat(16), spanId: 'b2'.repeat(8), parentSpanId: '', kind: 'client', status: 'error' },
      ]);
    }
  });

  it.each([
    ['an id that is not hex', { ...hexIds, traceId: 'xyz' }, 'traceId', 'hex digits'],
    ['an odd number of digits', { ...hexIds, spanId: 'abc' }, 'spanId', 'hex digits'],
    ['a number as id', { ...hexIds, parentSpanId: 5 }, 'parentSpanId', 'hex digits'],
    ['an unknown kind', { ...hexIds, kind: 'CLIENT' }, 'kind', 'enum'],
    ['a negative time', { ...hexIds, startTimeUnixNano: '-1' }, 'startTimeUnixNano', 'from 0 to'],
  ])('name path and reason for %s', (_name, span, field, reason) => {
    const fault = faultOf(() => decodeTracesJson(json(span), interns, maxItems));
    expect(fault).toMatchObject({ code: 'METERLARK_RECEIVER_OTLP_MALFORMED_JSON' });
    expect(fault?.fields['path']).toBe(`$.resourceSpans[0].scopeSpans[0].spans[0].${field}`);
    expect(fault?.fields['reason']).toContain(reason);
  });

  it('refuse one span whose id has a wrong length and keep the others', () => {
    const spans = [{ ...hexIds, traceId: 'ab' }, hexIds];
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    expect(decodeTracesJson(body, interns, maxItems)).toMatchObject({ rejected: 1, batch: { points: 1 } });
  });

  it('do not take each other\'s messages: metrics are no spans', () => {
    expect(decodeTracesJson(Buffer.from('{"resourceMetrics":[{}]}'), interns, maxItems).batch.resources).toEqual([]);
    expect(decodeMetricsJson(Buffer.from('{"resourceSpans":[{}]}'), interns, maxItems).batch.resources).toEqual([]);
  });
});
