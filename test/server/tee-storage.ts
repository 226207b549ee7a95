/** A storage that writes to the stores of several hosts and reads from the first: what they hold is the same, to the last id. */
import {
  defineProvider, MetadataReader, MetadataWriter, MetricReader, MetricWriter, RecordReader, RecordWriter, SchemaInstaller, StorageHealth,
  StorageModule, type AnyProvider, type ServiceToken,
} from '@meterlark/core';
import type { RunningServer } from './support.js';

export function teeStorage(...servers: readonly [RunningServer, ...RunningServer[]]): AnyProvider {
  const first = <T>(token: ServiceToken<T>): T => servers[0].host.get(token);
  const all = async <T>(token: ServiceToken<T>, call: (service: T) => Promise<void>): Promise<void> => {
    await Promise.all(servers.map(({ host }) => call(host.get(token))));
  };
  return defineProvider<Record<string, never>>({
    module: StorageModule,
    name: 'tee',
    config: {},
    register({ bind }) {
      bind(MetricWriter).toValue({ write: (batch) => all(MetricWriter, (one) => one.write(batch)) });
      bind(MetricReader).toValue(first(MetricReader));
      bind(MetadataWriter).toValue({
        upsertEntities: (records) => all(MetadataWriter, (one) => one.upsertEntities(records)),
        defineMetrics: (definitions) => all(MetadataWriter, (one) => one.defineMetrics(definitions)),
      });
      bind(MetadataReader).toValue(first(MetadataReader));
      bind(SchemaInstaller).toValue({ install: (models) => all(SchemaInstaller, (one) => one.install(models)) });
      bind(RecordWriter).toValue({ write: (batch) => all(RecordWriter, (one) => one.write(batch)) });
      bind(RecordReader).toValue(first(RecordReader));
      bind(StorageHealth).toValue(first(StorageHealth));
    },
  });
}
