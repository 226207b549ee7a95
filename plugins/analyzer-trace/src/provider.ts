import {
  Analyzer,
  AnalyzerModule,
  Clock,
  defineProvider,
  FacetLists,
  Logger,
  MetricStream,
  only,
  RecordReader,
  RecordStream,
  SeenEntities,
  SelfMetrics,
  serviceToken,
  SourceSink,
  SpanListeners,
  StorageModule,
  StreamModule,
} from '@meterlark/core';
import { traceSchema, type TraceSettings } from './settings.js';
import { TraceAnalyzer } from './trace-analyzer.js';

/** The analyzer with its start, which only this provider may call. */
const Starter = serviceToken<TraceAnalyzer>('analyzer.TraceAnalyzer');

export const traceProvider = defineProvider<TraceSettings>({
  module: AnalyzerModule,
  name: 'trace',
  // Its own module too: the analyzer of sources is a sibling.
  requires: [StorageModule, StreamModule, only(AnalyzerModule, SourceSink)],
  config: traceSchema,
  register({ bind, config }) {
    bind(Starter).toFactory(
      ({ get, all }) =>
        new TraceAnalyzer({
          stream: get(MetricStream),
          records: get(RecordStream),
          seen: get(SeenEntities),
          facets: get(FacetLists),
          reader: get(RecordReader),
          // One keeper or none: without it spans are stored and make no metrics.
          sources: all(SourceSink)[0],
          clock: get(Clock),
          logger: get(Logger),
          metrics: get(SelfMetrics),
          settings: config,
        }),
    );
    bind(Analyzer).toFactory(({ get }) => get(Starter));
    bind(SpanListeners).toFactory(({ get }) => get(Starter));
  },
  start: ({ get }) => get(Starter).start(),
});
