/** Both encodings of one span give the same; what is malformed is named by place and reason. */
import { isMeterlarkError } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { ipText } from '../src/ip-text.js';
import { readJson } from '../src/read-json.js';
import { readProtobuf } from '../src/read-protobuf.js';
import { faultOf, fromJson, fromProtobuf, hex, ids, maxSpans, readAll } from './support/reading.js';
import { encodeSpans } from './support/zipkin-proto.js';

describe('a span with everything', () => {
  const expected = {
    traceId: '463ac35c9f6413ad48485a3953bb6124',
    id: 'a2fb4a1d1a96d312',
    parentId: '48485a3953bb6124',
    kind: 'client',
    name: 'get /shop',
    timestampUs: 1_700_000_000_123_456,
    durationUs: 1431,
    local: { service: 'shop', ip: '10.1.2.3', port: 8080 },
    remote: { service: 'backend', ip: '2001:db8::1', port: 443 },
    annotations: [{ timeUs: 1_700_000_000_123_500, value: 'ws' }],
    tags: [['http.status', '404'], ['error', '']],
    dropped: 0,
    debug: true,
    shared: true,
  };

  it('is read from JSON', () => {
    const { timestampUs, durationUs } = expected;
    const sent = {
      traceId: expected.traceId.toUpperCase(),
      id: expected.id,
      parentId: expected.parentId,
      kind: 'CLIENT',
      name: expected.name,
      timestamp: timestampUs,
      duration: durationUs,
      localEndpoint: { serviceName: 'shop', ipv4: '10.1.2.3', port: 8080 },
      remoteEndpoint: { serviceName: 'backend', ipv6: '2001:db8::1', port: 443 },
      annotations: [{ timestamp: 1_700_000_000_123_500, value: 'ws' }],
      tags: { 'http.status': '404', error: '' },
      debug: true,
      shared: true,
      unknown: [{}],
    };
    expect(fromJson(sent)).toEqual([expected]);
  });

  it('is read from protobuf', () => {
    const sent = {
      traceId: hex(expected.traceId),
      id: hex(expected.id),
      parentId: hex(expected.parentId),
      kind: 1,
      name: expected.name,
      timestamp: '1700000000123456',
      duration: 1431,
      localEndpoint: { serviceName: 'shop', ipv4: Buffer.from([10, 1, 2, 3]), port: 8080 },
      remoteEndpoint: { serviceName: 'backend', ipv6: hex('20010db8000000000000000000000001'), port: 443 },
      annotations: [{ timestamp: '1700000000123500', value: 'ws' }],
      tags: { 'http.status': '404', error: '' },
      debug: true,
      shared: true,
    };
    expect(fromProtobuf(sent)).toEqual([expected]);
  });

  it('may have nothing but its ids', () => {
    const bare = { ...ids, parentId: '', kind: 'unspecified', name: '', timestampUs: 0, durationUs: 0, annotations: [], tags: [], debug: false, shared: false };
    expect(fromJson({ ...ids, name: null, tags: null, localEndpoint: null })).toMatchObject([bare]);
    expect(fromProtobuf({ traceId: hex(ids.traceId), id: hex(ids.id) })).toMatchObject([bare]);
  });
});

describe('ids', () => {
  it.each([
    ['463AC35C9F6413AD', '463ac35c9f6413ad'],
    ['0000000000000000463ac35c9f6413ad', '463ac35c9f6413ad'],
    ['463ac35c9f6413ad48485a3953bb6124', '463ac35c9f6413ad48485a3953bb6124'],
    ['00000000000000010000000000000000', '00000000000000010000000000000000'],
    ['1', '0000000000000001'],
    ['63ac35c9f6413ad48485a3953bb6124', '063ac35c9f6413ad48485a3953bb6124'],
  ])('of traces: %s is %s', (sent, kept) => {
    expect(fromJson({ ...ids, traceId: sent })[0]?.traceId).toBe(kept);
    if (sent.length % 16 === 0) expect(fromProtobuf({ traceId: hex(sent), id: hex(ids.id) })[0]?.traceId).toBe(kept);
  });

  it('of parents may be missing, empty or zeros', () => {
    for (const parentId of [undefined, null, '', '0000000000000000', '0']) expect(fromJson({ ...ids, parentId })[0]?.parentId).toBe('');
    expect(fromJson({ ...ids, parentId: 'AB' })[0]?.parentId).toBe('00000000000000ab');
    expect(fromProtobuf({ traceId: hex(ids.traceId), id: hex(ids.id), parentId: Buffer.alloc(8) })[0]?.parentId).toBe('');
  });
});

