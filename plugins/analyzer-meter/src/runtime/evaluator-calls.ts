/** Methods on a family of samples. */
import { listOf } from '../compile/arguments.js';
import { makeLabelStep, makeValueTest } from '../compile/label-steps.js';
import { markers } from '../compile/signatures.js';
import type { CallExpression } from '../language/ast.js';
import type { LabelStep, Labels } from '../plan.js';
import { labelKey } from './evaluator-math.js';
import type { EvaluationSample, Family } from './family.js';

type Merge = (values: readonly number[]) => number;
const merges: ReadonlyMap<string, Merge> = new Map<string, Merge>([
  ['sum', (values) => total(values)],
  ['avg', (values) => total(values) / values.length],
  ['min', (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)],
  ['max', (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)],
]);

/** The percentile of an interpreted histogram has no meaning as a gauge: these leave the samples as they are. */
const passing: ReadonlySet<string> = new Set([...markers, 'histogram', 'histogram_percentile']);

export class FamilyCalls {
  /** Label steps hold compiled closures and patterns: made once per place in a rule. */
  private readonly steps = new WeakMap<CallExpression, LabelStep>();

  /** Throws TypeError for a method it does not know. */
  apply(call: CallExpression, family: Family): Family {
    if (passing.has(call.method)) return family;
    const test = makeValueTest(call);
    if (test !== undefined) return family.filter(({ value }) => test(value));
    const by = listOf(call.args[0]);
    const merge = merges.get(call.method);
    if (merge !== undefined) return aggregate(family, by, merge);
    if (call.method === 'count') return count(family, by);
    const step = this.step(call);
    return family.flatMap((sample) => step(sample.labels).map((labels) => ({ ...sample, labels })));
  }

  private step(call: CallExpression): LabelStep {
    const step = this.steps.get(call) ?? makeLabelStep(call);
    if (step === undefined) throw new TypeError(`no method ${call.method}`);
    this.steps.set(call, step);
    return step;
  }
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
