import { describe, expect, test } from 'vitest';
import { isTotal, mergeStates } from '../../src/model/metric-merge.js';
import type { MetricKind, MetricState } from '../../src/model/metric.js';

const scalars = ['sum', 'ratio', 'gauge', 'total', 'totalMax', 'totalMin', 'totalLatest', 'min', 'max', 'latest'] as const;
const kinds: readonly MetricKind[] = [...scalars, 'histogram'];

/** Whole numbers, so that sums are exact in any order. */
function states(kind: MetricKind): readonly MetricState[] {
  let seed = 7;
  const random = (size: number): number => (seed = (seed * 48_271) % 2_147_483_647) % size;
  return Array.from({ length: 12 }, () => {
    const slots = isTotal(kind) ? BigInt(random(1024)) : 0n;
    if (kind !== 'histogram') return { a: random(20) - 10, b: random(4), slots, histogram: undefined };
    const bounds = [...new Set(Array.from({ length: random(6) }, () => random(9) - 4))].sort((left, right) => left - right);
    return { a: 0, b: 0, slots, histogram: { bounds, counts: bounds.map(() => random(50)) } };
  });
}

describe('merging states', () => {
  test.each(kinds)('of %s gives one answer in any order and grouping', (kind) => {
    const all = states(kind);
    const merge = (left: MetricState, right: MetricState): MetricState => mergeStates(kind, left, right);
    const forwards = all.reduce(merge);
    const backwards = [...all].reverse().reduce(merge);
    const halves = merge(all.slice(0, 5).reduce(merge), all.slice(5).reduce(merge));
    expect(backwards).toEqual(forwards);
    expect(halves).toEqual(forwards);
  });

  test('of histograms counts every observation once', () => {
    const total = (state: MetricState): number => state.histogram?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
    const all = states('histogram');
    const merged = all.reduce((left, right) => mergeStates('histogram', left, right));
    expect(total(merged)).toBe(all.reduce((sum, state) => sum + total(state), 0));
    expect(merged.histogram?.bounds).toEqual([...(merged.histogram?.bounds ?? [])].sort((left, right) => left - right));
  });
});
