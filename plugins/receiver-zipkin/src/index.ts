/** The provider receiver/zipkin. */
import { Clock, defineProvider, ExtraHttpServers, PipelineModule, positive, ReceiverModule, SelfMetrics, ServerModule, TelemetrySink } from '@meterlark/core';
import { ReceiverCounters } from './receiver-counters.js';
import { EndpointResources } from './resources.js';
import { SpanBatches } from './span-batches.js';
import { SpansService } from './spans-service.js';

export interface ZipkinReceiverConfig {
  readonly host: string;
  readonly port: number;
  readonly maxBodyBytes: number;
  readonly maxSpansPerRequest: number;
}

/** Local endpoints of one generation. */
const maxEndpoints = 5000;

export default defineProvider<ZipkinReceiverConfig>({
  module: ReceiverModule,
  name: 'zipkin',
  requires: [PipelineModule, ServerModule],
  config: {
    host: { doc: 'Address the Zipkin receiver listens on.', format: 'String', default: '0.0.0.0' },
    port: { doc: 'Port of the Zipkin receiver; 0 takes any free one.', format: 'port', default: 9411 },
    maxBodyBytes: {
      doc: 'Largest body, as sent and inflated, in bytes; JSON takes many times its bytes while it is read',
      format: positive,
      default: 8 * 1024 * 1024,
    },
    maxSpansPerRequest: {
      doc: 'Spans that one request may hold; tags, annotations and endpoints may be 64 times as many',
      format: positive,
      default: 5_000,
    },
  },
  start({ config, get }) {
    const metrics = get(SelfMetrics);
    const batches = new SpanBatches(new EndpointResources(maxEndpoints, metrics), get(Clock));
    const service = new SpansService({ sink: get(TelemetrySink), batches, counters: new ReceiverCounters(metrics) }, config);
    service.serve(get(ExtraHttpServers).listen({ provider: 'receiver/zipkin', host: config.host, port: config.port }));
  },
});

export { receiverErrors } from './errors.js';
