/** One rule to one plan. */
import { isMeterlarkError, type MeterlarkError, type MetricDefinition } from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { Argument, CallExpression, Expression, Link } from '../language/ast.js';
import { parseExpression } from '../language/mal.js';
import { faultAt } from '../language/fault.js';
import type { MetricPlan, Placer } from '../plan.js';
import { downsamplingOf } from './arguments.js';
import { bodyOf, evaluatedBody, type Body } from './body.js';
import { checkExpression } from './check.js';
import { fold, type FoldOptions } from './fold.js';
import { Unfoldable } from './forms.js';
import { isFamily, labelsOf } from './label-flow.js';
import { makePlacer } from './placer.js';
import type { RuleText } from './rule-file.js';
import { scopeOf, type LayerTable, type Scope } from './scope.js';
import { markers, scopeFunctions, type Downsampling } from './signatures.js';

export interface RuleContext extends FoldOptions {
  readonly file: string;
  readonly metricPrefix: string;
  readonly prefix: readonly Link[];
  readonly suffix: readonly Link[];
  readonly layers: LayerTable;
  readonly filter: MetricPlan['filter'];
}

/** `withLabels` gives the plan other labels: two rules of one file may share a metric, each with some of its labels. */
export interface CompiledRule {
  readonly plan: MetricPlan;
  readonly withLabels: (labels: readonly string[]) => MetricPlan;
}
export type RuleOutcome = CompiledRule | { readonly faults: readonly MeterlarkError[] };

export function compileRule(rule: RuleText, context: RuleContext): RuleOutcome {
  try {
    const expression = assembled(parseExpression(rule.exp), context);
    const faults = checkExpression(expression, new Set(context.layers.keys()));
    return faults.length > 0 ? { faults } : compiled(rule, expression, context);
  } catch (error) {
    if (isMeterlarkError(error)) return { faults: [error] };
    throw error;
  }
}

/** expPrefix follows every metric, expSuffix the whole. */
function assembled(expression: Expression, { prefix, suffix }: RuleContext): Expression {
  return chained(prefix.length === 0 ? expression : prefixed(expression, prefix), suffix);
}

function chained(target: Expression, links: readonly Link[]): Expression {
  return links.reduce<Expression>((inner, link) => ({ type: 'call', target: inner, ...link }), target);
}

function prefixed(expression: Expression, links: readonly Link[]): Expression {
  switch (expression.type) {
    case 'metric':
      return chained(expression, links);
    case 'negate':
      return { ...expression, operand: prefixed(expression.operand, links) };
    case 'binary':
      return { ...expression, left: prefixed(expression.left, links), right: prefixed(expression.right, links) };
    case 'call':
      return {
        ...expression,
        target: prefixed(expression.target, links),
        args: expression.args.map((argument) => prefixedArgument(expression, argument, links)),
      };
    default:
      return expression;
  }
}

/** The bare words of downsampling(AVG) look like metrics and are none. */
function prefixedArgument(call: CallExpression, argument: Argument, links: readonly Link[]): Argument {
  if (argument.type !== 'expression' || call.method === 'downsampling') return argument;
  return { ...argument, value: prefixed(argument.value, links) };
}

function compiled(rule: RuleText, expression: Expression, context: RuleContext): CompiledRule {
  const name = context.metricPrefix === '' ? rule.name : `${context.metricPrefix}_${rule.name}`;
  const calls = chainCalls(expression);
  const scopeCall = calls.findLast(({ method }) => scopeFunctions.has(method));
  const place = { file: context.file, ...rule.at };
  if (!isFamily(expression)) throw malErrors.METERLARK_MAL_NO_METRIC({ ...place, metric: name });
  if (scopeCall === undefined) throw malErrors.METERLARK_MAL_SCOPE_MISSING({ ...place, metric: name });
  const scope = context.shared.scope(scopeCall, () => scopeOf(scopeCall, context.layers));
  const own = metricLabels(name, expression, { scope, scopeCall, calls });
  const body = foldedBody(expression, calls, context);
  const decorate = calls.findLast(({ method }) => method === 'decorate');
  const notes = [...body.notes, ...resolverNotes(allCalls(expression), context)];
  const withLabels = (labels: readonly string[]): MetricPlan => ({
    definition: definitionOf(rule, body, { name, scope, labels, origin: context.file }),
    body: body.body,
    filter: context.filter,
    place: placerOf(scope, labels, decorate, context),
    notes,
  });
  return { plan: withLabels(own), withLabels };
}

function placerOf(scope: Scope, labels: readonly string[], decorate: CallExpression | undefined, { shared }: RuleContext): Placer {
  if (decorate !== undefined) return makePlacer(scope, labels, decorate);
  return shared.placer(scope, labels, () => makePlacer(scope, labels, undefined));
}

