import { credentials, status } from '@grpc/grpc-js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TlsSettings } from '../../src/server/settings.js';
import { loadTls } from '../../src/server/tls.js';
import { selfSigned } from './certificate.js';
import { build, callOnce, settingsOf, type Built } from './support.js';

const server = selfSigned('localhost');
const client = selfSigned('client');
const stranger = selfSigned('stranger');
let folder = '';
let files: TlsSettings;
let running: Built | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'meterlark-tls-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  files = { certFile: write('cert.pem', server.cert), keyFile: write('key.pem', server.key), clientCaFile: write('ca.pem', client.cert) };
  write('other-key.pem', stranger.key);
  write('junk.pem', 'junk');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
});

async function start(tls: TlsSettings) {
  running = build(settingsOf({ grpc: { tls }, http: { tls } }));
  running.grpc.unary('/test.Echo/Echo', 'open', async (body) => body);
  running.extra.listen({ provider: 'receiver/zipkin', host: '127.0.0.1', port: 0 });
  return running.listeners.open();
}

function https(port: number, options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const ask = request({ host: '127.0.0.1', port, path: '/healthcheck', servername: 'localhost', agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    ask.on('error', reject);
    ask.end();
  });
}

describe('TLS', () => {
  test('is spoken on the ports that plugins asked for', async () => {
    const { extra } = await start({ ...files, clientCaFile: '' });
    expect(await https(extra['receiver/zipkin']!, { ca: server.cert })).toBe(200);
    await expect(https(extra['receiver/zipkin']!, {})).rejects.toThrow();
  });

  test('is spoken on both ports, and a client that does not trust the certificate ends the connection', async () => {
    const ports = await start({ ...files, clientCaFile: '' });
    const trusting = credentials.createSsl(Buffer.from(server.cert));
    const answer = await callOnce(ports.grpc, '/test.Echo/Echo', Buffer.from('x'), { credentials: trusting });
    expect(answer.body?.toString()).toBe('x');
    expect(await https(ports.http, { ca: server.cert })).toBe(200);
    await expect(https(ports.http, {})).rejects.toThrow(/self-signed/);
  });

  test('asks for a client certificate when an authority is set', async () => {
    const ports = await start(files);
    const root = Buffer.from(server.cert);
    const known = credentials.createSsl(root, Buffer.from(client.key), Buffer.from(client.cert));
    expect((await callOnce(ports.grpc, '/test.Echo/Echo', Buffer.from('x'), { credentials: known })).body?.toString()).toBe('x');
    const without = await callOnce(ports.grpc, '/test.Echo/Echo', Buffer.from('x'), { credentials: credentials.createSsl(root) });
    expect(without.error?.code).toBe(status.UNAVAILABLE);
    expect(await https(ports.http, { ca: server.cert, cert: client.cert, key: client.key })).toBe(200);
    await expect(https(ports.http, { ca: server.cert })).rejects.toThrow();
    await expect(https(ports.http, { ca: server.cert, cert: stranger.cert, key: stranger.key })).rejects.toThrow();
  });
});

describe('TLS settings', () => {
  const load = (settings: Partial<TlsSettings>) => loadTls('grpc', { certFile: '', keyFile: '', clientCaFile: '', ...settings }, folder);

  test('all empty mean plain text', () => {
    expect(load({})).toBeUndefined();
  });

  test('may be relative to the root folder', () => {
    expect(load({ certFile: 'cert.pem', keyFile: 'key.pem' })?.cert.toString()).toBe(server.cert);
  });

  test('with a missing half name it and its variable', () => {
    expect(() => load({ certFile: 'cert.pem' })).toThrow(
      expect.objectContaining({
        code: 'METERLARK_SERVER_TLS_INCOMPLETE',
        fields: expect.objectContaining({ missing: 'server/shared grpc.tls.keyFile', env: 'METERLARK_SERVER_GRPC_TLS_KEY_FILE' }),
      }),
    );
    expect(() => load({ clientCaFile: 'ca.pem' })).toThrow(expect.objectContaining({ code: 'METERLARK_SERVER_TLS_INCOMPLETE' }));
  });

  test('with a file that is not there name the file', () => {
    expect(() => load({ certFile: 'gone.pem', keyFile: 'key.pem' })).toThrow(
      expect.objectContaining({ code: 'METERLARK_SERVER_TLS_UNREADABLE', fields: expect.objectContaining({ file: 'gone.pem' }) }),
    );
  });

  test.each(['other-key.pem', 'junk.pem'])('with a key that does not fit (%s) are refused', (keyFile) => {
    expect(() => load({ certFile: 'cert.pem', keyFile })).toThrow(expect.objectContaining({ code: 'METERLARK_SERVER_TLS_INVALID' }));
  });
});
