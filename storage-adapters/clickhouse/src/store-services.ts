import {
  serviceToken,
  type Logger,
  type MetadataReader,
  type MetadataWriter,
  type MetricDefinition,
  type MetricReader,
  type MetricWriter,
  type RecordModel,
  type RecordReader,
  type RecordWriter,
  type SchemaInstaller,
  type StorageHealth,
} from '@meterlark/core';
import { storageErrors } from './errors.js';
import { LaterDefinitions } from './later-definitions.js';
import { OnceDone } from './once-done.js';
import type { ClickHouseStore } from './store.js';

/**
 * What `register` can bind before `start` has opened the store: each call goes to the open one once its tables are
 * there, or is refused.
 */
export class StoreServices {
  static readonly token = serviceToken<StoreServices>('storage.clickhouse.StoreServices');
  private store: ClickHouseStore | undefined;
  private logger: Logger | undefined;
  /** By model: installations of a new store that have not succeeded yet. */
  private readonly installing = new Map<string, OnceDone>();

  /** Of a new store. */
  private definitions: LaterDefinitions | undefined;

  constructor(private readonly lifetimes: Pick<StorageHealth, 'retentionDays' | 'recordDays'>) {}

  readonly metricWriter: MetricWriter = {
    write: async (batch) => (await this.open()).metricWriter.write(batch),
  };
  readonly metricReader: MetricReader = {
    read: async (query) => (await this.open()).metricReader.read(query),
    entityIds: async (query) => (await this.open()).metricReader.entityIds(query),
    top: async (query) => (await this.open()).metricReader.top(query),
  };
  readonly metadataWriter: MetadataWriter = {
    upsertEntities: async (records) => (await this.open()).metadataWriter.upsertEntities(records),
    defineMetrics: (definitions) => this.define(definitions),
  };
  readonly metadataReader: MetadataReader = {
    entities: async (query) => (await this.open()).metadataReader.entities(query),
    metrics: async () => (await this.withDefinitions()).metadataReader.metrics(),
  };
  readonly schemaInstaller: SchemaInstaller = {
    install: (models) => this.install(models),
  };
  readonly recordWriter: RecordWriter = {
    write: async (batch) => (await this.withTables(batch.rows.map(({ model }) => model))).recordWriter.write(batch),
  };
  readonly recordReader: RecordReader = {
    rows: async (query) => (await this.withTables([query.model])).recordReader.rows(query),
    groups: async (query) => (await this.withTables([query.model])).recordReader.groups(query),
  };

  get health(): StorageHealth {
    return { check: async () => (await this.open()).health.check(), ...this.lifetimes };
  }

  attach(store: ClickHouseStore, logger: Logger): void {
    this.store = store;
    this.logger = logger;
    const write = async (definitions: readonly MetricDefinition[]): Promise<void> => {
      await store.ready();
      await store.metadataWriter.defineMetrics(definitions);
    };
    this.definitions = store.isNew ? new LaterDefinitions(write) : undefined;
  }

  /** Refuses new calls at once; resolves when the running ones are answered. */
  async detach(): Promise<void> {
    const store = this.store;
    this.store = undefined;
    await Promise.all([this.definitions?.idle(), ...[...this.installing.values()].map((one) => one.idle())]);
    await store?.close();
  }

  /** In a new store the caller goes on starting; whoever writes or reads a model waits instead, and tries again what failed. */
  private async install(models: readonly RecordModel[]): Promise<void> {
    const store = this.attached();
    if (!store.isNew) return store.installRecords(models);
    for (const model of models) {
      this.installLater(model, store).catch((error: unknown) => {
        this.logger?.error('a table of records could not be made, and will be tried again', { model: model.name, error });
      });
    }
  }

  private async installLater(model: RecordModel, store: ClickHouseStore): Promise<void> {
    const { installing } = this;
    // One that may know fewer columns comes first, whatever became of it.
    const before = installing.get(model.name);
    const one = new OnceDone(async () => {
      await before?.idle();
      await store.installRecords([model]);
      if (installing.get(model.name) === one) installing.delete(model.name);
    });
    installing.set(model.name, one);
    await one.done();
  }

  /** In a new store the caller goes on starting; whoever asks for definitions waits instead, and tries again what failed. */
  private async define(definitions: readonly MetricDefinition[]): Promise<void> {
    const { metadataWriter } = this.attached();
    if (this.definitions === undefined) return metadataWriter.defineMetrics(definitions);
    this.definitions.add(definitions);
    this.definitions.done().catch((error: unknown) => {
      this.logger?.error('metrics could not be defined, and will be tried again', { error });
    });
  }

  private async withDefinitions(): Promise<ClickHouseStore> {
    this.attached();
    await this.definitions?.done();
    return this.open();
  }

  private async withTables(models: readonly RecordModel[]): Promise<ClickHouseStore> {
    const store = this.attached();
    for (const { name } of models) await this.installing.get(name)?.done();
    return store;
  }

  private async open(): Promise<ClickHouseStore> {
    const store = this.attached();
    await store.ready();
    return store;
  }

  private attached(): ClickHouseStore {
    if (this.store === undefined) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_CLOSED();
    return this.store;
  }
}
