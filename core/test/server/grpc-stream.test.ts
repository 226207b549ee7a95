import { status } from '@grpc/grpc-js';
import { randomBytes } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { defineErrors } from '../../src/kernel/error.js';
import { codeOf, frame, inFlight, lengths, open, send, start, stop, streams } from './stream-support.js';

const errors = defineErrors({
  METERLARK_TEST_BAD: { class: 'permanent', message: 'bad', cure: 'mend it' },
  METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' },
});

afterEach(stop);

describe('a client stream', () => {
  test('gives its messages in order, empty and large ones too, and one answer', async () => {
    const { servers, ports } = await start();
    const sizes = [3, 0, 1, 2_000_000, 0, 70_000];
    const { body } = await send(ports.grpc, '/test.Stream/Lengths', sizes.map((size) => Buffer.alloc(size)));
    expect(body?.toString()).toBe(sizes.join());
    await expect.poll(() => [streams(servers), inFlight(servers)]).toEqual([0, 0]);
  });

  test('without a message is answered', async () => {
    const { ports } = await start();
    expect((await send(ports.grpc, '/test.Stream/Lengths', [])).body?.toString()).toBe('');
  });

  test('of ten thousand small messages loses none', async () => {
    const { ports } = await start();
    const { body } = await send(ports.grpc, '/test.Stream/Lengths', Array.from({ length: 10_000 }, (_, index) => Buffer.alloc(index % 7)));
    expect(body?.toString()).toBe(Array.from({ length: 10_000 }, (_, index) => index % 7).join());
  });

  test('takes gzip messages between plain ones', async () => {
    const { servers, ports } = await start();
    const { body } = await send(ports.grpc, '/test.Stream/Lengths', [Buffer.alloc(100_000, 7), Buffer.alloc(0), Buffer.alloc(6_000_000, 1)], { gzip: true });
    expect(body?.toString()).toBe('100000,0,6000000');
    expect(await mixed(ports.grpc)).toEqual(['0', '50,100000,3']);
    await expect.poll(() => inFlight(servers)).toBe(0);
  });

  test('reads no further while the handler is busy', async () => {
    const { servers, ports } = await start();
    let next = (): void => undefined;
    let taken = 0;
    servers.grpc.clientStream('/test.Stream/Busy', 'open', async (messages) => {
      for await (const message of messages) {
        taken += 1;
        if (message.length > 0) await new Promise<void>((resolve) => (next = resolve));
      }
      return Buffer.from(String(taken));
    });
    const { stream, result } = open(ports.grpc, '/test.Stream/Busy');
    let written = 0;
    for (let index = 0; index < 40; index += 1) stream.write(randomBytes(1_000_000), () => (written += 1));
    stream.end();
    await expect.poll(() => taken).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    // One message with the handler; what else is here or on the way fits into the windows of HTTP/2.
    expect(inFlight(servers)).toBeLessThan(3_000_000);
    expect(written).toBeLessThan(20);
    const timer = setInterval(() => next(), 1);
    expect((await result).body?.toString()).toBe('40');
    clearInterval(timer);
  });

  test.each([
    ['METERLARK_TEST_BAD', status.INVALID_ARGUMENT],
    ['METERLARK_TEST_FULL', status.RESOURCE_EXHAUSTED],
  ] as const)('whose handler throws %s is answered as a unary call, and the rest is not read', async (code, expected) => {
    const { servers, ports } = await start();
    servers.grpc.clientStream('/test.Stream/Fail', 'open', async (messages) => {
      for await (const message of messages) if (message.length > 1) throw errors[code]();
      return Buffer.alloc(0);
    });
    const answer = await send(ports.grpc, '/test.Stream/Fail', [1, 2, 3].map((size) => Buffer.alloc(size)));
    expect(codeOf(answer)).toEqual([expected, code]);
    expect(answer.error?.metadata.get('grpc-status-details-bin')).toHaveLength(1);
    await expect.poll(() => [streams(servers), inFlight(servers)]).toEqual([0, 0]);
  });

  test('tells nothing of an unknown error, and logs it', async () => {
    const { servers, ports } = await start();
    servers.grpc.clientStream('/test.Stream/Boom', 'open', async () => Promise.reject(new Error('secret')));
    const { error } = await send(ports.grpc, '/test.Stream/Boom', []);
    expect([error?.code, error?.details.includes('secret')]).toEqual([status.INTERNAL, false]);
    expect(servers.log.lines).toContainEqual(expect.objectContaining({ message: 'gRPC handler failed' }));
  });

  test('may be answered before its client has ended', async () => {
    const { servers, ports } = await start();
    servers.grpc.clientStream('/test.Stream/First', 'open', async (messages) => {
      for await (const message of messages) return message;
      return Buffer.alloc(0);
    });
    const { stream, result } = open(ports.grpc, '/test.Stream/First');
    stream.write(Buffer.from('one'));
    expect((await result).body?.toString()).toBe('one');
    await expect.poll(() => streams(servers)).toBe(0);
  });

  test('cannot take the path of another method', async () => {
    const { servers } = await start();
    expect(() => servers.grpc.clientStream('/test.Stream/Lengths', 'open', lengths)).toThrow('/test.Stream/Lengths');
    expect(() => servers.grpc.unary('/test.Stream/Lengths', 'open', async (body) => body)).toThrow('/test.Stream/Lengths');
  });
});

/** Plain, compressed and plain messages in one stream, all in one write; gives the status and the answer. */
async function mixed(port: number): Promise<readonly [string, string]> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const headers = { ':method': 'POST', ':path': '/test.Stream/Lengths', 'content-type': 'application/grpc', 'grpc-encoding': 'gzip', te: 'trailers' };
  const stream = session.request(headers);
  let grpcStatus = '';
  let body = Buffer.alloc(0);
  stream.on('trailers', (trailers) => (grpcStatus = String(trailers['grpc-status'])));
  stream.on('data', (chunk: Buffer) => (body = Buffer.concat([body, chunk])));
  stream.end(Buffer.concat([frame(Buffer.alloc(50)), frame(gzipSync(Buffer.alloc(100_000)), true), frame(Buffer.alloc(3))]));
  await new Promise((resolve) => stream.once('close', resolve));
  session.close();
  return [grpcStatus, body.subarray(5).toString()];
}
