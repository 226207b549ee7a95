/** Rules that share the name of a metric. */
import type { MeterlarkError, MetricDefinition } from '@meterlark/core';
import { oalErrors } from '../errors.js';
import type { RulePlan } from '../plan.js';

/** The rules of the name with one more, or the fault that keeps it out. */
export type Joined = { readonly plans: readonly RulePlan[] } | { readonly fault: MeterlarkError };

export function join(others: readonly RulePlan[], plan: RulePlan): Joined {
  const [first] = others;
  if (first === undefined) return { plans: [plan] };
  if (reading(first.definition) !== reading(plan.definition)) return { fault: conflict(first, plan) };
  const same = others.find((other) => meaning(other) === meaning(plan));
  const note = same === undefined ? `adds to the metric of ${place(first)}` : `says the same as ${place(same)}, which counts`;
  return { plans: [...others, { ...plan, active: plan.active && same === undefined, notes: [...plan.notes, note] }] };
}

function place({ definition, line }: RulePlan): string {
  return `${definition.origin}:${line}`;
}

function meaning({ source, filters, record, labels }: RulePlan): string {
  return JSON.stringify([source.name, filters, record, labels]);
}

/** How numbers are read: one definition is kept per name. */
function reading({ kind, scope, labels, form, factor, precision, percentiles }: MetricDefinition): string {
  const labelText = labels.length === 0 ? 'no labels' : `labels ${labels.join(', ')}`;
  return [`a ${kind} of the scope ${scope} with ${labelText}`, form, `factor ${factor}`, precision, ...percentiles].join(', ');
}

function conflict(first: RulePlan, second: RulePlan): MeterlarkError {
  return oalErrors.METERLARK_OAL_CONFLICT({
    file: second.definition.origin,
    line: second.line,
    column: second.column,
    metric: second.definition.name,
    what: reading(second.definition),
    otherFile: first.definition.origin,
    otherLine: first.line,
    otherWhat: reading(first.definition),
  });
}
