import {
  serviceToken,
  type MetadataReader,
  type MetadataWriter,
  type MetricReader,
  type MetricWriter,
  type RecordReader,
  type RecordWriter,
  type SchemaInstaller,
  type StorageHealth,
} from '@meterlark/core';
import { banyanErrors } from './errors.js';
import { isOverWithin } from './connection/deadline.js';
import type { BanyanStore } from './store.js';

/** A store that hangs would take longer than a provider has to stop. */
const runningCallsMs = 5_000;

/** What `register` can bind before `start` has opened the store: each call goes to the open one, or is refused. */
export class StoreServices {
  static readonly token = serviceToken<StoreServices>('storage.banyandb.StoreServices');
  private store: BanyanStore | undefined;
  /** Calls that are not answered yet. */
  private readonly running = new Set<Promise<unknown>>();

  constructor(private readonly lifetimes: Pick<StorageHealth, 'retentionDays' | 'recordDays'>) {}

  readonly metricWriter: MetricWriter = { write: (batch) => this.ask((store) => store.metricWriter.write(batch)) };
  readonly metricReader: MetricReader = {
    read: (query) => this.ask((store) => store.metricReader.read(query)),
    top: (query) => this.ask((store) => store.metricReader.top(query)),
    entityIds: (query) => this.ask((store) => store.metricReader.entityIds(query)),
  };
  readonly metadataWriter: MetadataWriter = {
    upsertEntities: (records) => this.ask((store) => store.metadataWriter.upsertEntities(records)),
    defineMetrics: (definitions) => this.ask((store) => store.metadataWriter.defineMetrics(definitions)),
  };
  readonly metadataReader: MetadataReader = {
    entities: (query) => this.ask((store) => store.metadataReader.entities(query)),
    metrics: () => this.ask((store) => store.metadataReader.metrics()),
  };
  readonly schemaInstaller: SchemaInstaller = { install: (models) => this.ask((store) => store.schemaInstaller.install(models)) };
  readonly recordWriter: RecordWriter = { write: (batch) => this.ask((store) => store.recordWriter.write(batch)) };
  readonly recordReader: RecordReader = {
    rows: (query) => this.ask((store) => store.recordReader.rows(query)),
    groups: (query) => this.ask((store) => store.recordReader.groups(query)),
  };

  get health(): StorageHealth {
    return { check: () => this.ask((store) => store.health.check()), ...this.lifetimes };
  }

  attach(store: BanyanStore): void {
    this.store = store;
  }

  /** Refuses new calls at once; running ones have some time, then they are cancelled. */
  async detach(): Promise<void> {
    const { store } = this;
    this.store = undefined;
    await isOverWithin(runningCallsMs, Promise.allSettled(this.running));
    await store?.close();
  }

  private async ask<T>(call: (store: BanyanStore) => Promise<T>): Promise<T> {
    if (this.store === undefined) throw banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED();
    const answer = call(this.store);
    this.running.add(answer);
    try {
      return await answer;
    } finally {
      this.running.delete(answer);
    }
  }
}
