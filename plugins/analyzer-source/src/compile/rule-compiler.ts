/** One statement to a plan, with all its faults. */
import { type MeterlarkError, type MetricDefinition, nearest } from '@meterlark/core';
import { sources } from '../catalog/catalog.js';
import type { SourceDefinition } from '../catalog/define.js';
import { oalErrors } from '../errors.js';
import { located, type RuleNode } from '../language/ast.js';
import type { Condition, RulePlan } from '../plan.js';
import { Arguments, Unfit } from './arguments.js';
import { findColumn, type Scope } from './columns.js';
import { compileCondition } from './conditions.js';
import { type Compiled, functions } from './functions.js';

export type Outcome = { readonly plan: RulePlan } | { readonly faults: readonly MeterlarkError[] };

export function compileRule(rule: RuleNode, layer: string): Outcome {
  const source = sources.get(rule.source);
  if (source === undefined) return { faults: [unknownSource(rule)] };
  const scope: Scope = { source, faults: [] };
  const filters = rule.filters.map((filter) => compileCondition(filter, scope));
  const compiled = compileCall(rule, scope);
  const { faults } = scope;
  if (compiled === undefined || faults.length > 0) return { faults };
  return { plan: planOf(rule, { source, layer, compiled, filters: filters.filter((filter) => filter !== undefined) }) };
}

function unknownSource({ source, sourceAt }: RuleNode): MeterlarkError {
  const near = nearest(source, sources.keys()) ?? 'Service';
  return oalErrors.METERLARK_OAL_UNKNOWN_SOURCE({ ...located(sourceAt), source, nearest: near });
}

function compileCall(rule: RuleNode, scope: Scope): Compiled | undefined {
  const definition = functions.get(rule.function);
  if (definition === undefined) {
    const near = nearest(rule.function, functions.keys()) ?? 'count';
    const at = located(rule.functionAt);
    return void scope.faults.push(oalErrors.METERLARK_OAL_UNKNOWN_FUNCTION({ ...at, function: rule.function, nearest: near }));
  }
  const args = new Arguments(rule, scope, definition.form);
  try {
    const compiled = definition.compile(args);
    args.done();
    // Of functions that need no value the column is looked up all the same: a mistyped one is a fault.
    if (rule.column !== undefined && !('value' in compiled.record)) findColumn(rule.column, scope);
    return compiled;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return undefined;
  }
}

interface Parts {
  readonly source: SourceDefinition;
  readonly layer: string;
  readonly compiled: Compiled;
  readonly filters: readonly Condition[];
}

function planOf(rule: RuleNode, { source, layer, compiled, filters }: Parts): RulePlan {
  const { file, line, column } = located(rule.at);
  const definition: MetricDefinition = {
    name: rule.name,
    scope: source.scope,
    labels: [...(compiled.labels?.names ?? [])].sort(),
    form: 'plain',
    factor: 1,
    precision: 'integer',
    percentiles: [],
    edge: 'upper',
    windowMinutes: 1,
    unit: '',
    layer,
    origin: file,
    ...compiled.shown,
  };
  const notes = [...(compiled.notes ?? []), ...decoratorNote(rule)];
  const { record, labels } = compiled;
  return { definition, source, filters, record, labels, line, column, notes, active: true };
}

/** Decorators are Java classes that copy attributes; attributes of entities are kept with the entity here. */
function decoratorNote({ decorator }: RuleNode): readonly string[] {
  return decorator === undefined ? [] : [`the decorator "${decorator}" is accepted and changes nothing`];
}
