/** Rule files to plans: all faults of all files at once. */
import { isMeterlarkError, type MeterlarkError } from '@meterlark/core';
import { compileClosure } from '../language/closure-compiler.js';
import { truthy } from '../language/closure-values.js';
import type { Labels, MetricPlan } from '../plan.js';
import { closureHost, type MetadataResolver } from './host.js';
import { ignoredBy } from './label-steps.js';
import { layersOf } from './layers.js';
import { compileRule, type RuleContext } from './rule-compiler.js';
import { readRuleFile, type LayerDefinition, type RuleFile } from './rule-file.js';
import { join, type Known } from './same-name.js';
import type { LayerTable } from './scope.js';
import { SharedParts } from './shared-parts.js';

export interface RuleFileText {
  /** As people know it; shown in errors and in MetricDefinition.origin. */
  readonly path: string;
  readonly text: string;
}

export interface CompileOptions {
  readonly resolver?: MetadataResolver;
  /** Unit of `le` where histogram() names none. By default of the folder: MILLISECONDS for SkyWalking's native meters, else SECONDS. */
  readonly histogramUnit?: 'SECONDS' | 'MILLISECONDS';
  /** Layers known besides the built-in ones; those of the files are found by themselves. */
  readonly layers?: readonly LayerDefinition[];
}

export interface Compilation {
  readonly plans: readonly MetricPlan[];
  readonly faults: readonly MeterlarkError[];
  /** `file: metric: note`. */
  readonly notes: readonly string[];
  /** Layers that the files define. */
  readonly layers: readonly LayerDefinition[];
}

export function compileRuleFiles(texts: readonly RuleFileText[], options: CompileOptions = {}): Compilation {
  const files = texts.map(({ path, text }) => readRuleFile(path, text));
  const layers = layersOf(files, options.layers ?? []);
  const compiler = new RuleSetCompiler(layers.table, options);
  for (const file of files) compiler.compile(file);
  const { plans, faults } = compiler;
  return { plans, faults: [...layers.faults, ...faults], notes: plans.flatMap(notesOf), layers: layers.defined };
}

function notesOf({ definition, notes }: MetricPlan): readonly string[] {
  return notes.map((note) => `${definition.origin}: ${definition.name}: ${note}`);
}

/** Folders of upstream whose samples come in milliseconds. */
const millisecondFolders = /(^|[\\/])(meter-analyzer-config|telegraf-rules|log-mal-rules|rules[\\/]meter[\\/]general)[\\/]/;

class RuleSetCompiler {
  readonly faults: MeterlarkError[] = [];
  /** By metric, in the order of the files. */
  private readonly known = new Map<string, readonly Known[]>();

  constructor(
    private readonly layers: LayerTable,
    private readonly options: CompileOptions,
  ) {}

  get plans(): readonly MetricPlan[] {
    return [...this.known.values()].flatMap((rules) => rules.map(({ plan }) => plan));
  }

  compile(file: RuleFile): void {
    this.faults.push(...file.faults);
    const context = this.contextOf(file);
    for (const rule of file.rules) {
      const outcome = compileRule(rule, context);
      if ('faults' in outcome) this.faults.push(...outcome.faults);
      else this.add({ ...outcome, rule });
    }
    this.dropRepeatedFaults();
  }

  private contextOf(file: RuleFile): RuleContext {
    return {
      file: file.path,
      metricPrefix: file.metricPrefix,
      prefix: file.prefix,
      suffix: file.suffix,
      layers: this.layers,
      filter: this.filterOf(file),
      resolver: this.options.resolver,
      shared: new SharedParts(),
      histogramUnit: this.options.histogramUnit ?? (millisecondFolders.test(file.path) ? 'MILLISECONDS' : 'SECONDS'),
    };
  }

  private filterOf({ filter }: RuleFile): MetricPlan['filter'] {
    if (filter === undefined) return undefined;
    try {
      const run = compileClosure(filter, 1, closureHost(this.options.resolver));
      const passes = (labels: Labels): boolean => truthy(run([new Map(labels)]));
      return Object.assign(passes, { ignores: ignoredBy(filter) });
    } catch (error) {
      if (!isMeterlarkError(error)) throw error;
      this.faults.push(error);
      return undefined;
    }
  }

  private add(rule: Known): void {
    const { name } = rule.plan.definition;
    const outcome = join(this.known.get(name) ?? [], rule);
    if ('fault' in outcome) this.faults.push(outcome.fault);
    else this.known.set(name, outcome.rules);
  }

  /** A fault in expPrefix or expSuffix is found again with every rule: once is enough. */
  private dropRepeatedFaults(): void {
    const seen = new Set<string>();
    const kept = this.faults.filter((fault) => {
      const key = `${fault.code} ${fault.message}`;
      return seen.has(key) ? false : seen.add(key);
    });
    this.faults.splice(0, this.faults.length, ...kept);
  }
}
