/** Spans that were not stored and why: counted always, told to the sender. */
import { BatchDrops, type SelfMetrics } from '@meterlark/core';

export type DropReason = 'late' | 'future' | 'malformed';

const refusals: Readonly<Record<DropReason, string>> = {
  late: 'the span is older than the server accepts (setting lateLimitHours of stream/minutes), or it lasted more than a week',
  future: 'the span begins too far in the future; check the clock of the sender (setting futureLimitMinutes of stream/minutes)',
  malformed: 'the span has no trace id or span id, a too long one, or impossible times',
};

export type SpanDrops = BatchDrops<DropReason>;

export function spanDrops(metrics: SelfMetrics): SpanDrops {
  return new BatchDrops(metrics.counter('meterlark_trace_rejected_spans_total', 'Spans that were not stored, by reason.', ['reason']), refusals);
}
