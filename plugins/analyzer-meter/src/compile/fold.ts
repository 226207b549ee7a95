/** Folds an expression of checked form into a `Form`; throws Unfoldable for what has no mergeable state. */
import { malErrors } from '../errors.js';
import type { CallExpression, Expression } from '../language/ast.js';
import { faultAt } from '../language/fault.js';
import type { LabelStep } from '../plan.js';
import { durationMs, listOf, memberOf, textOf } from './arguments.js';
import { add, divide, multiply, scale, unfoldable, type Form, type Part, type Reading } from './forms.js';
import { labelsAfter, leLabel } from './label-flow.js';
import { makeLabelStep, makeValueTest } from './label-steps.js';
import { markers, timeUnitsInMs } from './signatures.js';
import type { MetadataResolver } from './host.js';
import type { SharedParts } from './shared-parts.js';

export interface FoldOptions {
  readonly resolver: MetadataResolver | undefined;
  /** Of `le` where histogram() names no unit. */
  readonly histogramUnit: 'SECONDS' | 'MILLISECONDS';
  readonly shared: SharedParts;
}

type Linear = Extract<Form, { type: 'linear' }>;
const minuteMs = 60_000;

export function fold(expression: Expression, options: FoldOptions): Form {
  switch (expression.type) {
    case 'number':
      return { type: 'constant', value: expression.value };
    case 'metric':
      return { type: 'linear', parts: [metricPart(expression.name)] };
    case 'negate':
      return scale(fold(expression.operand, options), -1);
    case 'function':
      return unfoldable(`${expression.name}() is no metric`);
    case 'binary':
      return arithmetic(expression.operator, fold(expression.left, options), fold(expression.right, options));
    case 'call':
      return foldCall(expression, options);
  }
}

function metricPart(family: string): Part {
  return {
    family,
    coefficient: 1,
    steps: [],
    keeps: undefined,
    reading: undefined,
    aggregator: 'none',
    before: undefined,
    labels: undefined,
    counted: [],
    key: () => family,
  };
}

const methodOperators: ReadonlyMap<string, '+' | '-' | '*' | '/'> = new Map([
  ['plus', '+'],
  ['minus', '-'],
  ['multiply', '*'],
  ['div', '/'],
  ['safeDiv', '/'],
]);

function arithmetic(operator: '+' | '-' | '*' | '/', left: Form, right: Form): Form {
  switch (operator) {
    case '+':
      return add(left, right);
    case '-':
      return add(left, scale(right, -1));
    case '*':
      return multiply(left, right);
    case '/':
      return divide(left, right);
  }
}

function foldCall(call: CallExpression, options: FoldOptions): Form {
  const target = fold(call.target, options);
  if (markers.has(call.method)) return target;
  const operator = methodOperators.get(call.method);
  const argument = call.args[0];
  if (operator !== undefined && argument?.type === 'expression')
    return arithmetic(operator, target, fold(argument.value, options));
  if (call.method === 'negative') return scale(target, -1);
  const step = options.shared.step(call, () => makeLabelStep(call, options.resolver));
  if (step !== undefined) return throughStep(call, target, step);
  if (call.method === 'histogram_percentile') return withPercentiles(call, target);
  if (target.type === 'histogram')
    throw faultAt(malErrors.METERLARK_MAL_HISTOGRAM, call.at, { reason: `${call.method}() cannot follow histogram()` });
  if (target.type !== 'linear')
    return unfoldable(`${call.method}() of a ${target.type === 'ratio' ? 'quotient' : 'number'}`);
  return foldLinear(call, target, options);
}

function foldLinear(call: CallExpression, target: Linear, options: FoldOptions): Form {
  switch (call.method) {
    case 'sum':
      return { type: 'linear', parts: target.parts.map((part) => summed(call, part, options)) };
    case 'avg':
    case 'max':
    case 'min':
      return aggregated(call, call.method, target, options);
    case 'count':
      return counted(call, target, options);
    case 'increase':
      return read(target, { type: 'increase', minutes: (durationMs(textOf(call.args[0])) ?? minuteMs) / minuteMs });
    case 'rate':
    case 'irate':
      return read(target, { type: 'rate' });
    case 'histogram':
      return histogram(call, target, options);
    default:
      return compared(call, target);
  }
}

/** Text of a link, so that equal texts are recognised as equal numbers. */
function linkKey(call: CallExpression): string {
  const args = JSON.stringify(call.args, (name, value: unknown) => (name === 'at' ? undefined : value));
  return `.${call.method}${args}`;
}

function follow(call: CallExpression, part: Part, change: Partial<Part>): Part {
  return { ...part, labels: labelsAfter(call, part.labels), key: () => part.key() + linkKey(call), ...change };
}

function throughStep(call: CallExpression, form: Form, step: LabelStep): Form {
  const through = (part: Part): Part => follow(call, part, { steps: [...part.steps, step] });
  switch (form.type) {
    case 'constant':
      return form;
    case 'linear':
      return { type: 'linear', parts: form.parts.map(through) };
    case 'ratio':
      return { type: 'ratio', numerator: form.numerator.map(through), denominator: form.denominator.map(through) };
    case 'histogram':
      return { ...form, part: through(form.part) };
  }
}

