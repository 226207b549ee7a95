import {
  serviceToken,
  type MetadataReader,
  type MetadataWriter,
  type MetricReader,
  type MetricWriter,
  type Step,
  type StorageHealth,
} from '@meterlark/core';
import { storageErrors } from './errors.js';
import type { ClickHouseStore } from './store.js';

/**
 * What `register` can bind before `start` has opened the store: each call goes to the open one once its tables are
 * there, or is refused.
 */
export class StoreServices {
  static readonly token = serviceToken<StoreServices>('storage.clickhouse.StoreServices');
  private store: ClickHouseStore | undefined;

  constructor(private readonly retentionDays: Readonly<Record<Step, number>>) {}

  readonly metricWriter: MetricWriter = {
    write: async (batch) => (await this.open()).metricWriter.write(batch),
  };
  readonly metricReader: MetricReader = {
    read: async (query) => (await this.open()).metricReader.read(query),
    top: async (query) => (await this.open()).metricReader.top(query),
  };
  readonly metadataWriter: MetadataWriter = {
    upsertEntities: async (records) => (await this.open()).metadataWriter.upsertEntities(records),
    defineMetrics: async (definitions) => (await this.open()).metadataWriter.defineMetrics(definitions),
  };
  readonly metadataReader: MetadataReader = {
    entities: async (query) => (await this.open()).metadataReader.entities(query),
    metrics: async () => (await this.open()).metadataReader.metrics(),
  };

  get health(): StorageHealth {
    return { check: async () => (await this.open()).health.check(), retentionDays: this.retentionDays };
  }

  attach(store: ClickHouseStore): void {
    this.store = store;
  }

  /** Refuses new calls at once; resolves when the running ones are answered. */
  async detach(): Promise<void> {
    const store = this.store;
    this.store = undefined;
    await store?.close();
  }

  private async open(): Promise<ClickHouseStore> {
    const { store } = this;
    if (store === undefined) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_CLOSED();
    await store.ready;
    return store;
  }
}
