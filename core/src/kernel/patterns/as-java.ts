/** What Java's String does with patterns: rules for metrics and logs come from languages that run on Java. */
import type { LinearPattern } from '../linear-pattern.js';
import { replaced, type LinearMatch } from './linear-match.js';
import { PatternFailure, type PatternBudget } from './work-budget.js';

export interface JavaReplacement {
  /** `$1` and `${name}` are groups; a backslash makes the next character stand for itself. */
  readonly by: string;
  readonly all: boolean;
  /** Characters of the text that is made; a longer one is refused before it is made. */
  readonly longest: number;
}

/** String.replaceAll and replaceFirst. Throws PatternFailure for what Java throws at, and for a text that becomes too long. */
export function replaceAsJava(pattern: LinearPattern, text: string, { by, all, longest }: JavaReplacement, budget?: PatternBudget): string {
  const first = all ? undefined : pattern.exec(text, budget);
  const matches = all ? pattern.matchAll(text, budget) : first === undefined ? [] : [first];
  if (matches.length === 0) return text;
  const parts = partsOf(by);
  let length = text.length;
  return replaced(text, matches, (match) => {
    const made = parts.map((part) => filled(part, match)).join('');
    length += made.length - match.text.length;
    if (length > longest) throw new PatternFailure(`a text of ${length} characters is too long`);
    return made;
  });
}

/** A text, or a group by number or name. */
type Part = string | { readonly digits: string } | { readonly name: string };

const piece = /\\([^])|\$(?:(\d+)|\{([A-Za-z][A-Za-z0-9]*)\})|([^\\$]+)|([^])/g;

function partsOf(by: string): readonly Part[] {
  return Array.from(by.matchAll(piece), ([, escaped, digits, name, plain, wrong]) => {
    if (wrong !== undefined) throw new PatternFailure(wrong === '$' ? 'the replacement has a $ without a group; write \\$ for the character' : 'the replacement ends with a backslash');
    if (digits !== undefined) return { digits };
    return name === undefined ? (escaped ?? plain ?? '') : { name };
  });
}

function filled(part: Part, match: LinearMatch): string {
  if (typeof part === 'string') return part;
  return 'name' in part ? namedGroup(part.name, match) : numberedGroup(part.digits, match);
}

function namedGroup(name: string, { named }: LinearMatch): string {
  if (!Object.hasOwn(named, name)) throw new PatternFailure(`the replacement has \${${name}}, which is no group of the pattern`);
  return named[name] ?? '';
}

/** As many digits as there are groups for; the first one counts in any case. */
function numberedGroup(digits: string, { text, groups }: LinearMatch): string {
  let count = 1;
  while (count < digits.length && Number(digits.slice(0, count + 1)) <= groups.length) count += 1;
  const group = Number(digits.slice(0, count));
  if (group > groups.length) throw new PatternFailure(`the replacement has $${group}, but the pattern has ${groups.length} groups`);
  return (group === 0 ? text : (groups[group - 1] ?? '')) + digits.slice(count);
}

/** String.split. `limit`: at most so many texts, the last with the rest; 0: no empty ones at the end; below: all. */
export function splitAsJava(pattern: LinearPattern, text: string, limit = 0, budget?: PatternBudget): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (const { index, text: found } of pattern.matchAll(text, budget)) {
    if (parts.length === limit - 1) break;
    // Nothing before a text is no part of it.
    if (index + found.length === 0) continue;
    parts.push(text.slice(from, index));
    from = index + found.length;
  }
  if (parts.length === 0) return [text];
  parts.push(text.slice(from));
  while (limit === 0 && parts.at(-1) === '') parts.pop();
  return parts;
}
