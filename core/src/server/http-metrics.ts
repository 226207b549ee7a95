import type { SelfMetrics } from '../kernel/ambient.js';
import type { HttpMetrics } from './http-server.js';

/** Metrics of a server that is alone under its name. */
export function metricsOf(listener: 'http' | 'admin', metrics: SelfMetrics): HttpMetrics {
  const refused = metrics.counter(`meterlark_${listener}_refused_total`, 'Requests and connections refused, by reason.', ['reason']);
  return {
    refused: (reason) => refused.add(1, { reason }),
    observe: (requests) => metrics.observe(`meterlark_${listener}_requests`, 'Requests in flight.', requests),
  };
}

/** Metrics of all servers with ports that plugins asked for. */
export class ExtraMetrics {
  private readonly requests: (() => number)[] = [];

  constructor(private readonly metrics: SelfMetrics) {
    const sum = (): number => this.requests.reduce((total, read) => total + read(), 0);
    metrics.observe('meterlark_extra_http_requests', 'Requests in flight on ports that plugins asked for.', sum);
  }

  of(listener: string): HttpMetrics {
    const help = 'Requests and connections refused on ports that plugins asked for, by reason.';
    const refused = this.metrics.counter('meterlark_extra_http_refused_total', help, ['reason', 'listener']);
    return {
      refused: (reason) => refused.add(1, { reason, listener }),
      observe: (requests) => void this.requests.push(requests),
    };
  }
}
