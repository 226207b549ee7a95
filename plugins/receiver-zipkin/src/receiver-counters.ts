import type { Counter, SelfMetrics } from '@meterlark/core';

export type Encoding = 'json' | 'protobuf';

/** What came in and what became of it, by encoding. */
export class ReceiverCounters {
  private readonly requests: Counter;
  private readonly bytes: Counter;
  private readonly spans: Counter;
  private readonly rejected: Counter;
  private readonly dropped: Counter;
  private readonly malformed: Counter;
  private readonly refused: Counter;

  constructor(metrics: SelfMetrics) {
    const counter = (name: string, help: string): Counter => metrics.counter(`meterlark_receiver_zipkin_${name}_total`, help, ['encoding']);
    this.requests = counter('requests', 'Zipkin requests received.');
    this.bytes = counter('received_bytes', 'Bytes of Zipkin requests, inflated.');
    this.spans = counter('spans', 'Spans handed on.');
    this.rejected = counter('rejected_spans', 'Spans refused for good; Zipkin has no way to tell the sender.');
    this.dropped = counter('dropped_parts', 'Tags and annotations over the limit of one span; the span goes on without them.');
    this.malformed = counter('malformed_requests', 'Zipkin requests that could not be read.');
    this.refused = counter('refused_requests', 'Zipkin requests the sender was told to send again.');
  }

  received(encoding: Encoding, bytes: number): void {
    this.requests.add(1, { encoding });
    this.bytes.add(bytes, { encoding });
  }

  taken(encoding: Encoding, spans: number, rejected: number): void {
    this.spans.add(spans, { encoding });
    if (rejected > 0) this.rejected.add(rejected, { encoding });
  }

  cut(encoding: Encoding, dropped: number): void {
    if (dropped > 0) this.dropped.add(dropped, { encoding });
  }

  failed(encoding: Encoding, kind: 'malformed' | 'refused'): void {
    (kind === 'malformed' ? this.malformed : this.refused).add(1, { encoding });
  }
}