describe('JSON that is no list of spans', () => {
  it.each([
    ['no JSON', '[{', 'the body', 'JSON'],
    ['nothing', '', 'the body', 'JSON'],
    ['one span', JSON.stringify(ids), 'the body', 'a list of spans'],
    ['null', 'null', 'the body', 'a list of spans'],
    ['a null in the list', JSON.stringify([ids, null]), '[1]', 'an object'],
    ['a list in the list', '[[]]', '[0]', 'an object'],
  ])('is named: %s', (_name, text, place, reason) => {
    const fault = faultOf(() => readAll(readJson(Buffer.from(text), maxSpans)));
    expect(fault).toMatchObject({ code: 'METERLARK_RECEIVER_ZIPKIN_MALFORMED' });
    expect(fault.place).toBe(place);
    expect(fault.reason).toContain(reason);
  });

  it.each([
    ['no trace id', { id: ids.id }, '[1].traceId', 'missing'],
    ['no span id', { traceId: ids.traceId }, '[1].id', 'missing'],
    ['an id that is no hex', { ...ids, traceId: 'xyz' }, '[1].traceId', 'not hex'],
    ['a long span id', { ...ids, id: 'a'.repeat(17) }, '[1].id', 'more than 16 digits'],
    ['a long trace id', { ...ids, traceId: 'a'.repeat(33) }, '[1].traceId', 'more than 32 digits'],
    ['a huge trace id', { ...ids, traceId: 'a'.repeat(100_000) }, '[1].traceId', 'more than 32 digits'],
    ['a trace id of zeros', { ...ids, traceId: '0'.repeat(32) }, '[1].traceId', 'all zeros'],
    ['a span id of zeros', { ...ids, id: '0' }, '[1].id', 'all zeros'],
    ['a number as id', { ...ids, id: 5 }, '[1].id', 'a string'],
    ['an unknown kind', { ...ids, kind: 'LOCAL' }, '[1].kind', 'CLIENT, SERVER'],
    ['a kind of every object', { ...ids, kind: 'constructor' }, '[1].kind', 'CLIENT, SERVER'],
    ['a time as text', { ...ids, timestamp: '5' }, '[1].timestamp', 'microseconds'],
    ['a negative duration', { ...ids, duration: -1 }, '[1].duration', 'microseconds'],
    ['a time beyond all', { ...ids, timestamp: 1e300 }, '[1].timestamp', 'microseconds'],
    ['a name that is none', { ...ids, name: {} }, '[1].name', 'a string'],
    ['tags as a list', { ...ids, tags: ['a'] }, '[1].tags', 'object'],
    ['a tag that is an object', { ...ids, tags: { a: {} } }, '[1].tags', 'strings'],
    ['annotations as an object', { ...ids, annotations: {} }, '[1].annotations', 'a list'],
    ['an annotation that is none', { ...ids, annotations: [{ value: 'a' }, 5] }, '[1].annotations[1]', 'an object'],
    ['an annotation at no time', { ...ids, annotations: [{ timestamp: 'now' }] }, '[1].annotations[0].timestamp', 'microseconds'],
    ['an endpoint that is none', { ...ids, localEndpoint: 'shop' }, '[1].localEndpoint', 'an object'],
    ['a port that is none', { ...ids, remoteEndpoint: { port: 70_000 } }, '[1].remoteEndpoint.port', 'a port'],
    ['shared as text', { ...ids, shared: 'true' }, '[1].shared', 'true or false'],
  ])('is named by index and path: %s', (_name, span, place, reason) => {
    const fault = faultOf(() => fromJson(ids, span));
    expect(fault).toMatchObject({ code: 'METERLARK_RECEIVER_ZIPKIN_MALFORMED', place });
    expect(fault.reason).toContain(reason);
  });

  it('is refused before it is parsed when it would become too many values: the end is no JSON', () => {
    for (const part of ['{},', '[],', '1,']) {
      expect(faultOf(() => readAll(readJson(Buffer.from(`[${part.repeat(200_000)}`), maxSpans))).code).toBe('METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS');
    }
  });

  it('does no harm when nested beyond any stack, or with keys of every object', () => {
    expect(faultOf(() => readAll(readJson(Buffer.from('['.repeat(100_000)), maxSpans))).code).toMatch(/^METERLARK_RECEIVER_ZIPKIN/);
    const [span] = readJson(Buffer.from(`[{"__proto__":{"kind":"CLIENT"},"traceId":"1","id":"1","tags":{"__proto__":"x","constructor":"y"}}]`), maxSpans);
    expect([span?.kind, [...span!.tags]]).toEqual(['unspecified', [['__proto__', 'x'], ['constructor', 'y']]]);
  });
});

