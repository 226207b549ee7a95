/** Arithmetic of sample families; an empty list is EMPTY. */
import type { Labels } from '../plan.js';
import { usable, type Evaluated, type EvaluationSample, type Family } from './family.js';

type Operator = '+' | '-' | '*' | '/';

export function operate(operator: Operator, left: Evaluated, right: Evaluated): Evaluated {
  if (typeof left === 'number' && typeof right === 'number') return compute(operator, left, right);
  if (typeof left === 'number') return mapped(right as Family, (value) => compute(operator, left, value));
  if (typeof right === 'number') return mapped(left, (value) => compute(operator, value, right));
  if (left.length === 0 || right.length === 0) return withEmpty(operator, left, right);
  return paired(left, right, (first, second) => compute(operator, first, second));
}

/** 0 where the divisor is 0; EMPTY when either side is. */
export function divideSafely(left: Evaluated, right: Evaluated): Evaluated {
  const divide = (first: number, second: number): number => (second === 0 ? 0 : first / second);
  if (typeof left === 'number' && typeof right === 'number') return divide(left, right);
  if (typeof left === 'number') return mapped(right as Family, (value) => divide(left, value));
  if (typeof right === 'number') return mapped(left, (value) => divide(value, right));
  return paired(left, right, divide);
}

function withEmpty(operator: Operator, left: Family, right: Family): Family {
  switch (operator) {
    case '+':
      return left.length === 0 ? right : left;
    case '-':
      return left.length === 0 ? mapped(right, (value) => -value) : left;
    case '*':
      return [];
    case '/':
      return left.length === 0 ? [] : mapped(left, (value) => value / 0);
  }
}

/** Each left sample with the first right one of identical labels; others are dropped. */
function paired(left: Family, right: Family, compute: (left: number, right: number) => number): Family {
  const byLabels = new Map<string, EvaluationSample>();
  for (const sample of right) {
    const key = labelKey(sample.labels);
    if (!byLabels.has(key)) byLabels.set(key, sample);
  }
  const result: EvaluationSample[] = [];
  for (const sample of left) {
    const other = byLabels.get(labelKey(sample.labels));
    if (other !== undefined) result.push({ ...sample, value: compute(sample.value, other.value) });
  }
  return usable(result);
}

export function labelKey(labels: Labels): string {
  return JSON.stringify([...labels].sort((left, right) => (left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0)));
}

function mapped(family: Family, change: (value: number) => number): Family {
  return usable(family.map((sample) => ({ ...sample, value: change(sample.value) })));
}

function compute(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
  }
}
