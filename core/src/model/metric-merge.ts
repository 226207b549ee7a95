/**
 * How the states of one kind merge (docs/architecture.md). Every merge is associative and commutative, so several
 * writers, late data and the roll-up of minutes into hours and days give one answer in any order.
 */
import type { HistogramState, MetricKind, MetricState } from './metric.js';

/** Kinds with one row per source. */
export function isTotal(kind: MetricKind): boolean {
  return kind === 'total' || kind === 'totalMax' || kind === 'totalMin' || kind === 'totalLatest';
}

export function mergeStates(kind: MetricKind, left: MetricState, right: MetricState): MetricState {
  const slots = left.slots | right.slots;
  switch (kind) {
    case 'sum':
    case 'ratio':
    case 'gauge':
    case 'total':
      return { a: left.a + right.a, b: left.b + right.b, slots, histogram: undefined };
    case 'min':
    case 'totalMin':
      return { a: Math.min(left.a, right.a), b: 0, slots, histogram: undefined };
    case 'max':
    case 'totalMax':
      return { a: Math.max(left.a, right.a), b: 0, slots, histogram: undefined };
    case 'latest':
    case 'totalLatest':
      return { ...(isNewer(right, left) ? right : left), slots };
    case 'histogram':
      return { a: 0, b: 0, slots, histogram: mergeHistograms(left.histogram, right.histogram) };
  }
}

/** The greatest (time, value) pair wins, so that equal times have one answer too. */
function isNewer(left: MetricState, right: MetricState): boolean {
  return left.b > right.b || (left.b === right.b && left.a > right.a);
}

/** Bucket by bucket; different sets of bounds unite. */
export function mergeHistograms(
  left: HistogramState | undefined,
  right: HistogramState | undefined,
): HistogramState | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  const bounds: number[] = [];
  const counts: number[] = [];
  let onLeft = 0;
  let onRight = 0;
  while (onLeft < left.bounds.length || onRight < right.bounds.length) {
    const leftBound = left.bounds[onLeft] ?? Infinity;
    const rightBound = right.bounds[onRight] ?? Infinity;
    bounds.push(Math.min(leftBound, rightBound));
    let count = 0;
    if (leftBound <= rightBound) count += left.counts[onLeft++] ?? 0;
    if (rightBound <= leftBound) count += right.counts[onRight++] ?? 0;
    counts.push(count);
  }
  return { bounds, counts };
}
