/**
 * Regular expressions that users write. They run in time that grows with the text and never faster than it, whatever
 * the pattern and the text: RE2's way, without going back, so that there is nothing to attack. Look-around and
 * references back to a group are therefore refused. Short texts of patterns whose steps can be counted before go to
 * V8's engine, which is ten to fifty times as fast and finds the same.
 */
import { RE2JS } from 're2js';
import { reasonOf } from './errors.js';
import { parsePattern, wholeOf } from './patterns/pattern-parser.js';
import type { PatternTree } from './patterns/pattern-tree.js';
import { writePattern } from './patterns/pattern-writer.js';
import { StepBound } from './patterns/step-bound.js';

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
  /** Every match replaced; in a text for it `$1`, `$<name>` and `$&` stand for what String.replace has them stand for. */
  replaceAll(text: string, by: string | ((match: string) => string)): string;
  /** The same for the first match. */
  replaceFirst(text: string, by: string): string;
  /** All that replaceAll would replace. */
  matchAll(text: string): readonly LinearMatch[];
}

const maxSourceLength = 4096;
/** Instructions. What a text costs grows with them: at worst some seconds for 100 KB and the largest, mostly a thousandth of it. */
const maxProgramSize = 2000;
/** Of V8's engine for one search: about two milliseconds. */
const maxSteps = 1 << 20;
const longestFast = 1 << 20;
/** Not worth it below. */
const shortestFast = 16;

/** Throws an Error whose message says what is wrong with the pattern. */
export function compileLinearPattern(source: string, options: LinearPatternOptions = {}): LinearPattern {
  if (source.length > maxSourceLength) throw new Error(`pattern is longer than ${maxSourceLength} characters`);
  const tree = parsed(source, options);
  const linear = linearProgram(tree);
  const fast = fastProgram(tree);
  return fast === undefined ? new Re2Pattern(source, linear) : new TwoEnginePattern(source, linear, fast);
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
    const match = this.program.test(text) ? (this.program.exec(text) as RegExpExecArray | null) : null;
    return match === null ? undefined : this.found(match);
  }

  replaceAll(text: string, by: string | ((match: string) => string)): string {
    return this.program.test(text) ? this.program.matcher(text).replaceAll(by) : text;
  }

  replaceFirst(text: string, by: string): string {
    return this.program.test(text) ? this.program.matcher(text).replaceFirst(by) : text;
  }

  matchAll(text: string): readonly LinearMatch[] {
    return this.program.test(text) ? Array.from(this.program.matchAll(text), (match) => this.found(match as RegExpExecArray)) : [];
  }

  protected found(match: RegExpExecArray): LinearMatch {
    const groups = match.slice(1) as (string | undefined)[];
    return { index: match.index, text: match[0], groups, named: this.named(groups) };
  }

  private named(groups: readonly (string | undefined)[]): Readonly<Record<string, string | undefined>> {
    if (this.names.length === 0) return noNames;
    const named = Object.create(null) as Record<string, string | undefined>;
    for (const [name, index] of this.names) named[name] = groups[index - 1];
    return named;
  }
}

const noNames = Object.freeze(Object.create(null)) as Readonly<Record<string, undefined>>;

interface Fast {
  readonly first: RegExp;
  /** With the flag g. */
  readonly all: RegExp;
  /** Longest text for it. */
  readonly length: number;
}

class TwoEnginePattern extends Re2Pattern {
  constructor(
    source: string,
    program: RE2JS,
    private readonly fast: Fast,
  ) {
    super(source, program);
  }

  override test(text: string): boolean {
    return text.length > this.fast.length ? super.test(text) : this.fast.first.test(text);
  }

  override exec(text: string): LinearMatch | undefined {
    if (text.length > this.fast.length) return super.exec(text);
    const match = this.fast.first.exec(text);
    return match === null ? undefined : this.found(match);
  }

  override replaceAll(text: string, by: string | ((match: string) => string)): string {
    if (text.length > this.fast.length) return super.replaceAll(text, by);
    // Two signatures to the compiler.
    return typeof by === 'string' ? text.replace(this.fast.all, by) : text.replace(this.fast.all, by);
  }

  override replaceFirst(text: string, by: string): string {
    return text.length > this.fast.length ? super.replaceFirst(text, by) : text.replace(this.fast.first, by);
  }

  override matchAll(text: string): readonly LinearMatch[] {
    return text.length > this.fast.length ? super.matchAll(text) : Array.from(text.matchAll(this.fast.all), (match) => this.found(match));
  }
}

function parsed(source: string, { ignoreCase, whole }: LinearPatternOptions): PatternTree {
  try {
    const tree = parsePattern(source, ignoreCase === true);
    return whole === true ? wholeOf(tree) : tree;
  } catch (error) {
    throw new Error(`pattern ${reasonOf(error)}`, { cause: error });
  }
}

function linearProgram({ root, ignoresCase }: PatternTree): RE2JS {
  const program = re2(writePattern(root, 'linear'), ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
  if (program.programSize() > maxProgramSize) throw new Error('pattern is too large once its counted repetitions ({n,m}) are written out; repeat less');
  return program;
}

function re2(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    const reason = reasonOf(error).replace(/^error parsing regexp: /, '');
    const isRepeat = reason.startsWith('invalid repeat count');
    throw new Error(isRepeat ? 'pattern repeats something more than 1000 times ({n,m}, also within one another); repeat less' : `pattern is no regular expression: ${reason}`, { cause: error });
  }
}

function fastProgram(tree: PatternTree): Fast | undefined {
  const length = new StepBound(tree).longestWithin(maxSteps, longestFast);
  if (length < shortestFast) return undefined;
  try {
    const source = writePattern(tree.root, 'v8');
    const flags = tree.ignoresCase ? 'iu' : 'u';
    return { first: new RegExp(source, flags), all: new RegExp(source, `g${flags}`), length };
  } catch {
    // A script or a name of a group that only the other engine knows.
    return undefined;
  }
}
