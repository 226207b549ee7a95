import {
  Clock,
  defineProvider,
  MetadataReader,
  MetadataWriter,
  MetricReader,
  MetricWriter,
  RecordReader,
  RecordWriter,
  SchemaInstaller,
  SelfMetrics,
  StorageHealth,
  StorageModule,
  type RegisterContext,
  type StartContext,
  type Stop,
} from '@meterlark/core';
import { metricDays, recordDays, settingsSchema, type BanyanSettings } from './settings.js';
import { openStore } from './store.js';
import { StoreServices } from './store-services.js';

export default defineProvider<BanyanSettings>({
  module: StorageModule,
  name: 'banyandb',
  config: settingsSchema,
  register({ bind, config }: RegisterContext<BanyanSettings>): void {
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
  async start({ get, config, logger }: StartContext<BanyanSettings>): Promise<Stop> {
    const services = get(StoreServices.token);
    services.attach(await openStore(config, { clock: get(Clock), selfMetrics: get(SelfMetrics), logger }));
    logger.info('storage open', { targets: config.targets.join(', '), namespace: config.namespace });
    return () => services.detach();
  },
});
