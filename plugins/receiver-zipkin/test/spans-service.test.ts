import { fakeError } from '@meterlark/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { startReceiver, type Receiver } from './support/fakes.js';
import { encodeSpans } from './support/zipkin-proto.js';

const path = '/api/v2/spans';
const json = 'application/json';
const protobuf = 'application/x-protobuf';
const span = { traceId: 'a'.repeat(16), id: 'b'.repeat(16), name: 'get', timestamp: 1_700_000_000_000_000, localEndpoint: { serviceName: 'shop' } };
const bytes = encodeSpans([
  { traceId: Buffer.alloc(8, 0xaa), id: Buffer.alloc(8, 0xbb), name: 'get', timestamp: '1700000000000000', localEndpoint: { serviceName: 'shop' } },
]);

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});

describe('POST /api/v2/spans', () => {
  it('asks for a port of its own, with the limit of its bodies', () => {
    expect(receiver.listeners).toEqual([{ provider: 'receiver/zipkin', host: '127.0.0.1', port: 0 }]);
    const accepts = ['application/json', '', protobuf].map((mediaType) => ({
      mediaType,
      maxBodyBytes: 1_000_000,
      setting: { provider: 'receiver/zipkin', key: 'maxBodyBytes' },
    }));
    expect(receiver.http.routes).toMatchObject([{ method: 'POST', path, access: 'receiver', accepts: expect.arrayContaining(accepts) }]);
  });

  it.each([
    [json, JSON.stringify([span])],
    ['application/json; charset=utf-8', JSON.stringify([span])],
    [undefined, JSON.stringify([span])],
    [protobuf, bytes],
    ['application/protobuf', bytes],
  ])('answers 202 and hands the batch on: %s', async (contentType, body) => {
    expect(await receiver.http.post(path, contentType, body)).toMatchObject({ status: 202, body: '' });
    expect(receiver.sink.only('spans')).toMatchObject({ signal: 'spans', protocol: 'zipkin', tenant: '', points: 1 });
    expect(receiver.sink.spans()).toMatchObject([{ traceId: 'a'.repeat(16), spanId: 'b'.repeat(16), name: 'get', startUs: 1_700_000_000_000_000 }]);
  });

  it('takes empty lists without handing anything on', async () => {
    expect(await receiver.http.post(path, json, '[]')).toMatchObject({ status: 202 });
    expect(await receiver.http.post(path, protobuf, '')).toMatchObject({ status: 202 });
    expect(receiver.sink.batches).toHaveLength(0);
  });

  it('lets errors through to the shared server, and hands on nothing of a malformed request', async () => {
    await expect(receiver.http.post(path, json, JSON.stringify([span, {}]))).rejects.toMatchObject({
      code: 'METERLARK_RECEIVER_ZIPKIN_MALFORMED',
      class: 'permanent',
    });
    await expect(receiver.http.post(path, protobuf, Buffer.from([0xff]))).rejects.toMatchObject({ code: 'METERLARK_RECEIVER_ZIPKIN_MALFORMED' });
    expect(receiver.sink.batches).toHaveLength(0);
    receiver.sink.failure = fakeError('retryable');
    await expect(receiver.http.post(path, json, JSON.stringify([span]))).rejects.toBe(receiver.sink.failure);
  });

  it('refuses more spans than set, in both encodings', async () => {
    const small = await startReceiver({ maxSpansPerRequest: 2 });
    const three = Buffer.concat([bytes, bytes, bytes]);
    for (const [contentType, body] of [[json, JSON.stringify([span, span, span])], [protobuf, three]] as const) {
      await expect(small.http.post(path, contentType, body)).rejects.toMatchObject({ code: 'METERLARK_RECEIVER_ZIPKIN_TOO_MANY_SPANS', fields: { limit: 2 } });
    }
    expect((await small.http.post(path, json, JSON.stringify([span, span]))).status).toBe(202);
  });

  it('lets others have their turn while a large request is read, and still hands it on as one', async () => {
    const large = await startReceiver({ maxSpansPerRequest: 5_000 });
    const tags = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key.${index}`, `value ${index}`]));
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await large.http.post(path, json, JSON.stringify(Array.from({ length: 5_000 }, () => ({ ...span, tags }))));
    isOver = true;
    expect(turns).toBeGreaterThan(1);
    expect(large.sink.only('spans').points).toBe(5_000);
  });

  it('leaves out the tags of a span that are too many, and counts them', async () => {
    const tags = Object.fromEntries(Array.from({ length: 1_030 }, (_, index) => [`key.${index}`, '']));
    await receiver.http.post(path, json, JSON.stringify([{ ...span, tags }, span]));
    expect(receiver.sink.spans().map(({ attributes }) => attributes.values.length)).toEqual([1_024, 0]);
    expect(receiver.metrics.value('meterlark_receiver_zipkin_dropped_parts_total', { encoding: 'json' })).toBe(6);
  });

  it('counts what came, what was refused and what was malformed', async () => {
    receiver.sink.outcome = { rejected: 1, reason: 'late' };
    const body = JSON.stringify([span, span]);
    await receiver.http.post(path, json, body);
    await receiver.http.post(path, json, '{').catch(() => undefined);
    receiver.sink.failure = fakeError('retryable');
    await receiver.http.post(path, protobuf, bytes).catch(() => undefined);
    const value = (name: string, encoding: string): number => receiver.metrics.value(`meterlark_receiver_zipkin_${name}_total`, { encoding });
    const names = ['requests', 'received_bytes', 'spans', 'rejected_spans', 'malformed_requests', 'refused_requests'];
    expect(names.map((name) => value(name, 'json'))).toEqual([2, body.length + 1, 1, 1, 1, 0]);
    expect(names.map((name) => value(name, 'protobuf'))).toEqual([1, bytes.length, 0, 0, 0, 1]);
  });
});
