import { attributeOf, isMeterlarkError, type Log, type MeterlarkError } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { decodeLogsJson, decodeTracesJson } from '../src/decode-json.js';
import { decodeLogs, type DecodedLogs } from '../src/decode-logs.js';
import { capturedLog, capturedLogs, maxItems, newInterns } from './support/captured.js';
import { encodeLogs, plainLogs } from './support/log-oracle.js';
import type { Plain } from './support/oracle.js';
import { Random } from './support/random-metrics.js';
import { randomLogs } from './support/random-logs.js';
import { pairs } from './support/trace-oracle.js';

const interns = newInterns();
const maxBodyBytes = 131_072;
const limits = { maxItems, maxBodyBytes };

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

function faultOfBytes(bytes: Buffer, items = maxItems): MeterlarkError | undefined {
  return faultOf(() => decodeLogs(bytes, interns, { maxItems: items, maxBodyBytes }));
}

function wrap(tag: number, body: Buffer): Buffer {
  const length: number[] = [];
  let rest = body.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([tag, ...length, rest]), body]);
}

/** A request with one record of these fields. */
function withRecord(fields: Buffer): Buffer {
  return wrap(0x0a, wrap(0x12, wrap(0x12, fields)));
}

function onlyLog({ batch }: DecodedLogs): Log {
  return batch.resources[0]!.scopes[0]!.logs[0]!;
}

function decodeOne(record: Plain, max = maxBodyBytes): DecodedLogs {
  const bytes = encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] });
  return decodeLogs(bytes, interns, { maxItems: 10_000_000, maxBodyBytes: max });
}

describe('bytes that are not a log request', () => {
  it.each(capturedLogs)('are named by offset and field wherever a captured request is cut: %s', (name) => {
    const whole = capturedLog(name, 'grpc.bin');
    for (let length = 1; length < whole.length; length += 1) {
      const fault = faultOfBytes(whole.subarray(0, length));
      expect(fault?.fields['offset']).toBeLessThanOrEqual(length);
      expect(fault?.fields['field']).toContain('resourceLogs[0]');
    }
    expect(faultOfBytes(whole)).toBeUndefined();
  });

  it('give a coded error or decode: 3000 requests with flipped bytes, and random requests cut anywhere', () => {
    const random = new Random(12);
    let faults = 0;
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(capturedLog(random.pick(capturedLogs), 'grpc.bin'));
      for (let flips = 1 + random.below(3); flips > 0; flips -= 1) bytes[random.below(Math.min(bytes.length, 400))] = random.below(256);
      if (faultOfBytes(bytes) !== undefined) faults += 1;
    }
    expect(faults).toBeGreaterThan(500);
    expect(faults).toBeLessThan(3000);
    for (let round = 0; round < 4; round += 1) {
      const whole = encodeLogs(randomLogs(random));
      for (let length = 0; length < whole.length; length += 1) faultOfBytes(whole.subarray(0, length));
    }
  });

  it('are named with their path, inside of a body too', () => {
    expect(faultOfBytes(withRecord(Buffer.from('320a0a016b12050a05', 'hex')))?.fields['field']).toContain('logRecords[0]');
    expect(faultOfBytes(withRecord(Buffer.from('2a06320412020a05', 'hex')))).toBeUndefined();
    expect(faultOfBytes(withRecord(Buffer.from('2a08320612040a020a05', 'hex')))).toBeUndefined();
    expect(faultOfBytes(withRecord(Buffer.from('2a0632040a020a05', 'hex')))?.fields).toMatchObject({
      field: 'resourceLogs[0].scopeLogs[0].logRecords[0].body.kvlistValue.values[0].key',
      reason: 'length 5 passes the end',
    });
  });
});

