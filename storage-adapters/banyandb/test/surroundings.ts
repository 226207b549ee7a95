/** Stores of this adapter in tests: on the double, or on a server that runs. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '@meterlark/core';
import { RecordingLogger, RecordingMetrics, type StorageSession } from '@meterlark/core/testing';
import type { BanyanSettings } from '../src/settings.js';
import { openStore, type BanyanStore } from '../src/store.js';
import { defaultSettings } from './plain-settings.js';

export const wallClock: Clock = { now: () => Date.now() };

/** `host:port` of a BanyanDB that may be filled with test data; undefined: there is none. */
export const realTarget = process.env['METERLARK_TEST_BANYANDB'];

/** Groups that no other run uses. */
export function newNamespace(): string {
  return `t${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}

export interface OpenedStore extends BanyanStore {
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

export async function openTestStore(changes: Partial<BanyanSettings>, clock: Clock = wallClock): Promise<OpenedStore> {
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const store = await openStore({ ...defaultSettings(), ...changes }, { clock, logger, selfMetrics: metrics });
  return { ...store, logger, metrics };
}

export function sessionOf(store: BanyanStore): StorageSession {
  return {
    writer: store.metricWriter,
    reader: store.metricReader,
    metadataWriter: store.metadataWriter,
    metadataReader: store.metadataReader,
    installer: store.schemaInstaller,
    recordWriter: store.recordWriter,
    recordReader: store.recordReader,
    health: store.health,
    close: () => store.close(),
  };
}
