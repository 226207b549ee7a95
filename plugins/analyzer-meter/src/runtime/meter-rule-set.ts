import type { Logger, MeterRules, MetricStream, RuleSource } from '@meterlark/core';
import { compileRuleFiles, type RuleFileText } from '../compile/compile.js';
import { meterErrors } from '../errors.js';
import type { PlanIndex } from './plan-index.js';
import { readRuleFiles } from './rule-source.js';

/** Rules of all who load any; compiled together, so that conflicts between their files are found. */
export class MeterRuleSet implements MeterRules {
  private readonly texts = new Map<string, RuleFileText>();
  /** Notes that were logged. */
  private readonly noted = new Set<string>();
  private lastLoad: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly plans: PlanIndex,
    private readonly stream: MetricStream,
    private readonly logger: Logger,
    private readonly rootFolder: string,
  ) {}

  /** One after the other, because each compiles what those before it have read. */
  load(sources: readonly RuleSource[]): Promise<void> {
    const load = this.lastLoad.then(() => this.readAndCompile(sources));
    this.lastLoad = load.catch(() => undefined);
    return load;
  }

  private async readAndCompile(sources: readonly RuleSource[]): Promise<void> {
    const read = await Promise.all(sources.map((source) => this.read(source)));
    const texts = new Map(this.texts);
    for (const text of read.flat()) texts.set(text.path, text);
    const { plans, faults, notes } = compileRuleFiles([...texts.values()]);
    if (faults.length > 0) throw meterErrors.METERLARK_METER_RULES({ count: faults.length }, new AggregateError(faults));
    await this.stream.define(plans.map(({ definition }) => definition));
    for (const [path, text] of texts) this.texts.set(path, text);
    this.plans.replace(plans);
    for (const note of notes.filter((candidate) => !this.noted.has(candidate))) this.logger.info('note on a rule', { note });
    notes.forEach((note) => this.noted.add(note));
    this.logger.info('meter rules loaded', { sources: sources.map(nameOf), files: texts.size, metrics: plans.length });
  }

  private read(source: RuleSource): Promise<readonly RuleFileText[]> {
    if (typeof source === 'string') return readRuleFiles(source, this.rootFolder);
    return Promise.resolve([{ path: source.name, text: source.text }]);
  }
}

function nameOf(source: RuleSource): string {
  return typeof source === 'string' ? source : source.name;
}
