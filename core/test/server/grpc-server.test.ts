import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { defineErrors } from '../../src/kernel/error.js';
import type { BoundPorts } from '../../src/contract/server.js';
import { build, call, callOnce, grpcClient, settingsOf, type Built, type Overrides } from './support.js';

const errors = defineErrors({
  METERLARK_TEST_BAD: { class: 'permanent', message: 'field {name} is \ud800 wrong ü', cure: 'mend it' },
  METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' },
});

let running: Built | undefined;

async function start(overrides: Overrides = {}): Promise<{ servers: Built; ports: BoundPorts }> {
  const servers = build(settingsOf(overrides));
  running = servers;
  servers.grpc.unary('/test.Echo/Echo', 'receiver', async (body) => body);
  servers.grpc.unary('/test.Echo/Length', 'query', async (body) => Buffer.from(String(body.length)));
  servers.grpc.unary('/test.Echo/Bad', 'open', async () => Promise.reject(errors.METERLARK_TEST_BAD({ name: 'x' })));
  servers.grpc.unary('/test.Echo/Full', 'open', async () => Promise.reject(errors.METERLARK_TEST_FULL({ retryDelayMs: 2_500 })));
  servers.grpc.unary('/test.Echo/Boom', 'open', async () => Promise.reject(new Error('secret /etc/path')));
  return { servers, ports: await servers.listeners.open() };
}

afterEach(async () => {
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
});

