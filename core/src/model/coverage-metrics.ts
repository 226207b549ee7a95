/** What the signals of a gateway are compared by: metrics by model and signal. */
export const coverageMetrics = {
  requests: 'meter_envoy_ai_gw_coverage_requests',
  tokens: 'meter_envoy_ai_gw_coverage_tokens',
  /** By model and reason: requests that only an access log tells of, because they ended before the gateway counts them or closes their span. */
  logOnly: 'meter_envoy_ai_gw_coverage_log_only_requests',
} as const;

/** `no_backend`: none was chosen, which is certain. `unfinished`: the answer did not end, as far as the line tells. */
export const logOnlyReasons = ['no_backend', 'unfinished'] as const;
export type LogOnlyReason = (typeof logOnlyReasons)[number];
