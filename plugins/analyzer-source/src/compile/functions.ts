/** The functions: what each takes, the state that it keeps, and how the state is shown. */
import type { MetricDefinition } from '@meterlark/core';
import type { ColumnDefinition } from '../catalog/define.js';
import type { LabelUse, RuleRecord } from '../plan.js';
import type { Arguments } from './arguments.js';

export type Shown = Pick<MetricDefinition, 'kind'> & Partial<Pick<MetricDefinition, 'form' | 'factor' | 'precision' | 'percentiles' | 'edge' | 'unit'>>;

export interface Compiled {
  readonly record: RuleRecord;
  readonly shown: Shown;
  readonly labels?: LabelUse;
  readonly notes?: readonly string[];
}

export interface FunctionDefinition {
  /** For the cure. */
  readonly form: string;
  readonly compile: (args: Arguments) => Compiled;
}

const ranks = [50, 75, 90, 95, 99];

/** Bounds are kept as whole millionths, so that they must not be too large. */
const mostWidth = 10_000;
/** What a series holds. */
const mostBuckets = 500;
const mostLabels = 10_000;

const asColumn = ({ unit, factor, keepsFractions }: ColumnDefinition): Omit<Shown, 'kind'> => ({
  unit, factor, precision: keepsFractions ? 'decimal' : 'integer',
});

/** SkyWalking's scale of shares. */
const tenThousandths: Shown = { kind: 'ratio', factor: 10_000, unit: '1/100 percent' };

function mean(args: Arguments, precision?: 'decimal'): Compiled {
  const { use, column } = args.value();
  const shown: Shown = { kind: 'ratio', ...asColumn(column) };
  return { record: { op: 'mean', value: use }, shown: precision === undefined ? shown : { ...shown, precision } };
}

function extreme(op: 'max' | 'min', args: Arguments, precision?: 'decimal'): Compiled {
  const { use, column } = args.value();
  const shown: Shown = { kind: op, ...asColumn(column) };
  return { record: { op, value: use }, shown: precision === undefined ? shown : { ...shown, precision } };
}

function percentiles(args: Arguments): Compiled {
  const { use, column } = args.value();
  const width = args.whole('the width of a bucket', mostWidth);
  const { unit, factor } = column;
  const shown: Shown = { kind: 'histogram', unit, factor, percentiles: ranks, edge: 'lower' };
  return { record: { op: 'histogram', value: use, width, last: undefined }, shown };
}

function heatMap(args: Arguments): Compiled {
  const { use, column } = args.value();
  const width = args.whole('the width of a bucket', mostWidth);
  const last = args.whole('the number of buckets', mostBuckets);
  const { unit, factor } = column;
  return { record: { op: 'histogram', value: use, width, last }, shown: { kind: 'histogram', unit, factor, edge: 'lower' } };
}

function limitOf(args: Arguments): number | undefined {
  return args.nextIs('literal') ? args.whole('the most labels', mostLabels) : undefined;
}

/** SkyWalking calls the one label `n`. */
function labelCount(args: Arguments): Compiled {
  const columns = [args.label('the label')];
  return { record: { op: 'count' }, shown: { kind: 'sum' }, labels: { columns, names: ['n'], limit: limitOf(args) } };
}

function labelAvg(args: Arguments): Compiled {
  const columns = [args.label('the label')];
  const { use, column } = args.number('the value');
  const labels = { columns, names: ['n'], limit: limitOf(args) };
  return { record: { op: 'mean', value: use }, shown: { kind: 'ratio', ...asColumn(column) }, labels };
}

function labelSum(args: Arguments): Compiled {
  const columns = args.labels(1);
  const { use, column } = args.number('the value');
  return { record: { op: 'sum', value: use }, shown: { kind: 'sum', ...asColumn(column) }, labels: { ...ownNames(columns), limit: limitOf(args) } };
}

/** Labels are called as their columns. */
function ownNames(columns: LabelUse['columns']): Omit<LabelUse, 'limit'> {
  return { columns, names: columns.map(({ name }) => name) };
}

function labelled(args: Arguments, shown: Shown): Compiled {
  return { record: { op: 'count' }, shown, labels: { ...ownNames(args.labels(0)), limit: limitOf(args) } };
}

