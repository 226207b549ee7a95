/** What was not stored and why: counted always, told to the sender when it could do better. */
import { BatchDrops, type SelfMetrics } from '@meterlark/core';

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

export type PointDrops = BatchDrops<DropReason>;

export function pointDrops(metrics: SelfMetrics): PointDrops {
  const help = 'Data points that the meter analyzer did not store, by reason';
  return new BatchDrops(metrics.counter('meterlark_meter_dropped_points_total', help, ['reason']), refusals);
}
