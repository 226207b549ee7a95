/**
 * What a MAL rule compiles to: data (and label functions) that the runtime executes per stream. The compiler
 * (compile/) makes plans by the folding rules of docs/architecture.md; the runtime (runtime/) never looks at syntax.
 */
import type { Entity, MetricDefinition } from '@meterlark/core';
import type { Expression } from './language/ast.js';

/** Labels of one sample; missing reads as "". */
export type Labels = ReadonlyMap<string, string>;

/**
 * Whether a label that a sample has changes nothing about what becomes of the sample, and comes out as it went in.
 * Unknown for all labels where a function does not say it.
 */
interface Indifferent {
  readonly ignores?: (label: string) => boolean;
}

/**
 * Filters (no result), rewrites (one) or multiplies (several) a sample's labels. Pure: it is run once per stream,
 * also for several rules that share it, and once for all buckets of a histogram when it ignores their label.
 */
export interface LabelStep extends Indifferent {
  (labels: Labels): readonly Labels[];
}

export interface LabelFilter extends Indifferent {
  (labels: Labels): boolean;
}

/** One reference to a sample family and what happens to it before the final merge. */
export interface Term {
  /** Name after `.` and `/` became `_`: `x`, `x_count`, `x_sum`; `x` with label `le` for buckets. */
  readonly family: string;
  /**
   * delta: the stream's change (increase, rate, irate, histogram). raw: the point's value. increment: every
   * push is itself an increment (downsampling SUM without increase): each (stream, time) once, cumulative streams their delta.
   */
  readonly reads: 'delta' | 'raw' | 'increment';
  readonly coefficient: number;
  readonly steps: readonly LabelStep[];
  /** valueGreater(…) and its kin on the raw value. */
  readonly keeps: ((value: number) => boolean) | undefined;
  /** `min|max|avg(by)` before rate or increase: first one stream per group and resource. */
  readonly preAggregate: { readonly by: readonly string[]; readonly function: 'min' | 'max' | 'avg' } | undefined;
  /** Labels the sample is reduced to; undefined keeps all. */
  readonly by: readonly string[] | undefined;
}

/** Entity of a sample and the labels that are left, or undefined when a needed key is missing. */
export interface Placement {
  readonly entity: Entity;
  readonly layer: string;
  /** The metric's own labels: those of `MetricDefinition.labels`, missing as "". */
  readonly labels: Labels;
  /** Properties of the entity (instance properties closure, decorate). */
  readonly properties: Readonly<Record<string, string>>;
}
/** Pure; rules that share it are placed once per stream and sample. */
export type Placer = (labels: Labels) => Placement | undefined;

export type PlanBody =
  | { readonly kind: 'sum'; readonly terms: readonly Term[] }
  | { readonly kind: 'ratio'; readonly numerator: readonly Term[]; readonly denominator: readonly Term[] }
  /** `unitScale` takes an `le` in the source's unit to the metric's (seconds to ms: 1000). */
  | { readonly kind: 'histogram'; readonly term: Term; readonly unitScale: number; readonly leLabel: string }
  /**
   * `others` (only with gauge and the totals) come from `a - b` of raw values: their value × coefficient adds to a, never
   * to n, which counts `term` alone. Without `others` (undefined or empty) nothing changes.
   */
  | { readonly kind: 'gauge' | 'min' | 'max' | 'latest'; readonly term: Term; readonly others?: readonly Term[] }
  /** Source = the resource. */
  | { readonly kind: 'total' | 'totalMax' | 'totalMin' | 'totalLatest'; readonly term: Term; readonly others?: readonly Term[] }
  /** `count(by)`: source = the counted labels. */
  | { readonly kind: 'count'; readonly term: Term; readonly counted: readonly string[] }
  /** Anything else: evaluated once per resource and point time by the interpreter, stored as sum, min, max, latest or gauge. */
  | { readonly kind: 'evaluated'; readonly expression: Expression };

export interface MetricPlan {
  readonly definition: MetricDefinition;
  readonly body: PlanBody;
  /** The rule file's filter on every input sample. */
  readonly filter: LabelFilter | undefined;
  readonly place: Placer;
  readonly notes: readonly string[];
}
