import type { Counter, SelfMetrics, Signal } from '@meterlark/core';

export type Protocol = 'grpc' | 'http_protobuf' | 'http_json';

const labelNames = ['signal', 'protocol'];

/** What of one signal came in and what became of it, by protocol. */
export class ReceiverCounters {
  private readonly requests: Counter;
  private readonly bytes: Counter;
  private readonly points: Counter;
  private readonly rejected: Counter;
  private readonly malformed: Counter;
  private readonly refused: Counter;

  constructor(
    metrics: SelfMetrics,
    private readonly signal: Signal,
  ) {
    const counter = (name: string, help: string): Counter =>
      metrics.counter(`meterlark_receiver_otlp_${name}_total`, help, labelNames);
    this.requests = counter('requests', 'OTLP requests received.');
    this.bytes = counter('received_bytes', 'Bytes of OTLP requests, inflated.');
    this.points = counter('points', 'Data points and spans handed on.');
    this.rejected = counter('rejected_points', 'Data points and spans refused for good (partial success).');
    this.malformed = counter('malformed_requests', 'OTLP requests that could not be read.');
    this.refused = counter('refused_requests', 'OTLP requests the sender was told to send again.');
  }

  received(protocol: Protocol, bytes: number): void {
    const labels = { signal: this.signal, protocol };
    this.requests.add(1, labels);
    this.bytes.add(bytes, labels);
  }

  taken(protocol: Protocol, points: number, rejected: number): void {
    const labels = { signal: this.signal, protocol };
    this.points.add(points, labels);
    if (rejected > 0) this.rejected.add(rejected, labels);
  }

  failed(protocol: Protocol, kind: 'malformed' | 'refused'): void {
    (kind === 'malformed' ? this.malformed : this.refused).add(1, { signal: this.signal, protocol });
  }
}
