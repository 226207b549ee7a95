import { createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpServer } from '../../src/contract/server.js';
import { build, http, settingsOf, type Built, type Overrides } from './support.js';

const host = '127.0.0.1';
const zipkin = 'receiver/zipkin';

let running: Built | undefined;
let blocker: Server | undefined;

function prepare(overrides: Overrides = {}): Built {
  running = build(settingsOf(overrides));
  return running;
}

function echoOn(server: HttpServer): void {
  server.route({ method: 'POST', path: '/echo', access: 'receiver', handler: async ({ body }) => ({ status: 202, body }) });
}

async function takenPort(): Promise<number> {
  blocker = createServer();
  return new Promise((resolve) => blocker?.listen(0, host, () => resolve((blocker?.address() as { port: number }).port)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => server.listen(0, host, () => resolve((server.address() as { port: number }).port)));
  await new Promise((done) => server.close(done));
  return port;
}

afterEach(async () => {
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
  blocker?.close();
  blocker = undefined;
});

describe('a port that a plugin asked for', () => {
  test('opens with the others, serves its own routes, and is told by provider', async () => {
    const servers = prepare();
    echoOn(servers.extra.listen({ provider: zipkin, host, port: 0 }));
    echoOn(servers.extra.listen({ provider: 'endpoint/zipkin', host, port: 0 }));
    await servers.listeners.openAdmin();
    expect(servers.listeners.ports()).toBeUndefined();
    const { extra, http: shared } = await servers.listeners.open();
    expect(Object.keys(extra)).toEqual([zipkin, 'endpoint/zipkin']);
    expect(new Set([...Object.values(extra), shared]).size).toBe(3);
    for (const port of Object.values(extra)) {
      const answer = await http(port, '/echo', { method: 'POST', body: gzipSync('hello'), headers: { 'content-encoding': 'gzip' } });
      expect([answer.status, answer.body.toString()]).toEqual([202, 'hello']);
      expect((await http(port, '/healthcheck')).json()).toEqual({ status: 'ready' });
    }
    expect((await http(shared, '/echo', { method: 'POST', body: 'x' })).status).toBe(404);
  });

  test('is none when nobody asked', async () => {
    expect((await prepare().listeners.open()).extra).toEqual({});
  });

  test('asks for the same tokens and holds the same limits', async () => {
    const servers = prepare({ receiverToken: 'secret', http: { maxBodyBytes: 100 } });
    echoOn(servers.extra.listen({ provider: zipkin, host, port: 0 }));
    const port = (await servers.listeners.open()).extra[zipkin]!;
    const ask = (body: string, headers: Record<string, string> = {}) => http(port, '/echo', { method: 'POST', body, headers });
    expect((await ask('x')).status).toBe(401);
    expect((await ask('x', { authorization: 'Bearer secret' })).status).toBe(202);
    expect((await ask('x'.repeat(101), { authorization: 'Bearer secret' })).status).toBe(413);
    expect(servers.metrics.value('meterlark_extra_http_refused_total', { reason: 'token', listener: zipkin })).toBe(1);
    expect(servers.metrics.value('meterlark_http_refused_total', { reason: 'token' })).toBe(0);
  });

  test('has its own room for requests, and tells which server is busy', async () => {
    const servers = prepare({ http: { maxConcurrentRequests: 1 } });
    const extra = servers.extra.listen({ provider: zipkin, host, port: 0 });
    let finish = (): void => undefined;
    const entered = new Promise<void>((inside) => {
      const handler = async () => {
        inside();
        await new Promise<void>((done) => (finish = done));
        return { status: 200, body: '' };
      };
      extra.route({ method: 'GET', path: '/wait', access: 'open', handler });
    });
    echoOn(servers.http);
    const ports = await servers.listeners.open();
    const first = http(ports.extra[zipkin]!, '/wait');
    await entered;
    expect(servers.metrics.value('meterlark_extra_http_requests')).toBe(1);
    const second = await http(ports.extra[zipkin]!, '/wait');
    expect([second.status, second.json()['message']]).toEqual([429, expect.stringContaining('the receiver/zipkin server has 1 requests in flight')]);
    expect((await http(ports.http, '/echo', { method: 'POST', body: 'x' })).status).toBe(202);
    finish();
    expect((await first).status).toBe(200);
  });

  test('lets running requests end when the server closes, and takes no new ones', async () => {
    const servers = prepare();
    const extra = servers.extra.listen({ provider: zipkin, host, port: 0 });
    let finish = (): void => undefined;
    const entered = new Promise<void>((inside) => {
      const handler = async () => {
        inside();
        await new Promise<void>((done) => (finish = done));
        return { status: 200, body: 'done' };
      };
      extra.route({ method: 'GET', path: '/wait', access: 'open', handler });
    });
    const port = (await servers.listeners.open()).extra[zipkin]!;
    const first = http(port, '/wait');
    await entered;
    const closed = servers.listeners.close();
    expect((await http(port, '/wait')).status).toBe(503);
    expect((await http(port, '/healthcheck')).json()).toEqual({ status: 'draining' });
    finish();
    expect((await first).body.toString()).toBe('done');
    await closed;
    await expect(http(port, '/healthcheck')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(servers.log.lines).toEqual([]);
  });

  test('that another process has is named with the setting of its provider, and leaves all others closed', async () => {
    const port = await takenPort();
    const servers = prepare();
    const free = await freePort();
    servers.extra.listen({ provider: 'endpoint/promql', host, port: free });
    servers.extra.listen({ provider: zipkin, host, port });
    await expect(servers.listeners.open()).rejects.toMatchObject({
      code: 'METERLARK_SERVER_PORT_TAKEN',
      fields: { listener: zipkin, port, setting: 'receiver/zipkin port', env: 'METERLARK_RECEIVER_ZIPKIN_PORT' },
    });
    expect(servers.state.current()).toBe('starting');
    expect(servers.listeners.ports()).toBeUndefined();
    await expect(http(free, '/healthcheck')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('on a host that is not here names the host setting', async () => {
    const servers = prepare();
    servers.extra.listen({ provider: zipkin, host: '203.0.113.7', port: 0 });
    await expect(servers.listeners.open()).rejects.toMatchObject({
      code: 'METERLARK_SERVER_BAD_HOST',
      fields: { setting: 'receiver/zipkin host', env: 'METERLARK_RECEIVER_ZIPKIN_HOST' },
    });
  });

  test('cannot be asked for twice, or after the ports were opened', async () => {
    const servers = prepare();
    servers.extra.listen({ provider: zipkin, host, port: 0 });
    expect(() => servers.extra.listen({ provider: zipkin, host, port: 0 })).toThrow('twice');
    await servers.listeners.open();
    expect(() => servers.extra.listen({ provider: 'endpoint/promql', host, port: 0 })).toThrow('after the ports were opened');
  });

  test('is warned of when other machines can reach it without a token', async () => {
    const servers = prepare();
    servers.extra.listen({ provider: zipkin, host: '0.0.0.0', port: 0 });
    await servers.listeners.open();
    const fields = { hosts: ['0.0.0.0'], env: ['METERLARK_SERVER_RECEIVER_TOKEN', 'METERLARK_SERVER_QUERY_TOKEN'] };
    expect(servers.log.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields }));
  });
});
