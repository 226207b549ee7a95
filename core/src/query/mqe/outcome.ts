/** What evaluating a part of an expression gives: SkyWalking's result with its two inner marks. */
import type { ExpressionResultType, ExpressionSeries, ExpressionValue } from '../../contract/query.js';

export interface Outcome {
  readonly type: ExpressionResultType;
  readonly series: readonly ExpressionSeries[];
  readonly labeled: boolean;
  /** Made by a comparison or by logic, which is what logic accepts. */
  readonly compared: boolean;
  readonly error: string | undefined;
}

export function outcome(type: ExpressionResultType, series: readonly ExpressionSeries[], labeled = false): Outcome {
  return { type, series, labeled, compared: false, error: undefined };
}

export function failure(error: string): Outcome {
  return { type: 'UNKNOWN', series: [], labeled: false, compared: false, error };
}

/** What upstream answers, without an error, when the entity lacks what the metric's scope needs. */
export const unknown: Outcome = { type: 'UNKNOWN', series: [], labeled: false, compared: false, error: undefined };

/** A value without id, owner and trace. */
export function bare(value: number | undefined): ExpressionValue {
  return { id: undefined, value, owner: undefined, traceId: undefined };
}

export function single(value: number | undefined): Outcome {
  return outcome('SINGLE_VALUE', [{ labels: [], values: [bare(value)] }]);
}

export function mapSeries(from: Outcome, change: (series: ExpressionSeries) => ExpressionSeries): Outcome {
  return { ...from, series: from.series.map(change) };
}

/** Changes the values there are; gaps stay. */
export function mapValues(from: Outcome, change: (value: number) => number): Outcome {
  return mapSeries(from, (series) => ({ ...series, values: series.values.map((each) => changed(each, change)) }));
}

export function changed(each: ExpressionValue, change: (value: number) => number): ExpressionValue {
  return each.value === undefined ? each : { ...each, value: change(each.value) };
}

export function hasValue(result: Outcome): boolean {
  return result.series.some((series) => series.values.some(({ value }) => value !== undefined));
}

/** Equal for equal sets of labels, in whatever order. */
export function labelSetKey(series: ExpressionSeries): string {
  return JSON.stringify(series.labels.map(({ key, value }) => [key, value]).sort(comparePairs));
}

function comparePairs(left: readonly string[], right: readonly string[]): number {
  return compareText(left[0] ?? '', right[0] ?? '') || compareText(left[1] ?? '', right[1] ?? '');
}

/** Natural string order, by UTF-16 unit. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Ascending; what is no number comes last. */
export function compareNumbers(left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Non-null values of a series. */
export function present(series: ExpressionSeries): number[] {
  const values: number[] = [];
  for (const { value } of series.values) if (value !== undefined) values.push(value);
  return values;
}
