import {
  Clock,
  defineProvider,
  type Lifetime,
  MetadataReader,
  MetadataWriter,
  MetricReader,
  MetricWriter,
  positive,
  RecordReader,
  RecordWriter,
  type RegisterContext,
  type Resolver,
  SchemaInstaller,
  SelfMetrics,
  StorageHealth,
  StorageModule,
} from '@meterlark/core';
import { MemoryMetadata } from './metadata.js';
import { MemoryMetrics } from './metrics.js';
import { MemoryRecords } from './records.js';

export interface MemorySettings {
  readonly retentionMinuteDays: number;
  readonly retentionHourDays: number;
  readonly retentionDayDays: number;
  readonly maxRows: number;
  readonly maxEntities: number;
  readonly recordDays: Readonly<Record<Lifetime, number>>;
  readonly maxRecords: number;
}

/** This process is one; replays bring further ones. */
const maxWriters = 1000;

export default defineProvider<MemorySettings>({
  module: StorageModule,
  name: 'memory',
  config: {
    retentionMinuteDays: { doc: 'Days that minutes are kept.', format: 'nat', default: 2 },
    retentionHourDays: { doc: 'Days that hours are kept.', format: 'nat', default: 14 },
    retentionDayDays: { doc: 'Days that days are kept.', format: 'nat', default: 90 },
    maxRows: { doc: 'Rows held per step; over it the oldest bucket goes.', format: positive, default: 1_000_000 },
    maxEntities: { doc: 'Services, instances, endpoints and processes held.', format: positive, default: 100_000 },
    recordDays: {
      trace: { doc: 'Days that spans are kept.', format: 'nat', default: 7 },
      call: { doc: 'Days that model calls are kept.', format: 'nat', default: 90 },
      content: { doc: 'Days that prompts and completions are kept, where storing them is on.', format: 'nat', default: 7 },
      log: { doc: 'Days that logs are kept.', format: 'nat', default: 7 },
    },
    maxRecords: { doc: 'Records held per model (spans, calls, …); over it the one held longest goes.', format: positive, default: 100_000 },
  },
  register({ bind, config }: RegisterContext<MemorySettings>): void {
    const retentionDays = { minute: config.retentionMinuteDays, hour: config.retentionHourDays, day: config.retentionDayDays };
    const known = { maxEntities: config.maxEntities, entityDays: retentionDays.day };
    const limits = { retentionDays, maxRows: config.maxRows, maxWriters };
    const { recordDays } = config;
    const kept = { recordDays, maxRecords: config.maxRecords, maxWriters };
    const metrics = once((resolver) => new MemoryMetrics(limits, resolver.get(Clock), resolver.get(SelfMetrics)));
    const metadata = once((resolver) => new MemoryMetadata(known, resolver.get(Clock), resolver.get(SelfMetrics)));
    const records = once((resolver) => new MemoryRecords(kept, resolver.get(Clock), resolver.get(SelfMetrics)));
    bind(MetricWriter).toFactory(metrics);
    bind(MetricReader).toFactory(metrics);
    bind(MetadataWriter).toFactory(metadata);
    bind(MetadataReader).toFactory(metadata);
    bind(SchemaInstaller).toFactory(records);
    bind(RecordWriter).toFactory(records);
    bind(RecordReader).toFactory(records);
    bind(StorageHealth).toValue({ check: async () => undefined, retentionDays, recordDays });
  },
});

/** Reader and writer are one object. */
function once<T>(make: (resolver: Resolver) => T): (resolver: Resolver) => T {
  let made: T | undefined;
  return (resolver) => (made ??= make(resolver));
}
