/** What an expression is compiled to. */
import type { RuleRun } from './run.js';
import type { Kind, Value } from './values.js';

export interface Compiled {
  readonly kind: Kind;
  readonly read: (run: RuleRun) => Value;
  /** Of literals and constants. */
  readonly constant?: { readonly value: Value };
}

export type Test = (run: RuleRun) => boolean;

/** `taken`: how many of the steps behind it the root has already gone. */
export interface Root {
  readonly value: Compiled;
  readonly taken: number;
}
