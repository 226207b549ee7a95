/** Segments: TraceSegmentReportService, and POST /v3/segment and /v3/segments. */
import type { ResourceSpans, SpanBatch } from '@meterlark/core';
import { encodeJson } from './encode-json.js';
import { noCommands, paths, type Receiver, type Servers } from './receiver.js';
import type { SegmentReader } from './segment-reader.js';

const service = 'TraceSegmentReportService';

export class TraceService {
  constructor(
    private readonly receiver: Receiver,
    private readonly reader: SegmentReader,
  ) {}

  serve({ grpc, http }: Servers): void {
    for (const path of paths(service, 'collect')) grpc.clientStream(path, 'receiver', (messages) => this.collect(messages));
    for (const path of paths(service, 'collectInSync')) {
      grpc.unary(path, 'receiver', async (body) => {
        await this.collection(body);
        return noCommands;
      });
    }
    this.receiver.post(http, '/v3/segment', (body) => this.one(this.encoded(body, 'SegmentObject')));
    this.receiver.post(http, '/v3/segments', (body) => this.collection(this.encoded(body, 'list of SegmentObject')));
  }

  /** Each segment goes on before the next is read, so that what came before an end without an end is kept. */
  private async collect(messages: AsyncIterable<Buffer>): Promise<Uint8Array> {
    for await (const body of messages) {
      const segment = this.usable(body);
      if (segment !== undefined) await this.handOver([segment]);
    }
    return noCommands;
  }

  /** A segment that cannot be used is counted, and those after it are taken. */
  private usable(body: Buffer): ResourceSpans | undefined {
    this.receiver.parts.counters.received('segments', body.length);
    try {
      return this.reader.segment(body);
    } catch (error) {
      this.receiver.passOver('segments', error);
      return undefined;
    }
  }

  private async one(body: Buffer): Promise<void> {
    this.receiver.parts.counters.received('segments', body.length);
    await this.handOver([this.receiver.demand('segments', 'SegmentObject', () => this.reader.segment(body))]);
  }

  private async collection(body: Buffer): Promise<void> {
    this.receiver.parts.counters.received('segments', body.length);
    const refused = (error: unknown): void => this.receiver.passOver('segments', error);
    const segments = this.receiver.demand('segments', 'SegmentCollection', () => this.reader.collection(body, refused));
    if (segments.length > 0) await this.handOver(segments);
  }

  private encoded(body: Buffer, message: 'SegmentObject' | 'list of SegmentObject'): Buffer {
    const { maxItems } = this.receiver.parts.limits;
    return this.receiver.demand('segments', message, () => encodeJson(body, message, maxItems));
  }

  private async handOver(resources: readonly ResourceSpans[]): Promise<void> {
    let points = 0;
    for (const { scopes } of resources) for (const { spans } of scopes) points += spans.length;
    const batch: SpanBatch = { signal: 'spans', tenant: '', protocol: 'skywalking', resources, points };
    await this.receiver.handOver('segments', batch);
    this.receiver.parts.counters.took('segments', resources.length);
    this.receiver.parts.counters.took('spans', points);
  }
}
