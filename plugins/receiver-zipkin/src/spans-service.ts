/** POST /api/v2/spans. */
import { isMeterlarkError, LoopTurn, type AcceptedType, type HttpRequest, type HttpResponse, type HttpServer, type SpanBatch, type TelemetrySink } from '@meterlark/core';
import { readJson } from './read-json.js';
import { readProtobuf } from './read-protobuf.js';
import type { Encoding, ReceiverCounters } from './receiver-counters.js';
import type { SpanBatches } from './span-batches.js';

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
    const { counters, sink } = this.parts;
    counters.received(encoding, request.body.length);
    const batch = await this.read(request.body, encoding);
    if (batch.points > 0) {
      const { rejected } = await this.handOver(encoding, () => sink.accept(batch));
      counters.taken(encoding, batch.points - rejected, rejected);
    }
    return { status: 202, body: '' };
  }

  /** The whole request or nothing, in slices between which others have their turn. */
  private async read(body: Buffer, encoding: Encoding): Promise<SpanBatch> {
    const { batches, counters } = this.parts;
    const draft = batches.begin();
    const turn = new LoopTurn();
    try {
      for (const span of (encoding === 'json' ? readJson : readProtobuf)(body, this.limits.maxSpansPerRequest)) {
        draft.add(span);
        if (turn.isOver) await turn.next();
      }
    } catch (error) {
      counters.failed(encoding, 'malformed');
      throw error;
    }
    counters.cut(encoding, draft.dropped);
    return draft.finish();
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
