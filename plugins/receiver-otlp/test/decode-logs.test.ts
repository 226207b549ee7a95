import { attributeOf, type Log } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { decodeLogs, type DecodedLogs, type LogLimits } from '../src/decode-logs.js';
import { capturedLog, capturedLogs, maxItems, newInterns } from './support/captured.js';
import { encodeLogs, expectedLogs, plainLogs } from './support/log-oracle.js';
import type { Plain } from './support/oracle.js';
import { Random } from './support/random-metrics.js';
import { randomLogs } from './support/random-logs.js';
import { pairs } from './support/trace-oracle.js';

const limits: LogLimits = { maxItems, maxBodyBytes: 131_072 };

function expectSame(bytes: Buffer, interns = newInterns()): void {
  const expected = expectedLogs(bytes);
  const { batch, rejected, cuts } = decodeLogs(bytes, interns, limits);
  expect(plainLogs(batch)).toEqual(expected.resources);
  expect([batch.points, rejected, cuts]).toEqual([expected.points, 0, { bodies: 0, values: 0, ids: expected.ids }]);
}

function requestOf(...logRecords: Plain[]): Buffer {
  return encodeLogs({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
}

function logsOf({ batch }: DecodedLogs): readonly Log[] {
  return batch.resources.flatMap(({ scopes }) => scopes.flatMap(({ logs }) => logs));
}

function decodeAll(bytes: Buffer): readonly Log[] {
  return logsOf(decodeLogs(bytes, newInterns(), limits));
}

function decodeOne(record: Plain): Log {
  return decodeAll(requestOf(record))[0]!;
}

const text = (key: string, stringValue: string): Plain => ({ key, value: { stringValue } });

describe('decoding what the JS SDK sends', () => {
  it.each(capturedLogs)('agrees with protobufjs field by field: %s', (name) => {
    expectSame(capturedLog(name, 'grpc.bin'));
    expectSame(capturedLog(name, 'http-protobuf.bin'));
  });

  it('reads a record inside a span, one outside, an event and one that says nothing', () => {
    const [error, slow, notice, event, empty] = decodeAll(capturedLog('lines', 'grpc.bin'));
    const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    expect(error).toMatchObject({ ...ids, severity: 'error', body: 'model not found', contentType: 'text' });
    expect(pairs(error!.attributes)).toEqual([['http.response.status_code', 404], ['gen_ai.request.model', 'no-such-model']]);
    expect(slow).toMatchObject({ timeUs: 1_763_716_376_123_456, traceId: '', spanId: '', severity: 'WARN', body: 'slow answer' });
    expect(notice).toMatchObject({ severity: 'NOTICE' });
    expect(pairs(event!.attributes)).toEqual([['score', 0.5], ['event.name', 'gen_ai.evaluation.result']]);
    expect(empty).toMatchObject({ body: '', severity: '', traceId: '', attributes: { values: [] } });
  });

  it('reads every kind of body', () => {
    const nested = '{"text":"Zürich 東京 🦦 \\"\\\\\\n","int":-42,"double":0.25,"yes":true,"nothing":null,"list":[1,"two",[3],{"four":4}],"bytes":"AP8H","":{}}';
    expect(decodeAll(capturedLog('bodies', 'grpc.bin')).map(({ body, contentType }) => [contentType, body])).toEqual([
      ['text', ''],
      ['text', 'x'.repeat(5000)],
      ['text', '7'],
      ['text', '2.5'],
      ['text', 'true'],
      ['text', 'false'],
      ['json', nested],
      ['json', '[1,"a",false]'],
      ['json', '[]'],
      ['json', '{}'],
      ['text', 'AQID+g=='],
    ]);
  });
});

describe('decoding random messages', () => {
  it('agrees with protobufjs on 800 messages, tables shared and overflowing', () => {
    const random = new Random(20261121);
    const small = newInterns(40, 10_000, 30);
    const large = newInterns();
    for (let round = 0; round < 800; round += 1) {
      const bytes = encodeLogs(randomLogs(random));
      expectSame(bytes, small);
      expectSame(bytes, large);
    }
    expect(small.shapes.table.size).toBe(30);
    expect(small.shapes.table.refused).toBeGreaterThan(0);
  });

  it('cuts every body at every limit to a beginning of the whole, within the limit', () => {
    const random = new Random(4);
    for (let round = 0; round < 300; round += 1) {
      const bytes = encodeLogs(randomLogs(random));
      const whole = decodeAll(bytes);
      const maxBodyBytes = 24 + random.below(400);
      const { cuts, ...decoded } = decodeLogs(bytes, newInterns(), { maxItems, maxBodyBytes });
      const cut = logsOf({ cuts, ...decoded });
      const shorter = cut.filter(({ body }, index) => body !== whole[index]!.body);
      cut.forEach(({ body }, index) => expect(whole[index]!.body.startsWith(body)).toBe(true));
      for (const { body } of cut) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(maxBodyBytes);
      for (const log of shorter) expect(attributeOf(log.attributes, 'log.body.truncated')).toBeGreaterThan(0);
      expect(cuts.bodies).toBe(shorter.length);
    }
  });
});

describe('times', () => {
  it.each([
    [{ timeUnixNano: '1763716376123456789', observedTimeUnixNano: '1763716377000000000' }, 1_763_716_376_123_456],
    [{ observedTimeUnixNano: '1763716377000000000' }, 1_763_716_377_000_000],
    [{ timeUnixNano: '0', observedTimeUnixNano: '1763716377000000000' }, 1_763_716_377_000_000],
    [{}, 0],
  ])('are when it happened, else when it was observed, else 0: %j', (record, timeUs) => {
    expect(decodeOne(record).timeUs).toBe(timeUs);
  });
});

describe('severity', () => {
  it.each([
    [0, ''], [1, 'TRACE'], [4, 'TRACE'], [5, 'DEBUG'], [8, 'DEBUG'], [9, 'INFO'], [12, 'INFO'], [13, 'WARN'], [16, 'WARN'],
    [17, 'ERROR'], [20, 'ERROR'], [21, 'FATAL'], [24, 'FATAL'], [25, ''], [2 ** 31 - 1, ''], [-1, ''],
  ])('of number %i is "%s"', (severityNumber, severity) => {
    expect(decodeOne({ severityNumber }).severity).toBe(severity);
  });

  it('is what the sender called it when it did', () => {
    expect(decodeOne({ severityNumber: 9, severityText: 'Notice' }).severity).toBe('Notice');
  });

  it('and event names of any length are held to a word', () => {
    const long = 'ü'.repeat(100_000);
    const decoded = decodeLogs(requestOf({ severityText: long, eventName: long }), newInterns(), limits);
    const [log] = logsOf(decoded);
    expect(log).toMatchObject({ severity: 'ü'.repeat(512), attributes: { values: ['ü'.repeat(512)] } });
    expect(decoded.cuts).toEqual({ bodies: 0, values: 2, ids: 0 });
  });
});

describe('ids', () => {
  it.each([
    ['none', {}, '', '', 0],
    ['zeros', { traceId: Buffer.alloc(16), spanId: Buffer.alloc(8) }, '', '', 0],
    ['a trace without a span', { traceId: Buffer.alloc(16, 1) }, '01'.repeat(16), '', 0],
    ['a 64-bit trace id, padded', { traceId: Buffer.from(`${'00'.repeat(8)}${'ab'.repeat(8)}`, 'hex') }, `${'00'.repeat(8)}${'ab'.repeat(8)}`, '', 0],
    ['a short trace id', { traceId: Buffer.alloc(8, 1), spanId: Buffer.alloc(8, 2) }, '', '02'.repeat(8), 1],
    ['long ids', { traceId: Buffer.alloc(17, 1), spanId: Buffer.alloc(16, 2) }, '', '', 2],
  ])('keep the record whatever they are: %s', (_name, fields, traceId, spanId, ignored) => {
    const decoded = decodeLogs(requestOf({ body: { stringValue: 'kept' }, ...fields }), newInterns(), limits);
    expect(logsOf(decoded)).toMatchObject([{ body: 'kept', traceId, spanId }]);
    expect(decoded).toMatchObject({ rejected: 0, cuts: { ids: ignored } });
  });
});

describe('attributes', () => {
  it('of a repeated key keep the last value', () => {
    expect(pairs(decodeOne({ attributes: [text('a', '1'), text('b', '2'), text('a', '3')] }).attributes)).toEqual([['a', '3'], ['b', '2']]);
  });

  it('share their shape and the resource its object across requests', () => {
    const interns = newInterns();
    const resource = { attributes: [text('service.name', 'shop')] };
    const request = encodeLogs({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ attributes: [text('a', '1')] }] }] }] });
    const [one, two] = [1, 2].map(() => decodeLogs(request, interns, limits).batch.resources[0]!);
    expect(two!.resource).toBe(one!.resource);
    expect(two!.scopes[0]!.scope).toBe(one!.scopes[0]!.scope);
    expect(two!.scopes[0]!.logs[0]!.attributes.shape).toBe(one!.scopes[0]!.logs[0]!.attributes.shape);
  });

  it.each([
    ['is added', [text('a', '1')], [['a', '1'], ['event.name', 'login']]],
    ['stays what the record says', [text('event.name', 'mine'), text('a', '1')], [['event.name', 'mine'], ['a', '1']]],
    ['stays after a key came twice', [text('a', '1'), text('event.name', 'mine'), text('a', '2')], [['a', '2'], ['event.name', 'mine']]],
    ['is added after a key came twice', [text('a', '1'), text('a', '2')], [['a', '2'], ['event.name', 'login']]],
  ])('event.name %s', (_name, attributes, expected) => {
    expect(pairs(decodeOne({ eventName: 'login', attributes }).attributes)).toEqual(expected);
  });
});

