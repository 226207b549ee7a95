import type { Counter, SelfMetrics } from '@meterlark/core';
import type { UnusableReason } from './fault.js';

export type Kind = 'segments' | 'meters' | 'logs' | 'instances';

const prefix = 'meterlark_receiver_skywalking';

/** What came in and what became of it. */
export class ReceiverCounters {
  private readonly bytes: Counter;
  private readonly taken: Record<Kind | 'spans', Counter>;
  private readonly rejected: Counter;
  private readonly refused: Counter;
  private readonly unused: Counter;
  private readonly bodiesCut: Counter;
  private readonly tagsCut: Counter;

  constructor(metrics: SelfMetrics) {
    const counter = (name: string, help: string, labels: readonly string[] = []): Counter =>
      metrics.counter(`${prefix}_${name}_total`, help, labels);
    this.bytes = counter('received_bytes', 'Bytes of messages of SkyWalking agents, inflated.', ['kind']);
    this.taken = {
      segments: counter('segments', 'Segments of SkyWalking agents handed on.'),
      spans: counter('spans', 'Spans of these segments.'),
      logs: counter('logs', 'Log records of SkyWalking agents handed on.'),
      meters: counter('meters', 'Meters of SkyWalking agents handed on.'),
      instances: counter('instance_reports', 'Pings and properties of instances that were taken.'),
    };
    const rejectedHelp = 'Segments, meters, logs and reports that could not be used, and points, spans and log records refused for good, by reason.';
    this.rejected = counter('rejected', rejectedHelp, ['kind', 'reason']);
    this.refused = counter('refused', 'Messages that the agent was told to send again.', ['kind']);
    this.unused = counter('unused_messages', 'Messages that were accepted and that nothing is made of, by gRPC service.', ['service']);
    this.bodiesCut = counter('log_bodies_cut', 'Bodies of log records cut at maxLogBodyBytes.');
    this.tagsCut = counter('log_values_cut', 'Tags of log records cut at maxLogBodyBytes.');
  }

  received(kind: Kind, bytes: number): void {
    this.bytes.add(bytes, { kind });
  }

  took(kind: Kind | 'spans', count: number): void {
    if (count > 0) this.taken[kind].add(count);
  }

  rejectedAs(kind: Kind, reason: UnusableReason | 'analyzer', count = 1): void {
    if (count > 0) this.rejected.add(count, { kind, reason });
  }

  refusedNow(kind: Kind): void {
    this.refused.add(1, { kind });
  }

  cut(bodies: number, tags: number): void {
    if (bodies > 0) this.bodiesCut.add(bodies);
    if (tags > 0) this.tagsCut.add(tags);
  }

  leftUnused(service: string, bytes: number): void {
    this.bytes.add(bytes, { kind: 'unused' });
    this.unused.add(1, { service });
  }
}
