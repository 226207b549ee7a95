/** An open BanyanDB: its client, its schema, and the services on them. */
import {
  type Clock, type Logger, type MetadataReader, type MetadataWriter, type MetricReader, type MetricWriter, type RecordModel,
  type RecordReader, type RecordWriter, type SchemaInstaller, type SelfMetrics, type StorageHealth,
} from '@meterlark/core';
import type { BanyanCalls } from './connection/calls.js';
import type { BanyanClient, StoreReturns } from './connection/client.js';
import { checkSettings } from './check-settings.js';
import { openClient } from './connection/open-client.js';
import { BanyanDefinitions, definitionProperty } from './metadata/definitions.js';
import { BanyanEntities } from './metadata/entities.js';
import { entityMeasure } from './metadata/entity-rows.js';
import { BanyanMetricReader } from './metrics/metric-reader.js';
import { BanyanMetricWriter } from './metrics/metric-writer.js';
import { metricMeasures } from './metrics/schema.js';
import { RecordDays } from './records/record-days.js';
import { BanyanRecordReader } from './records/record-reader.js';
import { RecordTables } from './records/record-tables.js';
import { BanyanRecordWriter } from './records/record-writer.js';
import { StreamSource } from './records/stream-source.js';
import { documentGroup, entityGroup, groupSpecs, metricGroup, recordGroup, spanGroup } from './schema/groups.js';
import { BanyanSchemaInstaller } from './schema/installer.js';
import { metricDays, recordDays, type BanyanSettings } from './settings.js';
import { TraceSource } from './spans/trace-source.js';

export interface StoreContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
}

export interface BanyanStore {
  readonly metricWriter: MetricWriter;
  readonly metricReader: MetricReader;
  readonly metadataWriter: MetadataWriter;
  readonly metadataReader: MetadataReader;
  readonly schemaInstaller: SchemaInstaller;
  readonly recordWriter: RecordWriter;
  readonly recordReader: RecordReader;
  readonly health: StorageHealth;
  close(): Promise<void>;
}

/** Rejects when no target can be used, or when the schema cannot be installed. */
export async function openStore(settings: BanyanSettings, context: StoreContext): Promise<BanyanStore> {
  checkSettings(settings);
  const client = await openClient(settings, context);
  try {
    return await storeOn(client, settings, context);
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function storeOn(
  client: BanyanClient & BanyanCalls & StoreReturns,
  settings: BanyanSettings,
  { clock, logger, selfMetrics }: StoreContext,
): Promise<BanyanStore> {
  const schema = new BanyanSchemaInstaller(client, groupSpecs(settings), logger, {
    timeoutMs: settings.schemaTimeoutMs,
    now: () => clock.now(),
    sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
  });
  const groupOf = (step: Parameters<typeof metricGroup>[1]): string => metricGroup(settings, step);
  const [entities, definition] = [entityMeasure(entityGroup(settings)), definitionProperty(documentGroup(settings))];
  await schema.install([...metricMeasures(groupOf), entities, definition]);

  const { pageRows, maxScannedRows, maxOpenRows } = settings;
  const retentionDays = metricDays(settings.retention);
  const metrics = { retentionDays, groupOf, pageRows, maxScannedRows, maxOpenRows };
  const known = new BanyanEntities(client, { measure: entities, days: retentionDays.day, maxScannedRows }, clock, selfMetrics);
  const definitions = new BanyanDefinitions(client, definition);
  const read = { client, clock, pageRows, maxScannedRows };
  const tables = new RecordTables({
    schema,
    streamSource: (model: RecordModel) => new StreamSource(model, { ...read, group: recordGroup(settings, model.lifetime) }),
    traceSource: (model: RecordModel) => new TraceSource({ ...read, model, group: spanGroup(settings) }),
  });
  const days = new RecordDays(recordDays(settings.retention), clock);
  const metricWriter = new BanyanMetricWriter(client, clock, selfMetrics, metrics);
  client.beforeRepeating(async (properties) => {
    known.forget();
    metricWriter.renewWriters();
    await schema.reinstall();
    await definitions.restore(properties);
  });
  return {
    metricWriter,
    metricReader: new BanyanMetricReader(client, clock, metrics),
    metadataWriter: { upsertEntities: (records) => known.upsert(records), defineMetrics: (some) => definitions.define(some) },
    metadataReader: { entities: (query) => known.find(query), metrics: () => definitions.all() },
    schemaInstaller: tables,
    recordWriter: new BanyanRecordWriter({ tables, days, clock, selfMetrics }),
    recordReader: new BanyanRecordReader({ tables, days }),
    health: { check: () => client.check(), retentionDays, recordDays: recordDays(settings.retention) },
    close: () => client.close(),
  };
}