function summed(call: CallExpression, part: Part, options: FoldOptions): Part {
  const foldable = part.reading !== undefined || part.aggregator === 'none' || part.aggregator === 'sum';
  if (!foldable) return unfoldable(`sum() of ${part.aggregator}()`);
  const steps = [...part.steps, options.shared.reduction(listOf(call.args[0]))];
  return follow(call, part, { steps, aggregator: part.reading === undefined ? 'sum' : 'none' });
}

function aggregated(
  call: CallExpression,
  aggregator: 'avg' | 'max' | 'min',
  target: Linear,
  options: FoldOptions,
): Form {
  if (target.parts.some(({ reading }) => reading !== undefined)) return unfoldable(`${aggregator}() of increases`);
  if (target.parts.some((part) => part.aggregator !== 'none'))
    return unfoldable(`${aggregator}() of aggregated values`);
  const single = target.parts.length === 1 && (target.parts[0]?.coefficient ?? 0) > 0;
  if (aggregator !== 'avg' && !single) return unfoldable(`${aggregator}() of a sum or difference`);
  const steps = options.shared.reduction(listOf(call.args[0]));
  return {
    type: 'linear',
    parts: target.parts.map((part) => follow(call, part, { steps: [...part.steps, steps], aggregator })),
  };
}

function counted(call: CallExpression, target: Linear, options: FoldOptions): Form {
  const [part, other] = target.parts;
  const labels = listOf(call.args[0]);
  if (
    part === undefined ||
    other !== undefined ||
    part.reading !== undefined ||
    part.aggregator !== 'none' ||
    labels.length === 0
  ) {
    return unfoldable('count() of anything but the labels of one metric');
  }
  const counts = {
    aggregator: 'count' as const,
    coefficient: 1,
    counted: labels.slice(-1),
    steps: [...part.steps, options.shared.reduction(labels)],
  };
  return { type: 'linear', parts: [follow(call, part, counts)] };
}

/** `increase`, `rate`, `irate`: from values to deltas. */
function read(target: Linear, reading: Reading): Form {
  const several = target.parts.length > 1;
  return {
    type: 'linear',
    parts: target.parts.map((part) => {
      if (part.reading !== undefined) return unfoldable('an increase of an increase');
      if (part.keeps !== undefined) return unfoldable('an increase of values chosen by size');
      const plain = part.aggregator === 'none' || part.aggregator === 'sum';
      if (plain) return { ...part, reading, aggregator: 'none', key: () => `${part.key()}.${JSON.stringify(reading)}` };
      if (several || part.aggregator === 'count') return unfoldable(`an increase of several ${part.aggregator}()`);
      return {
        ...part,
        reading,
        aggregator: 'none',
        before: part.aggregator,
        key: () => `${part.key()}.${JSON.stringify(reading)}`,
      };
    }),
  };
}

function histogram(call: CallExpression, target: Linear, options: FoldOptions): Form {
  const [part, other] = target.parts;
  const le = leLabel(call);
  const plain = part !== undefined && other === undefined && part.before === undefined && part.keeps === undefined;
  if (!plain || (part.aggregator !== 'none' && part.aggregator !== 'sum')) {
    throw faultAt(malErrors.METERLARK_MAL_HISTOGRAM, call.at, {
      reason: 'histogram() takes the buckets of one metric, summed at most',
    });
  }
  if (part.labels !== undefined && !part.labels.includes(le)) {
    throw faultAt(malErrors.METERLARK_MAL_HISTOGRAM, call.at, {
      reason: `the label "${le}" that histogram() needs has been dropped`,
    });
  }
  const unit = call.args[1] === undefined ? options.histogramUnit : memberOf(call.args[1]);
  return {
    type: 'histogram',
    part: { ...part, labels: labelsAfter(call, part.labels) },
    leLabel: le,
    unitScale: timeUnitsInMs.get(unit) ?? 1,
    percentiles: [],
  };
}

function withPercentiles(call: CallExpression, target: Form): Form {
  const argument = call.args[0];
  if (target.type !== 'histogram')
    throw faultAt(malErrors.METERLARK_MAL_HISTOGRAM, call.at, {
      reason: 'histogram_percentile() needs histogram() before it',
    });
  return { ...target, percentiles: argument?.type === 'numbers' ? argument.values : [] };
}

/** valueEqual and its kin, which see the value before the factor is applied by the reader. */
function compared(call: CallExpression, target: Linear): Form {
  const test = makeValueTest(call);
  const [part, other] = target.parts;
  if (
    test === undefined ||
    part === undefined ||
    other !== undefined ||
    part.reading !== undefined ||
    part.aggregator !== 'none'
  ) {
    return unfoldable(`${call.method}() of computed values`);
  }
  const { coefficient, keeps } = part;
  const both = (value: number): boolean => (keeps === undefined || keeps(value)) && test(value * coefficient);
  return { type: 'linear', parts: [follow(call, part, { keeps: both })] };
}
