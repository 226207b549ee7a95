/** What the runtime wants of the compiler. */
import type { MeterlarkError, RuleFileText } from '@meterlark/core';
import type { LogRule } from '../plan.js';

export type Constants = Readonly<Record<string, number | string | boolean>>;

/** A file with what its rules read as `settings.<name>`. */
export interface SourceFile extends RuleFileText {
  readonly constants: Constants;
}

export interface Compilation {
  readonly rules: readonly LogRule[];
  /** Names of layers that the files define. */
  readonly layers: readonly string[];
  readonly faults: readonly MeterlarkError[];
}

export type Compile = (files: readonly SourceFile[]) => Compilation;

/** One rule without a file around it, for logs of every layer. */
export type CompileRule = (dsl: string) => Compilation;
