/** Enumerations that rules may compare columns with: SkyWalking's names. Events carry the member's name as text. */
import { builtInLayers } from '@meterlark/core';

const listed: Readonly<Record<string, string>> = {
  DetectPoint: 'SERVER CLIENT PROXY UNRECOGNIZED',
  RequestType: 'DATABASE HTTP RPC gRPC LOGIC TCP MQ GenAI',
  GCPhase: 'NEW OLD NORMAL',
  MemoryPoolType:
    'CODE_CACHE_USAGE NEWGEN_USAGE OLDGEN_USAGE SURVIVOR_USAGE PERMGEN_USAGE METASPACE_USAGE ZHEAP_USAGE ' +
    'COMPRESSED_CLASS_SPACE_USAGE CODEHEAP_NON_NMETHODS_USAGE CODEHEAP_PROFILED_NMETHODS_USAGE CODEHEAP_NON_PROFILED_NMETHODS_USAGE',
  MQOperation: 'Consume Produce',
  VirtualCacheOperation: 'Write Read Others',
  BrowserAppTrafficCategory: 'NORMAL FIRST_ERROR ERROR',
  BrowserErrorCategory: 'AJAX RESOURCE VUE PROMISE JS UNKNOWN',
};

export const enums: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...Object.entries(listed).map(([name, members]) => [name, new Set(members.split(' '))] as const),
  ['Layer', new Set(builtInLayers.map(({ name }) => name))],
]);
