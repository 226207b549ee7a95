/** Sources of language agents: JVM, CLR, browsers. */
import { source, type SourceDefinition } from './define.js';

const instance = { text: 'id name serviceName serviceId' };
const memory = { bytes: 'init max used committed' };
const page = { text: 'serviceId serviceName' };
const perf = {
  text: 'name',
  Layer: 'layer',
  ms:
    'redirectTime dnsTime ttfbTime tcpTime transTime domAnalysisTime fptTime domReadyTime loadPageTime resTime sslTime ttlTime ' +
    'firstPackTime fmpTime',
};
const traffic = {
  text: 'name',
  Layer: 'layer',
  integer: 'count',
  BrowserAppTrafficCategory: 'trafficCategory',
  BrowserErrorCategory: 'errorCategory',
};

export const agentSources: readonly SourceDefinition[] = [
  source('ServiceInstanceJVMCPU', 'ServiceInstance', instance, { decimal: 'usePercent' }),
  source('ServiceInstanceJVMMemory', 'ServiceInstance', instance, { flag: 'heapStatus' }, memory),
  source('ServiceInstanceJVMMemoryPool', 'ServiceInstance', instance, { MemoryPoolType: 'poolType' }, memory),
  source('ServiceInstanceJVMGC', 'ServiceInstance', instance, { GCPhase: 'phase', ms: 'time', integer: 'count' }),
  source('ServiceInstanceJVMThread', 'ServiceInstance', instance, {
    integer:
      'liveCount daemonCount peakCount runnableStateThreadCount blockedStateThreadCount waitingStateThreadCount timedWaitingStateThreadCount',
  }),
  source('ServiceInstanceJVMClass', 'ServiceInstance', instance, { integer: 'loadedClassCount totalUnloadedClassCount totalLoadedClassCount' }),
  source('ServiceInstanceCLRCPU', 'ServiceInstance', instance, { decimal: 'usePercent' }),
  source('ServiceInstanceCLRGC', 'ServiceInstance', instance, { integer: 'gen0CollectCount gen1CollectCount gen2CollectCount', bytes: 'heapMemory' }),
  source('ServiceInstanceCLRThread', 'ServiceInstance', instance, {
    integer: 'availableCompletionPortThreads availableWorkerThreads maxCompletionPortThreads maxWorkerThreads',
  }),
  source('BrowserAppPerf', 'Service', perf),
  source('BrowserAppPagePerf', 'Endpoint', page, perf),
  source('BrowserAppSingleVersionPerf', 'ServiceInstance', page, perf),
  source('BrowserAppResourcePerf', 'Endpoint', page, { text: 'path name protocol type', ms: 'duration', bytes: 'size' }),
  source('BrowserAppWebVitalsPerf', 'Endpoint', page, { text: 'path', ms: 'fmpTime lcpTime', integer: 'cls' }),
  source('BrowserAppWebInteractionPerf', 'Endpoint', page, { text: 'path', ms: 'inpTime' }),
  source('BrowserAppTraffic', 'Service', traffic),
  source('BrowserAppPageTraffic', 'Endpoint', page, traffic),
  source('BrowserAppSingleVersionTraffic', 'ServiceInstance', page, traffic),
];