describe('requests made to hurt', () => {
  it.each([['body', 0x2a], ['attribute', 0x32]])('the value of a %s nested too deeply is refused, 32 levels are taken', (name, tag) => {
    const nested = (depth: number): Buffer => {
      let value: Buffer = Buffer.from([0x18, 1]);
      for (let level = 0; level < depth; level += 1) value = wrap(0x2a, wrap(0x0a, value));
      return withRecord(wrap(tag, name === 'body' ? value : wrap(0x12, value)));
    };
    expect(faultOfBytes(nested(32))).toBeUndefined();
    for (const depth of [33, 5000]) expect(faultOfBytes(nested(depth))?.fields['reason']).toContain('too deeply');
  });

  it.each([
    ['records', wrap(0x0a, wrap(0x12, Buffer.alloc(4000, Buffer.from([0x12, 0]))))],
    ['scopes', wrap(0x0a, Buffer.alloc(4000, Buffer.from([0x12, 0])))],
    ['attributes', withRecord(Buffer.alloc(4000, Buffer.from([0x32, 0])))],
    ['bodies', withRecord(Buffer.alloc(4000, Buffer.from([0x2a, 0])))],
    ['values of a body', withRecord(wrap(0x2a, wrap(0x2a, Buffer.alloc(4000, Buffer.from([0x0a, 0])))))],
    ['entries of a body', withRecord(wrap(0x2a, wrap(0x32, Buffer.alloc(4000, Buffer.from([0x0a, 0])))))],
  ])('more empty %s than allowed are refused', (_name, bytes) => {
    expect(faultOfBytes(bytes, 1000)?.code).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
    expect(faultOfBytes(bytes, 10_000)).toBeUndefined();
  });

  it.each([
    ['a text', { stringValue: 'line '.repeat(2_000_000) }, 'text', 'line line'],
    ['bytes', { bytesValue: Buffer.alloc(10_000_000) }, 'text', 'AAAA'],
    ['a list of one text', { arrayValue: { values: [{ stringValue: '"'.repeat(10_000_000) }] } }, 'json', '["\\"\\"'],
    ['a map of a million entries', { kvlistValue: { values: Array.from({ length: 1_000_000 }, (_, index) => ({ key: `k${index}`, value: { intValue: index } })) } }, 'json', '{"k0":0,"k1":1,'],
  ])('a body of ten megabytes is cut and says so: %s', (_name, body, contentType, beginning) => {
    const decoded = decodeOne({ body, attributes: [{ key: 'a', value: { stringValue: 'kept' } }] });
    const log = onlyLog(decoded);
    expect(log.contentType).toBe(contentType);
    expect(log.body.startsWith(beginning)).toBe(true);
    expect(Buffer.byteLength(log.body)).toBeLessThanOrEqual(maxBodyBytes);
    expect(Buffer.byteLength(log.body)).toBeGreaterThan(maxBodyBytes - 8);
    expect(attributeOf(log.attributes, 'a')).toBe('kept');
    expect(attributeOf(log.attributes, 'log.body.truncated')).toBeGreaterThanOrEqual(10_000_000);
    expect(decoded.cuts).toEqual({ bodies: 1, values: 0, ids: 0 });
  });

  it.each([
    ['a text', { stringValue: 'x'.repeat(10_000_000) }, 'xxx'],
    ['bytes', { bytesValue: Buffer.alloc(10_000_000) }, 'AAAA'],
    ['a list of short texts', { arrayValue: { values: Array.from({ length: 500_000 }, () => ({ stringValue: 'a short text' })) } }, '["a short text",'],
  ])('an attribute of ten megabytes is cut and says so: %s', (_name, value, beginning) => {
    const attributes = ['one', 'two'].map((key) => ({ key, value }));
    const decoded = decodeOne({ body: { stringValue: 'whole' }, attributes: [...attributes, ...attributes.slice(0, 1)] });
    const log = onlyLog(decoded);
    expect(log.body).toBe('whole');
    for (const key of ['one', 'two']) {
      const kept = attributeOf(log.attributes, key) as string;
      expect(kept.startsWith(beginning)).toBe(true);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(maxBodyBytes);
    }
    expect(attributeOf(log.attributes, 'log.attributes.truncated')).toBe(3);
    expect(decoded.cuts).toEqual({ bodies: 0, values: 3, ids: 0 });
  });

  it('a body and values of exactly the limit are whole', () => {
    const value = { stringValue: 'ü'.repeat(50) };
    const record = { body: value, attributes: [{ key: 'a', value }, { key: 'b', value: { arrayValue: { values: [{ stringValue: 'x'.repeat(96) }] } } }] };
    const { cuts, ...decoded } = decodeOne(record, 100);
    expect(cuts).toEqual({ bodies: 0, values: 0, ids: 0 });
    const log = onlyLog({ cuts, ...decoded });
    expect(pairs(log.attributes)).toEqual([['a', value.stringValue], ['b', `["${'x'.repeat(96)}"]`]]);
    expect(onlyLog(decodeOne({ body: { arrayValue: { values: [{ stringValue: 'x'.repeat(96) }] } } }, 100)).body).toHaveLength(100);
    expect(decodeOne({ body: { arrayValue: { values: [{ stringValue: 'x'.repeat(97) }] } } }, 100).cuts.bodies).toBe(1);
  });

  it('a cut never halves a character, and a text of broken ones ends', () => {
    for (const [body, max, kept] of [['ab🦦', 5, 'ab'], ['ab🦦', 6, 'ab🦦'], ['東京', 4, '東'], ['東京', 2, '']] as const) {
      expect(onlyLog(decodeOne({ body: { stringValue: body } }, max)).body).toBe(kept);
    }
    const broken = withRecord(wrap(0x2a, wrap(0x0a, Buffer.alloc(1000, 0x80))));
    expect(onlyLog(decodeLogs(broken, interns, { maxItems, maxBodyBytes: 10 })).body).toBe('\ufffd'.repeat(10));
  });

  it('what the sender says of cuts does not count', () => {
    const attributes = [{ key: 'log.body.truncated', value: { stringValue: 'never' } }];
    const log = onlyLog(decodeOne({ body: { stringValue: 'x'.repeat(50) }, attributes }, 20));
    expect(pairs(log.attributes)).toEqual([['log.body.truncated', 50]]);
  });

  it('200,000 attributes of one record, and an event name beside them, take time that grows with their number only', () => {
    const attribute = (index: number): Buffer => wrap(0x32, Buffer.concat([wrap(0x0a, Buffer.from(`key-${index}`)), Buffer.from('12030a0176', 'hex')]));
    const many = Buffer.concat([...Array.from({ length: 200_000 }, (_, index) => attribute(index)), wrap(0x62, Buffer.from('event'))]);
    const { attributes } = onlyLog(decodeLogs(withRecord(many), interns, { maxItems: 10_000_000, maxBodyBytes }));
    expect(attributes.shape.keys).toHaveLength(200_001);
    expect(attributeOf(attributes, 'event.name')).toBe('event');
  });
});

