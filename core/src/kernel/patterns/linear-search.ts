/** RE2's engines on one pattern, with their work counted. */
import { RE2JS } from 're2js';
import { reasonOf } from '../errors.js';
import { namedGroups, type GroupName, type LinearMatch } from './linear-match.js';
import { TextToFind, TextToTest, type Engines, type Meter } from './metered-text.js';
import type { PatternTree } from './pattern-tree.js';
import { writePattern } from './pattern-writer.js';
import { isEndMark } from './text-end.js';
import { PatternBudget } from './work-budget.js';

const unanchored = 0;
/** Of one search from a place in the text, however short it is. */
const unitsPerSearch = 100;
const noMachine = { q0: { size: 0 }, q1: { size: 0 } };

export class LinearSearch {
  private readonly engines: Engines;
  private machine: Meter['machine'] | undefined;
  /** Groups of RE2's that are groups of the pattern. */
  private readonly groups: readonly number[];
  /** Those that stand for a place where the text is taken to end. */
  private readonly marks: readonly number[];
  readonly names: readonly GroupName[];

  /** Throws an Error whose message says what is wrong with the pattern. */
  constructor({ root, ignoresCase }: PatternTree) {
    const program = compiled(writePattern(root, 'linear'), ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
    this.engines = program.re2();
    const named = Object.entries(program.namedGroups());
    this.marks = named.filter(([name]) => isEndMark(name)).map(([, group]) => group);
    this.groups = Array.from({ length: program.groupCount() }, (_, place) => place + 1).filter((group) => !this.marks.includes(group));
    this.names = named.filter(([name]) => !isEndMark(name)).map(([name, group]) => [name, this.groups.indexOf(group) + 1]);
  }

  /** Instructions. */
  get size(): number {
    return this.engines.numberOfInstructions() as number;
  }

  test(text: string, budget: PatternBudget): boolean {
    return this.metered(text, budget, (meter) => this.isAhead(text, meter));
  }

  /** All matches that do not overlap, from the first on. */
  find(text: string, budget: PatternBudget, most = Infinity): readonly LinearMatch[] {
    return this.metered(text, budget, (meter) => this.matches(text, meter, most));
  }

  private metered<T>(text: string, budget: PatternBudget, search: (meter: Meter) => T): T {
    budget.check();
    const meter = { engines: this.engines, machine: (this.machine ??= machineOf(this.engines)), budget };
    try {
      return budget.during(text.length, () => search(meter));
    } catch (error) {
      // It was stopped at work, and is not to be used again.
      this.engines.reset();
      this.machine = undefined;
      throw error;
    }
  }

  /** Told ten times faster than where a match is. */
  private isAhead(text: string, meter: Meter): boolean {
    const toTest = new TextToTest(text, meter);
    const found = this.engines.executeEngine(toTest, 0, unanchored, 0) !== null;
    toTest.settle();
    return found;
  }

  private matches(text: string, meter: Meter, most: number): readonly LinearMatch[] {
    const found: LinearMatch[] = [];
    if (!this.isAhead(text, meter)) return found;
    const toFind = new TextToFind(text, meter);
    const places = 2 * (1 + this.groups.length + this.marks.length);
    for (let from = 0; found.length < most && from <= text.length; ) {
      meter.budget.spend(unitsPerSearch);
      const at = this.engines.executeEngine(toFind, from, unanchored, places) as number[] | null;
      if (at === null) break;
      const match = this.match(text, at);
      found.push(match);
      const end = match.index + match.text.length;
      from = match.text === '' ? end + toFind.widthAt(end) : end;
    }
    return found;
  }

  private match(text: string, at: readonly number[]): LinearMatch {
    const end = this.limit(at);
    const slice = (group: number): string | undefined => {
      const begin = at[2 * group] ?? -1;
      return begin < 0 ? undefined : text.slice(begin, Math.min(end, at[2 * group + 1] ?? end));
    };
    const groups = this.groups.map(slice);
    return { index: at[0] ?? 0, text: slice(0) ?? '', groups, named: namedGroups(this.names, groups) };
  }

  /** Where what was found ends, though more was looked at. */
  private limit(at: readonly number[]): number {
    for (const mark of this.marks) {
      const place = at[2 * mark] ?? -1;
      if (place >= 0) return place;
    }
    return Infinity;
  }
}

/** It is kept by the engines, which take it from there for each search. */
function machineOf(engines: Engines): Meter['machine'] {
  const nothing = new TextToFind('', { engines, machine: noMachine, budget: new PatternBudget() });
  engines.doExecuteNFA(nothing, 0, unanchored, 0);
  return engines.machinePool[0] as Meter['machine'];
}

function compiled(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags);
  } catch (error) {
    throw new Error(`is no regular expression: ${reasonOf(error).replace(/^error parsing regexp: /, '')}`, { cause: error });
  }
}
