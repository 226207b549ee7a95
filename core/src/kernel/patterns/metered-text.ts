/**
 * A text as RE2's engines read it. They do their work by reading characters, and so it can be counted and stopped
 * here. Hot path.
 */
import type { RE2JS } from 're2js';
import type { PatternBudget } from './work-budget.js';

export type Engines = ReturnType<RE2JS['re2']>;

/** The engine that follows all ways at once; queues of the ways. */
interface Machine {
  readonly q0: { readonly size: number };
  readonly q1: { readonly size: number };
}

/** What engines expect; numbers are RE2's. */
const atEnd = -8;
const [beginLine, endLine, beginText, endText, wordBoundary, noWordBoundary] = [1, 2, 4, 8, 16, 32];

const perWay = 8;
const perStep = 3;
const perSkipped = 1 / 16;
/** For each instruction of a state that is made. */
const perState = 24;

export interface Meter {
  readonly engines: Engines;
  readonly machine: Machine;
  readonly budget: PatternBudget;
}

abstract class MeteredText {
  readonly start = 0;
  readonly end: number;

  constructor(
    readonly text: string,
    protected readonly meter: Meter,
  ) {
    this.end = text.length;
  }

  /** The character, and in the lowest three bits how long it is. */
  abstract step(position: number): number;

  protected read(position: number): number {
    if (position >= this.end) return atEnd;
    const code = this.text.charCodeAt(position);
    if (code < 0xd800 || code > 0xdbff || position + 1 >= this.end) return (code << 3) | 1;
    const low = this.text.charCodeAt(position + 1);
    if (low < 0xdc00 || low > 0xdfff) return (code << 3) | 1;
    return (((code - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000) << 3) | 2;
  }

  /** Of the character here; 1 behind the last. */
  widthAt(position: number): number {
    return position >= this.end ? 1 : this.read(position) & 7;
  }

  /** What assertions may hold here. */
  context(position: number): number {
    const before = position > 0 && position <= this.end ? this.text.charCodeAt(position - 1) : -1;
    const after = position < this.end ? this.text.charCodeAt(position) : -1;
    let holds = isWord(before) === isWord(after) ? noWordBoundary : wordBoundary;
    if (before < 0) holds |= beginText | beginLine;
    if (before === 10) holds |= beginLine;
    if (after < 0) holds |= endText | endLine;
    if (after === 10) holds |= endLine;
    return holds;
  }

  endPos(): number {
    return this.end;
  }

  canCheckPrefix(): boolean {
    return true;
  }

  prefixLength({ prefix }: { readonly prefix: string }): number {
    return prefix.length;
  }

  /** How far the next place is where a match may begin. */
  index({ prefix }: { readonly prefix: string }, position: number): number {
    const found = this.text.indexOf(prefix, position);
    this.meter.budget.spend(((found < 0 ? this.end : found) - position) * perSkipped + perStep);
    return found < 0 ? -1 : found - position;
  }

  /** Whether what every match has in it is ahead. */
  hasString({ str }: { readonly str: string }, position: number): boolean {
    if (str === '') return true;
    const found = this.text.indexOf(str, position);
    this.meter.budget.spend(((found < 0 ? this.end : found) - position) * perSkipped);
    return found >= 0;
  }

  /** The same of several; not asked for each match, since the whole rest might be read. */
  hasAnyString(): boolean {
    return true;
  }
}

/** For finding where matches and their groups are. */
export class TextToFind extends MeteredText {
  step(position: number): number {
    const { machine, budget } = this.meter;
    budget.spend(perStep + (machine.q0.size + machine.q1.size) * perWay);
    return this.read(position);
  }
}

interface Words {
  automaton16(): { searchUTF16(text: string, from: number, to: number): boolean };
}

/** For whether there is a match: by states that are made of the ways once, and are looked up from then on. */
export class TextToTest extends MeteredText {
  private readonly sliceLength: number;
  private slice: number;
  private states: number;

  constructor(text: string, meter: Meter) {
    super(text, meter);
    this.sliceLength = Math.max(16, Math.min(1024, Math.floor(65_536 / (meter.engines.numberOfInstructions() as number))));
    this.slice = this.sliceLength;
    this.states = statesOf(meter.engines);
  }

  step(position: number): number {
    this.slice -= 1;
    if (this.slice < 0) this.settle();
    return this.read(position);
  }

  /** The part of a slice that was read. */
  settle(): void {
    const { engines, machine, budget } = this.meter;
    const states = statesOf(engines);
    // They are forgotten when there are too many.
    const made = states < this.states ? states : states - this.states;
    const read = this.sliceLength - Math.max(0, this.slice);
    this.states = states;
    this.slice = this.sliceLength;
    budget.spend(read * (1 + (machine.q0.size + machine.q1.size) * perWay) + made * perState * (engines.numberOfInstructions() as number));
  }

  override hasAnyString(words?: Words, position = 0): boolean {
    this.meter.budget.spend(this.end - position);
    return words?.automaton16().searchUTF16(this.text, position, this.end) ?? true;
  }
}

/** None until they are needed first. */
function statesOf({ lazyDFA }: { readonly lazyDFA: { readonly stateCount: number } | null }): number {
  return lazyDFA === null ? 0 : lazyDFA.stateCount;
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}
