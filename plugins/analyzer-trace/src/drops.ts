/** Spans that were not stored and why: counted always, told to the sender. */
import type { AcceptOutcome, Counter, SelfMetrics } from '@meterlark/core';

export type DropReason = 'late' | 'future' | 'malformed';

const refusals: Readonly<Record<DropReason, string>> = {
  late: 'the span is older than the server accepts (setting lateLimitHours of stream/minutes), or it lasted more than a week',
  future: 'the span begins too far in the future; check the clock of the sender (setting futureLimitMinutes of stream/minutes)',
  malformed: 'the span has no trace id or span id, a too long one, or impossible times',
};

const nothing: AcceptOutcome = { rejected: 0, reason: '' };

export class SpanDrops {
  private readonly counter: Counter;
  private readonly current = new Map<DropReason, number>();

  constructor(metrics: SelfMetrics) {
    this.counter = metrics.counter('meterlark_trace_rejected_spans_total', 'Spans that were not stored, by reason.', ['reason']);
  }

  add(reason: DropReason): void {
    this.current.set(reason, (this.current.get(reason) ?? 0) + 1);
  }

  /** Counts the batch's drops and says them to the sender. */
  settle(): AcceptOutcome {
    if (this.current.size === 0) return nothing;
    let rejected = 0;
    const reasons: string[] = [];
    for (const [reason, spans] of this.current) {
      this.counter.add(spans, { reason });
      rejected += spans;
      reasons.push(`${spans}: ${refusals[reason]}`);
    }
    this.current.clear();
    return { rejected, reason: reasons.join('; ') };
  }
}
