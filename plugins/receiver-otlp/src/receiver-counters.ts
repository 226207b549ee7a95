import type { Counter, SelfMetrics, Signal } from '@meterlark/core';
import type { LogCuts } from './logs-reading.js';

export type Protocol = 'grpc' | 'http_protobuf' | 'http_json';

const labelNames = ['signal', 'protocol'];
const parts = ['bodies', 'values', 'ids'] as const;

/** What of one signal came in and what became of it, by protocol. */
export class ReceiverCounters {
  private readonly requests: Counter;
  private readonly bytes: Counter;
  private readonly points: Counter;
  private readonly rejected: Counter;
  private readonly malformed: Counter;
  private readonly refused: Counter;
  private readonly cuts: Readonly<Record<keyof LogCuts, Counter>>;

  constructor(
    metrics: SelfMetrics,
    private readonly signal: Signal,
  ) {
    const counter = (name: string, help: string): Counter =>
      metrics.counter(`meterlark_receiver_otlp_${name}_total`, help, labelNames);
    this.requests = counter('requests', 'OTLP requests received.');
    this.bytes = counter('received_bytes', 'Bytes of OTLP requests, inflated.');
    this.points = counter('points', 'Data points, spans and log records handed on.');
    this.rejected = counter('rejected_points', 'Data points, spans and log records refused for good (partial success).');
    this.malformed = counter('malformed_requests', 'OTLP requests that could not be read.');
    this.refused = counter('refused_requests', 'OTLP requests the sender was told to send again.');
    this.cuts = {
      bodies: counter('log_bodies_cut', 'Bodies of log records cut at maxLogBodyBytes.'),
      values: counter('log_values_cut', 'Attributes, severity texts and event names of log records cut for their length.'),
      ids: counter('log_ids_ignored', 'Trace and span ids of log records that have a wrong length; the records are kept without them.'),
    };
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

  /** What of the log records of a request was shortened or passed over. */
  cut(protocol: Protocol, cuts: LogCuts): void {
    const labels = { signal: this.signal, protocol };
    for (const part of parts) if (cuts[part] > 0) this.cuts[part].add(cuts[part], labels);
  }

  failed(protocol: Protocol, kind: 'malformed' | 'refused'): void {
    (kind === 'malformed' ? this.malformed : this.refused).add(1, { signal: this.signal, protocol });
  }
}
