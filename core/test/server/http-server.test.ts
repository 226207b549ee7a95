import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { defineErrors } from '../../src/kernel/error.js';
import type { BoundPorts } from '../../src/contract/server.js';
import { build, http, settingsOf, type Built, type Overrides } from './support.js';

const errors = defineErrors({
  METERLARK_TEST_BAD: { class: 'permanent', message: 'bad', cure: 'mend it' },
  METERLARK_TEST_FULL: { class: 'retryable', message: 'full', cure: 'wait' },
});

let running: Built | undefined;

async function start(overrides: Overrides = {}): Promise<{ servers: Built; ports: BoundPorts }> {
  const servers = build(settingsOf(overrides));
  running = servers;
  const text = (body: string | Uint8Array) => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });
  servers.http.route({ method: 'POST', path: '/echo', access: 'receiver', handler: async ({ body }) => text(body) });
  servers.http.route({ method: 'POST', path: '/length', access: 'query', handler: async ({ body }) => text(String(body.length)) });
  servers.http.route({
    method: 'GET',
    path: '/seen',
    access: 'open',
    handler: async (request) =>
      text(JSON.stringify({ query: request.query, body: request.body.toString(), agent: request.header('user-agent'), path: request.path })),
  });
  servers.http.route({ method: 'GET', path: '/files/*', access: 'open', handler: async ({ path }) => text(path) });
  servers.http.route({ method: 'POST', path: '/bad', access: 'open', handler: async () => Promise.reject(errors.METERLARK_TEST_BAD()) });
  servers.http.route({
    method: 'POST',
    path: '/full',
    access: 'open',
    handler: async () => Promise.reject(errors.METERLARK_TEST_FULL({ retryDelayMs: 2_500 })),
  });
  servers.http.route({ method: 'POST', path: '/boom', access: 'open', handler: async () => Promise.reject(new Error('secret')) });
  return { servers, ports: await servers.listeners.open() };
}

afterEach(async () => {
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
});

describe('bodies', () => {
  test('reach the handler as bytes, whatever their content type', async () => {
    const { ports } = await start();
    const body = Buffer.from([0, 255, 10, 10, 128]);
    for (const type of ['application/x-protobuf', 'application/json', 'text/plain', 'no/such-type']) {
      const answer = await http(ports.http, '/echo', { method: 'POST', body, headers: { 'content-type': type } });
      expect([answer.status, answer.body]).toEqual([200, body]);
    }
  });

  test('may be empty or come without a content type', async () => {
    const { ports } = await start();
    expect((await http(ports.http, '/length', { method: 'POST' })).body.toString()).toBe('0');
    expect((await http(ports.http, '/length', { method: 'POST', body: 'abc' })).body.toString()).toBe('3');
    const json = { 'content-type': 'application/json' };
    expect((await http(ports.http, '/length', { method: 'POST', body: '', headers: json })).body.toString()).toBe('0');
  });

  test('are inflated from gzip and deflate, small and large', async () => {
    const { ports } = await start();
    for (const length of [5, 5_000_000]) {
      const plain = Buffer.alloc(length, 1);
      const gzip = { method: 'POST', body: gzipSync(plain), headers: { 'content-encoding': 'gzip' } };
      const deflate = { method: 'POST', body: deflateSync(plain), headers: { 'content-encoding': 'DEFLATE' } };
      expect((await http(ports.http, '/length', gzip)).body.toString()).toBe(String(length));
      expect((await http(ports.http, '/length', deflate)).body.toString()).toBe(String(length));
    }
  });

  test('larger than the limit get 413, as sent', async () => {
    const { ports } = await start({ http: { maxBodyBytes: 1_000 } });
    const answer = await http(ports.http, '/length', { method: 'POST', body: Buffer.alloc(1_001) });
    expect(answer.status).toBe(413);
    expect(answer.json()).toMatchObject({ error: 'METERLARK_SERVER_BODY_TOO_LARGE' });
    expect((await http(ports.http, '/length', { method: 'POST', body: Buffer.alloc(1_000) })).body.toString()).toBe('1000');
  });

  test('that inflate over the limit get 413, small and large bombs', async () => {
    const { ports } = await start({ http: { maxBodyBytes: 10_000_000 } });
    const small = gzipSync(Buffer.alloc(10_000_001));
    // Members of one gzip stream follow each other: 300 KiB of them hold 300 MB.
    const large = Buffer.concat(Array<Buffer>(30).fill(small));
    for (const body of [small, large]) {
      const answer = await http(ports.http, '/length', { method: 'POST', body, headers: { 'content-encoding': 'gzip' } });
      expect(answer.status).toBe(413);
    }
  });

  test('in an unknown encoding get 415, damaged ones 400', async () => {
    const { ports } = await start();
    const ask = (encoding: string, body: Uint8Array) =>
      http(ports.http, '/length', { method: 'POST', body, headers: { 'content-encoding': encoding } });
    expect((await ask('br', Buffer.alloc(3))).status).toBe(415);
    expect((await ask('gzip, gzip', Buffer.alloc(3))).status).toBe(415);
    expect((await ask('gzip', Buffer.from('not gzip'))).status).toBe(400);
    expect((await ask('gzip', gzipSync('hello').subarray(0, 12))).status).toBe(400);
  });

  test('sent with a GET can be read', async () => {
    const { ports } = await start();
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'me' };
    const answer = await http(ports.http, '/seen?a=1&a=2&b=%20x&__proto__=y', { body: 'query=up', headers: form });
    expect(answer.json()).toEqual(JSON.parse('{"query":{"a":"1","b":" x","__proto__":"y"},"body":"query=up","agent":"me","path":"/seen"}'));
  });
});

