import { status } from '@grpc/grpc-js';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { build, call, callOnce, grpcClient, http, settingsOf, type Built, type Overrides } from './support.js';

let running: Built | undefined;
let blocker: Server | undefined;

function prepare(overrides: Overrides = {}): Built {
  running = build(settingsOf(overrides));
  return running;
}

afterEach(async () => {
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
  blocker?.close();
  blocker = undefined;
});

const check = '/grpc.health.v1.Health/Check';
const nobody = Buffer.alloc(0);

describe('health', () => {
  test('is 503 on the admin port until the ports are open', async () => {
    const servers = prepare();
    const admin = await servers.listeners.openAdmin();
    const before = await http(admin, '/healthcheck');
    expect([before.status, before.json()]).toEqual([503, { status: 'starting' }]);
    expect(servers.listeners.ports()).toBeUndefined();
    const ports = await servers.listeners.open();
    expect(ports.admin).toBe(admin);
    expect(servers.listeners.ports()).toEqual(ports);
    const after = await http(admin, '/healthcheck');
    expect([after.status, after.json()]).toEqual([200, { status: 'ready' }]);
  });

  test('is 503 on the HTTP port before what it serves has started, and everything else there is retryable', async () => {
    const servers = prepare();
    const port = await servers.listeners.openHttp();
    const before = await http(port, '/healthcheck');
    expect([before.status, before.json()]).toEqual([503, { status: 'starting' }]);
    const early = await http(port, '/v1/metrics', { method: 'POST', body: 'x' });
    expect([early.status, early.headers['retry-after'], early.json()['error']]).toEqual([503, '1', 'METERLARK_SERVER_DRAINING']);
    expect(servers.listeners.ports()).toBeUndefined();
    const ports = await servers.listeners.open();
    expect(ports.http).toBe(port);
    expect((await http(port, '/healthcheck')).status).toBe(200);
  });

  test('agrees on all three protocols when ready', async () => {
    const servers = prepare();
    servers.grpc.unary('/test.Echo/Echo', 'open', async (body) => body);
    const ports = await servers.listeners.open();
    expect((await http(ports.http, '/healthcheck')).status).toBe(200);
    expect((await callOnce(ports.grpc, check, nobody)).body?.toString('hex')).toBe('0801');
    const named = Buffer.from([0x0a, 9, ...Buffer.from('test.Echo')]);
    expect((await callOnce(ports.grpc, check, named)).body?.toString('hex')).toBe('0801');
    const unknown = Buffer.from([0x0a, 4, ...Buffer.from('else')]);
    expect((await callOnce(ports.grpc, check, unknown)).error?.code).toBe(status.NOT_FOUND);
    const wrong = Buffer.from([0x0a, 100, 1]);
    expect((await callOnce(ports.grpc, check, wrong)).error?.code).toBe(status.INVALID_ARGUMENT);
  });

  test('needs no token', async () => {
    const servers = prepare({ receiverToken: 'r', queryToken: 'q' });
    const ports = await servers.listeners.open();
    expect((await http(ports.http, '/healthcheck')).status).toBe(200);
    expect((await callOnce(ports.grpc, check, nobody)).body?.toString('hex')).toBe('0801');
  });

  test('a watch tells the state, its change, and ends', async () => {
    const servers = prepare();
    const ports = await servers.listeners.open();
    const client = grpcClient(ports.grpc);
    const bytes = (value: Buffer): Buffer => value;
    const watch = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', bytes, bytes, nobody);
    const told: string[] = [];
    const first = new Promise<void>((resolve) => {
      watch.on('data', (answer: Buffer) => {
        told.push(answer.toString('hex'));
        resolve();
      });
    });
    const ended = new Promise((resolve) => watch.on('end', resolve));
    await first;
    await servers.listeners.close();
    await ended;
    expect(told).toEqual(['0801', '0802']);
    client.close();
  });
});

