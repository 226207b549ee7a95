/** Rule files to plans: all faults of all files at once. */
import { builtInLayers, isMeterlarkError, type MeterlarkError } from '@meterlark/core';
import { malErrors } from '../errors.js';
import { compileClosure } from '../language/closure-compiler.js';
import { truthy } from '../language/closure-values.js';
import type { Labels, MetricPlan } from '../plan.js';
import { closureHost, type MetadataResolver } from './host.js';
import { ignoredBy } from './label-steps.js';
import { compileRule, type CompiledRule, type RuleContext } from './rule-compiler.js';
import { readRuleFile, type LayerDefinition, type RuleFile, type RuleText } from './rule-file.js';
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
  const layers = files.flatMap((file) => file.layers);
  const compiler = new RuleSetCompiler(layerTable([...(options.layers ?? []), ...layers]), options);
  for (const file of files) compiler.compile(file);
  const { plans, faults } = compiler;
  return { plans, faults, notes: plans.flatMap(notesOf), layers };
}

function notesOf({ definition, notes }: MetricPlan): readonly string[] {
  return notes.map((note) => `${definition.origin}: ${definition.name}: ${note}`);
}

function layerTable(more: readonly LayerDefinition[]): LayerTable {
  return new Map([...builtInLayers, ...more].map(({ name, normal }) => [name, normal]));
}

/** Folders of upstream whose samples come in milliseconds. */
const millisecondFolders = /(^|[\\/])(meter-analyzer-config|telegraf-rules|log-mal-rules)[\\/]/;

interface Known extends CompiledRule {
  readonly rule: RuleText;
}

class RuleSetCompiler {
  readonly faults: MeterlarkError[] = [];
  /** By metric, in the order of the files. */
  private readonly known = new Map<string, Known[]>();

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
    const others = this.known.get(name) ?? [];
    const [first] = others;
    const same = first === undefined || shape(first.plan) === shape(rule.plan);
    if (same) return void this.known.set(name, [...others, rule]);
    const { origin, scope } = first.plan.definition;
    const oneFile = [...others, rule].every(
      ({ plan }) => plan.definition.origin === origin && plan.definition.scope === scope,
    );
    if (oneFile) this.known.set(name, withAllLabels([...others, rule]));
    else this.faults.push(conflict(first, rule));
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

/** Rules of one file that share a metric complete each other: each writes "" for the labels it lacks. */
function withAllLabels(rules: readonly Known[]): Known[] {
  const labels = [...new Set(rules.flatMap(({ plan }) => plan.definition.labels))].sort();
  return rules.map((rule) => ({ ...rule, plan: rule.withLabels(labels) }));
}

function conflict(first: Known, second: Known): MeterlarkError {
  return malErrors.METERLARK_MAL_CONFLICT({
    file: second.plan.definition.origin,
    ...second.rule.at,
    metric: second.plan.definition.name,
    what: shape(second.plan),
    otherFile: first.plan.definition.origin,
    otherLine: first.rule.at.line,
    otherWhat: shape(first.plan),
  });
}

function shape({ definition }: MetricPlan): string {
  return `scope ${definition.scope} and ${definition.labels.length === 0 ? 'no labels' : `labels ${definition.labels.join(', ')}`}`;
}