/** Every call of an expression, innermost first, arguments left out. */
function chainCalls(expression: Expression): readonly CallExpression[] {
  switch (expression.type) {
    case 'negate':
      return chainCalls(expression.operand);
    case 'binary':
      return [...chainCalls(expression.right), ...chainCalls(expression.left)];
    case 'call':
      return [...chainCalls(expression.target), expression];
    default:
      return [];
  }
}

/** Every call, also those in arguments. */
function allCalls(expression: Expression): readonly CallExpression[] {
  const calls = chainCalls(expression);
  const inner = calls
    .flatMap(({ args }) => args)
    .flatMap((arg) => (arg.type === 'expression' ? allCalls(arg.value) : []));
  return [...calls, ...inner];
}

interface Scoped {
  readonly scope: Scope;
  readonly scopeCall: CallExpression;
  readonly calls: readonly CallExpression[];
}

const aggregators = new Set(['sum', 'avg', 'max', 'min', 'count']);

function metricLabels(metric: string, expression: Expression, { scope, scopeCall, calls }: Scoped): readonly string[] {
  const known = labelsOf(expression);
  const missing = known === undefined ? undefined : scope.keys.find((key) => !known.includes(key));
  if (missing !== undefined && labelsAreCertain(scopeCall, calls)) {
    const aggregator = calls.findLast(({ method }) => aggregators.has(method))?.method ?? 'tag';
    throw faultAt(malErrors.METERLARK_MAL_SCOPE_LABEL, scopeCall.at, { metric, label: missing, function: aggregator });
  }
  return (known ?? []).filter((label) => !scope.keys.includes(label)).sort();
}

/** Optional keys may be missing, and closures after the aggregation may add labels that the text does not show. */
function labelsAreCertain(scopeCall: CallExpression, calls: readonly CallExpression[]): boolean {
  const last = calls.findLastIndex(({ method }) => aggregators.has(method));
  const later = calls.slice(last + 1, calls.indexOf(scopeCall));
  return !later.some(({ method }) => method === 'tag' || method === 'forEach');
}

function foldedBody(expression: Expression, calls: readonly CallExpression[], options: FoldOptions): Body {
  const downsampling: Downsampling =
    downsamplingOf(calls.findLast(({ method }) => method === 'downsampling')?.args[0]) ?? 'AVG';
  try {
    return bodyOf(fold(expression, options), downsampling);
  } catch (error) {
    if (!(error instanceof Unfoldable)) throw error;
    return evaluated(expression, { calls, downsampling, reason: error.message });
  }
}

interface Evaluation {
  readonly calls: readonly CallExpression[];
  readonly downsampling: Downsampling;
  readonly reason: string;
}

function evaluated(expression: Expression, { calls, downsampling, reason }: Evaluation): Body {
  const histogram = calls.find(({ method }) => method === 'histogram');
  if (histogram !== undefined)
    throw faultAt(malErrors.METERLARK_MAL_HISTOGRAM, histogram.at, {
      reason: `histogram() is part of a computation: ${reason}`,
    });
  return evaluatedBody(withoutMarkers(expression), downsampling, reason);
}

/** Scope, downsampling and decoration are the plan's; the interpreter sees values only. */
function withoutMarkers(expression: Expression): Expression {
  switch (expression.type) {
    case 'negate':
      return { ...expression, operand: withoutMarkers(expression.operand) };
    case 'binary':
      return { ...expression, left: withoutMarkers(expression.left), right: withoutMarkers(expression.right) };
    case 'call': {
      const target = withoutMarkers(expression.target);
      if (markers.has(expression.method)) return target;
      const args = expression.args.map((argument) =>
        argument.type === 'expression' ? { ...argument, value: withoutMarkers(argument.value) } : argument,
      );
      return { ...expression, target, args };
    }
    default:
      return expression;
  }
}

interface Named {
  readonly name: string;
  readonly scope: Scope;
  readonly labels: readonly string[];
  readonly origin: string;
}

function definitionOf(rule: RuleText, body: Body, { name, scope, labels, origin }: Named): MetricDefinition {
  return {
    name,
    kind: body.kind,
    scope: scope.scope,
    labels,
    form: body.form,
    factor: body.factor,
    precision: rule.precision,
    percentiles: body.percentiles,
    edge: 'upper',
    windowMinutes: body.windowMinutes,
    unit: rule.unit === '' && body.kind === 'histogram' ? 'ms' : rule.unit,
    layer: scope.layer,
    origin,
  };
}

function resolverNotes(calls: readonly CallExpression[], { resolver }: RuleContext): readonly string[] {
  if (resolver !== undefined) return [];
  const words = new Set(calls.flatMap(resolverWord));
  return [...words].map((word) => `${word} needs a metadata resolver; without one, samples that ask it are left out`);
}

/** A closure's names are checked by now, so that its text tells whether it asks. */
function resolverWord({ method, args, at }: CallExpression): readonly string[] {
  if (method === 'retagByK8sMeta') return [method];
  const asks = args.some(({ type }) => type === 'closure') && at.source.text.includes('ProcessRegistry.');
  return asks ? ['ProcessRegistry'] : [];
}
