/** Searching metric names by the regular expressions of strangers. */
import { compileLinearPattern, PatternTooCostly, reasonOf, type Clock, type LinearPattern } from '@meterlark/core';
import { graphqlErrors } from './errors.js';

const maxPatternLength = 1_000;
/**
 * Each expression takes little, since it never goes back. Many in one request add up, so all of them together may
 * stop the server for so long at once, and for a tenth of the time in the long run.
 */
const mostMs = 100;
const share = 0.1;

export class NameSearch {
  private leftMs = mostMs;
  private filledAtMs: number;

  /** `elapsedMs`: a time that only goes forward. */
  constructor(
    private readonly clock: Clock,
    private readonly elapsedMs: () => number = () => performance.now(),
  ) {
    this.filledAtMs = clock.now();
  }

  /** The names the whole expression matches. */
  matches(names: readonly string[], expression: string): readonly string[] {
    if (expression.length > maxPatternLength) throw bad(`pattern is longer than ${maxPatternLength} characters`);
    this.refill();
    if (this.leftMs <= 0) throw graphqlErrors.METERLARK_GRAPHQL_REGEX_BUSY();
    const startedMs = this.elapsedMs();
    try {
      const pattern = patternOf(expression);
      return names.filter((name) => pattern.test(name));
    } catch (error) {
      throw error instanceof PatternTooCostly ? bad(error.message, error) : error;
    } finally {
      this.leftMs -= this.elapsedMs() - startedMs;
    }
  }

  private refill(): void {
    const nowMs = this.clock.now();
    // A clock that was set back gives nothing.
    this.leftMs = Math.min(mostMs, this.leftMs + Math.max(0, nowMs - this.filledAtMs) * share);
    this.filledAtMs = nowMs;
  }
}

function patternOf(expression: string): LinearPattern {
  try {
    return compileLinearPattern(expression, { whole: true });
  } catch (error) {
    throw bad(reasonOf(error), error);
  }
}

function bad(reason: string, cause?: unknown): Error {
  return graphqlErrors.METERLARK_GRAPHQL_BAD_REGEX({ reason, limit: maxPatternLength }, cause);
}
