/** What the signals of a gateway are compared by. Requests and tokens of the signal `metrics` come from rules, with these very definitions. */
import { coverageMetrics, gatewayLayer, type MetricDefinition } from '@meterlark/core';

function sum(name: string, unit: string, labels: readonly string[]): MetricDefinition {
  return {
    name, kind: 'sum', scope: 'Service', labels, form: 'plain', factor: 1, precision: 'integer', percentiles: [], edge: 'upper', windowMinutes: 1,
    unit, layer: gatewayLayer, origin: 'analysis/envoy-ai-gateway',
  };
}

export const coverageDefinitions: readonly MetricDefinition[] = [
  sum(coverageMetrics.requests, 'requests', ['model', 'signal']),
  sum(coverageMetrics.tokens, 'tokens', ['model', 'signal']),
  sum(coverageMetrics.logOnly, 'requests', ['model', 'reason']),
];
