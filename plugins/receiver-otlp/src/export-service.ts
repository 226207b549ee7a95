/** The OTLP endpoints of one signal: gRPC Export and HTTP POST. */
import {
  type GrpcServer,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  isMeterlarkError,
  type TelemetrySink,
} from '@meterlark/core';
import type { Decoded } from './decoded.js';
import type { Interns } from './interns.js';
import type { Protocol, ReceiverCounters } from './receiver-counters.js';
import { encodingOf, mediaTypes, type Rejection, responseBytes, successReply } from './replies.js';
import type { OtlpSignal } from './signals.js';

export interface ExportLimits {
  /** Points, spans, log records, metrics, attributes and values that one request may hold. */
  readonly maxItems: number;
  /** JSON takes many times the memory of its bytes, so its bodies have a limit of their own. */
  readonly maxJsonBodyBytes: number;
}

export interface ExportParts {
  readonly sink: TelemetrySink;
  readonly interns: Interns;
  readonly counters: ReceiverCounters;
}

export class ExportService {
  constructor(
    private readonly signal: OtlpSignal,
    private readonly parts: ExportParts,
    private readonly limits: ExportLimits,
  ) {}

  serve(grpc: GrpcServer, http: HttpServer): void {
    // The shared servers turn a MeterlarkError into the gRPC status, or into a google.rpc.Status in the request's encoding.
    grpc.unary(this.signal.grpcPath, 'receiver', async (body) => responseBytes(await this.export(body, 'grpc')));
    const json = { mediaType: mediaTypes.json, maxBodyBytes: this.limits.maxJsonBodyBytes };
    http.route({
      method: 'POST',
      path: this.signal.httpPath,
      access: 'receiver',
      accepts: [{ mediaType: mediaTypes.protobuf }, { ...json, setting: { provider: 'receiver/otlp', key: 'maxJsonBodyBytes' } }],
      handler: (request) => this.post(request),
    });
  }

  private async post(request: HttpRequest): Promise<HttpResponse> {
    const encoding = encodingOf(request.header('content-type'));
    const rejection = await this.export(request.body, encoding === 'json' ? 'http_json' : 'http_protobuf');
    return successReply(encoding, this.signal.rejected, rejection);
  }

  private async export(body: Buffer, protocol: Protocol): Promise<Rejection> {
    const { counters, sink } = this.parts;
    counters.received(protocol, body.length);
    const { batch, rejected, reason, cuts } = this.decode(body, protocol);
    const outcome = batch.points === 0 ? nothingRejected : await this.handOver(() => sink.accept(batch), protocol);
    const points = rejected + outcome.rejected;
    counters.taken(protocol, batch.points - outcome.rejected, points);
    if (cuts !== undefined) counters.cut(protocol, cuts);
    return { points, message: [reason, outcome.reason].filter((text) => text !== '').join('; ') };
  }

  private decode(body: Buffer, protocol: Protocol): Decoded {
    const { interns, counters } = this.parts;
    const { decode, decodeJson } = this.signal;
    try {
      return (protocol === 'http_json' ? decodeJson : decode)(body, interns, this.limits.maxItems);
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
