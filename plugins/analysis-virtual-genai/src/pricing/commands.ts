/** The commands on prices, wired. */
import { Clock, MetricStream, MetricWriter, RecordReader, RecordStream, SourceSink, type Command, type Resolver } from '@meterlark/core';
import { CallMetrics } from '../metrics/call-metrics.js';
import { repriceCommand } from '../reprice/reprice-command.js';
import type { VirtualGenAiSettings } from '../settings.js';
import { Shelf } from './book-shelf.js';
import { priceCommand } from './price-command.js';

export function pricingCommands({ get }: Resolver, { metricDimensions }: VirtualGenAiSettings): readonly Command[] {
  return [
    priceCommand({ open: () => get(Shelf).read(), now: () => get(Clock).now() }),
    repriceCommand({
      reload: (keep) => (keep ? get(Shelf).replace() : get(Shelf).read()),
      services: () => ({
        reader: get(RecordReader),
        records: get(RecordStream),
        stream: get(MetricStream),
        writer: get(MetricWriter),
        sink: get(SourceSink),
        emitterOn: (sink) => new CallMetrics(sink, { dimensions: metricDimensions }),
      }),
    }),
  ];
}
