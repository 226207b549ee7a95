/** From a folded form and the downsampling to what is stored and how it is shown. */
import type { MetricDefinition, MetricKind } from '@meterlark/core';
import type { Expression } from '../language/ast.js';
import type { PlanBody, Term } from '../plan.js';
import { scaled, unfoldable, type Form, type Part } from './forms.js';
import type { Downsampling } from './signatures.js';

export interface Body {
  readonly body: PlanBody;
  readonly kind: MetricKind;
  readonly form: MetricDefinition['form'];
  readonly factor: number;
  readonly windowMinutes: number;
  readonly percentiles: readonly number[];
  readonly notes: readonly string[];
}

type Linear = Extract<Form, { type: 'linear' }>;
type Ratio = Extract<Form, { type: 'ratio' }>;
type Histogram = Extract<Form, { type: 'histogram' }>;

const plain = { form: 'plain', factor: 1, windowMinutes: 1, percentiles: [], notes: [] } as const;

/** Throws Unfoldable. */
export function bodyOf(form: Form, downsampling: Downsampling): Body {
  switch (form.type) {
    case 'constant':
      return unfoldable('it is a number');
    case 'linear':
      return form.parts.every(({ reading }) => reading !== undefined)
        ? sumOfDeltas(form, downsampling)
        : ofRawValues(form, downsampling);
    case 'ratio':
      return ratio(form, downsampling);
    case 'histogram':
      return histogram(form, downsampling);
  }
}

const evaluatedKinds = {
  AVG: 'gauge',
  MAX: 'max',
  MIN: 'min',
  LATEST: 'latest',
  SUM: 'sum',
  SUM_PER_MIN: 'sum',
} as const satisfies Record<Downsampling, MetricKind>;

/** Results of single pushes have no state but what the downsampling makes of them. */
export function evaluatedBody(expression: Expression, downsampling: Downsampling, reason: string): Body {
  const note = `evaluated for each push of a resource by itself, without the other resources, because ${reason}`;
  const form = downsampling === 'SUM_PER_MIN' ? 'perMinute' : 'plain';
  const kind = evaluatedKinds[downsampling];
  return { ...plain, body: { kind: 'evaluated', expression }, kind, form, notes: [note] };
}

function term(part: Part, reads: Term['reads']): Term {
  const by = part.counted.length > 0 ? undefined : part.labels;
  return {
    family: part.family,
    reads,
    coefficient: part.coefficient,
    steps: part.steps,
    keeps: part.keeps,
    preAggregate: part.before === undefined ? undefined : { by: part.labels ?? [], function: part.before },
    by,
  };
}

/** Increases of one window keep it; mixed ones, and those shorter than a minute, are counted per minute. */
function window(parts: readonly Part[]): {
  readonly parts: readonly Part[];
  readonly minutes: number | undefined;
  readonly mixed: boolean;
} {
  const readings = new Set(parts.map(({ reading }) => (reading?.type === 'increase' ? reading.minutes : 'rate')));
  const [only] = readings;
  if (readings.size === 1 && only === 'rate') return { parts, minutes: undefined, mixed: false };
  if (readings.size === 1 && typeof only === 'number' && Number.isInteger(only))
    return { parts, minutes: only, mixed: false };
  return { parts: parts.map(perMinute), minutes: 1, mixed: readings.size > 1 };
}

function perMinute(part: Part): Part {
  const weight = part.reading?.type === 'increase' ? part.reading.minutes : 1 / 60;
  return { ...part, coefficient: part.coefficient * weight };
}

function sumOfDeltas(form: Linear, downsampling: Downsampling): Body {
  const { parts, minutes, mixed } = window(form.parts);
  const body: PlanBody = { kind: 'sum', terms: parts.map((part) => term(part, 'delta')) };
  const notes = mixed ? ['increases of different windows are added per minute'] : [];
  if (downsampling === 'MAX' || downsampling === 'MIN' || downsampling === 'LATEST') {
    notes.push(`downsampling(${downsampling}) of an increase: a minute has one increase, longer buckets add them`);
  }
  const shown = minutes === undefined ? 'perSecond' : downsampling === 'SUM' ? 'plain' : 'perMinute';
  return { ...plain, body, kind: 'sum', form: shown, windowMinutes: shown === 'perMinute' ? (minutes ?? 1) : 1, notes };
}

function ofRawValues({ parts }: Linear, downsampling: Downsampling): Body {
  const [first, ...others] = parts;
  if (first === undefined) return unfoldable('it is empty');
  const summing = first.aggregator === 'none' || first.aggregator === 'sum';
  if (downsampling === 'SUM' || downsampling === 'SUM_PER_MIN') {
    if (!summing) return unfoldable(`downsampling(${downsampling}) of ${first.aggregator}()`);
    const body: PlanBody = { kind: 'sum', terms: parts.map((part) => term(part, 'increment')) };
    return { ...plain, body, kind: 'sum', form: downsampling === 'SUM' ? 'plain' : 'perMinute' };
  }
  if (first.aggregator === 'sum') return totals(first, others, downsampling);
  if (first.aggregator === 'count') return count(first, downsampling);
  return single(first, others, downsampling);
}

