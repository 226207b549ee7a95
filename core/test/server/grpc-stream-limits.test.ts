import { status } from '@grpc/grpc-js';
import { connect as connectHttp2 } from 'node:http2';
import { afterEach, describe, expect, test } from 'vitest';
import type { BoundPorts } from '../../src/contract/server.js';
import { FrameTally } from '../../src/server/grpc-intake.js';
import { clients, codeOf, frame, inFlight, lengths, open, send, start, stop, streams } from './stream-support.js';
import { call, grpcClient, type Built, type Overrides } from './support.js';

afterEach(stop);

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
