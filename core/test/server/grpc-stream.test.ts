import { Metadata, status, type Client, type ClientWritableStream } from '@grpc/grpc-js';
import { randomBytes } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { BoundPorts, ClientStreamHandler } from '../../src/contract/server.js';
import { defineErrors } from '../../src/kernel/error.js';
import { FrameTally } from '../../src/server/grpc-intake.js';
import { build, call, grpcClient, settingsOf, type Built, type CallOptions, type CallResult, type Overrides } from './support.js';

const errors = defineErrors({
  METERLARK_TEST_BAD: { class: 'permanent', message: 'bad', cure: 'mend it' },
  METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' },
});

let running: Built | undefined;
const clients: Client[] = [];

const lengths: ClientStreamHandler = async (messages) => {
  const seen: number[] = [];
  for await (const message of messages) seen.push(message.length);
  return Buffer.from(seen.join());
};

async function start(overrides: Overrides = {}): Promise<{ servers: Built; ports: BoundPorts }> {
  const servers = build(settingsOf(overrides));
  running = servers;
  servers.grpc.clientStream('/test.Stream/Lengths', 'receiver', lengths);
  return { servers, ports: await servers.listeners.open() };
}

interface StreamCall {
  readonly stream: ClientWritableStream<Buffer>;
  readonly result: Promise<CallResult>;
}

function open(port: number, path: string, options: CallOptions = {}): StreamCall {
  const client = grpcClient(port, options);
  clients.push(client);
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(options.metadata ?? {})) metadata.set(name, value);
  const same = (value: Buffer): Buffer => value;
  let settle: (result: CallResult) => void;
  const result = new Promise<CallResult>((resolve) => (settle = resolve));
  const deadline = Date.now() + 15_000;
  const stream = client.makeClientStreamRequest<Buffer, Buffer>(path, same, same, metadata, { deadline }, (error, body) =>
    settle({ body, error: error ?? undefined }),
  );
  return { stream, result };
}

async function send(port: number, path: string, bodies: readonly Buffer[], options: CallOptions = {}): Promise<CallResult> {
  const { stream, result } = open(port, path, options);
  for (const body of bodies) stream.write(body);
  stream.end();
  return result;
}

const inFlight = (servers: Built): number => servers.metrics.value('meterlark_server_in_flight_bytes');
const streams = (servers: Built): number => servers.metrics.value('meterlark_grpc_streams');
const codeOf = ({ error }: CallResult): unknown => [error?.code, error?.metadata.get('meterlark-error')[0]];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
});

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

describe('the limits of client streams', () => {
  test('hold for one message, as sent and inflated', async () => {
    const { servers, ports } = await start({ grpc: { maxMessageBytes: 1_000_000 } });
    const good = Buffer.alloc(1_000_000);
    expect((await send(ports.grpc, '/test.Stream/Lengths', [good, good, good])).body?.toString()).toBe('1000000,1000000,1000000');
    expect((await send(ports.grpc, '/test.Stream/Lengths', [good, Buffer.alloc(1_000_001)])).error?.code).toBe(status.RESOURCE_EXHAUSTED);
    const bomb = await send(ports.grpc, '/test.Stream/Lengths', [good, Buffer.alloc(40_000_000)], { gzip: true });
    expect(codeOf(bomb)).toEqual([status.RESOURCE_EXHAUSTED, 'METERLARK_SERVER_BODY_TOO_LARGE']);
    await expect.poll(() => inFlight(servers)).toBe(0);
  });

  test('hold for the bytes of all calls, and a message that was dealt with no longer counts', async () => {
    const { servers, ports } = await start({ maxInFlightBytes: 1_000_000 });
    const part = Buffer.alloc(600_000);
    expect((await send(ports.grpc, '/test.Stream/Lengths', [part, part, part, part])).body?.toString()).toBe('600000,600000,600000,600000');
    const tooMuch = await send(ports.grpc, '/test.Stream/Lengths', [part, Buffer.alloc(2_000_000)]);
    expect(codeOf(tooMuch)).toEqual([status.RESOURCE_EXHAUSTED, 'METERLARK_SERVER_TOO_MANY_BYTES']);
    const inflated = await send(ports.grpc, '/test.Stream/Lengths', [Buffer.alloc(3_000_000)], { gzip: true });
    expect(codeOf(inflated)).toEqual([status.RESOURCE_EXHAUSTED, 'METERLARK_SERVER_TOO_MANY_BYTES']);
    expect(servers.metrics.value('meterlark_grpc_refused_total', { reason: 'bytes' })).toBe(2);
    await expect.poll(() => inFlight(servers)).toBe(0);
  });

  test('hold for their number, calls are counted apart, and room returns when one ends', async () => {
    const { servers, ports } = await start({ grpc: { maxOpenStreams: 1, maxConcurrentCalls: 1 } });
    servers.grpc.unary('/test.Stream/Echo', 'open', async (body) => body);
    const first = open(ports.grpc, '/test.Stream/Lengths');
    first.stream.write(Buffer.alloc(1));
    await expect.poll(() => streams(servers)).toBe(1);
    const second = await send(ports.grpc, '/test.Stream/Lengths', []);
    expect(codeOf(second)).toEqual([status.RESOURCE_EXHAUSTED, 'METERLARK_SERVER_BUSY']);
    expect(second.error?.details).toContain('METERLARK_SERVER_GRPC_MAX_OPEN_STREAMS');
    const client = grpcClient(ports.grpc);
    clients.push(client);
    expect((await call(client, '/test.Stream/Echo', Buffer.from('x'))).body?.toString()).toBe('x');
    first.stream.end();
    expect((await first.result).body?.toString()).toBe('1');
    await expect.poll(() => streams(servers)).toBe(0);
    expect((await send(ports.grpc, '/test.Stream/Lengths', [])).error).toBeUndefined();
  });
});