function percentOf(args: Arguments): Compiled {
  const part = args.number('the part').use;
  const whole = args.number('the whole').use;
  const shown: Shown = { kind: 'ratio', factor: 100, precision: 'decimal', unit: 'percent' };
  return { record: { op: 'quotient', part, whole, partMayMiss: true }, shown };
}

function perSecond(args: Arguments): Compiled {
  const { use: part, column } = args.number('the amount');
  const whole = args.number('the milliseconds').use;
  const shown: Shown = { kind: 'ratio', factor: 1000, precision: 'decimal', unit: `${column.unit}/s` };
  return { record: { op: 'quotient', part, whole, partMayMiss: false }, shown };
}

function apdex(args: Arguments): Compiled {
  const value = args.value().use;
  const name = args.label('the name that has a threshold');
  return { record: { op: 'apdex', value, name, status: args.flag('the success') }, shown: { kind: 'ratio', factor: 10_000 } };
}

export const functions: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['longAvg', { form: 'from(Source.column).longAvg()', compile: (args) => mean(args) }],
  ['doubleAvg', { form: 'from(Source.column).doubleAvg()', compile: (args) => mean(args, 'decimal') }],
  ['sum', {
    form: 'from(Source.column).sum()',
    compile: (args) => {
      const { use, column } = args.value();
      return { record: { op: 'sum', value: use }, shown: { kind: 'sum', ...asColumn(column) } };
    },
  }],
  ['count', { form: 'count()', compile: () => ({ record: { op: 'count' }, shown: { kind: 'sum' } }) }],
  ['cpm', { form: 'cpm()', compile: () => ({ record: { op: 'count' }, shown: { kind: 'sum', form: 'perMinute', unit: 'calls/min' } }) }],
  ['percent', {
    form: 'percent(column == value)',
    compile: (args) => ({ record: { op: 'percent', condition: args.condition('what is counted') }, shown: tenThousandths }),
  }],
  ['rate', {
    form: 'rate(column == value, column == value)',
    compile: (args) => {
      const part = args.condition('what is counted');
      return { record: { op: 'rate', part, whole: args.condition('what it is compared with') }, shown: tenThousandths };
    },
  }],
  ['max', { form: 'from(Source.column).max()', compile: (args) => extreme('max', args) }],
  ['maxDouble', { form: 'from(Source.column).maxDouble()', compile: (args) => extreme('max', args, 'decimal') }],
  ['min', { form: 'from(Source.column).min()', compile: (args) => extreme('min', args) }],
  ['minDouble', { form: 'from(Source.column).minDouble()', compile: (args) => extreme('min', args, 'decimal') }],
  ['percentile2', { form: 'from(Source.column).percentile2(width)', compile: percentiles }],
  ['percentile', {
    form: 'from(Source.column).percentile2(width)',
    compile: (args) => ({ ...percentiles(args), notes: ['percentile() is read as percentile2(): its values have the label p'] }),
  }],
  ['histogram', { form: 'from(Source.column).histogram(width, buckets)', compile: heatMap }],
  ['apdex', { form: 'from(Source.column).apdex(name, status)', compile: apdex }],
  ['labelCount', { form: 'labelCount(label) or labelCount(label, limit)', compile: labelCount }],
  ['labelAvg', { form: 'labelAvg(label, value) or labelAvg(label, value, limit)', compile: labelAvg }],
  // Ours.
  ['countIf', {
    form: 'countIf(column == value)',
    compile: (args) => ({ record: { op: 'countIf', condition: args.condition('what is counted') }, shown: { kind: 'sum' } }),
  }],
  ['labelSum', { form: 'labelSum(label, …, value) or labelSum(label, …, value, limit)', compile: labelSum }],
  ['labelCalls', { form: 'labelCalls(label, …) or labelCalls(label, …, limit)', compile: (args) => labelled(args, { kind: 'sum' }) }],
  ['labelPercent', {
    form: 'labelPercent(label, …) or labelPercent(label, …, limit)',
    compile: (args) => labelled(args, { kind: 'sum', form: 'share', factor: 100, precision: 'decimal', unit: 'percent' }),
  }],
  ['percentOf', { form: 'percentOf(part, whole)', compile: percentOf }],
  ['perSecond', { form: 'perSecond(amount, milliseconds)', compile: perSecond }],
]);
