import type { Logger, MetricDefinition, MetricStream, RuleSource, SourceRules } from '@meterlark/core';
import { compileSourceFiles, type SourceFileText } from '../compile/compile.js';
import { sourceErrors } from '../errors.js';
import type { RulePlan } from '../plan.js';
import type { RuleBook } from './rule-book.js';
import { readRuleFiles } from './rule-files.js';

/** Rules of all who load any; compiled together, so that conflicts between their files are found and disable() reaches all. */
export class SourceRuleSet implements SourceRules {
  private readonly texts = new Map<string, SourceFileText>();
  private lastLoad: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly book: RuleBook,
    private readonly stream: Pick<MetricStream, 'define'>,
    private readonly logger: Logger,
    private readonly rootFolder: string,
  ) {}

  /** One after the other, because each compiles what those before it have read. */
  load(sources: readonly RuleSource[], layer: string): Promise<void> {
    const load = this.lastLoad.then(() => this.readAndCompile(sources, layer));
    this.lastLoad = load.catch(() => undefined);
    return load;
  }

  private async readAndCompile(sources: readonly RuleSource[], layer: string): Promise<void> {
    const read = await Promise.all(sources.map((source) => this.read(source)));
    const texts = new Map(this.texts);
    // The layer that loaded a file first keeps it.
    for (const text of read.flat()) texts.set(text.path, { ...text, layer: texts.get(text.path)?.layer ?? layer });
    const { plans, faults } = compileSourceFiles([...texts.values()]);
    if (faults.length > 0) throw sourceErrors.METERLARK_SOURCE_RULES({ count: faults.length }, new AggregateError(faults));
    const active = plans.filter((plan) => plan.active);
    const definitions = definitionsOf(active);
    await this.stream.define(definitions);
    for (const [path, text] of texts) this.texts.set(path, text);
    this.book.replace(active);
    this.logger.info('source rules loaded', { sources: sources.map(nameOf), layer, files: texts.size, metrics: definitions.length });
  }

  private read(source: RuleSource): Promise<readonly SourceFileText[]> {
    if (typeof source === 'string') return readRuleFiles(source, this.rootFolder);
    return Promise.resolve([{ path: source.name, text: source.text }]);
  }
}

/** One per metric: of rules that add to one, the first. */
function definitionsOf(plans: readonly RulePlan[]): readonly MetricDefinition[] {
  const definitions = new Map<string, MetricDefinition>();
  for (const { definition } of plans) if (!definitions.has(definition.name)) definitions.set(definition.name, definition);
  return [...definitions.values()];
}

function nameOf(source: RuleSource): string {
  return typeof source === 'string' ? source : source.name;
}