describe('careless JSON', () => {
  it('is taken: fractions of microseconds, numbers and flags as tags, addresses that are none', () => {
    const sent = { ...ids, timestamp: 1_700_000_000_000_000.5, tags: { n: 5, yes: true, nothing: null }, localEndpoint: { ipv4: 'localhost' } };
    expect(fromJson(sent)).toMatchObject([{ timestampUs: 1_700_000_000_000_000, tags: [['n', '5'], ['yes', 'true']], local: { ip: '' } }]);
    expect(fromJson({ ...ids, kind: 'server' })).toMatchObject([{ kind: 'server' }]);
  });
});

describe('protobuf that is no list of spans', () => {
  const good = { traceId: hex(ids.traceId), id: hex(ids.id) };

  it.each([
    ['a trace id of 4 bytes', { ...good, traceId: Buffer.alloc(4, 1) }, '[1].traceId', '4 bytes, not 8 or 16'],
    ['a span id of 16 bytes', { ...good, id: Buffer.alloc(16, 1) }, '[1].id', '16 bytes, not 8'],
    ['a parent of 3 bytes', { ...good, parentId: Buffer.alloc(3, 1) }, '[1].parentId', '3 bytes, not 8'],
    ['no span id', { traceId: good.traceId }, '[1].id', 'missing'],
    ['a trace id of zeros', { ...good, traceId: Buffer.alloc(16) }, '[1].traceId', 'all zeros'],
    ['a time beyond all', { ...good, timestamp: '18446744073709551615' }, '[1].timestamp', 'microseconds'],
    ['a negative port', { ...good, localEndpoint: { port: -1 } }, '[1].localEndpoint.port', 'a port'],
  ])('is named by index and field: %s', (_name, span, place, reason) => {
    const fault = faultOf(() => fromProtobuf(good, span));
    expect(fault).toMatchObject({ code: 'METERLARK_RECEIVER_ZIPKIN_MALFORMED', place });
    expect(fault.reason).toContain(reason);
  });

  it('gives a coded error or spans wherever it is cut and whatever byte is flipped', () => {
    const whole = encodeSpans([{ ...good, name: 'a', tags: { k: 'v' }, localEndpoint: { serviceName: 's', port: 1 }, annotations: [{ timestamp: 1, value: 'x' }] }]);
    for (let length = 1; length < whole.length; length += 1) {
      expect(faultOf(() => readAll(readProtobuf(whole.subarray(0, length), maxSpans)))).toMatchObject({ place: expect.stringMatching(/^\[0\]/) });
    }
    for (let at = 0; at < whole.length; at += 1) {
      for (const value of [0, 0x7f, 0x80, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        try {
          readAll(readProtobuf(bytes, maxSpans));
        } catch (error) {
          expect(isMeterlarkError(error)).toBe(true);
        }
      }
    }
  });

  it('is refused when empty tags or annotations are too many', () => {
    for (const tag of [0x52, 0x5a]) {
      const many = Buffer.alloc(400_000, Buffer.from([tag, 0]));
      const body = Buffer.concat([Buffer.from([0x0a, 0x80 | (many.length & 0x7f), 0x80 | ((many.length >> 7) & 0x7f), many.length >> 14]), many]);
      expect(faultOf(() => readAll(readProtobuf(body, maxSpans))).code).toBe('METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS');
    }
  });
});

describe('addresses', () => {
  it.each([
    ['7f000001', '127.0.0.1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000000', '2001:db8::'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010db8000000000001000000000000', '2001:db8:0:0:1::'],
    ['abcd', ''],
    ['', ''],
  ])('%s is %s', (bytes, text) => {
    expect(ipText(hex(bytes))).toBe(text);
  });
});
