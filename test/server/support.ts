/** The whole server on free ports, as a user would run it, with a clock of its own where a test needs one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyProvider } from '@meterlark/core';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const inventory = parse(readFileSync(join(root, 'config/inventory.yml'), 'utf8')) as Record<string, string>;

export const storages = ['memory', 'clickhouse'] as const;
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
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Lines of the inventory beside those of config/inventory.yml. */
  readonly inventory?: Readonly<Record<string, string>>;
  /** Providers of the test itself. */
  readonly providers?: readonly AnyProvider[];
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'meterlark-server-'));
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const folder = options.dataFolder ?? temporaryFolder();
  const host = await startTestHost({
    rootFolder: root,
    inventory: { ...inventory, ...options.inventory },
    providers: options.providers ?? [],
    importModule: (name) => import(name) as Promise<unknown>,
    settings: {
      storage: options.storage,
      ...(options.storage === 'clickhouse' ? { 'storage/clickhouse': { path: folder } } : {}),
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
      if (options.dataFolder === undefined) rmSync(folder, { recursive: true, force: true });
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
