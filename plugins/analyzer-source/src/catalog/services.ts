/** Sources of services, instances, endpoints, their relations, and conjectured services. */
import { source, under, type SourceDefinition } from './define.js';

const sideCar = under('sideCar', { text: 'internalErrorCode', ns: 'internalRequestLatencyNanos internalResponseLatencyNanos' });
const tags = { map: 'tag', tags: 'tags' };
const attributes = { text: 'attr0 attr1 attr2 attr3 attr4 attr5' };
const request = { ms: 'latency', flag: 'status', integer: 'httpResponseStatusCode', text: 'rpcStatusCode', RequestType: 'type' };
const call = { ...request, DetectPoint: 'detectPoint' };
const bytes = { bytes: 'receivedBytes sentBytes' };

const serviceEnds = {
  text: 'sourceServiceId sourceServiceName sourceServiceInstanceName destServiceId destServiceName destServiceInstanceName tlsMode',
  Layer: 'sourceLayer destLayer',
  integer: 'componentId',
};
const instanceEnds = {
  text:
    'sourceServiceId sourceServiceName sourceServiceInstanceId sourceServiceInstanceName ' +
    'destServiceId destServiceName destServiceInstanceId destServiceInstanceName tlsMode',
  Layer: 'sourceServiceLayer destServiceLayer',
  integer: 'componentId',
};

export const serviceSources: readonly SourceDefinition[] = [
  source('Service', 'Service', { text: 'name serviceInstanceName endpointName tlsMode', Layer: 'layer' }, request, tags, sideCar, attributes),
  source('ServiceInstance', 'ServiceInstance', { text: 'name serviceId serviceName endpointName', Layer: 'serviceLayer' }, request, tags, sideCar),
  source('Endpoint', 'Endpoint', { text: 'name serviceId serviceName serviceInstanceName', Layer: 'serviceLayer' }, request, tags, sideCar, attributes),
  source('ServiceRelation', 'ServiceRelation', serviceEnds, call, { text: 'endpoint' }, sideCar),
  source('ServiceInstanceRelation', 'ServiceInstanceRelation', instanceEnds, call, { text: 'endpoint', integer: 'responseCode' }, sideCar),
  source(
    'EndpointRelation',
    'EndpointRelation',
    {
      text: 'endpoint serviceId serviceName serviceInstanceName childEndpoint childServiceId childServiceName childServiceInstanceName',
      Layer: 'serviceLayer childServiceLayer',
      integer: 'componentId',
    },
    { ms: 'rpcLatency', flag: 'status', integer: 'httpResponseStatusCode', text: 'rpcStatusCode', RequestType: 'type', DetectPoint: 'detectPoint' },
  ),
  source('TCPService', 'Service', { text: 'name serviceInstanceName tlsMode', Layer: 'layer' }, tags, sideCar, bytes),
  source('TCPServiceInstance', 'ServiceInstance', { text: 'name serviceId serviceName', Layer: 'serviceLayer' }, tags, sideCar, bytes),
  source('TCPServiceRelation', 'ServiceRelation', serviceEnds, { DetectPoint: 'detectPoint' }, sideCar, bytes),
  source('TCPServiceInstanceRelation', 'ServiceInstanceRelation', instanceEnds, { DetectPoint: 'detectPoint' }, sideCar, bytes),
  source('DatabaseAccess', 'Service', { text: 'name', integer: 'databaseTypeId', ms: 'latency', flag: 'status' }),
  source('DatabaseSlowStatement', 'Service', { text: 'id databaseServiceId statement traceId', ms: 'latency' }),
  source('ServiceDatabaseSlowStatement', 'Service', { text: 'id serviceId statement traceId', ms: 'latency' }),
  source('CacheAccess', 'Service', { text: 'name', integer: 'cacheTypeId', ms: 'latency', flag: 'status', VirtualCacheOperation: 'operation' }),
  source('VirtualCacheSlowAccess', 'Service', {
    text: 'id cacheServiceId command key traceId', ms: 'latency', flag: 'status', VirtualCacheOperation: 'operation',
  }),
  source('MQAccess', 'Service', { text: 'name', integer: 'typeId', ms: 'transmissionLatency', flag: 'status', MQOperation: 'operation' }),
  source('MQEndpointAccess', 'Endpoint', {
    text: 'serviceId serviceName endpoint', integer: 'typeId', ms: 'transmissionLatency', flag: 'status', MQOperation: 'operation',
  }),
  source('Process', 'Process', { text: 'instanceId serviceId name serviceName instanceName agentId' }),
  source('ProcessRelation', 'ProcessRelation', {
    text: 'instanceId sourceProcessId destProcessId', DetectPoint: 'detectPoint', integer: 'componentId',
  }),
  source('Event', 'All', {
    text: 'uuid service serviceInstance endpoint name type message parameters', integer: 'startTime endTime', Layer: 'layer',
  }),
  source('EnvoyInstanceMetric', 'ServiceInstance', { text: 'id serviceId name serviceName metricName', decimal: 'value' }),
];