describe('errors', () => {
  test('that are permanent become 400 and retryable ones 429 with Retry-After, as JSON', async () => {
    const { ports } = await start();
    const bad = await http(ports.http, '/bad', { method: 'POST' });
    expect([bad.status, bad.json()]).toEqual([400, { code: 3, message: 'METERLARK_TEST_BAD: bad. mend it', error: 'METERLARK_TEST_BAD', cure: 'mend it' }]);
    const full = await http(ports.http, '/full', { method: 'POST' });
    expect([full.status, full.headers['retry-after'], full.headers['content-type']]).toEqual([429, '3', 'application/json']);
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '2.5s' }];
    expect(full.json()).toMatchObject({ code: 8, message: 'METERLARK_TEST_FULL: full. wait', details });
  });

  test('to a protobuf sender are a google.rpc.Status', async () => {
    const { ports } = await start();
    const answer = await http(ports.http, '/bad', { method: 'POST', body: 'x', headers: { 'content-type': 'application/x-protobuf' } });
    expect(answer.headers['content-type']).toBe('application/x-protobuf');
    expect(answer.body.toString('hex')).toBe('0803' + '1220' + Buffer.from('METERLARK_TEST_BAD: bad. mend it').toString('hex'));
  });

  test('that nobody foresaw become 500, tell nothing and are logged', async () => {
    const { servers, ports } = await start();
    const answer = await http(ports.http, '/boom', { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).not.toContain('secret');
    expect(servers.log.lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'HTTP handler failed' }));
  });

  test.each(['//', '//x', '//[', '///', '/\\\\', 'http://['])('of a path that is no address of ours are refused without a line in the log: %s', async (path) => {
    const { servers, ports } = await start({ queryToken: 'secret' });
    const answer = await http(ports.http, path);
    expect([400, 404]).toContain(answer.status);
    expect(servers.log.lines).toEqual([]);
    expect((await http(ports.http, '//elsewhere/healthcheck')).status).toBe(404);
  });

  test('tell an unknown path from a wrong method', async () => {
    const { ports } = await start();
    expect((await http(ports.http, '/nothing')).status).toBe(404);
    expect((await http(ports.http, '//echo')).status).toBe(404);
    expect((await http(ports.http, '/%zz')).json()).toMatchObject({ error: 'METERLARK_SERVER_BAD_REQUEST' });
    const wrong = await http(ports.http, '/echo', { method: 'DELETE' });
    expect([wrong.status, wrong.headers.allow, wrong.json()['error']]).toEqual([405, 'POST', 'METERLARK_SERVER_METHOD_NOT_ALLOWED']);
    expect((await http(ports.http, '/echo', { method: 'OPTIONS' })).status).toBe(405);
    expect((await http(ports.http, '/seen', { method: 'HEAD' })).status).toBe(200);
  });

  test('of malformed HTTP end that connection only', async () => {
    const { ports } = await start();
    const reply = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(ports.http, '127.0.0.1', () => socket.write('NOT HTTP AT ALL\r\n\r\n'));
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(reply).toContain('400 Bad Request');
    expect((await http(ports.http, '/healthcheck')).status).toBe(200);
  });
});