describe('the end of a client stream', () => {
  /** Serves a stream that remembers what its handler was thrown. */
  async function startRemembering(overrides: Overrides = {}): Promise<{ servers: Built; ports: BoundPorts; thrown: string[] }> {
    const begun = await start(overrides);
    const thrown: string[] = [];
    begun.servers.grpc.clientStream('/test.Stream/Remember', 'open', async (messages, context) => {
      try {
        return await lengths(messages, context);
      } catch (error) {
        thrown.push((error as { code: string }).code);
        throw error;
      }
    });
    return { ...begun, thrown };
  }

  test('by its client, which Node tells as an end and then a reset, ends the handler and gives its room back', async () => {
    const { servers, ports } = await start();
    let ended = false;
    servers.grpc.clientStream('/test.Stream/Cancelled', 'open', async (messages, context) => {
      return lengths(messages, context).finally(() => (ended = true));
    });
    const { stream, result } = open(ports.grpc, '/test.Stream/Cancelled');
    stream.write(Buffer.alloc(10));
    await expect.poll(() => streams(servers)).toBe(1);
    stream.cancel();
    expect((await result).error?.code).toBe(status.CANCELLED);
    await expect.poll(() => [streams(servers), inFlight(servers), ended]).toEqual([0, 0, true]);
    expect(servers.log.lines).toEqual([]);
  });

  test('by its connection is thrown to the handler, and gives its room back', async () => {
    const { servers, ports, thrown } = await startRemembering();
    const session = connectHttp2(`http://127.0.0.1:${ports.grpc}`);
    const stream = session.request({ ':method': 'POST', ':path': '/test.Stream/Remember', 'content-type': 'application/grpc', te: 'trailers' });
    stream.on('error', () => undefined);
    stream.write(frame(Buffer.alloc(1_000)));
    await expect.poll(() => streams(servers)).toBe(1);
    session.destroy();
    await expect.poll(() => [streams(servers), inFlight(servers), thrown]).toEqual([0, 0, ['METERLARK_SERVER_CALL_ENDED']]);
  });

  test('in the middle of a message gives the bytes back', async () => {
    const { servers, ports, thrown } = await startRemembering();
    const session = connectHttp2(`http://127.0.0.1:${ports.grpc}`);
    const stream = session.request({ ':method': 'POST', ':path': '/test.Stream/Remember', 'content-type': 'application/grpc', te: 'trailers' });
    stream.on('error', () => undefined);
    stream.write(Buffer.concat([frame(Buffer.alloc(1_000)), frame(Buffer.alloc(100_000)).subarray(0, 20_000)]));
    await expect.poll(() => inFlight(servers)).toBe(20_000);
    session.destroy();
    await expect.poll(() => [streams(servers), inFlight(servers), thrown]).toEqual([0, 0, ['METERLARK_SERVER_CALL_ENDED']]);
  });

  test('in the middle of a message, as if that were all, is an error', async () => {
    const { servers, ports, thrown } = await startRemembering();
    const session = connectHttp2(`http://127.0.0.1:${ports.grpc}`);
    const stream = session.request({ ':method': 'POST', ':path': '/test.Stream/Remember', 'content-type': 'application/grpc', te: 'trailers' });
    stream.end(frame(Buffer.alloc(1_000)).subarray(0, 500));
    await expect.poll(() => [streams(servers), inFlight(servers), thrown]).toEqual([0, 0, ['METERLARK_SERVER_CALL_ENDED']]);
    session.close();
  });

  test('by its deadline is thrown to the handler, also when the client does nothing about it', async () => {
    const { servers, ports, thrown } = await startRemembering();
    const session = connectHttp2(`http://127.0.0.1:${ports.grpc}`);
    const headers = { ':method': 'POST', ':path': '/test.Stream/Remember', 'content-type': 'application/grpc', 'grpc-timeout': '100m', te: 'trailers' };
    const stream = session.request(headers);
    const answer = new Promise((resolve) => stream.once('response', (fields) => resolve(fields['grpc-status'])));
    stream.write(frame(Buffer.alloc(10)));
    expect(await answer).toBe(String(status.DEADLINE_EXCEEDED));
    await expect.poll(() => [streams(servers), thrown]).toEqual([0, ['METERLARK_SERVER_CALL_ENDED']]);
    session.destroy();
  });

  test('comes within the drain time when its client holds it open for ever', async () => {
    const { servers, ports, thrown } = await startRemembering({ drainTimeoutMs: 400 });
    const { stream, result } = open(ports.grpc, '/test.Stream/Remember');
    stream.write(Buffer.alloc(10));
    await expect.poll(() => streams(servers)).toBe(1);
    await servers.listeners.close();
    expect(codeOf(await result)).toEqual([status.UNAVAILABLE, 'METERLARK_SERVER_DRAINING']);
    expect(thrown).toEqual(['METERLARK_SERVER_DRAINING']);
    expect(servers.log.lines.filter(({ message }) => message.includes('cut off'))).toEqual([]);
  });

  test('by its client is waited for while the server drains', async () => {
    const { servers, ports } = await startRemembering({ drainTimeoutMs: 4_000 });
    const { stream, result } = open(ports.grpc, '/test.Stream/Remember');
    stream.write(Buffer.alloc(10));
    await expect.poll(() => streams(servers)).toBe(1);
    const closed = servers.listeners.close();
    stream.write(Buffer.alloc(20));
    stream.end();
    expect((await result).body?.toString()).toBe('10,20');
    await closed;
  });
});

