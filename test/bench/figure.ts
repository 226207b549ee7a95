/** What the harness prints: one figure, with its baseline measured in the same run where there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline?: number;
  /** value / baseline. */
  readonly ratio?: number;
  readonly runs: number;
}

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly baselines?: readonly number[];
  readonly digits?: number;
}

/** Medians of the runs. */
export function figureOf({ name, unit, values, baselines, digits = 0 }: Measured): Figure {
  const value = rounded(median(values), digits);
  if (baselines === undefined) return { name, value, unit, runs: values.length };
  const baseline = rounded(median(baselines), digits);
  return { name, value, unit, baseline, ratio: rounded(median(values) / median(baselines), 3), runs: values.length };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
