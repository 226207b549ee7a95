/** Opens the connection that the settings ask for and the services on it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type {
  Clock,
  Logger,
  MetadataReader,
  MetadataWriter,
  MetricReader,
  MetricWriter,
  SelfMetrics,
  StorageHealth,
} from '@meterlark/core';
import type { Connection } from './connection/connection.js';
import { openEmbedded } from './connection/embedded.js';
import { realTime, withRetries, type RetryDependencies } from './connection/retry.js';
import { openServer, type TlsFiles } from './connection/server.js';
import { storageErrors } from './errors.js';
import { ClickHouseMetadataReader } from './metadata-reader.js';
import { ClickHouseMetadataWriter, definitionInsertColumns, entityInsertColumns } from './metadata-writer.js';
import { ClickHouseMetricReader } from './metric-reader.js';
import { ClickHouseMetricWriter } from './metric-writer.js';
import type { SchemaTarget } from './schema/ddl.js';
import { definitionTable, entityTable } from './schema/metadata-tables.js';
import { families, insertColumns, metricTable } from './schema/metric-tables.js';
import { inspectSchema } from './schema/migrator.js';
import { checkSettings, type ClickHouseSettings } from './settings.js';

export interface StoreSurroundings {
  readonly rootFolder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
  /** Tests give their own. */
  readonly time?: Omit<RetryDependencies, 'retries'>;
}

export interface ClickHouseStore {
  /** Resolves when all tables are there. */
  readonly ready: Promise<void>;
  readonly metricWriter: MetricWriter;
  readonly metricReader: MetricReader;
  readonly metadataWriter: MetadataWriter;
  readonly metadataReader: MetadataReader;
  readonly health: StorageHealth;
  close(): Promise<void>;
}

export async function openStore(settings: ClickHouseSettings, around: StoreSurroundings): Promise<ClickHouseStore> {
  checkSettings(settings);
  const target = schemaTarget(settings);
  const connection = retrying(await connect(settings, around), settings, around);
  try {
    const schema = await inspectSchema(connection, target, around.logger);
    const prepare = async (): Promise<void> => {
      await schema.upgrade();
      const recovered = await connection.recover();
      if (recovered > 0) around.logger.info('batches of an earlier run stored', { batches: recovered });
    };
    const ready = prepare();
    // The tables of a new folder are made by the engine's threads while the server goes on starting.
    if (schema.version > 0 || settings.url !== '') await ready;
    else ready.catch((error: unknown) => around.logger.error('the tables could not be made', { error }));
    return { ...servicesOn(connection, settings, around), ready, close: () => closeAfter(ready, connection) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function closeAfter(ready: Promise<void>, connection: Connection): Promise<void> {
  await ready.catch(() => undefined);
  await connection.close();
}

function schemaTarget({ database, cluster, retention }: ClickHouseSettings): SchemaTarget {
  return { database, cluster, retentionDays: { minute: retention.minuteDays, hour: retention.hourDays, day: retention.dayDays } };
}

function servicesOn(connection: Connection, settings: ClickHouseSettings, around: StoreSurroundings): Omit<ClickHouseStore, 'ready' | 'close'> {
  const { clock, selfMetrics } = around;
  const { database, retentionDays } = schemaTarget(settings);
  const limits = { timeoutMs: settings.queryTimeoutMs, maxRows: settings.maxResultRows };
  return {
    metricWriter: new ClickHouseMetricWriter(connection, retentionDays, clock, selfMetrics),
    metricReader: new ClickHouseMetricReader(connection, { database, retentionDays, limits }, clock),
    metadataWriter: new ClickHouseMetadataWriter(connection, clock),
    metadataReader: new ClickHouseMetadataReader(connection, { database, entityDays: retentionDays.day, limits }, clock),
    health: { check: () => connection.query('SELECT 1 AS one').then(() => undefined), retentionDays },
  };
}

function retrying(connection: Connection, settings: ClickHouseSettings, around: StoreSurroundings): Connection {
  const retries = around.selfMetrics.counter('meterlark_storage_clickhouse_retries_total', 'Statements tried again');
  return withRetries(connection, settings.retry, { ...(around.time ?? realTime), retries });
}

async function connect(settings: ClickHouseSettings, around: StoreSurroundings): Promise<Connection> {
  if (settings.url !== '') return openServer({ ...settings, tls: await tlsFiles(settings.tls, around.rootFolder) });
  return openEmbedded({
    path: resolve(around.rootFolder, settings.path),
    database: settings.database,
    readers: settings.readers,
    maxWaiting: settings.maxWaiting,
    columnsOf,
    logger: around.logger,
    selfMetrics: around.selfMetrics,
  });
}

/** Only these tables ever get batches. */
function columnsOf(table: string): readonly string[] | undefined {
  if (table === entityTable.name) return entityInsertColumns;
  if (table === definitionTable.name) return definitionInsertColumns;
  const family = families.find((one) => metricTable(one, 'minute') === table);
  return family === undefined ? undefined : insertColumns(family);
}

async function tlsFiles(tls: ClickHouseSettings['tls'], rootFolder: string): Promise<TlsFiles | undefined> {
  if (tls.caFile === '') return undefined;
  const read = (key: keyof ClickHouseSettings['tls']): Promise<Buffer> => readPem(key, resolve(rootFolder, tls[key]));
  const client = tls.certFile === '' ? undefined : { cert: await read('certFile'), key: await read('keyFile') };
  return { ca: await read('caFile'), client };
}

async function readPem(key: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING({ key: `tls.${key}`, value: path, reason }, error);
  }
}
