/** A store without the test kit, for processes that are no test. */
import type { Counter, Logger, SelfMetrics } from '@meterlark/core';
import { settingsSchema, type ClickHouseSettings } from '../src/settings.js';
import { openStore, type ClickHouseStore } from '../src/store.js';

/** The defaults of the settings' schema. */
export function defaultSettings(schema: object = settingsSchema): ClickHouseSettings {
  const entries = Object.entries(schema as Record<string, Record<string, unknown>>);
  const values = entries.map(([key, node]) => [key, 'doc' in node ? node['default'] : defaultSettings(node)]);
  return Object.fromEntries(values) as ClickHouseSettings;
}

export async function openTestlessStore(path: string): Promise<ClickHouseStore> {
  const silent = (): void => undefined;
  const counter: Counter = { add: silent };
  const selfMetrics: SelfMetrics = { counter: () => counter, gauge: () => ({ set: silent }), observe: silent };
  const logger: Logger = { debug: silent, info: silent, warn: silent, error: console.error, child: () => logger };
  const around = { rootFolder: path, clock: { now: () => Date.now() }, logger, selfMetrics };
  const store = await openStore({ ...defaultSettings(), path }, around);
  await store.ready();
  return store;
}
