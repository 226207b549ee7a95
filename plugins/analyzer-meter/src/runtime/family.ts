/** Values of the interpreter. */
import type { Labels } from '../plan.js';

export interface EvaluationSample {
  readonly labels: Labels;
  readonly value: number;
  /** Increase per second since the stream's last point; NaN when it is not known. */
  readonly perSecond: number;
}

export type SampleFamilies = ReadonlyMap<string, readonly EvaluationSample[]>;
export type Family = readonly EvaluationSample[];
export type Evaluated = Family | number;

/** NaN samples are dropped whenever a family is built. */
export function usable(family: Family): Family {
  return family.some(({ value }) => Number.isNaN(value)) ? family.filter(({ value }) => !Number.isNaN(value)) : family;
}
