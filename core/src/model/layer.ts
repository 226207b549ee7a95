/** SkyWalking's layers by id; `normal: false` marks layers of conjectured services. */
export interface Layer {
  readonly id: number;
  readonly name: string;
  readonly normal: boolean;
}

const names: readonly string[] = [
  'UNDEFINED', 'MESH', 'GENERAL', 'OS_LINUX', 'K8S', 'FAAS', 'MESH_CP', 'MESH_DP', 'DATABASE', 'CACHE', 'BROWSER',
  'SO11Y_OAP', 'SO11Y_SATELLITE', 'MQ', 'VIRTUAL_DATABASE', 'VIRTUAL_MQ', 'VIRTUAL_GATEWAY', 'K8S_SERVICE', 'MYSQL',
  'VIRTUAL_CACHE', 'POSTGRESQL', 'APISIX', 'AWS_EKS', 'OS_WINDOWS', 'AWS_S3', 'AWS_DYNAMODB', 'AWS_GATEWAY', 'REDIS',
  'ELASTICSEARCH', 'RABBITMQ', 'MONGODB', 'KAFKA', 'PULSAR', 'BOOKKEEPER', 'NGINX', 'ROCKETMQ', 'CLICKHOUSE',
  'ACTIVEMQ', 'CILIUM_SERVICE', 'SO11Y_JAVA_AGENT', 'KONG', 'SO11Y_GO_AGENT', 'FLINK', 'BANYANDB', 'GENAI',
  'VIRTUAL_GENAI', 'ENVOY_AI_GATEWAY', 'IOS', 'WECHAT_MINI_PROGRAM', 'ALIPAY_MINI_PROGRAM', 'AIRFLOW',
];

const conjectured: ReadonlySet<string> = new Set([
  'UNDEFINED', 'VIRTUAL_DATABASE', 'VIRTUAL_MQ', 'VIRTUAL_GATEWAY', 'VIRTUAL_CACHE', 'VIRTUAL_GENAI',
]);

/** In id order; the id is the index. Layers that rule files define themselves come on top, from id 100000. */
export const builtInLayers: readonly Layer[] = names.map((name, id) => ({ id, name, normal: !conjectured.has(name) }));

export function isNormalLayer(name: string): boolean {
  return !conjectured.has(name);
}

const reportable: ReadonlySet<string> = new Set(builtInLayers.filter(({ normal }) => normal).map(({ name }) => name));

/**
 * The layer of a service whose sender says `layer` of it. Conjectured services come from analyses, never from a sender,
 * and names that are no layer's are not taken: both are GENERAL.
 */
export function reportedLayer(layer: unknown): string {
  return typeof layer === 'string' && reportable.has(layer) ? layer : 'GENERAL';
}
