/**
 * Regular expressions that users write. They run in time that grows with the text and never faster than it, whatever
 * the pattern and the text: no backtracking, so nothing to attack (RE2). Look-around and references back to a group
 * are therefore refused.
 */
import { RE2JS } from 're2js';
import { reasonOf } from './errors.js';

export interface LinearPatternOptions {
  readonly ignoreCase?: boolean;
  /** The whole text must match, not a part of it. */
  readonly whole?: boolean;
}

export interface LinearMatch {
  /** Of the first character, in UTF-16 units. */
  readonly index: number;
  readonly text: string;
  /** Group 1 at [0]; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>>;
}

export interface LinearPattern {
  /** As it was written. */
  readonly source: string;
  test(text: string): boolean;
  /** The first match. */
  exec(text: string): LinearMatch | undefined;
}

const maxSourceLength = 4096;
/** Instructions. A text of 100 KB costs at most some hundreds of milliseconds per thousand of them, mostly far less. */
const maxProgramSize = 4000;

/** Throws an Error whose message says what is wrong with the pattern. */
export function compileLinearPattern(source: string, options: LinearPatternOptions = {}): LinearPattern {
  if (source.length > maxSourceLength) throw new Error(`pattern is longer than ${maxSourceLength} characters`);
  const flags = options.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0;
  const plain = compiled(source, flags);
  // Only after the pattern alone was found valid: `a)|(b` would be valid between brackets.
  const program = options.whole === true ? compiled(`\\A(?:${source})\\z`, flags) : plain;
  if (program.programSize() > maxProgramSize) throw new Error('pattern is too large once its counted repetitions ({n,m}) are written out; repeat less');
  return new Re2Pattern(source, program);
}

class Re2Pattern implements LinearPattern {
  private readonly names: readonly (readonly [string, number])[];

  constructor(
    readonly source: string,
    private readonly program: RE2JS,
  ) {
    this.names = Object.entries(program.namedGroups());
  }

  test(text: string): boolean {
    return this.program.test(text);
  }

  exec(text: string): LinearMatch | undefined {
    // Whether there is a match is told ten times faster than where its groups are.
    const match = this.program.test(text) ? this.program.exec(text) : null;
    if (match === null) return undefined;
    const [whole = '', ...groups] = match as (string | undefined)[];
    return { index: (match as unknown as { index: number }).index, text: whole, groups, named: this.named(groups) };
  }

  private named(groups: readonly (string | undefined)[]): Record<string, string | undefined> {
    const named = Object.create(null) as Record<string, string | undefined>;
    for (const [name, index] of this.names) named[name] = groups[index - 1];
    return named;
  }
}

function compiled(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    throw new Error(`pattern ${faultOf(reasonOf(error))}`, { cause: error });
  }
}

function faultOf(reason: string): string {
  const detail = reason.replace(/^error parsing regexp: /, '');
  if (detail.includes('`(?=') || detail.includes('`(?!')) return 'looks ahead ((?=…) or (?!…)), which cannot run in linear time; write it without';
  if (detail.includes('`(?<=') || detail.includes('`(?<!')) return 'looks behind ((?<=…) or (?<!…)), which cannot run in linear time; write it without';
  if (detail.includes('`(?>')) return 'has an atomic group ((?>…)), which is not supported; write (?:…)';
  if (/escape sequence: `\\[1-9k]/.test(detail)) return 'refers back to a group (\\1, \\k<name>), which cannot run in linear time; write it without';
  if (/nested repetition operator: `[*+?}]\+/.test(detail)) return 'has a possessive quantifier (*+, ++, ?+), which is not supported; leave the second + out';
  if (detail.startsWith('invalid repeat count')) return 'repeats something more than 1000 times ({n,m}, also within one another); repeat less';
  return `is no regular expression: ${detail}`;
}
