import { nanosToMs } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { decodeMetrics } from '../src/decode-metrics.js';
import { captured, capturedCases, maxItems, newInterns } from './support/captured.js';
import { encodeRequest, expectedOf, roundTimes, type Plain } from './support/oracle.js';
import { Random, randomRequest } from './support/random-metrics.js';

function expectSame(bytes: Buffer, interns = newInterns()): void {
  const expected = expectedOf(bytes);
  const { batch, rejected } = decodeMetrics(bytes, interns, maxItems);
  expect(roundTimes(batch.resources)).toEqual(expected.resources);
  expect(batch.points).toBe(expected.points);
  expect(rejected).toBe(expected.rejected);
}

function requestOf(metric: Plain): Buffer {
  return encodeRequest({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
}

function decodeOne(bytes: Buffer): ReturnType<typeof decodeMetrics>['batch']['resources'][0]['scopes'][0]['metrics'][0] {
  return decodeMetrics(bytes, newInterns(), maxItems).batch.resources[0]!.scopes[0]!.metrics[0]!;
}

describe('decoding what the JS SDK sends', () => {
  it('has captured cases for every instrument kind', () => {
    const types = capturedCases.flatMap((name) =>
      expectedOf(captured(name, 'grpc.bin')).resources.flatMap(({ scopes }) =>
        scopes.flatMap(({ metrics }) => metrics.map(({ type }) => type)),
      ),
    );
    expect(new Set(types)).toEqual(new Set(['gauge', 'sum', 'histogram', 'exponentialHistogram']));
  });

  it.each(capturedCases)('agrees with protobufjs field by field: %s', (name) => {
    expectSame(captured(name, 'grpc.bin'));
    expectSame(captured(name, 'http-protobuf.bin'));
  });

  it('keeps attribute values of every kind', () => {
    const { batch } = decodeMetrics(captured('odd-attributes', 'grpc.bin'), newInterns(), maxItems);
    const attributes = batch.resources[0]!.scopes[0]!.metrics[0]!.points[0]!.attributes;
    expect(attributes.get('')).toBe('empty key');
    expect(attributes.get('unicode')).toBe('Zürich 東京 🦦 \u0000 \n\n"\\');
    expect(attributes.get('big')).toBe(9007199254740991);
    expect(attributes.get('mixed')).toEqual([1, 2.5, true, 'x', ['nested']]);
    expect(attributes.get('map')).toEqual(new Map([['inner', new Map([['deeper', [1, 2]]])]]));
    expect(attributes.has('nothing')).toBe(true);
    expect(attributes.get('nothing')).toBeUndefined();
  });
});

describe('decoding random messages', () => {
  it('agrees with protobufjs on 600 messages, tables shared and overflowing', () => {
    const random = new Random(20260101);
    const small = newInterns(40, 10_000);
    for (let round = 0; round < 600; round += 1) expectSame(encodeRequest(randomRequest(random)), small);
  });
});

describe('decoding what other encoders may send', () => {
  const point = (fields: string): Buffer => {
    // resource_metrics > scope_metrics > metrics > histogram > data_points, each length in one byte.
    const wrap = (tag: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([tag, body.length]), body]);
    return wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x4a, wrap(0x0a, Buffer.from(fields, 'hex'))))));
  };

  it('reads repeated numbers unpacked, in parts, and before or after other fields', () => {
    const packed = '3210' + '0100000000000000' + '0200000000000000' + '3a08' + '000000000000f03f';
    const unpacked = '31' + '0100000000000000' + '39' + '000000000000f03f' + '31' + '0200000000000000';
    const parts = '3208' + '0100000000000000' + '3a08' + '000000000000f03f' + '3208' + '0200000000000000' + '3a00' + '3200';
    for (const fields of [packed, unpacked, parts]) {
      expect(decodeOne(point(fields)).points[0]).toMatchObject({ counts: [1, 2], bounds: [1] });
    }
  });

  it('passes over unknown fields of every wire type, groups included', () => {
    const unknown = 'a806ffffffffffffffffff01' + 'a9060102030405060708' + 'aa0603616263' + 'ad0601020304' + 'ab060801ab06ac06ac06';
    const known = '21' + '0500000000000000';
    expect(decodeOne(point(unknown + known + unknown)).points[0]).toMatchObject({ count: 5 });
  });

  it('takes a known field with another wire type as unknown', () => {
    expect(decodeOne(point('2007' + '2a0161')).points[0]).toMatchObject({ count: 0, sum: undefined });
  });

  it('joins attributes that do not lie together, first key first', () => {
    const one = '4a080a016112030a0131';
    const again = '4a080a016112030a0132';
    const other = '4a080a016212030a0133';
    const { points } = decodeOne(point(one + '5001' + again + '5000' + other));
    expect([...points[0]!.attributes]).toEqual([['a', '1'], ['b', '3']]);
  });

  it('merges a resource that comes in parts', () => {
    const part = (key: string): Buffer =>
      Buffer.from(encodeRequest({ resourceMetrics: [{ resource: { attributes: [{ key, value: { stringValue: key } }] } }] })).subarray(2);
    const body = Buffer.concat([part('a'), part('b')]);
    const { batch } = decodeMetrics(Buffer.concat([Buffer.from([10, body.length]), body]), newInterns(), maxItems);
    expect([...batch.resources[0]!.resource.attributes.keys()]).toEqual(['a', 'b']);
  });

  it('lets the last kind of a metric win and merges parts of one kind', () => {
    const gauge = requestOf({ name: 'm', gauge: { dataPoints: [{ asInt: 1 }] } });
    const metricOf = (bytes: Buffer): Buffer => bytes.subarray(6);
    const sum = requestOf({ sum: { dataPoints: [{ asInt: 2 }, { asInt: 3 }] } });
    const again = requestOf({ sum: { dataPoints: [{ asInt: 4 }], isMonotonic: true } });
    const metric = Buffer.concat([metricOf(gauge), metricOf(sum), metricOf(again)]);
    const wrap = (tag: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([tag, body.length]), body]);
    const { batch } = decodeMetrics(wrap(10, wrap(18, wrap(18, metric))), newInterns(), maxItems);
    expect(batch.points).toBe(3);
    const read = batch.resources[0]!.scopes[0]!.metrics[0]!;
    expect(read).toMatchObject({ type: 'sum', name: 'm', monotonic: true });
    expect(read.points.map((each) => 'value' in each && each.value)).toEqual([2, 3, 4]);
  });
});

