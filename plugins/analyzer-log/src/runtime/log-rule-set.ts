import type { Logger, LogRules, RuleSource } from '@meterlark/core';
import { logErrors } from '../errors.js';
import type { Compile, Constants, SourceFile } from './compilation.js';
import type { RuleBook } from './rule-book.js';
import { readSource } from './rule-source.js';

export interface LogRuleSetParts {
  readonly book: RuleBook;
  readonly compile: Compile;
  readonly logger: Logger;
  readonly rootFolder: string;
}

const noConstants: Constants = {};

/** Rules of all who load any; compiled together, so that conflicts between their files are found. */
export class LogRuleSet implements LogRules {
  private files = new Map<string, SourceFile>();
  /** Notes that were logged. */
  private readonly noted = new Set<string>();
  private lastLoad: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: LogRuleSetParts) {}

  /** One after the other, because each compiles what those before it have read. */
  load(sources: readonly RuleSource[], constants: Constants = noConstants): Promise<void> {
    const load = this.lastLoad.then(() => this.readAndCompile(sources, constants));
    this.lastLoad = load.catch(() => undefined);
    return load;
  }

  private async readAndCompile(sources: readonly RuleSource[], constants: Constants): Promise<void> {
    const { book, compile, logger, rootFolder } = this.parts;
    const read = await Promise.all(sources.map((source) => readSource(source, rootFolder)));
    const files = new Map(this.files);
    // Loaded again, a file gets the constants of the later load.
    for (const { file, text } of read.flat()) files.set(file, { file, text, constants });
    const { rules, layers, faults } = compile([...files.values()]);
    if (faults.length > 0) throw logErrors.METERLARK_LOG_RULES({ count: faults.length }, new AggregateError(faults));
    this.files = files;
    book.replace(rules, layers);
    for (const { name, file, notes } of rules) for (const note of notes) this.note(`${file}: ${name}: ${note}`);
    logger.info('log rules loaded', { sources: sources.map(nameOf), files: files.size, rules: rules.length });
  }

  private note(note: string): void {
    if (this.noted.has(note)) return;
    this.noted.add(note);
    this.parts.logger.info('note on a rule', { note });
  }
}

function nameOf(source: RuleSource): string {
  return typeof source === 'string' ? source : source.name;
}
