/** The OTLP metrics endpoint: gRPC MetricsService/Export and POST /v1/metrics. */
import {
  type GrpcServer,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  isMeterlarkError,
  type TelemetrySink,
} from '@meterlark/core';
import { decodeMetricsJson } from './decode-json.js';
import { decodeMetrics, type DecodedMetrics } from './decode-metrics.js';
import type { Interns } from './interns.js';
import type { Protocol, ReceiverCounters } from './receiver-counters.js';
import { encodingOf, mediaTypes, type Rejection, responseBytes, successReply } from './replies.js';

export const metricsExportPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export interface MetricsServiceOptions {
  /** Points, metrics, attributes and values that one request may hold. */
  readonly maxItems: number;
  /** JSON takes many times the memory of its bytes, so its bodies have a limit of their own. */
  readonly maxJsonBodyBytes: number;
}

export interface MetricsServiceParts {
  readonly sink: TelemetrySink;
  readonly interns: Interns;
  readonly counters: ReceiverCounters;
}

export class MetricsService {
  constructor(
    private readonly parts: MetricsServiceParts,
    private readonly options: MetricsServiceOptions,
  ) {}

  serve(grpc: GrpcServer, http: HttpServer): void {
    // The shared servers turn a MeterlarkError into the gRPC status, or into a google.rpc.Status in the request's encoding.
    grpc.unary(metricsExportPath, 'receiver', async (body) => responseBytes(await this.export(body, 'grpc')));
    const json = { mediaType: mediaTypes.json, maxBodyBytes: this.options.maxJsonBodyBytes };
    http.route({
      method: 'POST',
      path: '/v1/metrics',
      access: 'receiver',
      accepts: [{ mediaType: mediaTypes.protobuf }, { ...json, setting: { provider: 'receiver/otlp', key: 'maxJsonBodyBytes' } }],
      handler: (request) => this.post(request),
    });
  }

  private async post(request: HttpRequest): Promise<HttpResponse> {
    const encoding = encodingOf(request.header('content-type'));
    return successReply(encoding, await this.export(request.body, encoding === 'json' ? 'http_json' : 'http_protobuf'));
  }

  private async export(body: Buffer, protocol: Protocol): Promise<Rejection> {
    const { counters, sink } = this.parts;
    counters.received(protocol, body.length);
    const { batch, rejected, reason } = this.decode(body, protocol);
    const outcome = batch.points === 0 ? nothingRejected : await this.handOver(() => sink.accept(batch), protocol);
    const points = rejected + outcome.rejected;
    counters.taken(protocol, batch.points - outcome.rejected, points);
    return { points, message: [reason, outcome.reason].filter((text) => text !== '').join('; ') };
  }

  private decode(body: Buffer, protocol: Protocol): DecodedMetrics {
    const { interns, counters } = this.parts;
    try {
      return (protocol === 'http_json' ? decodeMetricsJson : decodeMetrics)(body, interns, this.options.maxItems);
    } catch (error) {
      counters.failed(protocol, 'malformed');
      throw error;
    }
  }

  private async handOver<T>(accept: () => Promise<T>, protocol: Protocol): Promise<T> {
    try {
      return await accept();
    } catch (error) {
      if (isMeterlarkError(error) && error.class === 'retryable') this.parts.counters.failed(protocol, 'refused');
      throw error;
    }
  }
}

const nothingRejected = { rejected: 0, reason: '' };
