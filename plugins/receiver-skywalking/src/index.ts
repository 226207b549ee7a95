/** The provider receiver/skywalking: SkyWalking's native agents on the shared ports. */
import {
  Clock,
  defineProvider,
  GrpcServer,
  HttpServer,
  MetricStream,
  PipelineModule,
  positive,
  ReceiverModule,
  ResourceMasking,
  SelfMetrics,
  ServerModule,
  StreamModule,
  TelemetrySink,
} from '@meterlark/core';
import { LogReader } from './log-reader.js';
import { LogService } from './log-service.js';
import { ManagementService } from './management-service.js';
import { MeterReader } from './meter-reader.js';
import { MeterService } from './meter-service.js';
import { serveQuietly } from './quiet-services.js';
import { ReceiverCounters } from './receiver-counters.js';
import { Receiver } from './receiver.js';
import { SegmentReader } from './segment-reader.js';
import { meterNames, SourceTable } from './source-table.js';
import { TraceService } from './trace-service.js';

export interface SkyWalkingReceiverConfig {
  readonly maxItemsPerMessage: number;
  readonly maxJsonBodyBytes: number;
  readonly maxLogBodyBytes: number;
  readonly maxSources: number;
  readonly maxWaitingMeters: number;
  readonly maxWaitingLogs: number;
}

export default defineProvider<SkyWalkingReceiverConfig>({
  module: ReceiverModule,
  name: 'skywalking',
  requires: [PipelineModule, ServerModule, StreamModule],
  config: {
    maxItemsPerMessage: {
      doc: 'Spans, references, tags, logs, meters and labels that one message may hold; bounds the memory that a small message can take',
      format: positive,
      default: 200_000,
    },
    maxJsonBodyBytes: {
      doc: 'Largest JSON body, as sent and inflated, in bytes; JSON takes many times its bytes while it is read',
      format: positive,
      default: 8 * 1024 * 1024,
    },
    maxLogBodyBytes: {
      doc: 'Longest body of a log record, and longest value of one of its tags, in bytes as sent; longer ones are cut and say so',
      format: positive,
      default: 128 * 1024,
    },
    maxSources: {
      doc: 'Services and instances kept to be recognised in their next message',
      format: positive,
      default: 20_000,
    },
    maxWaitingMeters: {
      doc: 'Meters of one stream that wait for its end; more are handed on before it',
      format: positive,
      default: 10_000,
    },
    maxWaitingLogs: {
      doc: 'Log records of one stream that are handed on together; fewer after a tenth of a second',
      format: positive,
      default: 1_000,
    },
  },
  start({ get, all, config }) {
    const { maxItemsPerMessage: maxItems, maxJsonBodyBytes, maxSources, maxWaitingMeters: maxWaiting } = config;
    const metrics = get(SelfMetrics);
    const clock = get(Clock);
    const counters = new ReceiverCounters(metrics);
    const receiver = new Receiver({ sink: get(TelemetrySink), counters, limits: { maxItems, maxJsonBodyBytes } });
    const segments = new SegmentReader({ maxItems, maxSources });
    const sources = new SourceTable(meterNames, maxSources);
    metrics.observe('meterlark_receiver_skywalking_sources', 'Services and instances recognised.', () => segments.sources.size + sources.size);
    const servers = { grpc: get(GrpcServer), http: get(HttpServer) };
    new TraceService(receiver, segments).serve(servers);
    new ManagementService({ receiver, stream: get(MetricStream), clock, masking: all(ResourceMasking)[0] }).serve(servers);
    new MeterService({ receiver, reader: new MeterReader(maxItems), sources, clock, maxWaiting }).serve(servers);
    const reader = new LogReader({ maxItems, maxTextBytes: config.maxLogBodyBytes });
    new LogService({ receiver, reader, sources: segments.sources, maxWaiting: config.maxWaitingLogs }).serve(servers);
    serveQuietly(servers, receiver);
  },
});

export { receiverErrors } from './errors.js';
export { SegmentReader, type SegmentReaderLimits } from './segment-reader.js';
