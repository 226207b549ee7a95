/**
 * How two results meet in a binary operator: value with value, many with one, series with series. The kept side gives
 * labels, ids and owners. A missing operand gives a missing result, without exception (upstream: see docs/differences.md).
 */
import type { ExpressionSeries, ExpressionValue } from '../../contract/query.js';
import { failure, labelSetKey, mapSeries, outcome, single, type Outcome } from './outcome.js';

export type Apply = (left: number, right: number) => number;

export function combine(kind: 'binary' | 'compare' | 'bool', sides: readonly [Outcome, Outcome], apply: Apply): Outcome {
  const paired = pair(sides[0], sides[1], apply);
  if (typeof paired === 'string') return failure(`Unsupported ${kind} operation: ${paired}`);
  return { ...paired, compared: false };
}

/** The result, or the reason why there is none. */
type Paired = Outcome | string;

function pair(left: Outcome, right: Outcome, apply: Apply): Paired {
  const leftOne = left.type === 'SINGLE_VALUE';
  const rightOne = right.type === 'SINGLE_VALUE';
  if (leftOne && rightOne) return pairSingles(left, right, apply);
  if (rightOne && isMany(left)) return manyToOne(left, right, apply);
  if (leftOne && isMany(right)) return oneToMany(left, right, apply);
  if (left.type === 'TIME_SERIES_VALUES' && right.type === 'TIME_SERIES_VALUES') return pairSeries(left, right, apply);
  return 'Unsupported operation.';
}

function isMany({ type }: Outcome): boolean {
  return type === 'TIME_SERIES_VALUES' || type === 'SORTED_LIST' || type === 'RECORD_LIST';
}

function flip(apply: Apply): Apply {
  return (left, right) => apply(right, left);
}

function both(left: number | undefined, right: number | undefined, apply: Apply): number | undefined {
  return left === undefined || right === undefined ? undefined : apply(left, right);
}

function withOne(many: Outcome, one: number | undefined, apply: Apply): Outcome {
  return mapSeries(many, (series) => ({
    ...series,
    values: series.values.map((each) => ({ ...each, value: both(each.value, one, apply) })),
  }));
}

/** The only value of a result, or undefined when there is none or more. */
function onlyValue(result: Outcome): ExpressionValue | undefined {
  const values = result.series[0]?.values ?? [];
  return values.length === 1 ? values[0] : undefined;
}

const noOne = 'single result is empty or has more than one value.';

function pairSingles(left: Outcome, right: Outcome, apply: Apply): Paired {
  if (left.labeled && right.labeled) return matchSingles(left, right, apply);
  if (left.labeled) return manyToOne(left, right, apply);
  if (right.labeled) return oneToMany(left, right, apply);
  const leftValue = onlyValue(left);
  const rightValue = onlyValue(right);
  if (leftValue === undefined) return 'Single to Single, left result is empty or has more than one value.';
  if (rightValue === undefined) return 'Single to Single, right result is empty or has more than one value.';
  return single(both(leftValue.value, rightValue.value, apply));
}

function manyToOne(many: Outcome, one: Outcome, apply: Apply): Paired {
  return spread(many, one, apply) ?? `Many to One, ${noOne}`;
}

function oneToMany(one: Outcome, many: Outcome, apply: Apply): Paired {
  return spread(many, one, flip(apply)) ?? `One to Many, ${noOne}`;
}

/** A labeled single meets each series by its labels, an unlabeled one meets all. */
function spread(many: Outcome, one: Outcome, apply: Apply): Outcome | undefined {
  const value = onlyValue(one);
  if (value === undefined) return undefined;
  if (!one.labeled) return withOne(many, value.value, apply);
  if (many.labeled) return matchOnes(many, one, apply);
  if (many.type === 'TIME_SERIES_VALUES') return fanOut(many, one, apply);
  return one.series.length === 1 ? withOne(many, value.value, apply) : undefined;
}

function matchOnes(many: Outcome, one: Outcome, apply: Apply): Outcome {
  const ones = byLabels(one);
  return mapSeries(many, (series) => {
    const value = ones.get(labelSetKey(series))?.values[0]?.value;
    return { ...series, values: series.values.map((each) => ({ ...each, value: both(each.value, value, apply) })) };
  });
}

/** An unlabeled series with each value of a labeled single: one series per label set. */
function fanOut(many: Outcome, one: Outcome, apply: Apply): Outcome {
  const base = many.series[0]?.values;
  if (base === undefined) return many;
  const series = one.series.map(({ labels, values }) => {
    const value = values[0]?.value;
    return { labels, values: base.map((each) => ({ ...each, value: both(each.value, value, apply) })) };
  });
  return outcome(many.type, series, true);
}

function byLabels(result: Outcome): ReadonlyMap<string, ExpressionSeries> {
  return new Map(result.series.map((series) => [labelSetKey(series), series]));
}

function matchSingles(left: Outcome, right: Outcome, apply: Apply): Paired {
  const prefix = 'Single Labeled to Single Labeled,';
  if (left.series.some(({ values }) => values.length !== 1)) return `${prefix} left labeled result is empty or has more than one value.`;
  if (right.series.some(({ values }) => values.length !== 1)) return `${prefix} right labeled result has more than one value.`;
  return matchSeries(left, right, apply);
}

function pairSeries(left: Outcome, right: Outcome, apply: Apply): Paired {
  if (left.labeled && right.labeled) return pairLabeled(left, right, apply);
  if (left.labeled) return overLabeled(left, right, { apply, name: 'Series Labeled with No Labeled' });
  if (right.labeled) return overLabeled(right, left, { apply: flip(apply), name: 'Series No Labeled with Labeled' });
  const leftSeries = left.series[0];
  const rightSeries = right.series[0];
  if (leftSeries === undefined || rightSeries === undefined) return 'Series No Labeled, left or right result is empty.';
  if (leftSeries.values.length !== rightSeries.values.length) return `Series No Labeled, ${unequal}`;
  return { ...left, series: [zip(leftSeries, rightSeries, apply)] };
}

const unequal = 'left and right series value size not equal.';

function overLabeled(labeled: Outcome, plain: Outcome, how: { readonly apply: Apply; readonly name: string }): Paired {
  const other = plain.series[0];
  if (other === undefined) return `${how.name}, no labeled result is empty.`;
  if (labeled.series.some(({ values }) => values.length !== other.values.length)) return `${how.name}, ${unequal}`;
  return mapSeries(labeled, (series) => zip(series, other, how.apply));
}

function pairLabeled(left: Outcome, right: Outcome, apply: Apply): Paired {
  const others = byLabels(right);
  const differ = left.series.some((series) => {
    const other = others.get(labelSetKey(series));
    return other !== undefined && other.values.length !== series.values.length;
  });
  return differ ? `Series Labeled with Labeled, ${unequal}` : matchSeries(left, right, apply);
}

/** By label set; what the right side lacks has no values. */
function matchSeries(left: Outcome, right: Outcome, apply: Apply): Outcome {
  const others = byLabels(right);
  return mapSeries(left, (series) => zip(series, others.get(labelSetKey(series)), apply));
}

function zip(series: ExpressionSeries, other: ExpressionSeries | undefined, apply: Apply): ExpressionSeries {
  const values = series.values.map((each, index) => ({ ...each, value: both(each.value, other?.values[index]?.value, apply) }));
  return { ...series, values };
}
