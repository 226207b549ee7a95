/** Variables of a SkyWalking server that someone may carry over, and what we call the same thing. */
export const equivalents: Readonly<Record<string, string>> = {
  SW_STORAGE: 'METERLARK_STORAGE',
  SW_CORE_GRPC_HOST: 'METERLARK_SERVER_GRPC_HOST',
  SW_CORE_GRPC_PORT: 'METERLARK_SERVER_GRPC_PORT',
  SW_CORE_REST_HOST: 'METERLARK_SERVER_HTTP_HOST',
  SW_CORE_REST_PORT: 'METERLARK_SERVER_HTTP_PORT',
  SW_ADMIN_SERVER_HOST: 'METERLARK_SERVER_ADMIN_HOST',
  SW_ADMIN_SERVER_PORT: 'METERLARK_SERVER_ADMIN_PORT',
  SW_RECEIVER_ZIPKIN: 'METERLARK_RECEIVER_ZIPKIN',
  SW_RECEIVER_ZIPKIN_REST_PORT: 'METERLARK_RECEIVER_ZIPKIN_PORT',
  SW_QUERY_ZIPKIN: 'METERLARK_ENDPOINT_ZIPKIN',
  SW_QUERY_ZIPKIN_REST_PORT: 'METERLARK_ENDPOINT_ZIPKIN_PORT',
  SW_PROMQL: 'METERLARK_ENDPOINT_PROMQL',
  SW_PROMQL_REST_PORT: 'METERLARK_ENDPOINT_PROMQL_PORT',
  SW_LOGQL: 'METERLARK_ENDPOINT_LOGQL',
  SW_LOGQL_REST_PORT: 'METERLARK_ENDPOINT_LOGQL_PORT',
  SW_TRACEQL: 'METERLARK_ENDPOINT_TRACEQL',
  SW_TRACEQL_REST_PORT: 'METERLARK_ENDPOINT_TRACEQL_PORT',
  SW_STORAGE_BANYANDB_TARGETS: 'METERLARK_STORAGE_BANYANDB_TARGETS',
  SW_STORAGE_BANYANDB_USER: 'METERLARK_STORAGE_BANYANDB_USER',
  SW_STORAGE_BANYANDB_PASSWORD: 'METERLARK_STORAGE_BANYANDB_PASSWORD',
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
    .map((variable) => ({ variable, advice: adviceFor(Object.hasOwn(equivalents, variable) ? equivalents[variable] : undefined, knows) }));
}

function adviceFor(equivalent: string | undefined, knows: (name: string) => boolean): string {
  if (equivalent === undefined) return 'no equivalent: it has no effect';
  return knows(equivalent) ? `set ${equivalent} instead` : 'not in this version: it has no effect';
}
