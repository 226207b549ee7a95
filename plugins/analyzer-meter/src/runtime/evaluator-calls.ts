/** Methods on a family of samples. */
import type { Argument } from '../language/ast.js';
import { labelStepOf } from './evaluator-steps.js';
import { labelKey } from './evaluator-math.js';
import type { Family, EvaluationSample } from './evaluator.js';
import type { Labels } from '../plan.js';

/** Scope functions and markers: the plan's placer and definition have taken what they say. */
const markers: ReadonlySet<string> = new Set([
  'service', 'instance', 'endpoint', 'process', 'serviceRelation', 'serviceInstanceRelation', 'processRelation',
  'downsampling', 'debugDump', 'decorate', 'histogram', 'histogram_percentile',
]);

type Compare = (value: number, limit: number) => boolean;
const comparisons: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ['valueEqual', (value, limit) => value === limit],
  ['valueNotEqual', (value, limit) => value !== limit],
  ['valueGreater', (value, limit) => value > limit],
  ['valueGreaterEqual', (value, limit) => value >= limit],
  ['valueLess', (value, limit) => value < limit],
  ['valueLessEqual', (value, limit) => value <= limit],
]);

type Merge = (values: readonly number[]) => number;
const merges: ReadonlyMap<string, Merge> = new Map<string, Merge>([
  ['sum', (values) => total(values)],
  ['avg', (values) => total(values) / values.length],
  ['min', (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)],
  ['max', (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)],
]);

/** Throws TypeError for a method it does not know. */
export function callFamily(method: string, args: readonly Argument[], family: Family): Family {
  if (markers.has(method)) return family;
  const compare = comparisons.get(method);
  if (compare !== undefined) return family.filter(({ value }) => compare(value, numberOf(args[0])));
  const merge = merges.get(method);
  if (merge !== undefined) return aggregate(family, namesOf(args[0]), merge);
  if (method === 'count') return count(family, namesOf(args[0]));
  const step = labelStepOf(method, args);
  return family.flatMap((sample) => step(sample.labels).map((labels) => ({ ...sample, labels })));
}

function aggregate(family: Family, by: readonly string[], merge: Merge): Family {
  return [...grouped(family, by).values()].map((group) => {
    const value = merge(group.samples.map((sample) => sample.value));
    return { labels: group.labels, value, perSecond: Number.NaN };
  });
}

/** Groups by all labels, then counts the groups that agree in all but the last. Blank labels do not count. */
function count(family: Family, by: readonly string[]): Family {
  if (by.length === 0) return family.length === 0 ? [] : [{ labels: new Map(), value: family.length, perSecond: Number.NaN }];
  const counted = family.filter(({ labels }) => by.every((name) => (labels.get(name) ?? '').trim() !== ''));
  const distinct = [...grouped(counted, by).values()].map(({ labels }) => ({ labels, value: 1, perSecond: Number.NaN }));
  return aggregate(distinct, by.slice(0, -1), total);
}

interface SampleGroup {
  readonly labels: Labels;
  readonly samples: EvaluationSample[];
}

function grouped(family: Family, by: readonly string[]): ReadonlyMap<string, SampleGroup> {
  const groups = new Map<string, SampleGroup>();
  for (const sample of family) {
    const labels: Labels = new Map(by.map((name) => [name, sample.labels.get(name) ?? '']));
    const key = labelKey(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, samples: [sample] });
    else group.samples.push(sample);
  }
  return groups;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function namesOf(argument: Argument | undefined): readonly string[] {
  return argument?.type === 'strings' ? argument.values : [];
}

function numberOf(argument: Argument | undefined): number {
  if (argument?.type === 'expression' && argument.value.type === 'number') return argument.value.value;
  if (argument?.type === 'expression' && argument.value.type === 'negate' && argument.value.operand.type === 'number') {
    return -argument.value.operand.value;
  }
  throw new TypeError('a limit must be a number');
}
