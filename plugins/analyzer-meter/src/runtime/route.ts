/** Where the values of one stream go: worked out once per stream, then only numbers. */
import type { MetricPlan, Labels, Term } from '../plan.js';
import type { EntityRef, SeriesRef } from './series-table.js';

/** One sample family of a stream: a value, `_count`, `_sum`, a bucket (label `le`) or a quantile. */
export interface Field {
  readonly family: string;
  /** Label on top of the stream's: `le` or `quantile`. */
  readonly label: readonly [name: string, value: string] | undefined;
}

export type PushMerge = 'total' | 'totalMax' | 'totalMin' | 'totalLatest';

/** What happens to a single value that is not simply added as a delta. */
export type Action =
  | { readonly op: 'add'; readonly ref: SeriesRef; readonly offset: number }
  | { readonly op: 'mean' | 'min' | 'max' | 'latest' | 'count'; readonly ref: SeriesRef }
  /** Summed over the streams of one resource and push first; `counts`: makes the push count as a sample. */
  | { readonly op: 'push'; readonly ref: SeriesRef; readonly merge: PushMerge; readonly counts: boolean };

export type PushAction = Extract<Action, { op: 'push' }>;

/** `min|max|avg(by)` before rate: the streams of one resource that become one. */
export interface Group {
  readonly id: string;
  readonly function: 'min' | 'max' | 'avg';
  readonly reads: Term['reads'];
  readonly coefficient: number;
  readonly action: Action;
  users: number;
  /** Last merged value and its time; the time is -1 before the first. */
  value: number;
  timeMs: number;
}

export interface Target {
  /** Index of the field it reads. */
  readonly field: number;
  readonly reads: Term['reads'];
  readonly coefficient: number;
  readonly keeps: ((value: number) => boolean) | undefined;
  readonly action: Action | { readonly op: 'group'; readonly group: Group };
}

/** A sample for a plan that is interpreted per push. */
export interface EvaluatedInput {
  readonly field: number;
  readonly family: string;
  readonly labels: Labels;
  readonly plan: MetricPlan;
}

export interface Route {
  /** Rule set it was made from. */
  readonly generation: number;
  /** Epoch for which `slots` hold. */
  epoch: number;
  readonly refs: readonly SeriesRef[];
  /** Slot within the series, for each of `refs`. */
  readonly offsets: Int32Array;
  readonly slots: Int32Array;
  readonly factors: Float64Array;
  /**
   * Field i adds its delta to the entries [starts[2i], starts[2i+1]) at every point, because 0 says that the
   * stream lives, and to [starts[2i+1], starts[2i+2]) only when it moved (ratios and histograms have no value at 0).
   */
  readonly starts: Int32Array;
  readonly targets: readonly Target[];
  readonly evaluated: readonly EvaluatedInput[];
  readonly entities: readonly EntityRef[];
}
