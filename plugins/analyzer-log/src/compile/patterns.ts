/** Regular expressions of rules. They run in time linear in the text (core's LinearPattern), whatever a sender sends. */
import { compileLinearPattern, PatternFailure, PatternTooCostly, replaceAsJava, splitAsJava, type LinearMatch, type LinearPattern } from '@meterlark/core';
import { lalErrors } from '../errors.js';
import type { Place, TextNode } from '../language/ast.js';
import { maxText } from './methods.js';
import type { RuleRun } from './run.js';
import { faultAt } from './scope.js';
import { RunFailure } from './values.js';

const maxLength = 1000;
/** Texts that are split or replaced in. */
const maxSubject = 4096;

function compilePattern(pattern: string, at: Place, whole = false): LinearPattern {
  const fields = { pattern: JSON.stringify(pattern.slice(0, 80)), limit: maxLength };
  if (pattern.length > maxLength) {
    throw faultAt(lalErrors.METERLARK_LAL_PATTERN, at, { ...fields, reason: `it has ${pattern.length} characters` });
  }
  try {
    return compileLinearPattern(pattern, { whole });
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw faultAt(lalErrors.METERLARK_LAL_PATTERN, at, { ...fields, reason }, error);
  }
}

/** `'…'`, `"…"` or `$/…/$` as it is: backslashes belong to the pattern. */
export function patternText({ image }: TextNode): string {
  return image.startsWith('$/') ? image.slice(2, -2) : image.slice(1, -1);
}

const groupName = /\(\?P?<([A-Za-z][A-Za-z0-9_]*)>/g;

export function groupsOf(pattern: string): ReadonlySet<string> {
  return new Set([...pattern.matchAll(groupName)].map(([, name = '']) => name));
}

const special = /[\\^$.|?*+()[\]{}]/;

/** Java's split: no empty texts at the end. */
export function splitterOf(pattern: string, at: Place): (text: string, run: RuleRun) => readonly string[] {
  if (!special.test(pattern) && pattern !== '') return (text) => splitPlain(text, pattern);
  const compiled = compilePattern(pattern, at);
  return (text, run) => {
    try {
      return splitAsJava(compiled, subject(text), 0, run.budget);
    } catch (error) {
      throw failureOf(error, run);
    }
  };
}

function splitPlain(text: string, separator: string): readonly string[] {
  const parts = text.split(separator);
  if (parts.length === 1) return parts;
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

/** In the replacement `$1` and `${name}` are groups, and `\$` is the character, as in Java. */
export function replacerOf(pattern: string, at: Place, all: boolean): (text: string, by: string, run: RuleRun) => string {
  const compiled = compilePattern(pattern, at);
  return (text, by, run) => {
    try {
      return replaceAsJava(compiled, subject(text), { by, all, longest: maxText }, run.budget);
    } catch (error) {
      throw failureOf(error, run);
    }
  };
}

/** Whether the whole text is of the pattern. */
export function matcherOf(pattern: string, at: Place): (text: string, run: RuleRun) => boolean {
  const compiled = compilePattern(pattern, at, true);
  return (text, run) => {
    try {
      return compiled.test(text, run.budget);
    } catch (error) {
      throw failureOf(error, run);
    }
  };
}

/** What named groups find; undefined when the pattern is not in the text. */
export function finderOf(pattern: string, at: Place): (text: string, run: RuleRun) => LinearMatch['named'] | undefined {
  const compiled = compilePattern(pattern, at);
  return (text, run) => {
    try {
      return compiled.exec(text, run.budget)?.named;
    } catch (error) {
      throw failureOf(error, run);
    }
  };
}

function subject(text: string): string {
  if (text.length > maxSubject) throw new RunFailure(`a text of ${text.length} characters is too long to be taken apart by a pattern`);
  return text;
}

function failureOf(error: unknown, run: RuleRun): unknown {
  if (error instanceof PatternTooCostly) run.tools.patternRefused(error.reason);
  return error instanceof PatternFailure ? new RunFailure(error.message, { cause: error }) : error;
}
