/**
 * Regular expressions that users write. They run in time that grows with the text and never faster than it, whatever
 * the pattern and the text: RE2's way, without going back, so that there is nothing to attack. Look-around and
 * references back to a group are therefore refused. Short texts of patterns whose steps can be counted before go to
 * V8's engine, which is ten to fifty times as fast and finds the same. Every match may look at all of the text though
 * it takes a character of it, and a character may cost as much as the pattern is long: so work has a budget.
 */
import { reasonOf } from './errors.js';
import { expanded, namedGroups, replaced, type GroupName, type LinearMatch } from './patterns/linear-match.js';
import { LinearSearch } from './patterns/linear-search.js';
import { parsePattern, wholeOf } from './patterns/pattern-parser.js';
import type { PatternTree } from './patterns/pattern-tree.js';
import { writePattern } from './patterns/pattern-writer.js';
import { checkSize, maxProgramSize, tooLarge } from './patterns/program-size.js';
import { StepBound } from './patterns/step-bound.js';
import { endOf, forTextEnd, type TextEnd } from './patterns/text-end.js';
import { PatternBudget } from './patterns/work-budget.js';

export type { LinearMatch } from './patterns/linear-match.js';
export { PatternBatch, PatternBudget, PatternFailure, PatternTooCostly } from './patterns/work-budget.js';

export interface LinearPatternOptions {
  readonly ignoreCase?: boolean;
  /** The whole text must match, not a part of it. */
  readonly whole?: boolean;
}

/** Searches throw PatternTooCostly when they take more than their budget, which is one of their own unless they are given one to share. */
export interface LinearPattern {
  /** As it was written. */
  readonly source: string;
  test(text: string, budget?: PatternBudget): boolean;
  /** The first match. */
  exec(text: string, budget?: PatternBudget): LinearMatch | undefined;
  /** Every match replaced; in a text for it `$1`, `$<name>`, `$&` and `$$` stand for what String.replace has them stand for. */
  replaceAll(text: string, by: string | ((match: string) => string), budget?: PatternBudget): string;
  /** The same for the first match. */
  replaceFirst(text: string, by: string, budget?: PatternBudget): string;
  /** All that replaceAll would replace. */
  matchAll(text: string, budget?: PatternBudget): readonly LinearMatch[];
}

const maxSourceLength = 4096;
/** Of V8's engine for one search: about two milliseconds. */
const maxSteps = 1 << 20;
const longestFast = 1 << 20;
/** Not worth it below. */
const shortestFast = 16;

/** Throws an Error whose message says what is wrong with the pattern. */
export function compileLinearPattern(source: string, options: LinearPatternOptions = {}): LinearPattern {
  if (source.length > maxSourceLength) throw new Error(`pattern is longer than ${maxSourceLength} characters`);
  try {
    return new TwoEnginePattern(source, parsed(source, options));
  } catch (error) {
    throw new Error(`pattern ${reasonOf(error)}`, { cause: error });
  }
}

function parsed(source: string, { ignoreCase, whole }: LinearPatternOptions): PatternTree {
  const tree = parsePattern(source, ignoreCase === true);
  checkSize(tree, source.length);
  return whole === true ? wholeOf(tree) : tree;
}

/** What a pattern is for texts that end in one way. */
class Engines {
  /** Made at once: it may refuse the pattern. */
  readonly linear: LinearSearch;
  private made: { readonly fast: Fast | undefined } | undefined;

  constructor(private readonly tree: PatternTree) {
    this.linear = new LinearSearch(tree);
  }

  /** Made when it is asked for: a start reads many patterns, and uses none. */
  get fast(): Fast | undefined {
    return (this.made ??= { fast: fastProgram(this.tree, this.linear.names) }).fast;
  }
}

interface Fast {
  readonly first: RegExp;
  /** With the flag g. */
  readonly all: RegExp;
  /** Longest text for it. */
  readonly length: number;
  readonly names: readonly GroupName[];
}

class TwoEnginePattern implements LinearPattern {
  private readonly plain: Engines;
  /** Made when a text ends so, which few do. */
  private readonly others = new Map<TextEnd, Engines>();

  constructor(
    readonly source: string,
    private readonly tree: PatternTree,
  ) {
    this.plain = new Engines(forTextEnd(tree, 'plain'));
    if (this.plain.linear.size > maxProgramSize) throw tooLarge();
  }

  test(text: string, budget?: PatternBudget): boolean {
    const { fast, linear } = this.enginesFor(text);
    return fast !== undefined && text.length <= fast.length ? fast.first.test(text) : linear.test(text, budget ?? new PatternBudget());
  }

  exec(text: string, budget?: PatternBudget): LinearMatch | undefined {
    const { fast, linear } = this.enginesFor(text);
    if (fast === undefined || text.length > fast.length) return linear.find(text, budget ?? new PatternBudget(), 1)[0];
    const match = fast.first.exec(text);
    return match === null ? undefined : found(match, fast.names);
  }

  replaceAll(text: string, by: string | ((match: string) => string), budget?: PatternBudget): string {
    const { fast } = this.enginesFor(text);
    const expands = typeof by === 'string' && by.includes('$');
    if (expands || fast === undefined || text.length > fast.length) return replaced(text, this.matchAll(text, budget), replacer(by));
    // Two signatures to the compiler.
    return typeof by === 'string' ? text.replace(fast.all, by) : text.replace(fast.all, by);
  }

  replaceFirst(text: string, by: string, budget?: PatternBudget): string {
    const match = this.exec(text, budget);
    return match === undefined ? text : replaced(text, [match], replacer(by));
  }

  matchAll(text: string, budget?: PatternBudget): readonly LinearMatch[] {
    const { fast, linear } = this.enginesFor(text);
    if (fast === undefined || text.length > fast.length) return linear.find(text, budget ?? new PatternBudget());
    return Array.from(text.matchAll(fast.all), (match) => found(match, fast.names));
  }

  private enginesFor(text: string): Engines {
    const end = endOf(text);
    if (end === 'plain') return this.plain;
    const known = this.others.get(end);
    if (known !== undefined) return known;
    const tree = forTextEnd(this.tree, end);
    const engines = tree === this.tree ? this.plain : new Engines(tree);
    this.others.set(end, engines);
    return engines;
  }
}

function replacer(by: string | ((match: string) => string)): (match: LinearMatch) => string {
  if (typeof by !== 'string') return ({ text }) => by(text);
  return by.includes('$') ? (match) => expanded(by, match) : () => by;
}

function found(match: RegExpExecArray, names: readonly GroupName[]): LinearMatch {
  const groups = match.slice(1) as (string | undefined)[];
  return { index: match.index, text: match[0], groups, named: namedGroups(names, groups) };
}

function fastProgram(tree: PatternTree, names: readonly GroupName[]): Fast | undefined {
  const length = new StepBound(tree).longestWithin(maxSteps, longestFast);
  if (length < shortestFast) return undefined;
  try {
    const source = writePattern(tree.root, 'v8');
    const flags = tree.ignoresCase ? 'iu' : 'u';
    return { first: new RegExp(source, flags), all: new RegExp(source, `g${flags}`), length, names };
  } catch {
    // A script or a name of a group that only the other engine knows.
    return undefined;
  }
}
