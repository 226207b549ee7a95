/** `endpoint/zipkin`: Zipkin's v2 query API on a port of its own, for all stored spans. */
import { Clock, defineProvider, EndpointModule, ExtraHttpServers, positive, QueryModule, ServerModule, TraceQuery } from '@meterlark/core';
import { ZipkinEndpoint } from './endpoint.js';

export interface ZipkinQuerySettings {
  readonly host: string;
  readonly port: number;
  readonly maxTraces: number;
  readonly defaultLookbackMs: number;
}

export default defineProvider<ZipkinQuerySettings>({
  module: EndpointModule,
  name: 'zipkin',
  requires: [QueryModule, ServerModule],
  config: {
    host: { doc: 'Address the Zipkin query API listens on.', format: 'String', default: '0.0.0.0' },
    port: { doc: 'Port of the Zipkin query API, below /zipkin; 0 takes any free one.', format: 'port', default: 9_412 },
    maxTraces: { doc: 'Most traces that one request answers.', format: positive, default: 1_000 },
    defaultLookbackMs: { doc: 'How far back a search goes that does not say, in ms.', format: positive, default: 86_400_000 },
  },
  start: ({ get, config }) => {
    const { host, port, ...limits } = config;
    const server = get(ExtraHttpServers).listen({ provider: 'endpoint/zipkin', host, port });
    new ZipkinEndpoint(get(TraceQuery), get(Clock), limits).serve(server);
  },
});
