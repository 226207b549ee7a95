/** Functions that rename, group and order labeled series. */
import type { ExpressionSeries, ExpressionValue } from '../../contract/query.js';
import type { LabelPair } from '../../model/labels.js';
import type { Aggregation, LabelAggregation, Order } from './ast.js';
import { aggregate, mean, sum } from './functions.js';
import { compareNumbers, compareText, mapSeries, outcome, type Outcome } from './outcome.js';

export function notLabeled(of: Outcome, text: string): Outcome {
  return { ...of, error: `The result of expression [${text}] is not a labeled result.` };
}

/** Label values `a,b` of the target become the replacement's, one by one; key and value change together. */
export function relabel(of: Outcome, target: LabelPair, replacement: LabelPair): Outcome {
  const from = listed(target[1]);
  const to = listed(replacement[1]);
  if (from.length === 0 || to.length === 0) return of;
  if (from.length !== to.length) {
    const error = `Target label [${target[0]}]: the number of relabel values is not equal to the number of replace label.`;
    return { ...of, error };
  }
  const renamed = new Map(from.map((value, index) => [value, to[index] ?? '']));
  return mapSeries(of, (series) => ({
    ...series,
    labels: series.labels.map((label) => {
      const value = label.key === target[0] ? renamed.get(label.value) : undefined;
      return value === undefined ? label : { key: replacement[0], value };
    }),
  }));
}

function listed(values: string): readonly string[] {
  if (values.trim() === '') return [];
  if (values.indexOf(',') <= 0) return [values];
  const parts = values.split(',');
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

/** One series per combination of the named labels, in order of first appearance; without names, one in all. */
export function aggregateLabels(of: Outcome, name: LabelAggregation, wanted: readonly string[]): Outcome {
  if (of.series.length === 0) return of;
  const known = new Set(of.series[0]?.labels.map(({ key }) => key));
  const names = [...new Set(wanted)].filter((each) => known.has(each));
  const groups = new Map<string, ExpressionSeries[]>();
  for (const series of of.series) {
    const key = JSON.stringify(names.map((each) => labelValue(series, each)));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [series]);
    else group.push(series);
  }
  const merged = [...groups.values()].map((group) => mergeGroup(group, name, names));
  return outcome(of.type, merged, names.length > 0);
}

function labelValue(series: ExpressionSeries, name: string): string {
  return series.labels.find(({ key }) => key === name)?.value ?? '';
}

function mergeGroup(group: readonly ExpressionSeries[], name: LabelAggregation, names: readonly string[]): ExpressionSeries {
  const first = group[0] ?? { labels: [], values: [] };
  const labels = names.map((key) => ({ key, value: labelValue(first, key) }));
  const values = first.values.map((each, index): ExpressionValue => {
    const column: number[] = [];
    for (const series of group) {
      const value = series.values[index]?.value;
      if (value !== undefined) column.push(value);
    }
    return { id: each.id, owner: undefined, traceId: undefined, value: mergeColumn(name, column) };
  });
  return { labels, values };
}

function mergeColumn(name: LabelAggregation, column: readonly number[]): number | undefined {
  if (column.length === 0) return undefined;
  switch (name) {
    case 'avg':
      return mean(column);
    case 'sum':
      return sum(column);
    case 'max':
      return column.reduce((best, value) => Math.max(best, value));
    case 'min':
      return column.reduce((best, value) => Math.min(best, value));
  }
}

export interface ValueSort {
  readonly limit: number;
  readonly order: Order;
  readonly by: Aggregation;
}

/** The first `limit` series by one aggregated value each; a series without values counts as 0. */
export function sortValues(of: Outcome, { limit, order, by }: ValueSort): Outcome {
  if (!of.labeled) return of;
  const aggregated = aggregate(by, of);
  if (aggregated.error !== undefined) return aggregated;
  const ranked = of.series.map((series, index) => ({ series, rank: aggregated.series[index]?.values[0]?.value ?? 0 }));
  const sign = order === 'asc' ? 1 : -1;
  ranked.sort((left, right) => sign * compareNumbers(left.rank, right.rank));
  return { ...of, type: 'TIME_SERIES_VALUES', series: ranked.slice(0, limit).map(({ series }) => series) };
}

export function sortLabelValues(of: Outcome, order: Order, names: readonly string[]): Outcome {
  const sign = order === 'asc' ? 1 : -1;
  const keyed = of.series.map((series) => ({ series, keys: names.map((name) => labelValue(series, name)) }));
  keyed.sort((left, right) => {
    const at = left.keys.findIndex((key, index) => key !== right.keys[index]);
    return at < 0 ? 0 : sign * compareText(left.keys[at] ?? '', right.keys[at] ?? '');
  });
  return { ...of, series: keyed.map(({ series }) => series) };
}
