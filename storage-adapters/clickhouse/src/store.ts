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
  RecordModel,
  RecordReader,
  RecordWriter,
  SelfMetrics,
  StorageHealth,
} from '@meterlark/core';
import { ChangedDefinitions } from './changed-definitions.js';
import type { Connection } from './connection/connection.js';
import { openEmbedded } from './connection/embedded.js';
import { realTime, withRetries, type RetryDependencies } from './connection/retry.js';
import { openServer, type TlsFiles } from './connection/server.js';
import { storageErrors } from './errors.js';
import { ClickHouseMetadataReader } from './metadata-reader.js';
import { ClickHouseMetadataWriter } from './metadata-writer.js';
import { ClickHouseMetricReader } from './metric-reader.js';
import { ClickHouseMetricWriter } from './metric-writer.js';
import { OnceDone } from './once-done.js';
import { RecordInstaller } from './records/record-installer.js';
import { ClickHouseRecordReader } from './records/record-reader.js';
import { ClickHouseRecordWriter } from './records/record-writer.js';
import type { SchemaTarget } from './schema/ddl.js';
import { inspectSchema } from './schema/migrator.js';
import { checkSettings, metricDays, recordDays, type ClickHouseSettings } from './settings.js';

export interface StoreSurroundings {
  readonly rootFolder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
  /** Tests give their own. */
  readonly time?: Omit<RetryDependencies, 'retries'>;
}

export interface ClickHouseStore {
  /** Resolves when all tables are there; what failed before is tried again. */
  ready(): Promise<void>;
  readonly metricWriter: MetricWriter;
  readonly metricReader: MetricReader;
  readonly metadataWriter: MetadataWriter;
  readonly metadataReader: MetadataReader;
  /** Starts once the other tables are there. */
  readonly installRecords: (models: readonly RecordModel[]) => Promise<void>;
  /** Nobody needs to wait for `ready` or for records to be installed: nothing is stored yet. */
  readonly isNew: boolean;
  readonly recordWriter: RecordWriter;
  readonly recordReader: RecordReader;
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
    const prepared = new OnceDone(prepare);
    const ready = (): Promise<void> => prepared.done();
    // The tables of a new folder are made by the engine's threads while the server goes on starting.
    const isNew = schema.version === 0 && settings.url === '';
    if (!isNew) await ready();
    else ready().catch((error: unknown) => around.logger.error('the tables could not be made', { error }));
    const installer = new RecordInstaller(connection, target, around.logger, isNew);
    const installRecords = async (models: readonly RecordModel[]): Promise<void> => {
      await ready();
      await installer.install(models);
    };
    const services = servicesOn(connection, settings, around);
    const metadataWriter = settings.url === '' && !isNew ? changedOnly(services) : services.metadataWriter;
    return { ...services, metadataWriter, ready, isNew, installRecords, close: () => closeAfter(prepared, connection) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function changedOnly({ metadataWriter, metadataReader }: Pick<ClickHouseStore, 'metadataWriter' | 'metadataReader'>): MetadataWriter {
  const writer = new ChangedDefinitions(metadataWriter, metadataReader);
  writer.readAhead();
  return writer;
}

async function closeAfter(prepared: OnceDone, connection: Connection): Promise<void> {
  await prepared.idle();
  await connection.close();
}

function schemaTarget({ database, cluster, retention }: ClickHouseSettings): SchemaTarget {
  return { database, cluster, retentionDays: { ...metricDays(retention), ...recordDays(retention) } };
}

type Services = Omit<ClickHouseStore, 'ready' | 'isNew' | 'installRecords' | 'close'>;

function servicesOn(connection: Connection, settings: ClickHouseSettings, around: StoreSurroundings): Services {
  const { clock, selfMetrics } = around;
  const { database } = settings;
  const retentionDays = metricDays(settings.retention);
  const lifetimes = recordDays(settings.retention);
  const limits = { timeoutMs: settings.queryTimeoutMs, maxRows: settings.maxResultRows };
  return {
    metricWriter: new ClickHouseMetricWriter(connection, retentionDays, clock, selfMetrics),
    metricReader: new ClickHouseMetricReader(connection, { database, retentionDays, limits }, clock),
    metadataWriter: new ClickHouseMetadataWriter(connection, clock),
    metadataReader: new ClickHouseMetadataReader(connection, { database, entityDays: retentionDays.day, limits }, clock),
    recordWriter: new ClickHouseRecordWriter(connection, lifetimes, clock, selfMetrics),
    recordReader: new ClickHouseRecordReader(connection, { database, days: lifetimes, limits }, clock),
    health: { check: () => connection.query('SELECT 1 AS one').then(() => undefined), retentionDays, recordDays: lifetimes },
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
    logger: around.logger,
    selfMetrics: around.selfMetrics,
  });
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
