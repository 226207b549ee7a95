import { countJsonParts } from '@meterlark/core';
import { decodeMetrics, type DecodedMetrics } from './decode-metrics.js';
import { encodeJson } from './encode-json.js';
import { receiverErrors } from './errors.js';
import type { Interns } from './interns.js';
import { metricsRequest } from './schema.js';

/** Braces, brackets and commas per item that a request may have: a histogram of a hundred buckets without attributes has 200. */
const partsPerItem = 8;

/** ExportMetricsServiceRequest in OTLP/JSON. Throws what decodeMetrics does, or METERLARK_RECEIVER_OTLP_MALFORMED_JSON. */
export function decodeMetricsJson(body: Buffer, interns: Interns, maxItems: number, tenant = ''): DecodedMetrics {
  demandFewParts(body, maxItems);
  return decodeMetrics(encodeJson(body.toString('utf8'), metricsRequest), interns, maxItems, tenant);
}

/** Before anything is made of the text: three bytes of it become an object of a hundred. */
function demandFewParts(body: Buffer, maxItems: number): void {
  const limits = { objects: maxItems, parts: maxItems * partsPerItem };
  const { objects, parts } = countJsonParts(body, limits);
  if (objects > limits.objects || parts > limits.parts) throw receiverErrors.METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS({ limit: maxItems });
}
