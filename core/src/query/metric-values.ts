/** From merged states to the values clients see: windows, sources, percentiles, labels (docs/architecture.md). */
import type { MetricBucket } from '../contract/storage.js';
import { parseLabels, type LabelPair } from '../model/labels.js';
import { isTotal, mergeStates } from '../model/metric-merge.js';
import { bucketValue, percentile, shownValue } from '../model/metric-value.js';
import type { MetricDefinition, MetricState } from '../model/metric.js';
import { minuteMs } from '../model/time.js';
import { pointStarts, type Points } from './points.js';

export interface MetricSeries {
  /** By label name; every label of the definition is there, "" when the row lacks it. */
  readonly labels: readonly LabelPair[];
  /** One element per point; undefined is a gap. */
  readonly values: readonly (number | undefined)[];
}

export interface ValueOptions {
  readonly points: Points;
  /** Total kinds at minute step: for how many missing minutes a source's last value stands in. */
  readonly carryMinutes: number;
  /** Nothing is carried into buckets that start later. */
  readonly nowMs: number;
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

/** Minutes that must be read before the first point. */
export function minutesBefore(definition: MetricDefinition, step: Points['step'], carryMinutes: number): number {
  if (step !== 'minute') return 0;
  return isTotal(definition.kind) ? carryMinutes : Math.max(0, definition.windowMinutes - 1);
}

/**
 * All series of one metric of one entity, sorted by the text of their labels. `buckets` may reach further back than
 * the points. A metric without labels has one series even when nothing was stored.
 */
export function seriesOf(definition: MetricDefinition, buckets: readonly MetricBucket[], options: ValueOptions): MetricSeries[] {
  if (!isLabeled(definition)) {
    const unlabeled = buckets.filter(({ labels }) => labels === '');
    options.spend(options.points.count);
    return [{ labels: [], values: valuesOf(definition, unlabeled, options) }];
  }
  const found: MetricSeries[] = [];
  for (const rows of byLabels(definition, buckets).values()) found.push(...labeledSeries(definition, rows, options));
  return found.sort(bySeriesText);
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
  for (const rank of shown) {
    const labels = rank === undefined ? sorted(rows.labels) : sorted([...rows.labels.filter(([name]) => name !== 'p'), ['p', String(rank)]]);
    if (!matches(labels, options.filters)) continue;
    options.spend(options.points.count);
    const values = valuesOf(definition, rows.buckets, options, rank);
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

type States = ReadonlyMap<number, ReadonlyMap<string, MetricState>>;

function valuesOf(
  definition: MetricDefinition,
  buckets: readonly MetricBucket[],
  options: ValueOptions,
  rank?: number,
): readonly (number | undefined)[] {
  const { step } = options.points;
  if (step === 'second') return pointStarts(options.points).map(() => undefined);
  const states = statesByTime(definition, buckets);
  return pointStarts(options.points).map((timeMs) => {
    const merged = timeMs > options.nowMs ? (states.get(timeMs) ?? noStates) : statesAt(definition, states, { ...options, timeMs });
    const value = rank === undefined ? bucketValue(definition, step, [...merged.values()]) : rankValue(definition, merged, rank);
    return value === undefined ? undefined : shown(definition, value);
  });
}

const noStates: ReadonlyMap<string, MetricState> = new Map();

function rankValue(definition: MetricDefinition, states: ReadonlyMap<string, MetricState>, rank: number): number | undefined {
  const histogram = states.get('')?.histogram;
  const value = histogram === undefined ? undefined : percentile(histogram, rank, definition.edge);
  return value === undefined ? undefined : value * definition.factor;
}

/** Rounding gives −0 for small negative values; clients would see a "-0" that upstream's integers never have. */
function shown(definition: MetricDefinition, value: number): number {
  const result = shownValue(definition.precision, value);
  return result === 0 ? 0 : result;
}

/** By bucket and source; kinds other than totals have the one source "". */
function statesByTime(definition: MetricDefinition, buckets: readonly MetricBucket[]): States {
  const total = isTotal(definition.kind);
  const times = new Map<number, Map<string, MetricState>>();
  for (const { bucketMs, source, state } of buckets) {
    let sources = times.get(bucketMs);
    if (sources === undefined) times.set(bucketMs, (sources = new Map<string, MetricState>()));
    const key = total ? source : '';
    const known = sources.get(key);
    sources.set(key, known === undefined ? state : mergeStates(definition.kind, known, state));
  }
  return times;
}

/** The states of one bucket with what earlier minutes add to it: a window is merged, a total's silent source carried. */
function statesAt(
  definition: MetricDefinition,
  states: States,
  { timeMs, points, carryMinutes }: ValueOptions & { readonly timeMs: number },
): ReadonlyMap<string, MetricState> {
  const reach = minutesBefore(definition, points.step, carryMinutes);
  if (reach === 0) return states.get(timeMs) ?? noStates;
  const total = isTotal(definition.kind);
  const merged = new Map<string, MetricState>();
  for (let back = 0; back <= reach; back += 1) {
    for (const [source, state] of states.get(timeMs - back * minuteMs) ?? noStates) {
      const known = merged.get(source);
      if (known === undefined) merged.set(source, state);
      else if (!total) merged.set(source, mergeStates(definition.kind, state, known));
    }
  }
  return merged;
}
