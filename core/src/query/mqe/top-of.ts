import type { Order } from './ast.js';
import { compareNumbers, failure, outcome, type Outcome } from './outcome.js';

/** The best of several rankings; an entity in two of them is listed twice. */
export function mergeTops(tops: readonly Outcome[], limit: number, order: Order): Outcome {
  for (const [index, top] of tops.entries()) {
    if (top.error !== undefined) return top;
    const before = tops[index - 1];
    if (before !== undefined && before.type !== top.type) {
      return failure(`TopN type is not consistent, one is ${before.type}, another is ${top.type}`);
    }
  }
  const sign = order === 'asc' ? 1 : -1;
  const values = tops.flatMap((top) => top.series[0]?.values ?? []).filter(({ value }) => value !== undefined);
  values.sort((left, right) => sign * compareNumbers(left.value ?? 0, right.value ?? 0));
  return outcome(tops[0]?.type ?? 'UNKNOWN', [{ labels: [], values: values.slice(0, limit) }]);
}
