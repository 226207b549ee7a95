import type { MetricState } from './stream-states.js';
import type { StreamSet } from './stream-set.js';
import { sameExportMs, type NotedExport } from './start-log.js';

/** The first point of a stream. */
export interface FirstPoint {
  readonly startMs: number;
  readonly bounds: readonly number[];
  readonly timeMs: number;
  readonly count: number | undefined;
  readonly exportNumber: number;
}

/** Siblings, the oldest first, that are asked whether a new stream follows them. */
const maxPredecessors = 256;

/**
 * A first cumulative value is all new when its process began after this server did, when it began after another
 * process of the same attributes was heard last (a restart), or when an earlier export came without the stream: one
 * of the same process, or one from before the process began. What another live process of the same resource
 * exported says nothing, because gateways share a resource when their instances have no ids.
 */
export function countsFromZero(metric: MetricState, set: StreamSet, point: FirstPoint, startedAtMs: number): boolean {
  const { startMs } = point;
  if (startMs > startedAtMs || follows(set, startMs)) return true;
  const { first, starts } = metric.scope;
  const isEarlier = (one: NotedExport): boolean => one.number < point.exportNumber && point.timeMs > one.timeMs + sameExportMs;
  if (first !== undefined && startMs >= first.timeMs && isEarlier(first)) return true;
  if (metric.starts.some(startMs, (one) => one.startMs === startMs && isEarlier(one))) return true;
  // In one process all streams of a metric begin at one time, or each with its first value, which comes later.
  if (metric.starts.some(startMs, (one) => one.startMs !== startMs)) return false;
  return starts.some(startMs, isEarlier);
}

function follows(set: StreamSet, startMs: number): boolean {
  let asked = 0;
  for (const { lastMs } of set.values()) {
    if (lastMs >= 0 && lastMs <= startMs) return true;
    asked += 1;
    if (asked === maxPredecessors) return false;
  }
  return false;
}
