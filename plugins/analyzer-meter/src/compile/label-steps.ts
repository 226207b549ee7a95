/** The links of a chain that look at labels, and those that look at values, as functions. */
import type { CallExpression, Closure } from '../language/ast.js';
import { compileClosure } from '../language/closure-compiler.js';
import { truthy, type ClosureMap, type ClosureValue } from '../language/closure-values.js';
import { compilePattern, maxSubjectLength } from '../language/patterns.js';
import type { Labels, LabelStep } from '../plan.js';
import { labelsTouchedBy } from './closure-labels.js';
import { closureOf, constantOf, listOf, textOf } from './arguments.js';
import { closureHost, type MetadataResolver } from './host.js';

type Test = (value: string) => boolean;

/**
 * The step of a label link of checked form: tagEqual … tagNotMatch, filter, tag, forEach, retagByK8sMeta; undefined for any
 * other link. Throws faults of closures and patterns. Steps throw METERLARK_MAL_CLOSURE_VALUE for a sample they cannot treat.
 */
export function makeLabelStep(call: CallExpression, resolver?: MetadataResolver): LabelStep | undefined {
  switch (call.method) {
    case 'tagEqual':
      return pairStep(call, (wanted) => (value) => value === wanted);
    case 'tagNotEqual':
      return pairStep(call, (wanted) => (value) => value !== wanted);
    case 'tagMatch':
      return pairStep(call, (wanted) => matches(call, wanted));
    case 'tagNotMatch':
      return pairStep(call, (wanted) => not(matches(call, wanted)));
    case 'filter':
      return filterStep(call, resolver);
    case 'tag':
      return tagStep(call, resolver);
    case 'forEach':
      return forEachStep(call, resolver);
    case 'retagByK8sMeta':
      return retagStep(call, resolver);
    default:
      return undefined;
  }
}

/** Keeps exactly these labels, missing as "". */
export function reduceTo(names: readonly string[]): LabelStep {
  const step = (labels: Labels): readonly Labels[] => [new Map(names.map((name) => [name, labels.get(name) ?? '']))];
  return Object.assign(step, { ignores: (label: string) => names.includes(label) });
}

/** `ignores` of a closure that is given the labels, and leaves those that it does not name. */
export function ignoredBy(closure: Closure): (label: string) => boolean {
  const touched = labelsTouchedBy(closure);
  return (label) => touched?.has(label) === false;
}

const comparisons: ReadonlyMap<string, (value: number, limit: number) => boolean> = new Map([
  ['valueEqual', (value: number, limit: number) => value === limit],
  ['valueNotEqual', (value: number, limit: number) => value !== limit],
  ['valueGreater', (value: number, limit: number) => value > limit],
  ['valueGreaterEqual', (value: number, limit: number) => value >= limit],
  ['valueLess', (value: number, limit: number) => value < limit],
  ['valueLessEqual', (value: number, limit: number) => value <= limit],
]);

/** The test of a value link (valueEqual …); undefined for any other link. */
export function makeValueTest(call: CallExpression): ((value: number) => boolean) | undefined {
  const compare = comparisons.get(call.method);
  const limit = constantOf(call.args[0]);
  return compare === undefined || limit === undefined ? undefined : (value) => compare(value, limit);
}

/** A key given twice counts once, with its last value. */
function pairStep(call: CallExpression, make: (wanted: string) => Test): LabelStep {
  const wanted = new Map<string, Test>();
  for (let index = 0; index + 1 < call.args.length; index += 2) {
    wanted.set(textOf(call.args[index]), make(textOf(call.args[index + 1])));
  }
  const tests = [...wanted];
  const step = (labels: Labels): readonly Labels[] =>
    tests.every(([name, test]) => test(labels.get(name) ?? '')) ? [labels] : [];
  return Object.assign(step, { ignores: (label: string) => !wanted.has(label) });
}

function matches(call: CallExpression, pattern: string): Test {
  const expression = compilePattern(pattern, call.at, { whole: true });
  return (value) => value.length <= maxSubjectLength && expression.test(value);
}

function not(test: Test): Test {
  return (value) => !test(value);
}

function filterStep(call: CallExpression, resolver: MetadataResolver | undefined): LabelStep {
  const closure = closureOf(call.args[0]);
  if (closure === undefined) return (labels) => [labels];
  const run = compileClosure(closure, 1, closureHost(resolver));
  const step = (labels: Labels): readonly Labels[] => (truthy(run([new Map(labels)])) ? [labels] : []);
  return Object.assign(step, { ignores: ignoredBy(closure) });
}

function tagStep(call: CallExpression, resolver: MetadataResolver | undefined): LabelStep {
  const closure = closureOf(call.args[0]);
  if (closure === undefined) return (labels) => [labels];
  const run = compileClosure(closure, 1, closureHost(resolver));
  const step = (labels: Labels): readonly Labels[] => {
    const tags: ClosureMap = new Map(labels);
    const result = run([tags]);
    return [asLabels(result instanceof Map ? result : tags)];
  };
  return Object.assign(step, { ignores: ignoredBy(closure) });
}

function forEachStep(call: CallExpression, resolver: MetadataResolver | undefined): LabelStep {
  const closure = closureOf(call.args[1]);
  if (closure === undefined) return (labels) => [labels];
  const elements = listOf(call.args[0]);
  const run = compileClosure(closure, 2, closureHost(resolver));
  return (labels) => {
    const tags: ClosureMap = new Map(labels);
    for (const element of elements) run([element, tags]);
    return [asLabels(tags)];
  };
}

function retagStep(call: CallExpression, resolver: MetadataResolver | undefined): LabelStep {
  const [target, , podLabel, namespaceLabel] = call.args.map(textOf);
  return (labels) => {
    const pod = labels.get(podLabel ?? '') ?? '';
    const namespace = labels.get(namespaceLabel ?? '') ?? '';
    if (pod === '' || namespace === '') return [labels];
    if (resolver === undefined) return [];
    return [new Map(labels).set(target ?? '', resolver.podService(namespace, pod))];
  };
}

/** Labels are texts: what a closure left without a value is no label. */
function asLabels(values: ReadonlyMap<string, ClosureValue>): Labels {
  const labels = new Map<string, string>();
  for (const [name, value] of values) {
    if (typeof value === 'string') labels.set(name, value);
    else if (typeof value === 'number' || typeof value === 'boolean') labels.set(name, String(value));
  }
  return labels;
}
