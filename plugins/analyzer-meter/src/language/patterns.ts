/** Regular expressions of rules. */
import { compileLinearPattern, PatternFailure, replaceAsJava, splitAsJava, type LinearMatch, type LinearPattern } from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { Place } from './ast.js';
import { ClosureFailure, maxTextLength } from './closure-values.js';
import { faultAt } from './fault.js';

const maxPatternLength = 1000;
/** Longer labels do not match anything. */
export const maxSubjectLength = 4096;

/** `whole`: the pattern must cover the text, as Java's String.matches demands. */
export function compilePattern(pattern: string, at: Place, { whole }: { readonly whole: boolean }): LinearPattern {
  const fields = { pattern: pattern.slice(0, 80), limit: maxPatternLength };
  if (pattern.length > maxPatternLength) {
    throw faultAt(malErrors.METERLARK_MAL_PATTERN, at, { ...fields, reason: `it has ${pattern.length} characters` });
  }
  try {
    return compileLinearPattern(pattern, { whole });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw faultAt(malErrors.METERLARK_MAL_PATTERN, at, { ...fields, reason }, error);
  }
}

/** A place in a closure that takes a pattern: nearly always the same text, which is compiled once. */
export class PatternSite {
  private text = '';
  private known: LinearPattern | undefined;

  constructor(readonly at: Place) {}

  /** Always asked with the same `whole`. */
  pattern(text: string, whole: boolean): LinearPattern {
    if (this.known === undefined || text !== this.text) {
      this.known = compilePattern(text, this.at, { whole });
      this.text = text;
    }
    return this.known;
  }
}

/** String.split of Java; a closure that asks too much of a text fails on it, here and below. */
export function parted(pattern: LinearPattern, text: string, limit: number): readonly string[] {
  return searched(() => splitAsJava(pattern, text, limit));
}

/** String.replaceAll and replaceFirst of Java. */
export function replaced(pattern: LinearPattern, text: string, by: string, all: boolean): string {
  return searched(() => replaceAsJava(pattern, text, { by, all, longest: maxTextLength }));
}

export function covered(pattern: LinearPattern, text: string): boolean {
  return searched(() => pattern.test(text));
}

export function matchesOf(pattern: LinearPattern, text: string): readonly LinearMatch[] {
  return searched(() => pattern.matchAll(text));
}

function searched<T>(search: () => T): T {
  try {
    return search();
  } catch (error) {
    throw error instanceof PatternFailure ? new ClosureFailure(error.message, { cause: error }) : error;
  }
}
