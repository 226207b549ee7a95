/** Regular expressions of rules. They run in time linear in the text (core's LinearPattern), whatever a sender sends. */
import { compileLinearPattern, type LinearPattern } from '@meterlark/core';
import { lalErrors } from '../errors.js';
import type { Place, TextNode } from '../language/ast.js';
import { joined } from './methods.js';
import { faultAt } from './scope.js';
import { RunFailure } from './values.js';

const maxLength = 1000;
/** Texts that are split or replaced in; every match costs a walk over the rest. */
const maxSubject = 4096;

export function compilePattern(pattern: string, at: Place, whole = false): LinearPattern {
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
export function splitterOf(pattern: string, at: Place): (text: string) => readonly string[] {
  if (!special.test(pattern) && pattern !== '') return (text) => withoutEmptyEnd(text.split(pattern));
  const compiled = compilePattern(pattern, at);
  return (text) => withoutEmptyEnd(pieces(text, compiled).filter((_, index) => index % 2 === 0));
}

function withoutEmptyEnd(parts: readonly string[]): readonly string[] {
  let end = parts.length;
  while (end > 1 && parts[end - 1] === '') end -= 1;
  return parts.slice(0, end);
}

/** `replacement` stands for itself; `$1` is not a group. */
export function replacerOf(pattern: string, at: Place, all: boolean): (text: string, replacement: string) => string {
  const compiled = compilePattern(pattern, at);
  return (text, replacement) => {
    const parts = pieces(text, compiled, all ? Infinity : 1);
    return joined(parts.filter((_, index) => index % 2 === 0), replacement);
  };
}

/** Text, match, text, match, …, text. A match of nothing is passed over. */
function pieces(text: string, pattern: LinearPattern, most = Infinity): string[] {
  if (text.length > maxSubject) throw new RunFailure(`a text of ${text.length} characters is too long to be taken apart by a pattern`);
  const parts: string[] = [];
  let rest = text;
  for (let count = 0; count < most && rest !== ''; count += 1) {
    const found = pattern.exec(rest);
    if (found === undefined || found.text === '') break;
    parts.push(rest.slice(0, found.index), found.text);
    rest = rest.slice(found.index + found.text.length);
  }
  return [...parts, rest];
}
