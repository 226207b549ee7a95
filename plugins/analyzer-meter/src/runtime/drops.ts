/** What was not stored and why: counted always, told to the sender when it could do better. */
import type { Counter, SelfMetrics } from '@meterlark/core';

export type DropReason =
  | 'late'
  | 'future'
  | 'stream_limit'
  | 'temporality'
  | 'malformed'
  | 'not_finite'
  | 'stale'
  | 'repeated'
  | 'no_value';

/** Reasons that count as rejected points in OTLP's partial_success; the others are no fault of the sender's data. */
const refusals: Partial<Record<DropReason, string>> = {
  late: 'the time is older than the server accepts (setting lateLimitHours of stream/minutes)',
  future: 'the time is too far in the future; check the clock of the sender (setting futureLimitMinutes of stream/minutes)',
  stream_limit: 'the server follows as many streams as it may (setting maxStreams)',
  temporality: 'the aggregation temporality is unspecified',
  malformed: 'bucket counts and bounds do not fit together',
};

export class DropCounter {
  private readonly counter: Counter;
  private readonly current = new Map<DropReason, number>();

  constructor(metrics: SelfMetrics) {
    const help = 'Data points that the meter analyzer did not store, by reason';
    this.counter = metrics.counter('meterlark_meter_dropped_points_total', help, ['reason']);
  }

  add(reason: DropReason, points = 1): void {
    this.current.set(reason, (this.current.get(reason) ?? 0) + points);
  }

  /** Counts the batch's drops and says which of them are refusals. */
  settle(): { readonly rejected: number; readonly reason: string } {
    let rejected = 0;
    const reasons: string[] = [];
    for (const [reason, points] of this.current) {
      this.counter.add(points, { reason });
      const text = refusals[reason];
      if (text === undefined) continue;
      rejected += points;
      reasons.push(`${points}: ${text}`);
    }
    this.current.clear();
    return { rejected, reason: reasons.join('; ') };
  }
}
