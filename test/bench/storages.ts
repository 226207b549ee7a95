/** The storages that benches fill and start servers on, and what a comparison of BanyanDB with the embedded store needs. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import { rootFolder, startServer, type Server } from './processes.js';

export interface BenchStorage {
  start(added?: Readonly<Record<string, string>>): Promise<Server>;
  /** The storage without a server around it. */
  open(): Promise<TestHost>;
}

export function embedded(folder: string): BenchStorage {
  return {
    start: (added) => startServer(folder, true, added),
    open: () =>
      startTestHost({
        rootFolder,
        settings: { storage: 'clickhouse', 'storage/clickhouse': { path: folder } },
        inventory: { 'storage/clickhouse': '@meterlark/storage-clickhouse' },
        importModule: () => import('@meterlark/storage-clickhouse'),
      }),
  };
}

/** In groups of its own, which stay on the server. */
function banyandb(target: string): BenchStorage {
  const namespace = `bench${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const environment = { METERLARK_STORAGE: 'banyandb', METERLARK_STORAGE_BANYANDB_TARGETS: target, METERLARK_STORAGE_BANYANDB_NAMESPACE: namespace };
  return {
    start: (added) => startServer(undefined, true, { ...environment, ...added }),
    open: () =>
      startTestHost({
        rootFolder,
        settings: { storage: 'banyandb', 'storage/banyandb': { targets: [target], namespace } },
        inventory: { 'storage/banyandb': '@meterlark/storage-banyandb' },
        importModule: () => import('@meterlark/storage-banyandb'),
      }),
  };
}

export async function filled<T>(storage: BenchStorage, fill: (host: TestHost) => Promise<T>): Promise<T> {
  const host = await storage.open();
  try {
    return await fill(host);
  } finally {
    await host.stop();
  }
}

/** One of each; figures have the embedded store's as their baseline. */
export interface Both<T> {
  readonly clickhouse: T;
  readonly banyandb: T;
}
export const bothNames = ['clickhouse', 'banyandb'] as const;

export async function ofBoth<A, B>(both: Both<A>, make: (one: A) => Promise<B>): Promise<Both<B>> {
  return { clickhouse: await make(both.clickhouse), banyandb: await make(both.banyandb) };
}

/** Nothing, and the reason on stderr, when there is no BanyanDB to measure. */
export async function onBoth<T>(bench: string, measure: (storages: Both<BenchStorage>) => Promise<T[]>): Promise<T[]> {
  const target = process.env['METERLARK_TEST_BANYANDB'];
  if (target === undefined) {
    console.error(`${bench} is skipped: METERLARK_TEST_BANYANDB does not name a server (host:port)`);
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  try {
    return await measure({ clickhouse: embedded(folder), banyandb: banyandb(target) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function whileRunning<T>(storages: Both<BenchStorage>, added: Readonly<Record<string, string>>, work: (servers: Both<Server>) => Promise<T>): Promise<T> {
  const running: Server[] = [];
  try {
    const servers = await ofBoth(storages, async (storage) => {
      const server = await storage.start(added);
      running.push(server);
      return server;
    });
    return await work(servers);
  } finally {
    await Promise.all(running.map((server) => server.end()));
  }
}
