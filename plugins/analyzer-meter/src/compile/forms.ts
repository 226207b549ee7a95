/** What an expression folds to: the algebra behind docs/architecture.md's kinds. */
import type { LabelStep } from '../plan.js';
import type { KnownLabels } from './label-flow.js';

export type Aggregator = 'none' | 'sum' | 'avg' | 'max' | 'min' | 'count';

/** How a counter is read: `increase` over minutes, or per second. */
export type Reading = { readonly type: 'increase'; readonly minutes: number } | { readonly type: 'rate' };

/** coefficient × (one metric after steps and grouping). */
export interface Part {
  readonly family: string;
  readonly coefficient: number;
  readonly steps: readonly LabelStep[];
  readonly keeps: ((value: number) => boolean) | undefined;
  /** undefined: the raw value. */
  readonly reading: Reading | undefined;
  /** Of raw values; 'none' again once a counter is read. */
  readonly aggregator: Aggregator;
  /** `min|max|avg` before the counter was read. */
  readonly before: 'min' | 'max' | 'avg' | undefined;
  /** Labels now, undefined for all. */
  readonly labels: KnownLabels;
  /** Labels that `count` counts. */
  readonly counted: readonly string[];
  /** Text of what it came from without its factor, made on demand: parts of one key are the same stream of numbers. */
  readonly key: () => string;
}

export type Form =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'linear'; readonly parts: readonly Part[] }
  | { readonly type: 'ratio'; readonly numerator: readonly Part[]; readonly denominator: readonly Part[] }
  | {
      readonly type: 'histogram';
      readonly part: Part;
      readonly leLabel: string;
      readonly unitScale: number;
      readonly percentiles: readonly number[];
    };

/** Folding ends here; the text says why, for the note of an evaluated rule. */
export class Unfoldable extends Error {}

export function unfoldable(reason: string): never {
  throw new Unfoldable(reason);
}

export function scale(form: Form, factor: number): Form {
  if (form.type === 'constant') return { type: 'constant', value: form.value * factor };
  // A factor on histogram counts moves no percentile.
  if (form.type === 'histogram') return form;
  if (form.type === 'linear') return { type: 'linear', parts: scaled(form.parts, factor) };
  return { ...form, numerator: scaled(form.numerator, factor) };
}

export function scaled(parts: readonly Part[], factor: number): readonly Part[] {
  return factor === 1 ? parts : parts.map((part) => ({ ...part, coefficient: part.coefficient * factor }));
}

export function add(left: Form, right: Form): Form {
  if (left.type === 'histogram' || right.type === 'histogram') return unfoldable('a histogram cannot be added');
  if (left.type === 'constant' && right.type === 'constant')
    return { type: 'constant', value: left.value + right.value };
  if (left.type === 'ratio') return addToRatio(left, right);
  if (right.type === 'ratio') return addToRatio(right, left);
  if (left.type === 'linear' && right.type === 'linear') {
    const parts = sameSort([...left.parts, ...right.parts]);
    mustMeet(left.parts, right.parts);
    return { type: 'linear', parts };
  }
  const constant = left.type === 'constant' ? left.value : right.type === 'constant' ? right.value : 0;
  if (constant === 0) return left.type === 'linear' ? left : right;
  return unfoldable('a number is added to a metric that is not a quotient');
}

/** Samples of two sides meet when all their labels are equal, so sides of different labels leave nothing that folding could keep. */
function mustMeet([left]: readonly Part[], [right]: readonly Part[]): void {
  if (left === undefined || right === undefined || sameNames(left.labels, right.labels)) return;
  unfoldable(
    `its sides have different labels (${shownNames(left.labels)}; ${shownNames(right.labels)}), and only samples of equal labels meet`,
  );
}

function sameNames(left: KnownLabels, right: KnownLabels): boolean {
  if (left === undefined || right === undefined) return left === right;
  const names = new Set(left);
  return names.size === new Set(right).size && right.every((name) => names.has(name));
}

function shownNames(labels: KnownLabels): string {
  if (labels === undefined) return 'all of the stream';
  return labels.length === 0 ? 'none' : labels.join(', ');
}

function addToRatio(ratio: Extract<Form, { type: 'ratio' }>, other: Form): Form {
  if (other.type === 'constant')
    return { ...ratio, numerator: [...ratio.numerator, ...scaled(ratio.denominator, other.value)] };
  if (other.type === 'ratio' && keyOf(other.denominator) === keyOf(ratio.denominator)) {
    return { ...ratio, numerator: [...ratio.numerator, ...other.numerator] };
  }
  return unfoldable(
    other.type === 'ratio' ? 'quotients of different denominators are added' : 'a quotient and a metric are added',
  );
}

function keyOf(parts: readonly Part[]): string {
  return parts
    .map(({ key, coefficient }) => `${coefficient}*${key()}`)
    .sort()
    .join('+');
}

/** Parts that may be added: all deltas, or all raw values of one aggregation that is linear. */
function sameSort(parts: readonly Part[]): readonly Part[] {
  const deltas = parts.filter(({ reading }) => reading !== undefined).length;
  if (deltas === parts.length) return parts;
  if (deltas > 0) return unfoldable('increases and raw values are added');
  const aggregators = new Set(parts.map(({ aggregator }) => aggregator));
  if (aggregators.size > 1) return unfoldable('values of different aggregations are added');
  if (!aggregators.has('sum') && !aggregators.has('none'))
    return unfoldable(`values of ${[...aggregators].join()}() are added`);
  return parts;
}

export function multiply(left: Form, right: Form): Form {
  if (left.type === 'constant') return scale(right, left.value);
  if (right.type === 'constant') return scale(left, right.value);
  return unfoldable('two metrics are multiplied');
}

export function divide(left: Form, right: Form): Form {
  if (left.type === 'histogram' || right.type === 'histogram')
    return right.type === 'constant' ? left : unfoldable('a histogram is divided');
  if (right.type === 'constant')
    return right.value === 0 ? unfoldable('a metric is divided by 0') : scale(left, 1 / right.value);
  if (left.type === 'constant' && right.type === 'ratio') {
    return { type: 'ratio', numerator: scaled(right.denominator, left.value), denominator: right.numerator };
  }
  if (left.type !== 'linear' || right.type !== 'linear')
    return unfoldable('a quotient of quotients or of a number by a metric');
  return ratioOf(left.parts, right.parts);
}

function ratioOf(numerator: readonly Part[], denominator: readonly Part[]): Form {
  const all = [...numerator, ...denominator];
  const deltas = all.filter(({ reading }) => reading !== undefined).length;
  if (deltas > 0 && deltas < all.length) return unfoldable('an increase is divided by a raw value, or the reverse');
  const odd = deltas > 0 ? undefined : all.find(({ aggregator }) => aggregator !== 'none' && aggregator !== 'sum');
  if (odd !== undefined) return unfoldable(`a quotient of ${odd.aggregator}() values`);
  const mixed = deltas === 0 && new Set(all.map(({ aggregator }) => aggregator)).size > 1;
  if (mixed) return unfoldable('a sum is divided by single values, or the reverse');
  mustMeet(numerator, denominator);
  return { type: 'ratio', numerator, denominator };
}
