/** Logs of which nothing was stored, and why: counted always, told to the sender when it could do better. */
import { BatchDrops, type SelfMetrics } from '@meterlark/core';

export type DropReason =
  | 'late'
  | 'future'
  | 'malformed'
  /** No layer, and an `auto` rule that took the log set none. */
  | 'no_layer'
  /** Nobody has a rule for it, not even GENERAL. */
  | 'no_rule'
  | 'rule_failed'
  /** A rule aborted. */
  | 'aborted'
  /** A sampler or dropper was against it, or the rule has no sink. */
  | 'sampled'
  /** A slow statement or sampled trace without what makes it one. */
  | 'incomplete'
  /** A slow statement or sampled trace that was not among the slowest. */
  | 'not_slowest'
  /** A slow statement or sampled trace whose list found no room. */
  | 'lists_full';

/** Reasons that count as rejected records in OTLP's partial_success; the others are what the rules ask for. */
const refusals: Partial<Record<DropReason, string>> = {
  late: 'the log is older than the server accepts (setting lateLimitHours of stream/minutes)',
  future: 'the time is too far in the future; check the clock of the sender (setting futureLimitMinutes of stream/minutes)',
  malformed: 'the time of the log cannot be',
};

export type LogDrops = BatchDrops<DropReason>;

export function logDrops(metrics: SelfMetrics): LogDrops {
  return new BatchDrops(metrics.counter('meterlark_log_dropped_total', 'Logs of which nothing was stored, by reason.', ['reason']), refusals);
}
