/** The OTLP metrics endpoint: gRPC MetricsService/Export and POST /v1/metrics. */
import {
  type GrpcServer,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  isMeterlarkError,
  type Logger,
  type MeterlarkError,
  type TelemetrySink,
} from '@meterlark/core';
import { decodeMetricsJson } from './decode-json.js';
import { decodeMetrics, type DecodedMetrics } from './decode-metrics.js';
import { receiverErrors } from './errors.js';
import type { Interns } from './interns.js';
import type { Protocol, ReceiverCounters } from './receiver-counters.js';
import { encodingOf, type Encoding, type Rejection, responseBytes, rpcCode, statusReply, successReply } from './replies.js';

export const metricsExportPath = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export interface MetricsServiceOptions {
  /** Points, metrics, attributes and values that one request may hold. */
  readonly maxItems: number;
}

export interface MetricsServiceParts {
  readonly sink: TelemetrySink;
  readonly interns: Interns;
  readonly counters: ReceiverCounters;
  readonly logger: Logger;
}

export class MetricsService {
  constructor(
    private readonly parts: MetricsServiceParts,
    private readonly options: MetricsServiceOptions,
  ) {}

  serve(grpc: GrpcServer, http: HttpServer): void {
    // The shared server turns a MeterlarkError into the gRPC status.
    grpc.unary(metricsExportPath, 'receiver', async (body) => responseBytes(await this.export(body, 'grpc')));
    http.route({ method: 'POST', path: '/v1/metrics', access: 'receiver', handler: (request) => this.post(request) });
  }

  /** Body shapes and status codes as OTLP/HTTP asks: errors are a google.rpc.Status in the request's encoding. */
  private async post(request: HttpRequest): Promise<HttpResponse> {
    const contentType = request.header('content-type');
    const encoding = encodingOf(contentType);
    if (encoding === undefined) {
      const error = receiverErrors.METERLARK_RECEIVER_OTLP_UNSUPPORTED_MEDIA_TYPE({ contentType: contentType ?? '' });
      return statusReply(415, 'json', rpcCode.invalidArgument, toldText(error));
    }
    try {
      return successReply(encoding, await this.export(request.body, encoding === 'json' ? 'http_json' : 'http_protobuf'));
    } catch (error) {
      return this.failure(error, encoding);
    }
  }

  private failure(error: unknown, encoding: Encoding): HttpResponse {
    if (!isMeterlarkError(error)) {
      this.parts.logger.error('OTLP metrics export failed', { error });
      return statusReply(500, encoding, rpcCode.internal, 'internal error');
    }
    const text = toldText(error);
    if (error.class === 'permanent') return statusReply(400, encoding, rpcCode.invalidArgument, text);
    const full = statusReply(429, encoding, rpcCode.resourceExhausted, text);
    return { ...full, headers: { ...full.headers, 'retry-after': retryAfterSeconds(error.fields['retryDelayMs']) } };
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

/** Exporters log this one text and nothing else. */
function toldText({ code, message, cure }: MeterlarkError): string {
  return `${code}: ${message}. ${cure}`;
}

const nothingRejected = { rejected: 0, reason: '' };

/** A second unless the error says how long; the shared gRPC server's RetryInfo reads the same field. */
function retryAfterSeconds(retryDelayMs: unknown): string {
  const delayMs = typeof retryDelayMs === 'number' && Number.isFinite(retryDelayMs) ? retryDelayMs : 1000;
  return String(Math.max(1, Math.ceil(delayMs / 1000)));
}
