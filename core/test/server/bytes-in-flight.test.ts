import { status } from '@grpc/grpc-js';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { BoundPorts } from '../../src/contract/server.js';
import { build, call, callOnce, grpcClient, http, settingsOf, type Built, type Overrides } from './support.js';

let running: Built | undefined;
let finish = (): void => undefined;

/** Both protocols serve one method that answers the length, and one that holds its request until `finish`. */
async function start(overrides: Overrides): Promise<{ servers: Built; ports: BoundPorts; entered: Promise<void> }> {
  const servers = build(settingsOf(overrides));
  running = servers;
  const held = new Promise<void>((resolve) => (finish = resolve));
  let inside = (): void => undefined;
  const entered = new Promise<void>((resolve) => (inside = resolve));
  const hold = async (): Promise<void> => {
    inside();
    await held;
  };
  const length = (body: Buffer): string => String(body.length);
  servers.grpc.unary('/test.Bytes/Length', 'open', async (body) => Buffer.from(length(body)));
  servers.grpc.unary('/test.Bytes/Hold', 'open', async (body) => (await hold(), body));
  servers.http.route({ method: 'POST', path: '/length', access: 'open', handler: async ({ body }) => ({ status: 200, body: length(body) }) });
  servers.http.route({ method: 'POST', path: '/hold', access: 'open', handler: async () => (await hold(), { status: 200, body: 'done' }) });
  return { servers, ports: await servers.listeners.open(), entered };
}

const inFlight = (servers: Built): number => servers.metrics.value('meterlark_server_in_flight_bytes');

afterEach(async () => {
  finish();
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
});

describe('bytes in flight', () => {
  test('of a held HTTP request refuse others on both protocols, and room returns when it ends', async () => {
    const { servers, ports, entered } = await start({ maxInFlightBytes: 10_000 });
    const first = http(ports.http, '/hold', { method: 'POST', body: Buffer.alloc(9_000) });
    await entered;
    expect(inFlight(servers)).toBe(9_000);
    const overHttp = await http(ports.http, '/length', { method: 'POST', body: Buffer.alloc(2_000) });
    expect([overHttp.status, overHttp.headers['retry-after'], overHttp.json()['error']]).toEqual([429, '1', 'METERLARK_SERVER_TOO_MANY_BYTES']);
    const { error } = await callOnce(ports.grpc, '/test.Bytes/Length', Buffer.alloc(2_000));
    expect([error?.code, error?.metadata.get('meterlark-error')]).toEqual([status.RESOURCE_EXHAUSTED, ['METERLARK_SERVER_TOO_MANY_BYTES']]);
    expect(String(error?.metadata.get('grpc-status-details-bin')[0])).toContain('google.rpc.RetryInfo');
    expect(servers.metrics.value('meterlark_http_refused_total', { reason: 'bytes' })).toBe(1);
    expect(servers.metrics.value('meterlark_grpc_refused_total', { reason: 'bytes' })).toBe(1);
    finish();
    expect((await first).status).toBe(200);
    await expect.poll(() => inFlight(servers)).toBe(0);
    expect((await callOnce(ports.grpc, '/test.Bytes/Length', Buffer.alloc(2_000))).body?.toString()).toBe('2000');
  });

  test('of a held gRPC call refuse others, and health is told meanwhile', async () => {
    const { servers, ports, entered } = await start({ maxInFlightBytes: 10_000, http: { maxConcurrentRequests: 1 } });
    const client = grpcClient(ports.grpc);
    const first = call(client, '/test.Bytes/Hold', Buffer.alloc(9_990));
    await entered;
    expect((await call(client, '/test.Bytes/Length', Buffer.alloc(500))).error?.code).toBe(status.RESOURCE_EXHAUSTED);
    const health = await call(client, '/grpc.health.v1.Health/Check', Buffer.alloc(0));
    expect(health.body?.toString('hex')).toBe('0801');
    expect((await http(ports.http, '/healthcheck')).status).toBe(200);
    expect((await http(ports.admin, '/healthcheck')).status).toBe(200);
    finish();
    expect((await first).body).toHaveLength(9_990);
    await expect.poll(() => inFlight(servers)).toBe(0);
    client.close();
  });

  test('count what has arrived of a gRPC message before it is whole', async () => {
    const { servers, ports } = await start({ maxInFlightBytes: 1_000_000 });
    const { error } = await callOnce(ports.grpc, '/test.Bytes/Length', Buffer.alloc(30_000_000));
    expect(error?.metadata.get('meterlark-error')).toEqual(['METERLARK_SERVER_TOO_MANY_BYTES']);
    await expect.poll(() => inFlight(servers)).toBe(0);
  });

  test('count a body as it comes, and give the room back when its sender goes away', async () => {
    const { servers, ports } = await start({ maxInFlightBytes: 10_000 });
    const socket = connect(ports.http, '127.0.0.1');
    socket.write(`POST /length HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\n${'x'.repeat(4_000)}`);
    await expect.poll(() => inFlight(servers)).toBe(4_000);
    socket.destroy();
    await expect.poll(() => inFlight(servers)).toBe(0);
    expect(servers.log.lines).toEqual([]);
  });

  test('count what a small body inflates to', async () => {
    const { servers, ports } = await start({ maxInFlightBytes: 1_000_000 });
    for (const size of [1_500_000, 40_000_000]) {
      const body = gzipSync(Buffer.alloc(size));
      const overHttp = await http(ports.http, '/length', { method: 'POST', body, headers: { 'content-encoding': 'gzip' } });
      expect([overHttp.status, overHttp.json()['error']]).toEqual([429, 'METERLARK_SERVER_TOO_MANY_BYTES']);
    }
    const { error } = await callOnce(ports.grpc, '/test.Bytes/Length', Buffer.alloc(1_500_000), { gzip: true });
    expect(error?.metadata.get('meterlark-error')).toEqual(['METERLARK_SERVER_TOO_MANY_BYTES']);
    await expect.poll(() => inFlight(servers)).toBe(0);
  });

  test('bound what gzip messages inflate to at one time over gRPC', async () => {
    const { servers, ports } = await start({ maxInFlightBytes: 60_000_000 });
    const client = grpcClient(ports.grpc, { gzip: true });
    const refused: unknown[] = [];
    const held = Array.from({ length: 5 }, async () => {
      const { error } = await call(client, '/test.Bytes/Hold', Buffer.alloc(40_000_000));
      if (error !== undefined) refused.push(...error.metadata.get('meterlark-error'));
    });
    await expect.poll(() => refused, { timeout: 8_000 }).toEqual(Array<string>(4).fill('METERLARK_SERVER_TOO_MANY_BYTES'));
    finish();
    await Promise.all(held);
    expect(refused).toHaveLength(4);
    await expect.poll(() => inFlight(servers)).toBe(0);
    client.close();
  });

  test('of a large gzip body are those it says it holds, and a body of several members is read nevertheless', async () => {
    const { ports } = await start({ maxInFlightBytes: 70_000_000 });
    const member = gzipSync(Buffer.alloc(5_000_000));
    for (const [body, length] of [[member, 5_000_000], [Buffer.concat([member, member]), 10_000_000]] as const) {
      const answer = await http(ports.http, '/length', { method: 'POST', body, headers: { 'content-encoding': 'gzip' } });
      expect(answer.body.toString()).toBe(String(length));
    }
  });
});

