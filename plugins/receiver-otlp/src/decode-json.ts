/** Requests in OTLP/JSON. All throw what the protobuf decoders do, or METERLARK_RECEIVER_OTLP_MALFORMED_JSON. */
import { countJsonParts, type MetricBatch, type SpanBatch } from '@meterlark/core';
import { decodeLogs, type DecodedLogs, type LogLimits } from './decode-logs.js';
import { decodeMetrics } from './decode-metrics.js';
import { decodeTraces } from './decode-traces.js';
import type { Decoded } from './decoded.js';
import { encodeJson } from './encode-json.js';
import { receiverErrors } from './errors.js';
import type { Interns } from './interns.js';
import { logsRequest, metricsRequest, tracesRequest, type MessageSchema } from './schema.js';

/** Braces, brackets and commas per item that a request may have: a histogram of a hundred buckets without attributes has 200. */
const partsPerItem = 8;

/** ExportMetricsServiceRequest. */
export function decodeMetricsJson(body: Buffer, interns: Interns, maxItems: number, tenant = ''): Decoded<MetricBatch> {
  return decodeMetrics(transcoded(body, metricsRequest, maxItems), interns, maxItems, tenant);
}

/** ExportTraceServiceRequest. */
export function decodeTracesJson(body: Buffer, interns: Interns, maxItems: number, tenant = ''): Decoded<SpanBatch> {
  return decodeTraces(transcoded(body, tracesRequest, maxItems), interns, maxItems, tenant);
}

/** ExportLogsServiceRequest. */
export function decodeLogsJson(body: Buffer, interns: Interns, limits: LogLimits, tenant = ''): DecodedLogs {
  return decodeLogs(transcoded(body, logsRequest, limits.maxItems), interns, limits, tenant);
}

function transcoded(body: Buffer, schema: MessageSchema, maxItems: number): Buffer {
  demandFewParts(body, maxItems);
  return encodeJson(body.toString('utf8'), schema);
}

/** Before anything is made of the text: three bytes of it become an object of a hundred. */
function demandFewParts(body: Buffer, maxItems: number): void {
  const limits = { objects: maxItems, parts: maxItems * partsPerItem };
  const { objects, parts } = countJsonParts(body, limits);
  if (objects > limits.objects || parts > limits.parts) throw receiverErrors.METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS({ limit: maxItems });
}