describe('the token of a client stream', () => {
  test.each([
    [{ authentication: 'secret' }, true],
    [{ authentication: 'Bearer secret' }, true],
    [{ authorization: 'Bearer secret' }, true],
    [{ authentication: 'wrong' }, false],
    [{ authorization: 'secret' }, false],
    [{}, false],
  ])('%o is accepted: %s', async (metadata, isAccepted) => {
    const { servers, ports } = await start({ receiverToken: 'secret' });
    const answer = await send(ports.grpc, '/test.Stream/Lengths', [Buffer.alloc(2)], { metadata });
    if (isAccepted) expect(answer.body?.toString()).toBe('2');
    else expect(answer.error?.code).toBe(status.UNAUTHENTICATED);
    await expect.poll(() => streams(servers)).toBe(0);
  });
});

describe('frames of a stream', () => {
  test.each([1, 2, 4, 5, 6, 7, 1_000])('are followed in chunks of %i bytes', (size) => {
    const messages = [Buffer.alloc(3), Buffer.alloc(0), Buffer.alloc(300)];
    const bytes = Buffer.concat(messages.map((message, index) => frame(message, index === 1)));
    const tally = new FrameTally();
    for (let at = 0; at < bytes.length; at += size) tally.add(bytes.subarray(at, at + size));
    expect(tally.pendingBytes).toBe(318);
    expect([tally.takeFlag(), tally.takeFlag(), tally.pendingBytes, tally.takeFlag(), tally.takeFlag()]).toEqual([false, true, 305, false, false]);
    expect(tally.pendingBytes).toBe(0);
  });
});

function frame(body: Buffer, isCompressed = false): Buffer {
  const header = Buffer.alloc(5);
  header[0] = isCompressed ? 1 : 0;
  header.writeUInt32BE(body.length, 1);
  return Buffer.concat([header, body]);
}

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
