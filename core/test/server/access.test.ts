import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import type { BoundPorts } from '../../src/contract/server.js';
import { AccessControl } from '../../src/server/access.js';
import { build, callOnce, http, settingsOf, type Built } from './support.js';

let running: Built | undefined;

async function start(): Promise<BoundPorts> {
  running = build(settingsOf({ receiverToken: 'for-senders', queryToken: 'for-readers' }));
  running.grpc.unary('/test.Echo/Send', 'receiver', async (body) => body);
  running.http.route({ method: 'POST', path: '/send', access: 'receiver', handler: async ({ body }) => ({ status: 200, body }) });
  running.http.route({ method: 'POST', path: '/read', access: 'query', handler: async ({ body }) => ({ status: 200, body }) });
  return running.listeners.open();
}

afterEach(async () => {
  await running?.listeners.close();
  await running?.listeners.closeAdmin();
  running = undefined;
});

describe('tokens', () => {
  test('over gRPC: none, a wrong one and the right one', async () => {
    const ports = await start();
    const send = async (metadata: Readonly<Record<string, string>>) => callOnce(ports.grpc, '/test.Echo/Send', Buffer.from('x'), { metadata });
    const wrongOnes: Readonly<Record<string, string>>[] = [
      {},
      { authorization: 'Bearer for-readers' },
      { authorization: 'for-senders' },
      { authentication: 'no' },
    ];
    for (const wrong of wrongOnes) {
      const { error } = await send(wrong);
      expect([error?.code, error?.details]).toEqual([status.UNAUTHENTICATED, expect.stringMatching(/^the bearer token is missing or wrong\. Send the header/)]);
    }
    expect((await send({ authorization: 'Bearer for-senders' })).body?.toString()).toBe('x');
    expect((await send({ Authentication: 'for-senders' })).body?.toString()).toBe('x');
    expect(running?.metrics.value('meterlark_grpc_refused_total', { reason: 'token' })).toBe(4);
  });

  test('are checked before a large gRPC message is read', async () => {
    const ports = await start();
    const { error } = await callOnce(ports.grpc, '/test.Echo/Send', Buffer.alloc(20_000_000));
    expect(error?.code).toBe(status.UNAUTHENTICATED);
  });

  test('over HTTP: each guards its own routes', async () => {
    const ports = await start();
    const ask = async (path: string, authorization: string) =>
      (await http(ports.http, path, { method: 'POST', body: 'x', headers: { authorization } })).status;
    expect(await ask('/send', 'Bearer for-senders')).toBe(200);
    expect(await ask('/send', 'bearer  for-senders')).toBe(200);
    expect(await ask('/send', 'Bearer for-readers')).toBe(401);
    expect(await ask('/read', 'Bearer for-readers')).toBe(200);
    expect(await ask('/read', 'Bearer ')).toBe(401);
    const none = await http(ports.http, '/read', { method: 'POST', body: 'x' });
    expect([none.status, none.headers['www-authenticate'], none.json()['error']]).toEqual([401, 'Bearer', 'METERLARK_SERVER_UNAUTHENTICATED']);
  });

  test('the header of SkyWalking agents opens no query', () => {
    const access = new AccessControl({ receiverToken: '', queryToken: 'secret' });
    const header = (name: string) => (name === 'authentication' ? 'secret' : undefined);
    expect(access.refusal('query', header)).toMatchObject({ code: 'METERLARK_SERVER_UNAUTHENTICATED' });
    expect(access.refusal('receiver', header)).toBeUndefined();
  });

  test('are never part of an error', () => {
    const access = new AccessControl({ receiverToken: 'for-senders', queryToken: '' });
    const error = access.refusal('receiver', () => 'Bearer guess');
    expect(JSON.stringify([error, error?.message, error?.cure])).not.toMatch(/for-senders|guess/);
  });
});
