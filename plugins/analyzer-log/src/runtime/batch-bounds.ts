/** What a batch allows its rules: times that may be written, how much of its bodies is read as YAML, and how much work its patterns are. */
import { PatternBatch, PatternBudget, type Counter, type PatternTooCostly } from '@meterlark/core';
import { isWithin, type TimeWindow } from './time-window.js';

/** Characters of a body. */
const longestYaml = 4096;
/** Line ends and punctuation of all bodies of a batch: each costs some 20 µs, and holds up everybody. */
const mostStructure = 8192;
/** So many other characters cost about as much. */
const charactersPerMark = 64;
const structure = /[\n\r!-/:-@[-`{-~]/g;

export class BatchBounds {
  private window: TimeWindow = { fromUs: 0, toUs: 0 };
  private structureLeft = 0;
  private readonly patterns = new PatternBatch();

  constructor(
    /** Counts bodies that were not read as YAML, by reason. */
    private readonly yamlRefused: Counter,
    /** Counts patterns that were given up, by reason. */
    private readonly patternsRefused: Counter,
  ) {}

  begin(window: TimeWindow): void {
    this.window = window;
    this.structureLeft = mostStructure;
    this.patterns.refill();
  }

  isWritable(timeMs: number): boolean {
    return isWithin(this.window, Math.round(timeMs * 1000));
  }

  mayReadYaml(text: string): boolean {
    if (text.length > longestYaml) return this.refuse('too_long');
    const cost = (text.match(structure)?.length ?? 0) + text.length / charactersPerMark;
    if (cost > this.structureLeft) return this.refuse('batch');
    this.structureLeft -= cost;
    return true;
  }

  patternBudget(): PatternBudget {
    return new PatternBudget(this.patterns);
  }

  patternRefused(reason: PatternTooCostly['reason']): void {
    this.patternsRefused.add(1, { reason });
  }

  private refuse(reason: 'too_long' | 'batch'): false {
    this.yamlRefused.add(1, { reason });
    return false;
  }
}