describe('logs in OTLP/JSON', () => {
  const hexIds = { traceId: 'A1'.repeat(16), spanId: 'b2'.repeat(8) };
  const json = (record: Plain): Buffer => Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }));

  it.each(capturedLogs)("give the same as the SDK's protobuf bytes: %s", (name) => {
    const fromJson = decodeLogsJson(capturedLog(name, 'http-json.json'), newInterns(), limits);
    const fromProto = decodeLogs(capturedLog(name, 'http-protobuf.bin'), newInterns(), limits);
    expect(plainLogs(fromJson.batch)).toEqual(plainLogs(fromProto.batch));
    expect(fromJson.batch.points).toBeGreaterThan(0);
  });

  it.each([13, 'SEVERITY_NUMBER_WARN', '13'])('take ids in hex of either case, times as text, severity %s', (severityNumber) => {
    const record = { ...hexIds, severityNumber, timeUnixNano: '1763716376123456789', body: { intValue: '9007199254740993' }, eventName: 'e', flags: 1 };
    expect(onlyLog(decodeLogsJson(json(record), newInterns(), limits))).toMatchObject({
      traceId: 'a1'.repeat(16),
      spanId: 'b2'.repeat(8),
      severity: 'WARN',
      timeUs: 1_763_716_376_123_456,
      body: '9007199254740993',
      attributes: { values: ['e'] },
    });
  });

  it('keep all digits of integers, and bytes, inside of a body', () => {
    const values = [{ intValue: '9223372036854775807' }, { intValue: '-9223372036854775808' }, { bytesValue: 'AP8=' }, { doubleValue: 'NaN' }, {}];
    expect(onlyLog(decodeLogsJson(json({ body: { arrayValue: { values } } }), newInterns(), limits)).body).toBe(
      '[9223372036854775807,-9223372036854775808,"AP8=","NaN",null]',
    );
  });

  it.each([
    [{ '0': 0, '1': 255 }, 'AP8='],
    [{}, ''],
  ])("take bytes as OpenTelemetry's JS SDK sends them: %j", (bytesValue, body) => {
    expect(onlyLog(decodeLogsJson(json({ body: { bytesValue } }), newInterns(), limits)).body).toBe(body);
  });

  it.each([[{ '0': 256 }], [{ '0': 1.5 }], [{ '1': 1 }], [{ a: 1 }], [{ '0': '1' }], [[1, 2]]])('take no other object for bytes: %j', (bytesValue) => {
    expect(faultOf(() => decodeLogsJson(json({ body: { bytesValue } }), interns, limits))?.fields['reason']).toContain('base64');
  });

  it('take empty ids as none', () => {
    expect(onlyLog(decodeLogsJson(json({ traceId: '', spanId: '' }), newInterns(), limits))).toMatchObject({ traceId: '', spanId: '' });
  });

  it.each([
    ['an id that is not hex', { traceId: 'xyz' }, 'traceId', 'hex digits'],
    ['an unknown severity', { severityNumber: 'WARNING' }, 'severityNumber', 'enum'],
    ['a negative time', { timeUnixNano: '-1' }, 'timeUnixNano', 'from 0 to'],
    ['a body that is no any-value', { body: 'text' }, 'body', 'an object'],
    ['attributes that are no list', { attributes: {} }, 'attributes', 'an array'],
  ])('name path and reason for %s', (_name, record, field, reason) => {
    const fault = faultOf(() => decodeLogsJson(json(record), interns, limits));
    expect(fault).toMatchObject({ code: 'METERLARK_RECEIVER_OTLP_MALFORMED_JSON' });
    expect(fault?.fields['path']).toBe(`$.resourceLogs[0].scopeLogs[0].logRecords[0].${field}`);
    expect(fault?.fields['reason']).toContain(reason);
  });

  it('refuse more items than set before anything is made of them', () => {
    const body = Buffer.from(`{"resourceLogs":[${'{},'.repeat(2000)}{}]}`);
    expect(faultOf(() => decodeLogsJson(body, interns, { maxItems: 1000, maxBodyBytes }))?.code).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
  });

  it("do not take each other's messages: logs are no spans", () => {
    expect(decodeTracesJson(Buffer.from('{"resourceLogs":[{}]}'), interns, maxItems).batch.resources).toEqual([]);
    expect(decodeLogsJson(Buffer.from('{"resourceSpans":[{}]}'), interns, limits).batch.resources).toEqual([]);
  });
});
