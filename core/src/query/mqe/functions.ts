/** Functions of one result: aggregations, mathematics, trends. */
import type { ExpressionSeries, ExpressionValue } from '../../contract/query.js';
import type { Aggregation } from './ast.js';
import { bare, changed, failure, mapSeries, present, type Outcome } from './outcome.js';

/** One value per series; `latest`, `max` and `min` keep the chosen point's id and owner. */
export function aggregate(name: Aggregation, of: Outcome): Outcome {
  if (name === 'latest' && of.type !== 'TIME_SERIES_VALUES') return failure('LATEST can only be used in time series result.');
  const reduced = mapSeries(of, (series) => ({ ...series, values: [reduce(name, series)] }));
  return { ...reduced, type: 'SINGLE_VALUE', compared: false };
}

function reduce(name: Aggregation, series: ExpressionSeries): ExpressionValue {
  switch (name) {
    case 'avg':
      return bare(mean(present(series)));
    case 'sum':
      return bare(sum(present(series)));
    case 'count':
      return bare(present(series).length);
    case 'latest':
      return series.values.findLast(({ value }) => value !== undefined) ?? bare(undefined);
    case 'max':
      return choose(series, (candidate, best) => candidate > best);
    case 'min':
      return choose(series, (candidate, best) => candidate < best);
  }
}

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length;
}

function choose(series: ExpressionSeries, better: (candidate: number, best: number) => boolean): ExpressionValue {
  let best: ExpressionValue | undefined;
  for (const each of series.values) {
    if (each.value === undefined) continue;
    if (best?.value === undefined || better(each.value, best.value)) best = each;
  }
  return best ?? bare(undefined);
}

/** Half away from zero on the shortest decimal form, so that 1.005 rounds to 1.01. */
export function roundHalfUp(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  const shifted = shift(Math.abs(value), digits);
  // Beyond 2^53 no fraction is left at that digit.
  if (shifted > Number.MAX_SAFE_INTEGER) return value;
  const rounded = shift(Math.round(shifted), -digits);
  return value < 0 ? -rounded : rounded;
}

/** Moves the decimal point in the text, which is exact where multiplying is not. */
function shift(value: number, digits: number): number {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  return Number(`${mantissa}e${Number(exponent) + digits}`);
}

/** v(i) − v(i − range), per second when `seconds` is given; the first `range` points are only read. */
export function trend(of: Outcome, range: number, seconds: number | undefined): Outcome {
  return mapSeries(of, (series) => ({
    ...series,
    values: series.values.slice(range).map((each, index) => {
      const before = series.values[index]?.value;
      if (before === undefined) return { ...each, value: undefined };
      return changed(each, (value) => (value - before) / (seconds ?? 1));
    }),
  }));
}