function totals(first: Part, others: readonly Part[], downsampling: Downsampling): Body {
  const kinds = { AVG: 'total', MAX: 'totalMax', MIN: 'totalMin', LATEST: 'totalLatest' } as const;
  const kind = kinds[downsampling as keyof typeof kinds];
  return { ...plain, body: { kind, ...terms(first, others) }, kind };
}

function terms(first: Part, others: readonly Part[]): { readonly term: Term; readonly others?: readonly Term[] } {
  const raw = (part: Part): Term => term(part, 'raw');
  return others.length === 0 ? { term: raw(first) } : { term: raw(first), others: others.map(raw) };
}

function count(part: Part, downsampling: Downsampling): Body {
  const notes = downsampling === 'AVG' ? [] : [`downsampling(${downsampling}) does not apply to count()`];
  return {
    ...plain,
    body: { kind: 'count', term: { ...term(part, 'raw'), coefficient: 1 }, counted: part.counted },
    kind: 'total',
    factor: part.coefficient,
    notes,
  };
}

function single(first: Part, others: readonly Part[], downsampling: Downsampling): Body {
  const chosen = downsampling === 'AVG' ? undefined : (downsampling.toLowerCase() as 'max' | 'min' | 'latest');
  const aggregator = first.aggregator === 'max' || first.aggregator === 'min' ? first.aggregator : undefined;
  const kind = chosen ?? aggregator ?? 'gauge';
  if (aggregator !== undefined && chosen !== undefined && chosen !== aggregator)
    return unfoldable(`downsampling(${downsampling}) of ${aggregator}()`);
  if (kind !== 'gauge' && others.length > 0) return unfoldable(`the ${kind} of a sum or difference`);
  if (aggregator !== undefined && first.coefficient <= 0) return unfoldable(`a negative factor of ${aggregator}()`);
  return { ...plain, body: { kind, ...terms(first, others) }, kind };
}

function ratio(form: Ratio, downsampling: Downsampling): Body {
  if (downsampling === 'SUM' || downsampling === 'SUM_PER_MIN')
    return unfoldable(`downsampling(${downsampling}) of a quotient`);
  const reads = form.numerator[0]?.reading === undefined ? 'raw' : 'delta';
  const top = withoutFactor(weighted(form.numerator, form.denominator));
  const bottom = withoutFactor(weighted(form.denominator, form.numerator));
  const body: PlanBody = {
    kind: 'ratio',
    numerator: top.parts.map((part) => term(part, reads)),
    denominator: bottom.parts.map((part) => term(part, reads)),
  };
  const notes = downsampling === 'AVG' ? [] : [`downsampling(${downsampling}) does not apply to a quotient of sums`];
  return {
    ...plain,
    body,
    kind: 'ratio',
    factor: top.factor / bottom.factor,
    windowMinutes: commonWindow(form),
    notes,
  };
}

/** Rates and increases of different windows in one quotient are brought to one unit of time. */
function weighted(parts: readonly Part[], others: readonly Part[]): readonly Part[] {
  const readings = new Set([...parts, ...others].map(({ reading }) => JSON.stringify(reading)));
  return readings.size > 1 ? parts.map(perMinute) : parts;
}

function commonWindow({ numerator, denominator }: Ratio): number {
  const minutes = new Set(
    [...numerator, ...denominator].map(({ reading }) => (reading?.type === 'increase' ? reading.minutes : 1)),
  );
  const [only] = minutes;
  return minutes.size === 1 && only !== undefined && Number.isInteger(only) ? only : 1;
}

/** A factor that all parts share is applied by the reader, so that states stay in the source's unit. */
function withoutFactor(parts: readonly Part[]): { readonly parts: readonly Part[]; readonly factor: number } {
  const sizes = new Set(parts.map(({ coefficient }) => Math.abs(coefficient)));
  const [factor] = sizes;
  if (sizes.size !== 1 || factor === undefined || factor === 0) return { parts, factor: 1 };
  // Signs alone are left: dividing by the size is exact.
  return {
    parts:
      factor === 1 ? parts : scaled(parts, 1).map((part) => ({ ...part, coefficient: Math.sign(part.coefficient) })),
    factor,
  };
}

function histogram({ part, leLabel, unitScale, percentiles }: Histogram, downsampling: Downsampling): Body {
  const increments = part.reading === undefined && (downsampling === 'SUM' || downsampling === 'SUM_PER_MIN');
  // Percentiles do not see a common factor of the counts.
  const counted = { ...term(part, increments ? 'increment' : 'delta'), coefficient: 1 };
  const minutes =
    part.reading?.type === 'increase' && Number.isInteger(part.reading.minutes) ? part.reading.minutes : 1;
  const body: PlanBody = { kind: 'histogram', term: counted, unitScale, leLabel };
  return { ...plain, body, kind: 'histogram', percentiles, windowMinutes: minutes };
}
