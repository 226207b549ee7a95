import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@meterlark/core';
import { RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import type { ClickHouseSettings } from '../src/settings.js';
import { openStore, type ClickHouseStore } from '../src/store.js';
import { defaultSettings } from './plain-store.js';

export const wallClock: Clock = { now: () => Date.now() };

/** The defaults of the schema with changes. */
export function settingsOf(changes: Partial<ClickHouseSettings> = {}): ClickHouseSettings {
  return { ...defaultSettings(), ...changes };
}

export interface TestFolder {
  readonly path: string;
  remove(): Promise<void>;
}

export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'meterlark-clickhouse-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface OpenedStore extends ClickHouseStore {
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

export async function openTestStore(changes: Partial<ClickHouseSettings>, clock: Clock = wallClock): Promise<OpenedStore> {
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const time = { sleep: () => Promise.resolve(), random: () => 0 };
  const store = await openStore(settingsOf(changes), { rootFolder: tmpdir(), clock, logger, selfMetrics: metrics, time });
  await store.ready();
  return { ...store, logger, metrics };
}

export function sessionOf(store: ClickHouseStore) {
  return {
    writer: store.metricWriter,
    reader: store.metricReader,
    metadataWriter: store.metadataWriter,
    metadataReader: store.metadataReader,
    installer: { install: store.installRecords },
    recordWriter: store.recordWriter,
    recordReader: store.recordReader,
    health: store.health,
    close: () => store.close(),
  };
}
