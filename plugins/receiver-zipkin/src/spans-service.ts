/** POST /api/v2/spans. */
import { isMeterlarkError, type AcceptedType, type HttpRequest, type HttpResponse, type HttpServer, type TelemetrySink } from '@meterlark/core';
import { readJson } from './read-json.js';
import { readProtobuf } from './read-protobuf.js';
import type { Encoding, ReceiverCounters } from './receiver-counters.js';
import type { SpanBatches } from './span-batches.js';
import type { ZipkinSpan } from './zipkin-span.js';

export interface SpansLimits {
  readonly maxBodyBytes: number;
  readonly maxSpansPerRequest: number;
}

export interface SpansParts {
  readonly sink: TelemetrySink;
  readonly batches: SpanBatches;
  readonly counters: ReceiverCounters;
}

const protobufTypes: readonly string[] = ['application/x-protobuf', 'application/protobuf'];
/** Senders that name no type, or the one that curl names, mean JSON. */
const jsonTypes: readonly string[] = ['application/json', '', 'text/plain', 'application/x-www-form-urlencoded'];

export class SpansService {
  constructor(
    private readonly parts: SpansParts,
    private readonly limits: SpansLimits,
  ) {}

  serve(http: HttpServer): void {
    const { maxBodyBytes } = this.limits;
    const setting = { provider: 'receiver/zipkin', key: 'maxBodyBytes' };
    const accepts = [...jsonTypes, ...protobufTypes].map((mediaType): AcceptedType => ({ mediaType, maxBodyBytes, setting }));
    http.route({ method: 'POST', path: '/api/v2/spans', access: 'receiver', accepts, handler: (request) => this.post(request) });
  }

  private async post(request: HttpRequest): Promise<HttpResponse> {
    const encoding = encodingOf(request.header('content-type'));
    const { counters, sink, batches } = this.parts;
    counters.received(encoding, request.body.length);
    const spans = this.read(request.body, encoding);
    if (spans.length > 0) {
      const { rejected } = await this.handOver(encoding, () => sink.accept(batches.of(spans)));
      counters.taken(encoding, spans.length - rejected, rejected);
    }
    return { status: 202, body: '' };
  }

  private read(body: Buffer, encoding: Encoding): readonly ZipkinSpan[] {
    try {
      return (encoding === 'json' ? readJson : readProtobuf)(body, this.limits.maxSpansPerRequest);
    } catch (error) {
      this.parts.counters.failed(encoding, 'malformed');
      throw error;
    }
  }

  private async handOver<T>(encoding: Encoding, accept: () => Promise<T>): Promise<T> {
    try {
      return await accept();
    } catch (error) {
      if (isMeterlarkError(error) && error.class === 'retryable') this.parts.counters.failed(encoding, 'refused');
      throw error;
    }
  }
}

/** The server lets no other content type through. */
function encodingOf(contentType: string | undefined): Encoding {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return protobufTypes.includes(mediaType) ? 'protobuf' : 'json';
}
