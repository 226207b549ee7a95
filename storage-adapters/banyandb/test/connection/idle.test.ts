import { createServer, connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { clientOf } from './client-of.js';
import { FakeServer } from './fake-server.js';
import { wholeQuery } from './rows.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

async function served(): Promise<FakeServer> {
  const server = await new FakeServer({ unary: { measureQuery: () => ({}) } }).start();
  undo.push(() => server.stop());
  return server;
}

/** Passes bytes on until it is told to swallow them: a connection that is dead without a word. */
async function deafProxy(address: string): Promise<{ readonly address: string; deafen(): void }> {
  const sockets: Socket[] = [];
  let deaf = false;
  const proxy = createServer((incoming) => {
    const outgoing = connect(Number(address.split(':')[1]), '127.0.0.1');
    sockets.push(incoming, outgoing);
    for (const [from, to] of [[incoming, outgoing], [outgoing, incoming]] as const) {
      from.on('data', (bytes) => deaf || to.write(bytes));
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as { readonly port: number };
  return { address: `127.0.0.1:${port}`, deafen: () => void (deaf = true) };
}

test('a connection without calls is tried from time to time', async () => {
  const server = await served();
  const { client } = await clientOf({ targets: [server.address], keepAliveMs: 20 });
  undo.push(() => client.close());
  await vi.waitFor(() => expect(server.count('apiVersion')).toBeGreaterThan(2));
});

test('a connection that is dead without a word is left for another target by the try, not by a call', async () => {
  const [first, second] = [await served(), await served()];
  const proxy = await deafProxy(first.address);
  const { client } = await clientOf({ targets: [proxy.address, second.address], keepAliveMs: 20, connectTimeoutMs: 2_000, queryTimeoutMs: 5_000 });
  undo.push(() => client.close());
  await client.queryMeasure(wholeQuery);
  proxy.deafen();
  await vi.waitFor(() => expect(second.count('apiVersion')).toBeGreaterThan(0), { timeout: 8_000 });
  await client.queryMeasure(wholeQuery);
  expect([first.count('measureQuery'), second.count('measureQuery')]).toEqual([1, 1]);
}, 15_000);

test('after a call that timed out the connection is doubted, and the next call finds another target', async () => {
  const [first, second] = [await served(), await served()];
  const proxy = await deafProxy(first.address);
  const { client } = await clientOf({ targets: [proxy.address, second.address], connectTimeoutMs: 2_000, queryTimeoutMs: 100 });
  undo.push(() => client.close());
  proxy.deafen();
  await expect(client.queryMeasure(wholeQuery)).rejects.toMatchObject({ code: 'METERLARK_STORAGE_BANYANDB_OVERLOADED' });
  await client.queryMeasure(wholeQuery);
  expect(second.count('measureQuery')).toBe(1);
}, 15_000);

test('a closed client tries nothing more', async () => {
  const server = await served();
  const { client } = await clientOf({ targets: [server.address], keepAliveMs: 10 });
  await client.close();
  const before = server.count('apiVersion');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(server.count('apiVersion')).toBe(before);
});
