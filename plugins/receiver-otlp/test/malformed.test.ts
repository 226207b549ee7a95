import { isMeterlarkError, type MeterlarkError } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { decodeMetrics } from '../src/decode-metrics.js';
import { captured, capturedCases, maxItems, newInterns } from './support/captured.js';
import { encodeRequest } from './support/oracle.js';
import { Random, randomRequest } from './support/random-metrics.js';

const interns = newInterns();

/** undefined when the bytes decode. Anything but a permanent coded error fails the test. */
function faultOf(bytes: Buffer, limit = maxItems): MeterlarkError | undefined {
  try {
    decodeMetrics(bytes, interns, limit);
    return undefined;
  } catch (error) {
    if (!isMeterlarkError(error)) throw error;
    expect(error.class).toBe('permanent');
    expect(error.code).toMatch(/^METERLARK_RECEIVER_OTLP_(MALFORMED|TOO_MANY_ITEMS)$/);
    return error;
  }
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

describe('bytes that are not a request', () => {
  it.each(capturedCases)('names offset and field wherever a captured request is cut: %s', (name) => {
    const whole = captured(name, 'grpc.bin');
    for (let length = 1; length < whole.length; length += 1) {
      const fault = faultOf(whole.subarray(0, length));
      expect(fault?.fields['offset']).toBeLessThanOrEqual(length);
      expect(fault?.fields['field']).toContain('resourceMetrics[0]');
    }
    expect(faultOf(whole)).toBeUndefined();
  });

  it('decodes or gives a coded error wherever random requests are cut', () => {
    const random = new Random(7);
    for (let round = 0; round < 8; round += 1) {
      const whole = encodeRequest(randomRequest(random));
      for (let length = 0; length < whole.length; length += 1) faultOf(whole.subarray(0, length));
    }
  });

  it('decodes or gives a coded error for 6000 requests with flipped bytes', () => {
    const random = new Random(11);
    let faults = 0;
    for (let round = 0; round < 6000; round += 1) {
      const bytes = Buffer.from(captured(random.pick(capturedCases), 'grpc.bin'));
      for (let flips = 1 + random.below(3); flips > 0; flips -= 1) {
        bytes[random.below(Math.min(bytes.length, 900))] = random.below(256);
      }
      if (faultOf(bytes) !== undefined) faults += 1;
    }
    expect(faults).toBeGreaterThan(1000);
    expect(faults).toBeLessThan(6000);
  });

  it('decodes or gives a coded error for random bytes', () => {
    const random = new Random(13);
    for (let round = 0; round < 3000; round += 1) {
      faultOf(Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256))));
    }
  });

  it.each([
    ['a field number of 0', '02 00', 'field number 0', 0],
    ['an unknown wire type', '0f 00', 'wire type 7', 1],
    ['an end of a group that did not start', '0c', 'end of a group that did not start', 1],
    ['an end of another group', '0b 14', 'end of another group', 2],
    ['a group that does not end', '0b 08 01', 'truncated tag', 3],
    ['groups in groups', '0b'.repeat(100), 'groups nested too deeply', 33],
    ['a tag of more than 32 bits', 'ff ff ff ff ff 01 00', 'field number out of range', 0],
    ['a tag that does not end', 'ff', 'truncated varint', 0],
    ['a varint of eleven bytes', '10 ff ff ff ff ff ff ff ff ff ff 01', 'varint over 10 bytes', 1],
    ['a varint of more than 64 bits', '10 ff ff ff ff ff ff ff ff ff 02', 'varint over 64 bits', 1],
    ['a length past the end', '0a 05 00', 'length 5 passes the end', 1],
    ['a length of 2^63', '0a 80 80 80 80 80 80 80 80 80 01', 'passes the end', 1],
    ['a short double', '11 00 00', 'truncated 8-byte value', 1],
    ['a short fixed32', '15 00 00', 'truncated 4-byte value', 1],
    ['packed doubles of a broken length', '0a 0b 12 09 12 07 4a 05 0a 03 3a 01 00', 'packed 8-byte values of 1 bytes', 11],
  ])('says what is wrong with %s', (_name, bytes, reason, offset) => {
    const fault = faultOf(hex(bytes));
    expect(fault?.fields['reason']).toContain(reason);
    expect(fault?.fields['offset']).toBe(offset);
  });

  it('names the field with its path', () => {
    expect(faultOf(hex('0a 0b 12 09 12 07 4a 05 0a 03 3a 01 00'))?.fields['field']).toBe(
      'resourceMetrics[0].scopeMetrics[0].metrics[0].histogram.dataPoints[0].explicitBounds[0]',
    );
    expect(faultOf(hex('0a 00 0a 03 a2 06 05'))?.fields['field']).toBe('resourceMetrics[1].#100');
    expect(faultOf(hex('ff'))?.fields['field']).toBe('request');
  });

  it('does not let a message reach into the bytes after it', () => {
    // The scope says 4 bytes, its metric 9: they are there, but they belong to the request.
    expect(faultOf(hex('0a 04 12 02 12 09 00 00 00 00 00 00 00 00 00'))?.fields['reason']).toContain('passes the end');
  });
});