describe("Envoy's access logger", () => {
  it('has text for every value, "-" for what is missing, and a resource that may name no service', () => {
    const resource = { attributes: ['log_name', 'zone_name', 'cluster_name', 'node_name'].map((key) => text(key, 'x')) };
    const attributes = [text('response_code', '404'), text('gen_ai.response.model', '-'), text('duration', '12')];
    const record = { timeUnixNano: '1763716376000000000', body: { stringValue: '[2025] POST /v1 404' }, attributes };
    const [only] = decodeLogs(encodeLogs({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] }), newInterns(), limits).batch.resources;
    expect([...only!.resource.attributes.keys()]).toEqual(['log_name', 'zone_name', 'cluster_name', 'node_name']);
    expect(only!.scopes).toMatchObject([{ scope: { name: '' }, logs: [{ severity: '', traceId: '', attributes: { values: ['404', '-', '12'] } }] }]);
  });
});

it('takes an empty request as an empty batch', () => {
  expect(decodeLogs(Buffer.alloc(0), newInterns(), limits, 'acme')).toEqual({
    batch: { signal: 'logs', tenant: 'acme', protocol: 'otlp', resources: [], points: 0 },
    rejected: 0,
    reason: '',
    cuts: { bodies: 0, values: 0, ids: 0 },
  });
});
