/** `endpoint/logql`: LogQL over stored logs on a port of its own, for Grafana's Loki data source. */
import { Clock, defineProvider, EndpointModule, ExtraHttpServers, LogQuery, positive, QueryModule, ServerModule, TraceQuery } from '@meterlark/core';
import { LogqlEndpoint } from './endpoint.js';

export interface LogqlSettings {
  readonly host: string;
  readonly port: number;
  readonly maxLines: number;
  readonly maxPoints: number;
}

export default defineProvider<LogqlSettings>({
  module: EndpointModule,
  name: 'logql',
  requires: [QueryModule, ServerModule],
  config: {
    host: { doc: 'Address the LogQL API listens on.', format: 'String', default: '0.0.0.0' },
    port: { doc: 'Port of the LogQL API, below /loki; 0 takes any free one.', format: 'port', default: 3_100 },
    maxLines: { doc: 'Most log lines that one request answers.', format: positive, default: 5_000 },
    maxPoints: { doc: 'Most points in time, and values, of one count over time.', format: positive, default: 11_000 },
  },
  start: ({ get, config }) => {
    const { host, port, maxLines, maxPoints } = config;
    const server = get(ExtraHttpServers).listen({ provider: 'endpoint/logql', host, port });
    new LogqlEndpoint({ logs: get(LogQuery), lists: get(TraceQuery), clock: get(Clock), maxLines, maxPoints }).serve(server);
  },
});