describe('requests made to hurt', () => {
  const wrap = (tag: number, body: Buffer): Buffer => {
    const length: number[] = [];
    let rest = body.length;
    for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
    return Buffer.concat([Buffer.from([tag, ...length, rest]), body]);
  };
  const nested = (depth: number, inner: Buffer): Buffer => {
    let value = inner;
    for (let level = 0; level < depth; level += 1) value = wrap(0x2a, wrap(0x0a, value));
    return wrap(0x0a, wrap(0x0a, wrap(0x0a, wrap(0x12, value))));
  };

  it('takes 32 levels of arrays and refuses 33 and 5000', () => {
    const leaf = Buffer.from([0x18, 1]);
    expect(faultOf(nested(32, leaf))).toBeUndefined();
    for (const depth of [33, 5000]) expect(faultOf(nested(depth, leaf))?.fields['reason']).toContain('too deeply');
  });

  it.each([
    ['resources', Buffer.alloc(4000, Buffer.from([0x0a, 0]))],
    ['points', wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x2a, Buffer.alloc(4000, Buffer.from([0x0a, 0]))))))],
    ['metrics', wrap(0x0a, wrap(0x12, Buffer.alloc(4000, Buffer.from([0x12, 0]))))],
    ['any-values', wrap(0x0a, wrap(0x0a, wrap(0x0a, wrap(0x12, wrap(0x2a, Buffer.alloc(4000, Buffer.from([0x0a, 0])))))))],
  ])('refuses more empty %s than allowed', (_name, bytes) => {
    expect(faultOf(bytes, 1000)?.code).toBe('METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS');
    expect(faultOf(bytes, 10_000)).toBeUndefined();
  });

  it('reads a megabyte of attributes torn into single runs in one go', () => {
    const key = (index: number): Buffer => wrap(0x4a, wrap(0x0a, Buffer.from(String(index))));
    const torn = Array.from({ length: 90_000 }, (_, index) => Buffer.concat([key(index), Buffer.from([0x50, 0])]));
    const bytes = wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x4a, wrap(0x0a, Buffer.concat(torn))))));
    const { batch } = decodeMetrics(bytes, interns, 100_000);
    expect(batch.resources[0]!.scopes[0]!.metrics[0]!.points[0]!.attributes.size).toBe(90_000);
  });

  it('replaces bytes that are not UTF-8', () => {
    const { batch } = decodeMetrics(wrap(0x0a, wrap(0x0a, wrap(0x0a, hex('0a 02 ff 61')))), interns, 100);
    expect([...batch.resources[0]!.resource.attributes.keys()]).toEqual(['\ufffda']);
  });
});
