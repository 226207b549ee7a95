/** What differs from signal to signal, for the one service that serves them all. */
import type { Signal } from '@meterlark/core';
import { decodeLogsJson, decodeMetricsJson, decodeTracesJson } from './decode-json.js';
import { decodeLogs } from './decode-logs.js';
import { decodeMetrics } from './decode-metrics.js';
import { decodeTraces } from './decode-traces.js';
import type { Decoded } from './decoded.js';
import type { Interns } from './interns.js';

type Decode = (body: Buffer, interns: Interns, maxItems: number) => Decoded;

export interface OtlpSignal {
  readonly name: Signal;
  readonly grpcPath: string;
  readonly httpPath: string;
  /** The count of what was refused, as OTLP/JSON names it. */
  readonly rejected: string;
  readonly decode: Decode;
  readonly decodeJson: Decode;
}

export const metricsExportPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
export const tracesExportPath = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

export const logsExportPath = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

export const metricsSignal: OtlpSignal = {
  name: 'metrics',
  grpcPath: metricsExportPath,
  httpPath: '/v1/metrics',
  rejected: 'rejectedDataPoints',
  decode: decodeMetrics,
  decodeJson: decodeMetricsJson,
};

export const tracesSignal: OtlpSignal = {
  name: 'spans',
  grpcPath: tracesExportPath,
  httpPath: '/v1/traces',
  rejected: 'rejectedSpans',
  decode: decodeTraces,
  decodeJson: decodeTracesJson,
};

/** `maxBodyBytes`: of a record's body, and of each of its attributes. */
export function logsSignal(maxBodyBytes: number): OtlpSignal {
  return {
    name: 'logs',
    grpcPath: logsExportPath,
    httpPath: '/v1/logs',
    rejected: 'rejectedLogRecords',
    decode: (body, interns, maxItems) => decodeLogs(body, interns, { maxItems, maxBodyBytes }),
    decodeJson: (body, interns, maxItems) => decodeLogsJson(body, interns, { maxItems, maxBodyBytes }),
  };
}
