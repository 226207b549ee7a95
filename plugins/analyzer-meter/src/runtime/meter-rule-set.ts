import type { Logger, MeterRules, MetricStream } from '@meterlark/core';
import { compileRuleFiles, type RuleFileText } from '../compile/compile.js';
import { meterErrors } from '../errors.js';
import type { PlanIndex } from './plan-index.js';
import { readRuleFiles } from './rule-source.js';

/** Rules of all who load any; compiled together, so that conflicts between their files are found. */
export class MeterRuleSet implements MeterRules {
  private readonly texts = new Map<string, RuleFileText>();
  private notes = 0;
  private lastLoad: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly plans: PlanIndex,
    private readonly stream: MetricStream,
    private readonly logger: Logger,
    private readonly rootFolder: string,
  ) {}

  /** One after the other, because each compiles what those before it have read. */
  load(paths: readonly string[]): Promise<void> {
    const load = this.lastLoad.then(() => this.readAndCompile(paths));
    this.lastLoad = load.catch(() => undefined);
    return load;
  }

  private async readAndCompile(paths: readonly string[]): Promise<void> {
    const read = await Promise.all(paths.map((path) => readRuleFiles(path, this.rootFolder)));
    const texts = new Map(this.texts);
    for (const text of read.flat()) texts.set(text.path, text);
    const { plans, faults, notes } = compileRuleFiles([...texts.values()]);
    if (faults.length > 0) throw meterErrors.METERLARK_METER_RULES({ count: faults.length }, new AggregateError(faults));
    await this.stream.define(plans.map(({ definition }) => definition));
    for (const [path, text] of texts) this.texts.set(path, text);
    this.plans.replace(plans);
    for (const note of notes.slice(this.notes)) this.logger.info('note on a rule', { note });
    this.notes = notes.length;
    this.logger.info('meter rules loaded', { paths, files: texts.size, metrics: plans.length });
  }
}
