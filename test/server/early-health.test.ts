/** What the HTTP port answers while the server starts. */
import { createServer, type AddressInfo } from 'node:net';
import type { ProviderDefinition, StartContext } from '@meterlark/core';
import { startTestHost } from '@meterlark/core/host';
import storage from '@meterlark/storage-memory';
import { expect, it } from 'vitest';

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

it('is 503, retryable, from before the storage starts until the server is ready, and then 200', async () => {
  const port = await freePort();
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init);
  const seen: [number, unknown][] = [];
  const slowStorage = {
    ...storage,
    start: async (context: StartContext<never>) => {
      for (const answer of [await ask('/healthcheck'), await ask('/v1/metrics', { method: 'POST' }), await ask('/graphql', { method: 'POST' })]) {
        seen.push([answer.status, answer.headers.get('retry-after')]);
        await answer.text();
      }
      return (storage as unknown as ProviderDefinition<never>).start?.(context);
    },
  } as unknown as ProviderDefinition<never>;
  const host = await startTestHost({ settings: { storage: 'memory', 'server/shared': { http: { port } } }, providers: [slowStorage] });
  try {
    expect(seen).toEqual([[503, null], [503, '1'], [503, '1']]);
    expect((await ask('/healthcheck')).status).toBe(200);
    expect(host.ports.http).toBe(port);
  } finally {
    await host.stop();
  }
});
