/** Whether two stores hold the same state: sums of fractions may differ where they were added in another order. */
import type { MetricBucket } from '../../contract/storage.js';
import type { HistogramState } from '../../model/metric.js';

const tolerance = 1e-9;

export function isSameState({ kind, state: left }: MetricBucket, { state: right }: MetricBucket): boolean {
  if (left.slots !== right.slots) return false;
  switch (kind) {
    case 'histogram':
      return isSameHistogram(left.histogram, right.histogram);
    case 'ratio':
    case 'gauge':
    case 'total':
      return isClose(left.a, right.a) && isClose(left.b, right.b);
    case 'latest':
    case 'totalLatest':
      return left.a === right.a && left.b === right.b;
    default:
      return isClose(left.a, right.a);
  }
}

function isClose(left: number, right: number): boolean {
  return left === right || Math.abs(left - right) <= tolerance * Math.max(Math.abs(left), Math.abs(right));
}

/** A bound without a count is none. */
function isSameHistogram(left: HistogramState | undefined, right: HistogramState | undefined): boolean {
  const [own, other] = [countsOf(left), countsOf(right)];
  if (own.size !== other.size) return false;
  for (const [bound, count] of own) if (!isClose(count, other.get(bound) ?? 0)) return false;
  return true;
}

function countsOf(histogram: HistogramState | undefined): Map<number, number> {
  const counts = new Map<number, number>();
  histogram?.bounds.forEach((bound, place) => {
    const count = histogram.counts[place] ?? 0;
    if (count !== 0) counts.set(bound, count);
  });
  return counts;
}
