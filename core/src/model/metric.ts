/**
 * Every metric is a mergeable state (docs/architecture.md). A rule compiles to one kind; storage keeps the
 * state, readers compute the value.
 */
import type { EntityScope } from './entity.js';

/**
 * totalMax, totalMin and totalLatest are a total whose per-source row merges by max, min or newest instead of
 * averaging (`sum` of a gauge with downsampling MAX, MIN or LATEST).
 */
export type MetricKind =
  | 'sum'
  | 'ratio'
  | 'gauge'
  | 'total'
  | 'totalMax'
  | 'totalMin'
  | 'totalLatest'
  | 'min'
  | 'max'
  | 'latest'
  | 'histogram';

export type Step = 'minute' | 'hour' | 'day';

/** How the value of a merged state is shown. */
export type ValueForm =
  /** sum: a; ratio: a/b; gauge: a/n; total*: Σ over sources; min, max, latest: the value. */
  | 'plain'
  /** sum only: a/M × windowMinutes, M = minutes of the bucket (what `increase` over a window shows). */
  | 'perMinute'
  /** sum only: a/(60 M). */
  | 'perSecond'
  /** sum with labels only: a / Σ a over the label sets of the entity; a set of empty values is the rest and is not shown. */
  | 'share';

/** All a reader needs to turn states into values; kept in the store beside the data, newest wins. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: MetricKind;
  readonly scope: EntityScope;
  /** Label names of the stored rows, sorted; empty for a metric without labels. `p` of percentiles is not among them. */
  readonly labels: readonly string[];
  readonly form: ValueForm;
  /** The value is multiplied by this (ratio: percent, ms …); 1 otherwise. */
  readonly factor: number;
  /** `integer`: shown as upstream shows it, rounded after merging; `decimal`: as computed. */
  readonly precision: 'integer' | 'decimal';
  /** histogram only: ranks shown as label `p`; empty shows a heat map. */
  readonly percentiles: readonly number[];
  /** histogram only: which edge of its bucket a bound is; percentiles show the bound of the chosen bucket (MAL upper, OAL lower). */
  readonly edge: 'upper' | 'lower';
  /** `increase` over W minutes: at minute step the reader merges the W minutes that end in the bucket; 1 otherwise. */
  readonly windowMinutes: number;
  readonly unit: string;
  readonly layer: string;
  /** Rule file (or plugin) that defined it, for people. */
  readonly origin: string;
}

/**
 * Key of a stored series. Labels are canonical (see labels.ts). `source` is empty except for the total kinds.
 * The kind is part of the key, because rule sets may give one name another kind; readers use the newest.
 */
export interface SeriesKey {
  readonly tenant: string;
  readonly metric: string;
  readonly kind: MetricKind;
  readonly entityId: string;
  readonly labels: string;
  readonly source: string;
}

/**
 * Bounds in millionths of the unit, as integers, ascending. Upper edges: `counts[i]` observations in (bounds[i-1], bounds[i]];
 * lower edges (of a definition whose `edge` says so): in [bounds[i], bounds[i] + the width of the bucket). Empty buckets may be missing.
 */
export interface HistogramState {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Increments of one kind, column by column; every array has `keys.length` elements.
 * a, b by kind: sum (a, -) · ratio (a, b) · gauge, total (a, n) · min, max, totalMin, totalMax (value, -) ·
 * latest, totalLatest (value, time in epoch ms) · histogram (-, -) with `histograms` (empty for other kinds).
 */
export interface MetricRows {
  readonly kind: MetricKind;
  readonly keys: readonly SeriesKey[];
  /** Start of the row's minute, epoch ms. */
  readonly minutes: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly histograms: readonly HistogramState[];
}

/** A merged state as a reader gets it, fields as in MetricRows. */
export interface MetricState {
  readonly a: number;
  readonly b: number;
  /** total kinds: which of the bucket's parts (minutes of the hour, 24-minute parts of the day) had data; 1n at minute step, 0n for other kinds. */
  readonly slots: bigint;
  readonly histogram: HistogramState | undefined;
}
