/** What the signals of a gateway are compared by. Requests and tokens of the signal `metrics` come from rules, with these very definitions. */
import type { MetricDefinition } from '@meterlark/core';

export const layer = 'ENVOY_AI_GATEWAY';

export const requestsMetric = 'meter_envoy_ai_gw_coverage_requests';
export const tokensMetric = 'meter_envoy_ai_gw_coverage_tokens';
/** Requests that only an access log tells of, because they ended before the gateway counts them or closes their span. */
export const logOnlyMetric = 'meter_envoy_ai_gw_coverage_log_only_requests';

function sum(name: string, unit: string, labels: readonly string[]): MetricDefinition {
  return {
    name, kind: 'sum', scope: 'Service', labels, form: 'plain', factor: 1, precision: 'integer', percentiles: [], edge: 'upper', windowMinutes: 1,
    unit, layer, origin: 'analysis/envoy-ai-gateway',
  };
}

export const coverageDefinitions: readonly MetricDefinition[] = [
  sum(requestsMetric, 'requests', ['model', 'signal']),
  sum(tokensMetric, 'tokens', ['model', 'signal']),
  sum(logOnlyMetric, 'requests', ['model', 'reason']),
];
