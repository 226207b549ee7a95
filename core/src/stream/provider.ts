import { randomUUID } from 'node:crypto';
import { MetadataWriter, MetricWriter, StorageModule } from '../contract/storage.js';
import { MetricStream, StreamModule } from '../contract/stream.js';
import { Clock, Logger, SelfMetrics } from '../kernel/ambient.js';
import { defineProvider } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import { MinuteMerger } from './minute-merger.js';
import { streamSchema, type StreamSettings } from './stream-settings.js';
import { processTimers } from './timers.js';

/** The stream with its start and stop, which only this provider may call. */
const Merger = serviceToken<MinuteMerger>('stream.MinuteMerger');

export default defineProvider<StreamSettings>({
  module: StreamModule,
  name: 'minutes',
  requires: [StorageModule],
  config: streamSchema,
  register({ bind, config }) {
    bind(Merger).toFactory((resolver) => {
      const services = {
        writer: resolver.get(MetricWriter),
        metadataWriter: resolver.get(MetadataWriter),
        clock: resolver.get(Clock),
        timers: processTimers,
        logger: resolver.get(Logger),
        selfMetrics: resolver.get(SelfMetrics),
      };
      return new MinuteMerger(services, config, randomUUID());
    });
    bind(MetricStream).toFactory((resolver) => resolver.get(Merger));
  },
  start({ get }) {
    const merger = get(Merger);
    merger.start();
    return () => merger.stop();
  },
});
