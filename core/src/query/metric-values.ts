/** From merged states to the values clients see: windows, sources, percentiles, labels (docs/architecture.md). */
import type { MetricBucket } from '../contract/storage.js';
import { parseLabels, type LabelPair } from '../model/labels.js';
import { bucketValue, percentile, shownValue } from '../model/metric-value.js';
import type { MetricDefinition, MetricState } from '../model/metric.js';
import { statesOfPoints, type PointStates, type StateOptions } from './bucket-states.js';
import type { Points } from './points.js';

export interface MetricSeries {
  /** By label name; every label of the definition is there, "" when the row lacks it. */
  readonly labels: readonly LabelPair[];
  /** One element per point; undefined is a gap. */
  readonly values: readonly (number | undefined)[];
}

export interface ValueOptions extends StateOptions {
  readonly filters: readonly LabelPair[];
  /** Told of the number of values before they are made. */
  readonly spend: (values: number) => void;
}

/** Shown as several series, one per label set or percentile. */
export function isLabeled(definition: MetricDefinition): boolean {
  return definition.labels.length > 0 || (definition.kind === 'histogram' && definition.percentiles.length > 0);
}

/** Histograms without percentiles are heat maps, which have no values. */
export function isHeatMap(definition: MetricDefinition): boolean {
  return definition.kind === 'histogram' && definition.percentiles.length === 0;
}

/**
 * All series of one metric of one entity, sorted by the text of their labels. `buckets` may reach further back than
 * the points. A metric without labels has one series even when nothing was stored.
 */
export function seriesOf(definition: MetricDefinition, buckets: readonly MetricBucket[], options: ValueOptions): MetricSeries[] {
  if (!isLabeled(definition)) {
    const unlabeled = buckets.filter(({ labels }) => labels === '');
    options.spend(options.points.count);
    return [{ labels: [], values: valuesOf(definition, statesOfPoints(definition, unlabeled, options), options.points.step) }];
  }
  if (definition.form === 'share') return shareSeries(definition, buckets, options).sort(bySeriesText);
  const found: MetricSeries[] = [];
  for (const rows of byLabels(definition, buckets).values()) found.push(...labeledSeries(definition, rows, options));
  return found.sort(bySeriesText);
}

/** Each label set's part of what all of them add up to; the set of empty values is the rest, which is not shown. */
function shareSeries(definition: MetricDefinition, buckets: readonly MetricBucket[], options: ValueOptions): MetricSeries[] {
  const { points } = options;
  const wholes = statesOfPoints(definition, buckets, options).map((states) => states?.[0]?.a ?? 0);
  const chosen: MetricSeries[] = [];
  for (const rows of byLabels(definition, buckets).values()) {
    const labels = sorted(rows.labels);
    if (labels.every(([, value]) => value === '') || !matches(labels, options.filters)) continue;
    options.spend(points.count);
    const values = statesOfPoints(definition, rows.buckets, options).map((states, point) => {
      const whole = wholes[point] ?? 0;
      const part = states?.[0]?.a;
      return part === undefined || whole === 0 ? undefined : shown(definition, (part / whole) * definition.factor);
    });
    if (values.some((value) => value !== undefined)) chosen.push({ labels, values });
  }
  return chosen;
}

interface LabeledRows {
  readonly labels: readonly LabelPair[];
  readonly buckets: MetricBucket[];
}

function byLabels(definition: MetricDefinition, buckets: readonly MetricBucket[]): ReadonlyMap<string, LabeledRows> {
  const rows = new Map<string, LabeledRows>();
  for (const bucket of buckets) {
    let known = rows.get(bucket.labels);
    if (known === undefined) rows.set(bucket.labels, (known = { labels: completed(definition, bucket.labels), buckets: [] }));
    known.buckets.push(bucket);
  }
  return rows;
}

function completed(definition: MetricDefinition, canonical: string): readonly LabelPair[] {
  const pairs = new Map(definition.labels.map((name) => [name, '']));
  for (const [name, value] of parseLabels(canonical)) pairs.set(name, value);
  return [...pairs];
}

function labeledSeries(definition: MetricDefinition, rows: LabeledRows, options: ValueOptions): MetricSeries[] {
  const shown = definition.kind === 'histogram' ? definition.percentiles : [undefined];
  const chosen: MetricSeries[] = [];
  let states: PointStates | undefined;
  for (const rank of shown) {
    const labels = rank === undefined ? sorted(rows.labels) : sorted([...rows.labels.filter(([name]) => name !== 'p'), ['p', String(rank)]]);
    if (!matches(labels, options.filters)) continue;
    options.spend(options.points.count);
    states ??= statesOfPoints(definition, rows.buckets, options);
    const values = valuesOf(definition, states, options.points.step, rank);
    // Buckets from before the first point alone make no series.
    if (values.some((value) => value !== undefined)) chosen.push({ labels, values });
  }
  return chosen;
}

function sorted(labels: readonly LabelPair[]): readonly LabelPair[] {
  return [...labels].sort((left, right) => (left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0));
}

/** Values of one filter are alternatives, filters of different labels must all hold; a missing label is "". */
function matches(labels: readonly LabelPair[], filters: readonly LabelPair[]): boolean {
  const values = new Map(labels);
  const names = new Set(filters.map(([name]) => name));
  return [...names].every((name) => {
    const value = values.get(name) ?? '';
    return filters.some((filter) => filter[0] === name && accepts(filter[1], value));
  });
}

/** The whole text is an alternative too, for values that hold commas. */
function accepts(wanted: string, value: string): boolean {
  if (wanted === value) return true;
  const parts = wanted.split(',').map((part) => part.trim());
  return parts.some((part) => part !== '' && part === value);
}

function bySeriesText(left: MetricSeries, right: MetricSeries): number {
  const leftText = seriesText(left);
  const rightText = seriesText(right);
  return leftText < rightText ? -1 : leftText > rightText ? 1 : 0;
}

function seriesText({ labels }: MetricSeries): string {
  return `{${labels.map(([name, value]) => `${name}=${value}`).join(',')}}`;
}

function valuesOf(
  definition: MetricDefinition,
  points: PointStates,
  step: Points['step'],
  rank?: number,
): readonly (number | undefined)[] {
  return points.map((states) => {
    if (states === undefined || step === 'second') return undefined;
    const value = rank === undefined ? bucketValue(definition, step, states) : rankValue(definition, states, rank);
    return value === undefined ? undefined : shown(definition, value);
  });
}

function rankValue(definition: MetricDefinition, states: readonly MetricState[], rank: number): number | undefined {
  const histogram = states[0]?.histogram;
  const value = histogram === undefined ? undefined : percentile(histogram, rank);
  return value === undefined ? undefined : value * definition.factor;
}

/** Rounding gives −0 for small negative values; clients would see a "-0" that upstream's integers never have. */
function shown(definition: MetricDefinition, value: number): number {
  const result = shownValue(definition.precision, value);
  return result === 0 ? 0 : result;
}
