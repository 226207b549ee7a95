import { randomUUID } from 'node:crypto';
import { MetadataWriter, MetricWriter, RecordWriter, SchemaInstaller, StorageModule } from '../contract/storage.js';
import { FacetLists, MetricStream, RecordStream, SeenEntities, StreamModule } from '../contract/stream.js';
import { Clock, Logger, SelfMetrics } from '../kernel/ambient.js';
import { defineProvider, type Resolver } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import type { DeliveryServices } from './delivery.js';
import { BoundedFacetLists } from './facet-lists.js';
import { MinuteMerger } from './minute-merger.js';
import { BatchedRecords } from './record-stream.js';
import { BoundedSeenEntities } from './seen-entities.js';
import { streamSchema, type StreamSettings } from './stream-settings.js';
import { processTimers } from './timers.js';

/** The streams with their start and stop, which only this provider may call. */
const Merger = serviceToken<MinuteMerger>('stream.MinuteMerger');
const Records = serviceToken<BatchedRecords>('stream.BatchedRecords');
const Lists = serviceToken<BoundedFacetLists>('stream.BoundedFacetLists');

export default defineProvider<StreamSettings>({
  module: StreamModule,
  name: 'minutes',
  requires: [StorageModule],
  config: streamSchema,
  register({ bind, config }) {
    bind(Merger).toFactory((resolver) => {
      const stores = { writer: resolver.get(MetricWriter), metadataWriter: resolver.get(MetadataWriter) };
      return new MinuteMerger({ ...stores, ...ambient(resolver) }, config, randomUUID());
    });
    bind(Records).toFactory((resolver) => {
      const stores = { installer: resolver.get(SchemaInstaller), recordWriter: resolver.get(RecordWriter) };
      return new BatchedRecords({ ...stores, ...ambient(resolver) }, config, randomUUID());
    });
    bind(MetricStream).toFactory((resolver) => resolver.get(Merger));
    bind(RecordStream).toFactory((resolver) => resolver.get(Records));
    bind(SeenEntities).toFactory((resolver) => new BoundedSeenEntities({ stream: resolver.get(Merger), ...ambient(resolver) }, config.seen));
    bind(Lists).toFactory((resolver) => new BoundedFacetLists({ records: resolver.get(Records), ...ambient(resolver) }, config.facets));
    bind(FacetLists).toFactory((resolver) => resolver.get(Lists));
  },
  async start({ get }) {
    await get(Lists).open();
    const streams = [get(Merger), get(Records)];
    for (const stream of streams) stream.start();
    return async () => {
      await Promise.all(streams.map((stream) => stream.stop()));
    };
  },
});

function ambient(resolver: Resolver): DeliveryServices {
  return {
    clock: resolver.get(Clock),
    timers: processTimers,
    logger: resolver.get(Logger),
    selfMetrics: resolver.get(SelfMetrics),
  };
}
