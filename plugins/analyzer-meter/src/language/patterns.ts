/** Regular expressions of rules: Java's, as far as JavaScript has the same. */
import { malErrors } from '../errors.js';
import type { Place } from './ast.js';
import { faultAt } from './fault.js';

const maxPatternLength = 1000;
/** Longer labels do not match anything; they keep what a pattern may cost in bounds. */
export const maxSubjectLength = 4096;

/** `whole`: the pattern must cover the text, as Java's String.matches demands. */
export function compilePattern(
  pattern: string,
  at: Place,
  options: { readonly whole: boolean; readonly flags?: string },
): RegExp {
  const fields = { pattern: pattern.slice(0, 80), limit: maxPatternLength };
  if (pattern.length > maxPatternLength) {
    throw faultAt(malErrors.METERLARK_MAL_PATTERN, at, { ...fields, reason: `it has ${pattern.length} characters` });
  }
  const inline = /^\(\?([ims]+)\)/.exec(pattern);
  const body = inline === null ? pattern : pattern.slice(inline[0].length);
  const flags = new Set(`${options.flags ?? ''}${inline?.[1] ?? ''}${/\\[pP]\{/.test(body) ? 'u' : ''}`);
  try {
    return new RegExp(options.whole ? `^(?:${body})$` : body, [...flags].join(''));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^.*\/[a-z]*: /, '') : 'unreadable';
    throw faultAt(malErrors.METERLARK_MAL_PATTERN, at, { ...fields, reason }, error);
  }
}
