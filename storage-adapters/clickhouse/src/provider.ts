import {
  Clock,
  defineProvider,
  MetadataReader,
  MetadataWriter,
  MetricReader,
  MetricWriter,
  ProcessInfo,
  RecordReader,
  RecordWriter,
  redactUrl,
  SchemaInstaller,
  SelfMetrics,
  StorageHealth,
  StorageModule,
  type RegisterContext,
  type StartContext,
  type Stop,
} from '@meterlark/core';
import { metricDays, recordDays, settingsSchema, type ClickHouseSettings } from './settings.js';
import { openStore } from './store.js';
import { StoreServices } from './store-services.js';

export default defineProvider<ClickHouseSettings>({
  module: StorageModule,
  name: 'clickhouse',
  config: settingsSchema,
  register({ bind, config }: RegisterContext<ClickHouseSettings>): void {
    const services = new StoreServices({ retentionDays: metricDays(config.retention), recordDays: recordDays(config.retention) });
    bind(StoreServices.token).toValue(services);
    bind(MetricWriter).toValue(services.metricWriter);
    bind(MetricReader).toValue(services.metricReader);
    bind(MetadataWriter).toValue(services.metadataWriter);
    bind(MetadataReader).toValue(services.metadataReader);
    bind(SchemaInstaller).toValue(services.schemaInstaller);
    bind(RecordWriter).toValue(services.recordWriter);
    bind(RecordReader).toValue(services.recordReader);
    bind(StorageHealth).toValue(services.health);
  },
  async start({ get, config, logger }: StartContext<ClickHouseSettings>): Promise<Stop> {
    const services = get(StoreServices.token);
    const store = await openStore(config, {
      rootFolder: get(ProcessInfo).rootFolder,
      clock: get(Clock),
      selfMetrics: get(SelfMetrics),
      logger,
    });
    services.attach(store, logger);
    logger.info('storage open', { url: config.url === '' ? 'embedded' : redactUrl(config.url), database: config.database });
    return () => services.detach();
  },
});
