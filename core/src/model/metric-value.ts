/** The one place that turns merged states into values (kinds and formulas: docs/architecture.md). */
import type { HistogramState, MetricDefinition, MetricState, Step } from './metric.js';
import { minuteMs, stepMs } from './time.js';

/** Histogram bounds are stored as integers in millionths of the unit. */
export const boundsPerUnit = 1_000_000;

/** Total kinds: a source that was seen before and after a gap of at most so many minutes counts in it too. */
export const carryMinutes = 2;

/** A minute lies in such a gap when its source was seen the first number of minutes before and the second after it. */
export const gapReaches: readonly (readonly [number, number])[] = Array.from({ length: carryMinutes }, (_, before) =>
  Array.from({ length: carryMinutes - before }, (_none, after) => [before + 1, after + 1] as const),
).flat();

/**
 * Value of one bucket, not rounded; undefined when the states hold none. `states` has one element per source
 * for total kinds, exactly one otherwise. Histograms have `percentile` instead.
 */
export function bucketValue(
  definition: Pick<MetricDefinition, 'kind' | 'form' | 'factor' | 'windowMinutes'>,
  step: Step,
  states: readonly MetricState[],
): number | undefined {
  const state = states[0];
  if (state === undefined) return undefined;
  switch (definition.kind) {
    case 'sum':
      return sumValue(definition, step, state.a) * definition.factor;
    case 'ratio':
      return state.b === 0 ? undefined : (state.a / state.b) * definition.factor;
    case 'gauge':
      return state.b === 0 ? undefined : (state.a / state.b) * definition.factor;
    case 'total':
      return overSources(step, states, (source) => (source.b === 0 ? 0 : source.a / source.b)) * definition.factor;
    case 'totalMax':
    case 'totalMin':
    case 'totalLatest':
      return overSources(step, states, (source) => source.a) * definition.factor;
    case 'min':
    case 'max':
    case 'latest':
      return state.a * definition.factor;
    case 'histogram':
      return undefined;
  }
}

function sumValue(definition: Pick<MetricDefinition, 'form' | 'windowMinutes'>, step: Step, a: number): number {
  const minutes = stepMs[step] / minuteMs;
  switch (definition.form) {
    case 'plain':
    // What it is a share of is known to those who read all label sets.
    case 'share':
      return a;
    case 'perMinute':
      return step === 'minute' ? a : (a / minutes) * definition.windowMinutes;
    case 'perSecond':
      return a / (60 * minutes);
  }
}

/** Σ over sources of value × bits(source) / bits(all): a source seen half of the time counts half. */
function overSources(step: Step, states: readonly MetricState[], valueOf: (state: MetricState) => number): number {
  const slots = states.map((state) => (step === 'hour' ? withoutGaps(state.slots) : state.slots));
  const bits = bitCount(slots.reduce((all, own) => all | own, 0n));
  if (bits === 0) return 0;
  return states.reduce((total, state, index) => total + (valueOf(state) * bitCount(slots[index] ?? 0n)) / bits, 0);
}

/** Minutes of an hour with gaps of at most `carryMinutes` closed; before the first and after the last nothing is added. */
function withoutGaps(slots: bigint): bigint {
  let closed = slots;
  for (const [before, after] of gapReaches) closed |= (slots << BigInt(before)) & (slots >> BigInt(after));
  return closed;
}

function bitCount(slots: bigint): number {
  let count = 0;
  for (let rest = slots; rest > 0n; rest &= rest - 1n) count += 1;
  return count;
}

/**
 * Bound of the first bucket at which the cumulated count reaches round(total × rank / 100), in units (SkyWalking's
 * rule: no interpolation; bounds of MAL are upper edges, those of OAL lower ones). undefined when nothing was counted.
 */
export function percentile(histogram: HistogramState, rank: number): number | undefined {
  let total = 0;
  for (const count of histogram.counts) total += count;
  if (total <= 0) return undefined;
  const target = Math.max(1, Math.round((total * rank) / 100));
  let seen = 0;
  for (let index = 0; index < histogram.bounds.length; index += 1) {
    seen += histogram.counts[index] ?? 0;
    if (seen >= target) return boundAt(histogram, index);
  }
  return boundAt(histogram, histogram.bounds.length - 1);
}

function boundAt(histogram: HistogramState, index: number): number {
  return (histogram.bounds[index] ?? 0) / boundsPerUnit;
}

/** As clients see it: SkyWalking stores longs, a positive value below 1 as 1. */
export function shownValue(precision: MetricDefinition['precision'], value: number): number {
  if (precision === 'decimal' || !Number.isFinite(value)) return value;
  return value > 0 && value < 1 ? 1 : Math.round(value);
}
