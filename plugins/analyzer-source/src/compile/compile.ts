/** Rule files to plans: all faults of all files at once. */
import type { MeterlarkError } from '@meterlark/core';
import { located, type DisableNode } from '../language/ast.js';
import { readOal } from '../language/oal.js';
import type { RulePlan } from '../plan.js';
import { compileRule } from './rule-compiler.js';
import { join } from './same-name.js';

export interface SourceFileText {
  /** As people know it; shown in errors and in MetricDefinition.origin. */
  readonly path: string;
  readonly text: string;
  /** Of its metrics; GENERAL unless given. */
  readonly layer?: string;
}

export interface SourceCompilation {
  /** In the order of the files; those that are not active are disabled or repeat another. */
  readonly plans: readonly RulePlan[];
  readonly faults: readonly MeterlarkError[];
}

export function compileSourceFiles(texts: readonly SourceFileText[]): SourceCompilation {
  const collected: Collected = { plans: [], faults: [], disabled: new Map() };
  for (const text of texts) readFile(text, collected);
  const { plans, faults, disabled } = collected;
  return joined(plans.map((plan) => withDisable(plan, disabled)), faults);
}

interface Collected {
  readonly plans: RulePlan[];
  readonly faults: MeterlarkError[];
  /** Metric to the place of the statement. */
  readonly disabled: Map<string, string>;
}

function readFile({ path, text, layer = 'GENERAL' }: SourceFileText, { plans, faults, disabled }: Collected): void {
  const file = readOal(path, text);
  faults.push(...file.faults);
  for (const statement of file.statements) {
    if (statement.type === 'disable') {
      disabled.set(statement.name, placeOf(statement));
      continue;
    }
    const outcome = compileRule(statement, layer);
    if ('plan' in outcome) plans.push(outcome.plan);
    else faults.push(...outcome.faults);
  }
}

function placeOf({ at }: DisableNode): string {
  const { file, line } = located(at);
  return `${file}:${line}`;
}

/** Whatever file says it, a metric is disabled in all. */
function withDisable(plan: RulePlan, disabled: ReadonlyMap<string, string>): RulePlan {
  const by = disabled.get(plan.definition.name);
  return by === undefined ? plan : { ...plan, active: false, notes: [...plan.notes, `disabled by ${by}`] };
}

function joined(plans: readonly RulePlan[], faults: MeterlarkError[]): SourceCompilation {
  const known = new Map<string, readonly RulePlan[]>();
  for (const plan of plans) {
    const outcome = join(known.get(plan.definition.name) ?? [], plan);
    if ('fault' in outcome) faults.push(outcome.fault);
    else known.set(plan.definition.name, outcome.plans);
  }
  return { plans: [...known.values()].flat(), faults };
}
