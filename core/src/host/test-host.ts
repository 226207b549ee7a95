/** A whole host inside a test: from sources, on free ports, with given settings. */
import { stringify } from 'yaml';
import type { BoundPorts } from '../contract/server.js';
import { Listeners } from '../contract/server.js';
import type { Clock } from '../kernel/ambient.js';
import type { AnyProvider } from '../kernel/definition.js';
import { identityOf, type ImportModule } from '../kernel/provider-loader.js';
import type { StopReport } from '../kernel/module-host.js';
import type { ServiceToken } from '../kernel/token.js';
import { builtInProviders } from './built-in-providers.js';
import { hostErrors } from './errors.js';
import { createLogger } from './logger.js';
import { prepareHost, type PreparedHost } from './prepare.js';

export interface TestHostOptions {
  /** As in config/server.yml, e.g. `{ storage: 'memory', 'stream/minutes': { flushIntervalMs: 100 } }`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** As in config/inventory.yml: identity to package or absolute file path. */
  readonly inventory?: Readonly<Record<string, string>>;
  /** Providers by value, beside those of the inventory; one with the identity of a built-in replaces it. */
  readonly providers?: readonly AnyProvider[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Folder of relative paths in settings; the working folder unless given. */
  readonly rootFolder?: string;
  /** Imports the packages of the inventory; a test whose packages only its own runner can resolve passes `(name) => import(name)`. */
  readonly importModule?: ImportModule;
  /** Told every log line (JSON); nowhere unless given. */
  readonly onLog?: (line: string) => void;
}

export interface TestHost {
  readonly ports: BoundPorts;
  get<T>(token: ServiceToken<T>): T;
  all<T>(token: ServiceToken<T>): readonly T[];
  stop(): Promise<StopReport>;
}

/** Every listener on port 0 and loopback, unless the settings say otherwise. */
const freePorts = {
  grpc: { host: '127.0.0.1', port: 0 },
  http: { host: '127.0.0.1', port: 0 },
  admin: { host: '127.0.0.1', port: 0 },
};

export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { host } = await prepareTestHost(options);
  await host.start();
  const ports = host.get(Listeners).ports();
  if (ports === undefined) throw hostErrors.METERLARK_HOST_NO_PORTS();
  return { ports, get: (token) => host.get(token), all: (token) => host.all(token), stop: () => host.stop() };
}

/** The host before anything is registered, e.g. to look at its faults. */
export function prepareTestHost(options: TestHostOptions): Promise<PreparedHost> {
  const given = options.settings ?? {};
  const settings = { ...given, 'server/shared': merged(freePorts, given['server/shared']) };
  const inventory = options.inventory ?? {};
  const byValue = (options.providers ?? []).map((provider) => [identityOf(provider), () => Promise.resolve({ default: provider })] as const);
  return prepareHost({
    rootFolder: options.rootFolder ?? process.cwd(),
    sources: {
      settings: { file: 'settings of the test', text: stringify(settings) },
      inventory: { file: 'inventory of the test', text: stringify(inventory) },
    },
    environment: options.environment ?? {},
    makeLogger: ({ logLevel }) => createLogger({ logLevel, json: true }, { write: (line) => options.onLog?.(line) }),
    builtIn: new Map([...builtInProviders, ...byValue]),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.importModule === undefined ? {} : { importModule: options.importModule }),
  });
}

function merged(base: Readonly<Record<string, unknown>>, over: unknown): unknown {
  if (typeof over !== 'object' || over === null) return over === undefined ? base : over;
  const entries = Object.entries(over).map(([key, value]): [string, unknown] => {
    const inner = base[key];
    return [key, typeof inner === 'object' && inner !== null ? merged(inner as Readonly<Record<string, unknown>>, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}
