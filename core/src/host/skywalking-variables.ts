/** Variables of a SkyWalking server that someone may carry over, and what we call the same thing. */

/** docs/from-skywalking.md lists the same ones; a test holds them together. */
export const equivalents: Readonly<Record<string, string>> = {
  SW_STORAGE: 'METERLARK_STORAGE',
  SW_STORAGE_BANYANDB_TARGETS: 'METERLARK_STORAGE_BANYANDB_TARGETS',
  SW_STORAGE_BANYANDB_USER: 'METERLARK_STORAGE_BANYANDB_USER',
  SW_STORAGE_BANYANDB_PASSWORD: 'METERLARK_STORAGE_BANYANDB_PASSWORD',
  SW_STORAGE_BANYANDB_SSL_TRUST_CA_PATH: 'METERLARK_STORAGE_BANYANDB_TLS_CA_FILE',
  SW_STORAGE_BANYANDB_COMPATIBLE_SERVER_API_VERSIONS: 'METERLARK_STORAGE_BANYANDB_API_VERSIONS',
  SW_STORAGE_BANYANDB_QUERY_MAX_WINDOW_SIZE: 'METERLARK_STORAGE_BANYANDB_MAX_SCANNED_ROWS',
  SW_NAMESPACE: 'METERLARK_STORAGE_BANYANDB_NAMESPACE',
  SW_CORE_GRPC_HOST: 'METERLARK_SERVER_GRPC_HOST',
  SW_CORE_GRPC_PORT: 'METERLARK_SERVER_GRPC_PORT',
  SW_CORE_GRPC_MAX_CONCURRENT_CALL: 'METERLARK_SERVER_GRPC_MAX_CONCURRENT_STREAMS',
  SW_CORE_GRPC_MAX_MESSAGE_SIZE: 'METERLARK_SERVER_GRPC_MAX_MESSAGE_BYTES',
  SW_CORE_GRPC_SSL_CERT_CHAIN_PATH: 'METERLARK_SERVER_GRPC_TLS_CERT_FILE',
  SW_CORE_GRPC_SSL_KEY_PATH: 'METERLARK_SERVER_GRPC_TLS_KEY_FILE',
  SW_CORE_GRPC_SSL_TRUSTED_CA_PATH: 'METERLARK_SERVER_GRPC_TLS_CLIENT_CA_FILE',
  SW_CORE_REST_HOST: 'METERLARK_SERVER_HTTP_HOST',
  SW_CORE_REST_PORT: 'METERLARK_SERVER_HTTP_PORT',
  SW_CORE_REST_IDLE_TIMEOUT: 'METERLARK_SERVER_HTTP_KEEPALIVE_TIMEOUT_MS',
  SW_CORE_REST_SSL_CERT_CHAIN_PATH: 'METERLARK_SERVER_HTTP_TLS_CERT_FILE',
  SW_CORE_REST_SSL_KEY_PATH: 'METERLARK_SERVER_HTTP_TLS_KEY_FILE',
  SW_CORE_RECORD_DATA_TTL: 'METERLARK_STORAGE_CLICKHOUSE_RETENTION_TRACE_DAYS',
  SW_CORE_METRICS_DATA_TTL: 'METERLARK_STORAGE_CLICKHOUSE_RETENTION_MINUTE_DAYS',
  SW_CORE_PERSISTENT_PERIOD: 'METERLARK_STREAM_MINUTES_FLUSH_INTERVAL_MS',
  SW_SEARCHABLE_TAG_KEYS: 'METERLARK_ANALYZER_TRACE_SEARCHABLE_TAGS',
  SW_SEARCHABLE_LOGS_TAG_KEYS: 'METERLARK_ANALYZER_LOG_SEARCHABLE_TAGS',
  SW_AUTHENTICATION: 'METERLARK_SERVER_RECEIVER_TOKEN',
  SW_OTEL_RECEIVER: 'METERLARK_RECEIVER_OTLP',
  SW_OTEL_RECEIVER_ENABLED_OTEL_METRICS_RULES: 'METERLARK_ANALYZER_METER_RULES',
  SW_METER_ANALYZER_ACTIVE_FILES: 'METERLARK_ANALYSIS_GENERAL_METER_RULES',
  SW_LOG_ANALYZER: 'METERLARK_ANALYZER_LOG',
  SW_LOG_LAL_FILES: 'METERLARK_ANALYZER_LOG_RULES',
  SW_LOG_MAL_FILES: 'METERLARK_ANALYZER_METER_RULES',
  SW_GENAI_ANALYZER: 'METERLARK_ANALYSIS_VIRTUAL_GENAI',
  SW_RECEIVER_ZIPKIN: 'METERLARK_RECEIVER_ZIPKIN',
  SW_RECEIVER_ZIPKIN_REST_HOST: 'METERLARK_RECEIVER_ZIPKIN_HOST',
  SW_RECEIVER_ZIPKIN_REST_PORT: 'METERLARK_RECEIVER_ZIPKIN_PORT',
  SW_ZIPKIN_SEARCHABLE_TAG_KEYS: 'METERLARK_ANALYZER_TRACE_ZIPKIN_TAGS',
  SW_QUERY_MAX_QUERY_COMPLEXITY: 'METERLARK_ENDPOINT_GRAPHQL_MAX_FIELDS',
  SW_QUERY_ZIPKIN: 'METERLARK_ENDPOINT_ZIPKIN',
  SW_QUERY_ZIPKIN_REST_HOST: 'METERLARK_ENDPOINT_ZIPKIN_HOST',
  SW_QUERY_ZIPKIN_REST_PORT: 'METERLARK_ENDPOINT_ZIPKIN_PORT',
  SW_QUERY_ZIPKIN_LOOKBACK: 'METERLARK_ENDPOINT_ZIPKIN_DEFAULT_LOOKBACK_MS',
  SW_LOGQL: 'METERLARK_ENDPOINT_LOGQL',
  SW_LOGQL_REST_HOST: 'METERLARK_ENDPOINT_LOGQL_HOST',
  SW_LOGQL_REST_PORT: 'METERLARK_ENDPOINT_LOGQL_PORT',
  SW_PROMQL: 'METERLARK_ENDPOINT_PROMQL',
  SW_PROMQL_REST_HOST: 'METERLARK_ENDPOINT_PROMQL_HOST',
  SW_PROMQL_REST_PORT: 'METERLARK_ENDPOINT_PROMQL_PORT',
  SW_TRACEQL: 'METERLARK_ENDPOINT_TRACEQL',
  SW_TRACEQL_REST_HOST: 'METERLARK_ENDPOINT_TRACEQL_HOST',
  SW_TRACEQL_REST_PORT: 'METERLARK_ENDPOINT_TRACEQL_PORT',
  SW_ADMIN_SERVER_HOST: 'METERLARK_SERVER_ADMIN_HOST',
  SW_ADMIN_SERVER_PORT: 'METERLARK_SERVER_ADMIN_PORT',
  SW_TELEMETRY_PROMETHEUS_HOST: 'METERLARK_SERVER_ADMIN_HOST',
  SW_TELEMETRY_PROMETHEUS_PORT: 'METERLARK_SERVER_ADMIN_PORT',
};

