/** Sends a gateway's access logs and spans over OTLP/gRPC, as Envoy and the gateway's processor do: neither waits for the other. */
import type { SpanContext } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OtlpLogs } from '../otlp-logs.js';
import { OtlpSpans } from '../otlp-spans.js';
import { accessLine, type AccessLine } from './line.js';
import type { GatewayRequest } from './request.js';
import { gatewayScope, gatewaySpan } from './span.js';

/** Sent at once, so that both tell of a call within a moment. */
const requestsPerTurn = 250;

export interface AccessSenderOptions {
  readonly endpoint: string;
  readonly service: string;
  /** Not all gateways are asked to. */
  readonly traced: boolean;
}

export class AccessSender {
  private readonly logs: OtlpLogs;
  private readonly spans: OtlpSpans | undefined;

  constructor({ endpoint, service, traced }: AccessSenderOptions) {
    const resource = { 'service.name': service, 'service.instance.id': `${service}-pod-1`, 'service.layer': 'ENVOY_AI_GATEWAY', job_name: 'envoy-ai-gateway' };
    this.logs = new OtlpLogs(new OTLPLogExporter({ url: endpoint }), { ...resource, log_name: 'demo', cluster_name: 'demo' }, '');
    this.spans = traced ? new OtlpSpans(endpoint, resource, gatewayScope) : undefined;
  }

  /** Gives the lines as they were written. */
  async send(requests: readonly GatewayRequest[]): Promise<AccessLine[]> {
    const lines: AccessLine[] = [];
    for (let start = 0; start < requests.length; start += requestsPerTurn) {
      const turn = requests.slice(start, start + requestsPerTurn).map((request) => accessLine(request, this.trace(request)));
      for (const line of turn) this.logs.record(line);
      await Promise.all([this.logs.send(), this.spans?.send()]);
      lines.push(...turn);
    }
    return lines;
  }

  async shutdown(): Promise<void> {
    await this.logs.shutdown();
    await this.spans?.shutdown();
  }

  /** Gives what the line knows of it. */
  private trace(request: GatewayRequest): SpanContext | undefined {
    let found: SpanContext | undefined;
    this.spans?.record(gatewaySpan(request), (_, context) => (found = context), request.parent);
    return request.shares === 'trace' ? found : undefined;
  }
}