describe('points that cannot be used', () => {
  const histogram = (fields: Plain): Buffer => requestOf({ name: 'h', histogram: { dataPoints: [fields, { count: 1 }] } });

  it.each([
    ['more buckets than bounds allow', { explicitBounds: [1], bucketCounts: [1, 2, 3] }, '3 buckets for 1 bounds'],
    ['fewer buckets', { explicitBounds: [1, 2], bucketCounts: [1] }, '1 buckets for 2 bounds'],
    ['bounds that fall', { explicitBounds: [2, 1], bucketCounts: [1, 2, 3] }, 'do not ascend'],
    ['a bound twice', { explicitBounds: [1, 1], bucketCounts: [1, 2, 3] }, 'do not ascend'],
    ['a bound that is no number', { explicitBounds: [NaN], bucketCounts: [1, 2] }, 'do not ascend'],
  ])('refuses a histogram point with %s and keeps the others', (_name, fields, reason) => {
    const decoded = decodeMetrics(histogram(fields), newInterns(), maxItems);
    expect(decoded).toMatchObject({ rejected: 1, batch: { points: 1 } });
    expect(decoded.reason).toContain(reason);
  });

  it('takes a point without value as one that recorded nothing', () => {
    const metric = decodeOne(requestOf({ gauge: { dataPoints: [{ timeUnixNano: '5000000' }, { asInt: 0 }] } }));
    expect(metric.points.map(({ noRecordedValue }) => noRecordedValue)).toEqual([true, false]);
  });
});

describe('times', () => {
  it('keeps whole milliseconds whole and fractions to double precision', () => {
    for (const nanos of [0n, 1_700_000_000_000_000_000n, 1_763_716_376_123_000_000n, 1_763_716_376_123_456_789n, 2n ** 64n - 1n]) {
      const ms = nanosToMs(Number(nanos >> 32n), Number(nanos & 0xffffffffn));
      const exact = Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6;
      expect(Math.abs(ms - exact)).toBeLessThanOrEqual(exact * Number.EPSILON);
      if (nanos % 1_000_000n === 0n) expect(ms).toBe(Number(nanos / 1_000_000n));
    }
  });
});

it('takes an empty request as an empty batch', () => {
  expect(decodeMetrics(Buffer.alloc(0), newInterns(), maxItems)).toEqual({
    batch: { signal: 'metrics', tenant: '', resources: [], points: 0 },
    rejected: 0,
    reason: '',
  });
});