describe('routes', () => {
  test('may be added while the server runs, and may serve all below a path', async () => {
    const { servers, ports } = await start();
    servers.http.route({ method: 'GET', path: '/late', access: 'open', handler: async () => ({ status: 201, body: 'late' }) });
    expect((await http(ports.http, '/late')).status).toBe(201);
    expect((await http(ports.http, '/files/a/b.css')).body.toString()).toBe('/files/a/b.css');
    expect((await http(ports.http, '/files')).status).toBe(404);
  });

  test('cannot be taken twice, another method can', async () => {
    const { servers } = await start();
    const route = { path: '/echo', access: 'open' as const, handler: async () => ({ status: 200, body: '' }) };
    expect(() => servers.http.route({ ...route, method: 'POST' })).toThrow('POST /echo');
    expect(() => servers.http.route({ ...route, method: 'PUT' })).not.toThrow();
  });
});

describe('limits', () => {
  test('requests over the limit get 429, and room returns when one ends', async () => {
    const { servers, ports } = await start({ http: { maxConcurrentRequests: 1 } });
    let finish = (): void => undefined;
    const entered = new Promise<void>((inside) => {
      const handler = async () => {
        inside();
        await new Promise<void>((done) => (finish = done));
        return { status: 200, body: 'done' };
      };
      servers.http.route({ method: 'GET', path: '/wait', access: 'open', handler });
    });
    const first = http(ports.http, '/wait');
    await entered;
    const second = await http(ports.http, '/seen');
    expect([second.status, second.headers['retry-after']]).toEqual([429, '1']);
    expect(servers.metrics.value('meterlark_http_refused_total', { reason: 'busy' })).toBe(1);
    finish();
    expect((await first).body.toString()).toBe('done');
    await expect.poll(() => servers.metrics.value('meterlark_http_requests')).toBe(0);
    expect((await http(ports.http, '/seen')).status).toBe(200);
  });

  test('a client that goes away in the middle of its body gives its room back', async () => {
    const { servers, ports } = await start({ http: { maxConcurrentRequests: 1 } });
    const socket = connect(ports.http, '127.0.0.1');
    socket.write('POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf');
    await expect.poll(() => servers.metrics.value('meterlark_http_requests')).toBe(1);
    socket.destroy();
    await expect.poll(() => servers.metrics.value('meterlark_http_requests')).toBe(0);
  });

  test('connections over the limit are closed and counted', async () => {
    const { servers, ports } = await start({ http: { maxConnections: 1 } });
    const first = connect(ports.http, '127.0.0.1');
    await new Promise((done) => first.once('connect', done));
    await new Promise<void>((resolve) => {
      const second = connect(ports.http, '127.0.0.1');
      second.on('error', () => undefined);
      second.on('close', () => resolve());
    });
    expect(servers.metrics.value('meterlark_http_refused_total', { reason: 'connections' })).toBe(1);
    first.destroy();
  });
});
