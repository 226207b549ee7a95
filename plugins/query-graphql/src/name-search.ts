/** Searching metric names by the regular expressions of strangers. */
import { createContext, Script, type Context } from 'node:vm';
import type { Clock } from '@meterlark/core';
import { graphqlErrors } from './errors.js';

const maxPatternLength = 1_000;
/** Matching may stop the server for so long at once, and for a tenth of the time in the long run, over all requests. */
const mostMs = 100;
const share = 0.1;

export class NameSearch {
  private readonly matching = new Script('names.filter((name) => pattern.test(name))');
  private context: Context | undefined;
  private leftMs = mostMs;
  private filledAtMs: number;

  constructor(private readonly clock: Clock) {
    this.filledAtMs = clock.now();
  }

  /** The names the whole expression matches. */
  matches(names: readonly string[], expression: string): readonly string[] {
    if (expression.length > maxPatternLength) throw bad(`is longer than ${maxPatternLength} characters`);
    this.refill();
    // The least that a script can be given is a millisecond.
    if (this.leftMs < 1) throw graphqlErrors.METERLARK_GRAPHQL_REGEX_BUSY();
    const startedMs = performance.now();
    try {
      return this.run(names, patternOf(expression));
    } finally {
      this.leftMs -= performance.now() - startedMs;
    }
  }

  /** An expression that backtracks without end is cut off: only a script of `vm` can be. */
  private run(names: readonly string[], pattern: RegExp): readonly string[] {
    this.context ??= createContext({});
    Object.assign(this.context, { names, pattern });
    try {
      return this.matching.runInContext(this.context, { timeout: Math.floor(this.leftMs) }) as string[];
    } catch (error) {
      throw bad('takes too long', error);
    }
  }

  private refill(): void {
    const nowMs = this.clock.now();
    // A clock that was set back gives nothing.
    this.leftMs = Math.min(mostMs, this.leftMs + Math.max(0, nowMs - this.filledAtMs) * share);
    this.filledAtMs = nowMs;
  }
}

function patternOf(expression: string): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`);
  } catch (error) {
    throw bad('is not valid', error);
  }
}

function bad(reason: string, cause?: unknown): Error {
  return graphqlErrors.METERLARK_GRAPHQL_BAD_REGEX({ reason, limit: maxPatternLength }, cause);
}
