/** The provider receiver/otlp. */
import {
  defineProvider,
  GrpcServer,
  HttpServer,
  PipelineModule,
  positive,
  ReceiverModule,
  SelfMetrics,
  ServerModule,
  TelemetrySink,
} from '@meterlark/core';
import { Interns } from './interns.js';
import { ExportService } from './export-service.js';
import { ReceiverCounters } from './receiver-counters.js';
import { logsSignal, metricsSignal, tracesSignal } from './signals.js';

export interface OtlpReceiverConfig {
  readonly maxItemsPerRequest: number;
  readonly maxJsonBodyBytes: number;
  readonly maxLogBodyBytes: number;
  readonly intern: { readonly maxEntries: number; readonly maxBytes: number; readonly maxShapes: number };
}

export default defineProvider<OtlpReceiverConfig>({
  module: ReceiverModule,
  name: 'otlp',
  requires: [PipelineModule, ServerModule],
  config: {
    maxItemsPerRequest: {
      doc: 'Points, spans, log records, metrics, attributes and values that one request may hold; bounds the memory that a small body can take',
      format: positive,
      default: 1_000_000,
    },
    maxJsonBodyBytes: {
      doc: 'Largest OTLP/JSON body, as sent and inflated, in bytes; JSON takes many times its bytes while it is read',
      format: positive,
      default: 8 * 1024 * 1024,
    },
    maxLogBodyBytes: {
      doc: 'Longest body of a log record, and longest value of one of its attributes, in bytes as sent; longer ones are cut and say so',
      format: positive,
      default: 128 * 1024,
    },
    intern: {
      maxEntries: {
        doc: 'Attribute sets kept to be recognised in the next request; likewise resources, scopes, strings and bounds',
        format: positive,
        default: 200_000,
      },
      maxBytes: {
        doc: 'Bytes of the requests kept for that, per table',
        format: positive,
        default: 32 * 1024 * 1024,
      },
      maxShapes: {
        doc: 'Sets of attribute keys of spans and log records kept to be recognised in the next request',
        format: positive,
        default: 10_000,
      },
    },
  },
  start(context) {
    const { config } = context;
    const interns = new Interns(config.intern);
    const metrics = context.get(SelfMetrics);
    interns.observe(metrics);
    const limits = { maxItems: config.maxItemsPerRequest, maxJsonBodyBytes: config.maxJsonBodyBytes };
    for (const signal of [metricsSignal, tracesSignal, logsSignal(config.maxLogBodyBytes)]) {
      const parts = { sink: context.get(TelemetrySink), interns, counters: new ReceiverCounters(metrics, signal.name) };
      new ExportService(signal, parts, limits).serve(context.get(GrpcServer), context.get(HttpServer));
    }
  },
});

export { decodeLogsJson, decodeMetricsJson, decodeTracesJson } from './decode-json.js';
export { decodeLogs, type DecodedLogs, type LogLimits } from './decode-logs.js';
export { decodeMetrics } from './decode-metrics.js';
export { decodeTraces } from './decode-traces.js';
export type { Decoded } from './decoded.js';
export { receiverErrors } from './errors.js';
export { Interns, type InternSettings } from './interns.js';
export { logsExportPath, metricsExportPath, tracesExportPath } from './signals.js';
