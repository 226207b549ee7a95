/** Sources of network agents: eBPF access logs of Kubernetes, Cilium's flows. */
import { source, under, type Columns, type SourceDefinition } from './define.js';

const http: Columns = {
  ms: 'latency',
  text: 'url method',
  integer: 'statusCode',
  bytes: 'sizeOfRequestHeader sizeOfRequestBody sizeOfResponseHeader sizeOfResponseBody',
};

const kubernetes: readonly Columns[] = [
  { text: 'type' },
  under('connect', { ns: 'duration', flag: 'success' }),
  under('accept', { ns: 'duration' }),
  under('close', { ns: 'duration', flag: 'success' }),
  under('write', { ns: 'duration', text: 'syscall' }),
  under('write.l4', { ns: 'duration', integer: 'transmitPackageCount retransmitPackageCount', bytes: 'totalPackageSize' }),
  under('write.l3', { ns: 'duration localDuration outputDuration resolveMACDuration netFilterDuration', integer: 'resolveMACCount netFilterCount' }),
  under('write.l2', { ns: 'duration readySendDuration networkDeviceSendDuration', text: 'networkDeviceName', integer: 'enterQueueBufferCount' }),
  under('read', { ns: 'duration', text: 'syscall' }),
  under('read.l4', { ns: 'duration' }),
  under('read.l3', { ns: 'duration rcvDuration localDuration netFilterDuration', integer: 'netFilterCount' }),
  under('read.l2', {
    text: 'netDeviceName', integer: 'packageCount', bytes: 'totalPackageSize', ns: 'packageToQueueDuration rcvPackageFromQueueDuration',
  }),
  under('protocol', { text: 'type', flag: 'success' }),
  under('protocol.http', http),
];

const cilium: readonly Columns[] = [
  { text: 'verdict type direction dropReason', ns: 'duration', flag: 'success' },
  under('http', { text: 'url protocol method', integer: 'code' }),
  under('kafka', { text: 'errorCodeString apiKey topic', integer: 'errorCode apiVersion correlationId' }),
  under('dns', { text: 'domain queryType rcodeString', integer: 'rcode ttl ipCount' }),
];

const point = { DetectPoint: 'detectPoint' };
const instance = { text: 'serviceId serviceName serviceInstanceName', Layer: 'layer' };
const endpoint = { text: 'serviceId serviceName endpointName', Layer: 'layer' };
const serviceEnds = { text: 'sourceServiceId sourceServiceName destServiceId destServiceName', Layer: 'sourceLayer destLayer' };
const instanceEnds = {
  text:
    'sourceServiceId sourceServiceName sourceServiceInstanceId sourceServiceInstanceName ' +
    'destServiceId destServiceName destServiceInstanceId destServiceInstanceName',
  Layer: 'sourceLayer destLayer',
};
const endpointEnds = {
  text:
    'sourceServiceId sourceServiceName sourceEndpointId sourceEndpointName ' +
    'destServiceId destServiceName destEndpointId destEndpointName',
  Layer: 'sourceLayer destLayer',
};
const component = { integer: 'componentId' };

export const networkSources: readonly SourceDefinition[] = [
  source('K8SService', 'Service', { text: 'name attr0 attr1 attr2 attr3 attr4 attr5', Layer: 'layer' }, point, ...kubernetes),
  source('K8SServiceInstance', 'ServiceInstance', instance, point, ...kubernetes),
  source('K8SEndpoint', 'Endpoint', endpoint, { ns: 'duration', text: 'type', flag: 'success' }, under('http', http)),
  source('K8SServiceRelation', 'ServiceRelation', serviceEnds, point, { text: 'tlsMode' }, ...kubernetes),
  source('K8SServiceInstanceRelation', 'ServiceInstanceRelation', instanceEnds, point, ...kubernetes),
  source('CiliumService', 'Service', { text: 'serviceName', Layer: 'layer' }, point, ...cilium),
  source('CiliumServiceInstance', 'ServiceInstance', instance, point, ...cilium),
  source('CiliumEndpoint', 'Endpoint', endpoint, ...cilium),
  source('CiliumServiceRelation', 'ServiceRelation', serviceEnds, point, component, ...cilium),
  source('CiliumServiceInstanceRelation', 'ServiceInstanceRelation', instanceEnds, point, component, ...cilium),
  source('CiliumEndpointRelation', 'EndpointRelation', endpointEnds, point, component, ...cilium),
];
