/** Rules that share the name of a metric: what they must have in common, and what becomes of those that have. */
import type { MeterlarkError, MetricDefinition } from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { MetricPlan } from '../plan.js';
import type { CompiledRule } from './rule-compiler.js';
import type { RuleText } from './rule-file.js';

export interface Known extends CompiledRule {
  readonly rule: RuleText;
}

/** The rules of the name with one more, or the fault that keeps it out. */
export type Joined = { readonly rules: readonly Known[] } | { readonly fault: MeterlarkError };

export function join(others: readonly Known[], rule: Known): Joined {
  const [first] = others;
  if (first === undefined) return { rules: [rule] };
  const all = [...others, rule];
  if (shape(first) !== shape(rule)) {
    if (!all.every((one) => shareFileAndScope(first, one))) return { fault: conflict(first, rule, shape) };
  }
  const sibling = others.find(({ plan }) => plan.definition.kind === rule.plan.definition.kind);
  if (sibling !== undefined && reading(sibling) !== reading(rule)) return { fault: conflict(sibling, rule, reading) };
  const noted = sibling === undefined ? [...others, withKindNote(first, rule)] : all;
  return { rules: shape(first) === shape(rule) ? noted : withAllLabels(noted) };
}

function shareFileAndScope({ plan: left }: Known, { plan: right }: Known): boolean {
  return left.definition.origin === right.definition.origin && left.definition.scope === right.definition.scope;
}

/** Rules of one file that share a metric complete each other: each writes "" for the labels it lacks. */
function withAllLabels(rules: readonly Known[]): Known[] {
  const labels = [...new Set(rules.flatMap(({ plan }) => plan.definition.labels))].sort();
  return rules.map((rule) => ({ ...rule, plan: rule.withLabels(labels) }));
}

/** Each kind is stored by itself, and readers ask for that of the newest definition. */
function withKindNote(first: Known, rule: Known): Known {
  const note = `a ${rule.plan.definition.kind}, while ${place(first)} makes it a ${first.plan.definition.kind}: readers show the rule that was loaded last`;
  const noted = (plan: MetricPlan): MetricPlan => ({ ...plan, notes: [...plan.notes, note] });
  return { ...rule, plan: noted(rule.plan), withLabels: (labels) => noted(rule.withLabels(labels)) };
}

function place({ plan, rule }: Known): string {
  return `${plan.definition.origin}:${rule.at.line}`;
}

function conflict(first: Known, second: Known, shown: (rule: Known) => string): MeterlarkError {
  return malErrors.METERLARK_MAL_CONFLICT({
    file: second.plan.definition.origin,
    ...second.rule.at,
    metric: second.plan.definition.name,
    what: shown(second),
    otherFile: first.plan.definition.origin,
    otherLine: first.rule.at.line,
    otherWhat: shown(first),
  });
}

function shape({ plan: { definition } }: Known): string {
  return `scope ${definition.scope} and ${definition.labels.length === 0 ? 'no labels' : `labels ${definition.labels.join(', ')}`}`;
}

/** How numbers are read: one definition is kept per name, so rules of one kind must be read in one way. */
function reading({ plan: { definition } }: Known): string {
  const { kind, form, factor, windowMinutes, precision } = definition;
  return [kind, form, `factor ${factor}`, `a window of ${windowMinutes} min`, precision, ...ofHistogram(definition)].join(', ');
}

function ofHistogram({ kind, percentiles, edge }: MetricDefinition): readonly string[] {
  return kind === 'histogram' ? [`percentiles [${percentiles.join(', ')}]`, `the ${edge} edge`] : [];
}
