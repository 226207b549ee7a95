import { decodeMetrics, type DecodedMetrics } from './decode-metrics.js';
import { encodeJson } from './encode-json.js';
import type { Interns } from './interns.js';
import { metricsRequest } from './schema.js';

/** ExportMetricsServiceRequest in OTLP/JSON. Throws what decodeMetrics does, or METERLARK_RECEIVER_OTLP_MALFORMED_JSON. */
export function decodeMetricsJson(body: Buffer, interns: Interns, maxItems: number, tenant = ''): DecodedMetrics {
  return decodeMetrics(encodeJson(body.toString('utf8'), metricsRequest), interns, maxItems, tenant);
}
