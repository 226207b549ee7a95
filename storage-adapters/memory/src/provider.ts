import {
  Clock,
  defineProvider,
  MetadataReader,
  MetadataWriter,
  MetricReader,
  MetricWriter,
  positive,
  type RegisterContext,
  type Resolver,
  SelfMetrics,
  StorageHealth,
  StorageModule,
} from '@meterlark/core';
import { MemoryMetadata } from './metadata.js';
import { MemoryMetrics } from './metrics.js';

export interface MemorySettings {
  readonly retentionMinuteDays: number;
  readonly retentionHourDays: number;
  readonly retentionDayDays: number;
  readonly maxRows: number;
  readonly maxEntities: number;
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
  },
  register({ bind, config }: RegisterContext<MemorySettings>): void {
    const retentionDays = { minute: config.retentionMinuteDays, hour: config.retentionHourDays, day: config.retentionDayDays };
    const known = { maxEntities: config.maxEntities, entityDays: retentionDays.day };
    const limits = { retentionDays, maxRows: config.maxRows, maxWriters };
    const metrics = once((resolver) => new MemoryMetrics(limits, resolver.get(Clock), resolver.get(SelfMetrics)));
    const metadata = once((resolver) => new MemoryMetadata(known, resolver.get(Clock), resolver.get(SelfMetrics)));
    bind(MetricWriter).toFactory(metrics);
    bind(MetricReader).toFactory(metrics);
    bind(MetadataWriter).toFactory(metadata);
    bind(MetadataReader).toFactory(metadata);
    bind(StorageHealth).toValue({ check: async () => undefined, retentionDays });
  },
});

/** Reader and writer are one object. */
function once<T>(make: (resolver: Resolver) => T): (resolver: Resolver) => T {
  let made: T | undefined;
  return (resolver) => (made ??= make(resolver));
}