describe('what a route accepts', () => {
  async function startStrict() {
    const begun = await start({ http: { maxBodyBytes: 1_000_000 } });
    const setting = { provider: 'receiver/test', key: 'maxJsonBytes' };
    const accepts = [{ mediaType: 'application/x-protobuf' }, { mediaType: 'application/json', maxBodyBytes: 1_000, setting }];
    begun.servers.http.route({ method: 'POST', path: '/strict', access: 'open', accepts, handler: async ({ body }) => ({ status: 200, body: String(body.length) }) });
    const ask = (type: string | undefined, body: Buffer, headers: Record<string, string> = {}) =>
      http(begun.ports.http, '/strict', { method: 'POST', body, headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) } });
    return { ...begun, ask };
  }

  test.each([undefined, '', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx', 'json'])(
    'the content type %s gets 415',
    async (type) => {
      const { ask } = await startStrict();
      const answer = await ask(type, Buffer.from('{}'));
      expect([answer.status, answer.json()['error']]).toEqual([415, 'METERLARK_SERVER_UNSUPPORTED_MEDIA_TYPE']);
      expect(answer.json()['cure']).toBe('Send it as application/x-protobuf or application/json.');
    },
  );

  test('its own limit of a type holds for what is sent, chunked or not, and for what it inflates to', async () => {
    const { ports, ask } = await startStrict();
    expect((await ask('Application/JSON; charset=utf-8', Buffer.alloc(1_000))).body.toString()).toBe('1000');
    expect((await ask('application/x-protobuf', Buffer.alloc(5_000))).body.toString()).toBe('5000');
    const sent = await ask('application/json', Buffer.alloc(1_001));
    const bomb = await ask('application/json', gzipSync(Buffer.alloc(900_000)), { 'content-encoding': 'gzip' });
    for (const answer of [sent, bomb]) {
      expect([answer.status, answer.json()['error']]).toEqual([413, 'METERLARK_SERVER_BODY_TOO_LARGE']);
      expect(answer.json()['cure']).toContain('receiver/test maxJsonBytes (METERLARK_RECEIVER_TEST_MAX_JSON_BYTES)');
    }
    expect(await chunked(ports.http)).toContain('413 Payload Too Large');
  });
});

function chunked(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const head = 'POST /strict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head}7d0\r\n${'x'.repeat(2_000)}\r\n`));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
