/** The whole server on free ports, as a user would run it, with a clock of its own where a test needs one. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyProvider } from '@meterlark/core';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import { startBanyanDouble } from '@meterlark/storage-banyandb/testing';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inventory = parse(readFileSync(join(root, 'config/inventory.yml'), 'utf8')) as Record<string, string>;

export const storages = ['memory', 'clickhouse', 'banyandb'] as const;
export type StorageName = (typeof storages)[number];

const freePort = { host: '127.0.0.1', port: 0 };

export interface RunningServer {
  readonly host: TestHost;
  readonly grpcUrl: string;
  readonly httpUrl: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly storage: string;
  /** Kept by the caller; by default a new one that goes with the server. */
  readonly dataFolder?: string;
  /** Of the caller, who removes it: for several servers on one store. */
  readonly place?: StorePlace;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Lines of the inventory beside those of config/inventory.yml. */
  readonly inventory?: Readonly<Record<string, string>>;
  /** Providers of the test itself. */
  readonly providers?: readonly AnyProvider[];
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'meterlark-server-'));
}

/** Where a server finds its store. */
export interface StorePlace {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly remove: () => Promise<void>;
}

/** A new store of a name. */
async function placeFor({ storage, dataFolder }: ServerOptions): Promise<StorePlace> {
  if (storage === 'banyandb') return banyanPlace(process.env['METERLARK_TEST_BANYANDB']);
  const path = dataFolder ?? temporaryFolder();
  return {
    settings: storage === 'clickhouse' ? { 'storage/clickhouse': { path } } : {},
    remove: async () => (dataFolder === undefined ? rmSync(path, { recursive: true, force: true }) : undefined),
  };
}

/** Groups of its own in the BanyanDB at `target`, or in the protocol double. */
export async function banyanPlace(target: string | undefined): Promise<StorePlace> {
  const namespace = `t${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const place = (found: string): StorePlace['settings'] => ({ 'storage/banyandb': { targets: [found], namespace } });
  if (target !== undefined) return { settings: place(target), remove: () => Promise.resolve() };
  const double = await startBanyanDouble();
  return { settings: place(double.target), remove: () => double.stop() };
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const place = options.place ?? (await placeFor(options));
  const host = await startTestHost({
    rootFolder: root,
    inventory: { ...inventory, ...options.inventory },
    providers: options.providers ?? [],
    importModule: (name) => import(name) as Promise<unknown>,
    settings: {
      storage: options.storage,
      ...place.settings,
      'stream/minutes': { flushIntervalMs: 200 },
      'receiver/zipkin': freePort,
      'endpoint/zipkin': freePort,
      'endpoint/logql': freePort,
      ...options.settings,
    },
  });
  return {
    host,
    grpcUrl: `http://127.0.0.1:${host.ports.grpc}`,
    httpUrl: `http://127.0.0.1:${host.ports.http}`,
    adminUrl: `http://127.0.0.1:${host.ports.admin}`,
    stop: async () => {
      await host.stop();
      if (options.place === undefined) await place.remove();
    },
  };
}

/** Asks until the answer satisfies, or gives the last answer after the time a point may take to be visible. */
export async function eventually<T>(ask: () => Promise<T>, satisfied: (answer: T) => boolean, withinMs = 10_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (satisfied(answer) || Date.now() > deadline) return answer;
    await new Promise((done) => setTimeout(done, 50));
  }
}