describe('the shared gRPC server', () => {
  test('hands a handler the raw bytes and sends its bytes back, empty ones too', async () => {
    const { ports } = await start();
    const body = Buffer.from([0, 255, 10, 10, 128]);
    expect((await callOnce(ports.grpc, '/test.Echo/Echo', body)).body).toEqual(body);
    expect((await callOnce(ports.grpc, '/test.Echo/Echo', Buffer.alloc(0))).body).toEqual(Buffer.alloc(0));
  });

  test('takes a gzip message', async () => {
    const { ports } = await start();
    const answer = await callOnce(ports.grpc, '/test.Echo/Length', Buffer.alloc(100_000, 7), { gzip: true });
    expect(answer.body?.toString()).toBe('100000');
  });

  test('takes a message that says it is compressed only when it is', async () => {
    const { ports } = await start();
    const client = grpcClient(ports.grpc, { gzip: true });
    const small = await call(client, '/test.Echo/Echo', Buffer.from('x'));
    expect(small.body?.toString()).toBe('x');
    expect((await call(client, '/test.Echo/Length', Buffer.alloc(6_000_000, 7))).body?.toString()).toBe('6000000');
    client.close();
  });

  test('refuses a message over the limit, as sent', async () => {
    const { ports } = await start({ grpc: { maxMessageBytes: 1_000 } });
    const answer = await callOnce(ports.grpc, '/test.Echo/Length', Buffer.alloc(1_001));
    expect(answer.error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect((await callOnce(ports.grpc, '/test.Echo/Length', Buffer.alloc(1_000))).body?.toString()).toBe('1000');
  });

  test('refuses a small gzip message that inflates over the limit', async () => {
    const { ports } = await start({ grpc: { maxMessageBytes: 1_000_000 } });
    const answer = await callOnce(ports.grpc, '/test.Echo/Length', Buffer.alloc(40_000_000), { gzip: true });
    expect(answer.error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(answer.error?.metadata.get('meterlark-error')).toEqual(['METERLARK_SERVER_BODY_TOO_LARGE']);
    expect(answer.error?.details).toContain('METERLARK_SERVER_GRPC_MAX_MESSAGE_BYTES');
    expect((await callOnce(ports.grpc, '/test.Echo/Length', Buffer.alloc(10))).body?.toString()).toBe('10');
  });

  test('answers a permanent error with INVALID_ARGUMENT and its message, lone surrogates replaced', async () => {
    const { ports } = await start();
    const { error } = await callOnce(ports.grpc, '/test.Echo/Bad', Buffer.alloc(0));
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
    expect(error?.details).toBe('field x is \ufffd wrong ü. mend it');
    expect(error?.metadata.get('meterlark-error')).toEqual(['METERLARK_TEST_BAD']);
  });

  test('answers a retryable error with RESOURCE_EXHAUSTED and RetryInfo', async () => {
    const { ports } = await start();
    const { error } = await callOnce(ports.grpc, '/test.Echo/Full', Buffer.alloc(0));
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    const detail = error?.metadata.get('grpc-status-details-bin')[0] as Buffer;
    // google.rpc.Status { code: 8, message: "full", details: [Any { RetryInfo { retry_delay { 2 s, 500,000,000 ns } } }] }
    const duration = '0802' + '1080cab5ee01';
    const retryInfo = '0a08' + duration;
    const typeUrl = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');
    const any = '0a28' + typeUrl.toString('hex') + '120a' + retryInfo;
    expect(detail.toString('hex')).toBe('0808' + '120a' + Buffer.from('full. wait').toString('hex') + '1a36' + any);
  });

  test('answers an unknown error with INTERNAL, tells nothing of it and logs it', async () => {
    const { servers, ports } = await start();
    const { error } = await callOnce(ports.grpc, '/test.Echo/Boom', Buffer.alloc(0));
    expect(error?.code).toBe(status.INTERNAL);
    expect(error?.details).not.toContain('secret');
    expect(servers.log.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'gRPC handler failed' }));
  });

  test('answers an unknown method with UNIMPLEMENTED', async () => {
    const { ports } = await start();
    expect((await callOnce(ports.grpc, '/test.Echo/Nothing', Buffer.alloc(0))).error?.code).toBe(status.UNIMPLEMENTED);
  });

  test('two plugins cannot take one method', async () => {
    const { servers } = await start();
    expect(() => servers.grpc.unary('/test.Echo/Echo', 'open', async (body) => body)).toThrow('/test.Echo/Echo');
  });

  test('calls over the limit get RESOURCE_EXHAUSTED, and room returns when one ends', async () => {
    const { servers, ports } = await start({ grpc: { maxConcurrentCalls: 1 } });
    let finish = (): void => undefined;
    const entered = new Promise<void>((inside) => {
      servers.grpc.unary('/test.Echo/Wait', 'open', async () => {
        inside();
        await new Promise<void>((done) => (finish = done));
        return Buffer.from('done');
      });
    });
    const client = grpcClient(ports.grpc);
    const first = call(client, '/test.Echo/Wait', Buffer.alloc(0));
    await entered;
    const second = await call(client, '/test.Echo/Echo', Buffer.alloc(1));
    expect(second.error?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(second.error?.metadata.get('meterlark-error')).toEqual(['METERLARK_SERVER_BUSY']);
    expect(servers.metrics.value('meterlark_grpc_refused_total', { reason: 'busy' })).toBe(1);
    finish();
    expect((await first).body?.toString()).toBe('done');
    await expect.poll(() => servers.metrics.value('meterlark_grpc_calls')).toBe(0);
    expect((await call(client, '/test.Echo/Echo', Buffer.from('x'))).body?.toString()).toBe('x');
    client.close();
  });

  test('a client that goes away in the middle gives its room back', async () => {
    const { servers, ports } = await start({ grpc: { maxConcurrentCalls: 1 } });
    const entered = new Promise<void>((inside) => {
      servers.grpc.unary('/test.Echo/Never', 'open', async () => {
        inside();
        return new Promise<Buffer>(() => undefined);
      });
    });
    const client = grpcClient(ports.grpc);
    const bytes = (value: Buffer): Buffer => value;
    const pending = client.makeUnaryRequest('/test.Echo/Never', bytes, bytes, Buffer.alloc(0), () => undefined);
    await entered;
    expect(servers.metrics.value('meterlark_grpc_calls')).toBe(1);
    pending.cancel();
    await expect.poll(() => servers.metrics.value('meterlark_grpc_calls')).toBe(0);
    client.close();
  });

  test('connections over the limit are closed and counted', async () => {
    const { servers, ports } = await start({ grpc: { maxConnections: 1 } });
    const first = grpcClient(ports.grpc);
    expect((await call(first, '/test.Echo/Echo', Buffer.from('a'))).body?.toString()).toBe('a');
    const second = await new Promise<string>((resolve) => {
      void import('node:net').then(({ connect }) => {
        const socket = connect(ports.grpc, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.on('close', () => resolve('closed'));
      });
    });
    expect(second).toBe('closed');
    expect(servers.metrics.value('meterlark_grpc_refused_total', { reason: 'connections' })).toBeGreaterThanOrEqual(1);
    first.close();
  });

  test('bytes that are not HTTP/2 end that connection only', async () => {
    const { ports } = await start();
    const { connect } = await import('node:net');
    await new Promise<void>((resolve) => {
      const socket = connect(ports.grpc, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n' + 'x'.repeat(1_000)));
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
      socket.on('close', () => resolve());
    });
    expect((await callOnce(ports.grpc, '/test.Echo/Echo', Buffer.from('a'))).body?.toString()).toBe('a');
  });

  test('a second port serves the same methods', async () => {
    const { createServer } = await import('node:net');
    const probe = createServer();
    const otlpPort = await new Promise<number>((resolve) => {
      probe.listen(0, '127.0.0.1', () => resolve((probe.address() as { port: number }).port));
    });
    await new Promise((done) => probe.close(done));
    await start({ grpc: { otlpPort } });
    expect((await callOnce(otlpPort, '/test.Echo/Echo', Buffer.from('a'))).body?.toString()).toBe('a');
  });
});
