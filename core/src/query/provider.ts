import { Clock, Logger, SelfMetrics } from '../kernel/ambient.js';
import { defineProvider, positive, type Resolver } from '../kernel/definition.js';
import { ExpressionQuery, MetadataQuery, QueryModule } from '../contract/query.js';
import { CallQuery } from '../contract/call-query.js';
import { CoverageQuery } from '../contract/coverage-query.js';
import { MetadataReader, MetricReader, RecordReader, SchemaInstaller, StorageModule } from '../contract/storage.js';
import { LogQuery } from '../contract/log-query.js';
import { recordModels } from '../model/record-models.js';
import { TraceQuery } from '../contract/trace-query.js';
import { RecordCallQuery } from './calls/call-query.js';
import { MqeExpressionQuery } from './expression-query.js';
import { RecordLogQuery } from './logs/log-query.js';
import { CachedMetadataQuery } from './metadata-query.js';
import { ProgramCache } from './mqe/parse.js';
import { ReadBatcher } from './read-batcher.js';
import { SeriesRanking } from './series-ranking.js';
import { SeriesReader } from './series-reader.js';
import { MetricCoverageQuery } from './signal-coverage/coverage-query.js';
import { TopRecords } from './top-records.js';
import { TopRanking } from './top.js';
import { RecordTraceQuery } from './traces/trace-query.js';

export interface QuerySettings {
  readonly maxPoints: number;
  readonly maxValues: number;
  readonly definitionsRefreshMs: number;
  readonly entitiesCacheMs: number;
  readonly cachedExpressions: number;
  readonly maxSpansPerTrace: number;
}

/** Other limits protect the process and are no matter of taste. */
const fixed = { unknownMs: 2000, entityLists: 256, rankings: 50, waiting: 50_000, entities: 500, tags: 8, terms: 32, logCharacters: 64_000_000, tracesByTag: 2000, scannedEntries: 200_000, gateways: 1000, gatewaysAtOnce: 50 };

export default defineProvider<QuerySettings>({
  module: QueryModule,
  name: 'layer',
  requires: [StorageModule],
  config: {
    maxPoints: { doc: 'Most points of a duration.', format: positive, default: 11_000 },
    maxValues: { doc: 'Most values that one expression may read and compute; beyond, it answers an error.', format: positive, default: 5_000_000 },
    definitionsRefreshMs: { doc: 'Age in milliseconds at which metric definitions are read again.', format: 'nat', default: 10_000 },
    entitiesCacheMs: { doc: 'Milliseconds for which a list of entities is answered from memory.', format: 'nat', default: 2000 },
    cachedExpressions: { doc: 'Parsed expressions kept in memory.', format: positive, default: 1000 },
    maxSpansPerTrace: { doc: 'Most spans of one trace that are answered, and of all traces that are asked for together; the latest beyond are left out, and the answer says so where it can.', format: positive, default: 20_000 },
  },
  register: (context) => {
    context.bind(MetadataQuery).toFactory((resolver) => metadataQuery(resolver, context.config));
    context.bind(CallQuery).toFactory(({ get }) => new RecordCallQuery(get(RecordReader)));
    const traceLimits = { spansPerTrace: context.config.maxSpansPerTrace, candidates: fixed.tracesByTag, tags: fixed.tags, scanned: fixed.scannedEntries };
    context.bind(TraceQuery).toFactory(({ get }) => new RecordTraceQuery(get(RecordReader), traceLimits));
    context.bind(LogQuery).toFactory(({ get }) => new RecordLogQuery(get(RecordReader), { terms: fixed.terms, characters: fixed.logCharacters }));
    const coverageLimits = { points: context.config.maxPoints, gateways: fixed.gateways, atOnce: fixed.gatewaysAtOnce };
    context.bind(CoverageQuery).toFactory(({ get }) => new MetricCoverageQuery(get(MetricReader), get(MetadataReader), coverageLimits));
    context.bind(ExpressionQuery).toFactory((resolver) => expressionQuery(resolver, context.config));
  },
  /** Also of those that nobody writes here: content, when it is not captured, is asked for all the same. */
  start: async ({ get }) => {
    await get(SchemaInstaller).install(recordModels);
    return () => undefined;
  },
});

function metadataQuery(resolver: Resolver, config: QuerySettings): CachedMetadataQuery {
  const limits = {
    definitionsMs: config.definitionsRefreshMs,
    unknownMs: Math.min(fixed.unknownMs, config.definitionsRefreshMs),
    entitiesMs: config.entitiesCacheMs,
    entityLists: fixed.entityLists,
  };
  return new CachedMetadataQuery(resolver.get(MetadataReader), limits, { clock: resolver.get(Clock), logger: resolver.get(Logger) });
}

function expressionQuery(resolver: Resolver, config: QuerySettings): MqeExpressionQuery {
  const metrics = resolver.get(SelfMetrics);
  const reader = resolver.get(MetricReader);
  const metadata = resolver.get(MetadataQuery);
  const reads = metrics.counter('meterlark_query_storage_reads_total', 'Storage queries for metric values.');
  const batcher = new ReadBatcher(reader, { waiting: fixed.waiting, entities: fixed.entities }, reads);
  const series = new SeriesReader(batcher, resolver.get(Clock));
  return new MqeExpressionQuery(
    {
      programs: new ProgramCache(config.cachedExpressions),
      metadata,
      series,
      ranking: new TopRanking(reader, metadata, new SeriesRanking(reader, series)),
      records: new TopRecords(resolver.get(RecordReader)),
      expressions: metrics.counter('meterlark_query_expressions_total', 'Expressions evaluated, by result.', ['result']),
    },
    { points: config.maxPoints, values: config.maxValues, rankings: fixed.rankings },
  );
}