describe('closing', () => {
  async function withRunningRequests(overrides: Overrides = {}) {
    const servers = prepare(overrides);
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    let inside = 0;
    servers.http.route({
      method: 'GET',
      path: '/wait',
      access: 'open',
      handler: async () => {
        inside += 1;
        await held;
        return { status: 200, body: 'http done' };
      },
    });
    servers.grpc.unary('/test.Echo/Wait', 'open', async () => {
      inside += 1;
      await held;
      return Buffer.from('grpc done');
    });
    const ports = await servers.listeners.open();
    const client = grpcClient(ports.grpc);
    const overHttp = http(ports.http, '/wait');
    const overGrpc = call(client, '/test.Echo/Wait', nobody);
    await expect.poll(() => inside).toBe(2);
    return { servers, ports, client, overHttp, overGrpc, finish };
  }

  test('lets running requests end and refuses new ones meanwhile, health says draining', async () => {
    const { servers, ports, client, overHttp, overGrpc, finish } = await withRunningRequests();
    const closing = servers.listeners.close();
    const refused = await http(ports.http, '/wait');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect((await call(client, '/test.Echo/Wait', nobody)).error?.code).toBe(status.UNAVAILABLE);
    expect((await http(ports.http, '/healthcheck')).json()).toEqual({ status: 'draining' });
    expect((await http(ports.http, '/healthcheck')).status).toBe(503);
    expect((await call(client, check, nobody)).body?.toString('hex')).toBe('0802');
    finish();
    expect((await overHttp).body.toString()).toBe('http done');
    expect((await overGrpc).body?.toString()).toBe('grpc done');
    await closing;
    await expect(http(ports.http, '/healthcheck')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect((await http(ports.admin, '/healthcheck')).status).toBe(503);
    client.close();
  });

  test('cuts requests off that do not end in time, and says so', async () => {
    const { servers, client, overHttp, overGrpc } = await withRunningRequests({ drainTimeoutMs: 1 });
    const failedHttp = expect(overHttp).rejects.toThrow();
    await servers.listeners.close();
    await failedHttp;
    expect((await overGrpc).error).toBeDefined();
    expect(servers.log.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { drainTimeoutMs: 1 } }));
    client.close();
  });

  test('is harmless before opening and when repeated', async () => {
    const servers = prepare();
    await servers.listeners.close();
    await servers.listeners.close();
    expect(servers.state.current()).toBe('draining');
  });
});

describe('a port that cannot be opened', () => {
  test.each(['grpc', 'http'] as const)('is named with its setting when another process has the %s one', async (listener) => {
    blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker?.listen(0, '127.0.0.1', () => resolve((blocker?.address() as { port: number }).port));
    });
    const servers = prepare({ [listener]: { port } });
    await expect(servers.listeners.open()).rejects.toMatchObject({
      code: 'METERLARK_SERVER_PORT_TAKEN',
      fields: { port, setting: `server/shared ${listener}.port`, env: `METERLARK_SERVER_${listener.toUpperCase()}_PORT` },
    });
    expect(servers.state.current()).toBe('starting');
  });

  test('leaves the other ports closed', async () => {
    blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker?.listen(0, '127.0.0.1', () => resolve((blocker?.address() as { port: number }).port));
    });
    const free = createServer();
    const grpcPort = await new Promise<number>((resolve) => {
      free.listen(0, '127.0.0.1', () => resolve((free.address() as { port: number }).port));
    });
    await new Promise((done) => free.close(done));
    const servers = prepare({ http: { port }, grpc: { port: grpcPort } });
    await expect(servers.listeners.open()).rejects.toThrow();
    await expect(http(grpcPort, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each(['203.0.113.7', 'no-such-host.invalid', 'not a host'])('names the host setting for %s', async (host) => {
    const servers = prepare({ http: { host } });
    await expect(servers.listeners.open()).rejects.toMatchObject({
      code: 'METERLARK_SERVER_BAD_HOST',
      fields: { setting: 'server/shared http.host', env: 'METERLARK_SERVER_HTTP_HOST' },
    });
  });
});

describe('open doors', () => {
  test('are warned of when other machines can reach them without a token', async () => {
    const servers = prepare({ http: { host: '0.0.0.0' }, queryToken: 'q' });
    await servers.listeners.open();
    const fields = { hosts: ['0.0.0.0'], env: ['METERLARK_SERVER_RECEIVER_TOKEN'] };
    expect(servers.log.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields }));
  });

  test('are not warned of on loopback or with both tokens', async () => {
    const servers = prepare({ http: { host: '0.0.0.0' }, queryToken: 'q', receiverToken: 'r' });
    await servers.listeners.open();
    expect(servers.log.lines).toEqual([]);
  });
});
