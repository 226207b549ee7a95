/**
 * Base-2 exponential histograms: base = 2^(2^-scale), positive bucket i covers (base^i, base^(i+1)], negative
 * bucket i covers [-base^(i+1), -base^i). (OpenTelemetry metrics data model, "ExponentialHistogram".)
 */
import type { ExponentialBuckets, ExponentialHistogramPoint } from '@meterlark/core';

/** Bucket index (offset added) -> count. */
export interface SparseBuckets {
  readonly scale: number;
  readonly zero: number;
  readonly zeroThreshold: number;
  readonly positive: ReadonlyMap<number, number>;
  readonly negative: ReadonlyMap<number, number>;
}

export interface UpperBound {
  readonly upper: number;
  readonly count: number;
}

export function sparse(point: ExponentialHistogramPoint): SparseBuckets {
  return {
    scale: point.scale,
    zero: point.zeroCount,
    zeroThreshold: point.zeroThreshold,
    positive: indexed(point.positive),
    negative: indexed(point.negative),
  };
}

/** What is new in `now` over `earlier`, at the coarser of both scales; undefined when any count has fallen, which is a reset. */
export function subtractExponential(now: SparseBuckets, earlier: SparseBuckets): SparseBuckets | undefined {
  const before = now.zeroThreshold > earlier.zeroThreshold ? widenZero(earlier, now.zeroThreshold) : earlier;
  const scale = Math.min(now.scale, before.scale);
  const positive = subtractCounts(coarsen(now.positive, now.scale - scale), coarsen(before.positive, before.scale - scale));
  const negative = subtractCounts(coarsen(now.negative, now.scale - scale), coarsen(before.negative, before.scale - scale));
  const zero = now.zero - before.zero;
  if (positive === undefined || negative === undefined || zero < 0) return undefined;
  return { scale, zero, zeroThreshold: now.zeroThreshold, positive, negative };
}

/** Upper bounds with their counts, only those with observations; `undefined` when a bound is not a finite number. */
export function upperBounds(buckets: SparseBuckets): readonly UpperBound[] | undefined {
  const bounds: UpperBound[] = [];
  for (const [index, count] of buckets.negative) bounds.push({ upper: -power(buckets.scale, index), count });
  if (buckets.zero !== 0) bounds.push({ upper: buckets.zeroThreshold, count: buckets.zero });
  for (const [index, count] of buckets.positive) bounds.push({ upper: power(buckets.scale, index + 1), count });
  return bounds.every(({ upper }) => Number.isFinite(upper)) ? bounds : undefined;
}

/** Observations that the wider zero bucket of a later point has swallowed. */
function widenZero(buckets: SparseBuckets, zeroThreshold: number): SparseBuckets {
  let { zero } = buckets;
  const keep = (counts: ReadonlyMap<number, number>): ReadonlyMap<number, number> => {
    const kept = new Map<number, number>();
    for (const [index, count] of counts) {
      if (power(buckets.scale, index + 1) <= zeroThreshold) zero += count;
      else kept.set(index, count);
    }
    return kept;
  };
  const positive = keep(buckets.positive);
  const negative = keep(buckets.negative);
  return { scale: buckets.scale, zero, zeroThreshold, positive, negative };
}

/** base^index without overflowing the base itself. */
function power(scale: number, index: number): number {
  return 2 ** (index * 2 ** -scale);
}

function indexed(buckets: ExponentialBuckets): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  buckets.counts.forEach((count, position) => {
    if (count !== 0) counts.set(buckets.offset + position, count);
  });
  return counts;
}

/** One step of scale merges two neighbours: index >> 1, rounding down for negative indexes as well. */
function coarsen(counts: ReadonlyMap<number, number>, steps: number): ReadonlyMap<number, number> {
  if (steps === 0) return counts;
  const coarse = new Map<number, number>();
  for (const [index, count] of counts) {
    const merged = Math.floor(index / 2 ** steps);
    coarse.set(merged, (coarse.get(merged) ?? 0) + count);
  }
  return coarse;
}

function subtractCounts(
  now: ReadonlyMap<number, number>,
  before: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> | undefined {
  const change = new Map<number, number>();
  for (const [index, count] of now) {
    const more = count - (before.get(index) ?? 0);
    if (more < 0) return undefined;
    if (more > 0) change.set(index, more);
  }
  for (const index of before.keys()) if (!now.has(index)) return undefined;
  return change;
}