/** Where the value has another form than there. */
export const otherForms: Readonly<Record<string, string>> = {
  SW_STORAGE: 'clickhouse, memory or banyandb; Elasticsearch and JDBC have no equivalent',
  SW_STORAGE_BANYANDB_SSL_TRUST_CA_PATH: 'the same; also set METERLARK_STORAGE_BANYANDB_TLS_ON=true',
  SW_STORAGE_BANYANDB_COMPATIBLE_SERVER_API_VERSIONS: 'the same list; 0.10 and later need not be in it',
  SW_STORAGE_BANYANDB_QUERY_MAX_WINDOW_SIZE: 'rows that a question may read; more is an error, not a shorter answer',
  SW_NAMESPACE: 'begins the names of the groups; the schemas differ, so do not give both servers one',
  SW_CORE_GRPC_MAX_CONCURRENT_CALL: 'at least 1, where 0 meant no limit',
  SW_CORE_GRPC_SSL_CERT_CHAIN_PATH: 'setting it turns TLS on',
  SW_CORE_GRPC_SSL_TRUSTED_CA_PATH: 'clients must then present a certificate',
  SW_CORE_REST_SSL_CERT_CHAIN_PATH: 'setting it turns TLS on',
  SW_CORE_RECORD_DATA_TTL: 'days of spans; logs, model calls and content have …_LOG_DAYS, …_CALL_DAYS and …_CONTENT_DAYS',
  SW_CORE_METRICS_DATA_TTL: 'days of minutes; hours and days have …_HOUR_DAYS and …_DAY_DAYS',
  SW_CORE_PERSISTENT_PERIOD: 'milliseconds, not seconds',
  SW_OTEL_RECEIVER: 'off, where it was -',
  SW_OTEL_RECEIVER_ENABLED_OTEL_METRICS_RULES: 'paths of files or folders, not names within otel-rules',
  SW_METER_ANALYZER_ACTIVE_FILES: 'paths of files or folders, not names within meter-analyzer-config',
  SW_LOG_ANALYZER: 'off, where it was -',
  SW_LOG_LAL_FILES: 'paths of files or folders, not names within lal',
  SW_LOG_MAL_FILES: 'paths of files or folders, not names within log-mal-rules',
  SW_GENAI_ANALYZER: 'off, where it was -',
  SW_RECEIVER_ZIPKIN: 'off, where it was -',
  SW_QUERY_MAX_QUERY_COMPLEXITY: 'counted in another way: see the setting',
  SW_QUERY_ZIPKIN: 'off, where it was -',
  SW_LOGQL: 'off, where it was -',
  SW_PROMQL: 'off, where it was -',
  SW_TRACEQL: 'off, where it was -',
  SW_TELEMETRY_PROMETHEUS_HOST: "the admin server's /metrics",
  SW_TELEMETRY_PROMETHEUS_PORT: "the admin server's /metrics",
};

export interface SkyWalkingVariable {
  readonly variable: string;
  readonly advice: string;
}

/**
 * Every `SW_*` variable that is set; agents' own (`SW_AGENT_…`) are none of a server's business. `knows` tells what a
 * variable of ours must pass to be advised: one that this installation refuses would lead from a warning into a fault.
 */
export function skyWalkingVariables(
  environment: Readonly<Record<string, string | undefined>>,
  knows: (name: string) => boolean,
): SkyWalkingVariable[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('SW_') && !name.startsWith('SW_AGENT_'))
    .sort()
    .map((variable) => ({ variable, advice: adviceFor(variable, knows) }));
}

function adviceFor(variable: string, knows: (name: string) => boolean): string {
  const equivalent = Object.hasOwn(equivalents, variable) ? equivalents[variable] : undefined;
  if (equivalent === undefined) return 'no equivalent: it has no effect';
  if (!knows(equivalent)) return 'not in this version: it has no effect';
  const form = Object.hasOwn(otherForms, variable) ? ` (${otherForms[variable]})` : '';
  return `set ${equivalent} instead${form}`;
}
