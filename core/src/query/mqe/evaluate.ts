import type { AggregateLabelsNode, Arithmetic, Comparison, Expression, MetricNode, Program, TopNode } from './ast.js';
import { quoted } from './ast.js';
import { aggregate, roundHalfUp, sum, trend } from './functions.js';
import { aggregateLabels, notLabeled, relabel, sortLabelValues, sortValues } from './label-functions.js';
import { failure, hasValue, mapValues, outcome, single, type Outcome } from './outcome.js';
import { combine, type Apply } from './pairing.js';
import { mergeTops } from './top-of.js';
import { maxTrendRange } from './walk.js';

/** What was read for the nodes that name metrics (see walk.ts), and what evaluation may cost. */
export interface Readings {
  readonly outcomes: ReadonlyMap<MetricNode | TopNode, Outcome>;
  readonly secondsPerPoint: number;
  readonly work: Work;
}

/** Values an evaluation may still produce; long chains over many series end here instead of holding up the server. */
export class Work {
  private done = 0;

  constructor(readonly limit: number) {}

  spend(values: number): void {
    this.done += values;
    if (this.done > this.limit) throw new TooMuchWork(this.limit);
  }
}

export class TooMuchWork extends Error {
  constructor(limit: number) {
    super(`The expression works on more than ${limit} values.`);
  }
}

/** Faults come back in the outcome; only TooMuchWork is thrown. */
export function evaluate(program: Program, readings: Readings): Outcome {
  return new Evaluation(program, readings).visit(program.root, 'root');
}

/** Who uses a result: only logic and parentheses around it may know that it came from a comparison. */
type User = 'root' | 'parentheses' | 'logic' | 'other';

const comparisons: Readonly<Record<Comparison, Apply>> = {
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<=': (left, right) => Number(left <= right),
  '<': (left, right) => Number(left < right),
  '>=': (left, right) => Number(left >= right),
  '>': (left, right) => Number(left > right),
};

const arithmetics: Readonly<Record<Arithmetic, Apply>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

const logics: Readonly<Record<'&&' | '||', Apply>> = {
  '&&': (left, right) => Number(left === 1 && right === 1),
  '||': (left, right) => Number(left === 1 || right === 1),
};

type Visit<K extends Expression['kind']> = Extract<Expression, { readonly kind: K }>;

class Evaluation {
  constructor(
    private readonly program: Program,
    private readonly readings: Readings,
  ) {}

  visit(node: Expression, user: User): Outcome {
    const result = this.evaluate(node);
    this.readings.work.spend(1 + sum(result.series.map(({ values }) => values.length)));
    const keepsMark = node.kind === 'comparison' || node.kind === 'logic' || node.kind === 'parentheses';
    return { ...result, compared: result.compared && keepsMark && user !== 'other' };
  }

  private evaluate(node: Expression): Outcome {
    switch (node.kind) {
      case 'metric':
      case 'top':
        return this.read(node);
      case 'baseline':
        return this.read(node.metric);
      case 'scalar':
        return single(node.value);
      case 'parentheses':
        return this.visit(node.of, 'parentheses');
      case 'arithmetic':
        return this.both(node, 'other', (left, right) => combine('binary', [left, right], arithmetics[node.operator]));
      case 'comparison':
        return this.both(node, 'other', (left, right) => marked(combine('compare', [left, right], comparisons[node.operator])));
      case 'logic':
        return this.both(node, 'logic', (left, right) => this.logic(node, left, right));
      case 'viewAsSeq':
        return this.viewAsSeq(node.of);
      case 'isPresent':
        return single(Number(node.of.some((each) => hasValue(this.visit(each, 'other')))));
      case 'topOf':
        return mergeTops(node.of.map((each) => this.visit(each, 'other')), node.limit, node.order);
      default:
        return this.call(node);
    }
  }

  /** Functions of one argument. All but sorting and relabeling hand an argument's fault on. */
  private call(node: Visit<'aggregation' | 'math' | 'round' | 'trend' | 'relabels' | 'aggregateLabels' | 'sortValues' | 'sortLabelValues'>): Outcome {
    switch (node.kind) {
      case 'aggregation':
        return this.sound(node.of, (of) => aggregate(node.name, of));
      case 'math':
        return this.sound(node.of, (of) => mapValues(of, (value) => Math[node.name](value)));
      case 'round':
        return this.sound(node.of, (of) => mapValues(of, (value) => roundHalfUp(value, node.digits)));
      case 'trend':
        return this.trend(node);
      case 'aggregateLabels':
        return this.sound(node.of.node, (of) => this.aggregateLabels(node, of));
      case 'relabels': {
        const of = this.visit(node.of.node, 'other');
        return of.labeled ? relabel(of, node.target, node.replacement) : notLabeled(of, quoted(this.program, node.of));
      }
      case 'sortValues':
        return sortValues(this.visit(node.of, 'other'), node);
      case 'sortLabelValues':
        return sortLabelValues(this.visit(node.of, 'other'), node.order, node.names);
    }
  }

  private read(node: MetricNode | TopNode): Outcome {
    return this.readings.outcomes.get(node) ?? outcome('UNKNOWN', []);
  }

  private sound(argument: Expression, apply: (of: Outcome) => Outcome): Outcome {
    const of = this.visit(argument, 'other');
    return of.error === undefined ? apply(of) : of;
  }

  /** The left side first: its fault wins and the right side is not looked at. */
  private both(node: Visit<'arithmetic' | 'comparison' | 'logic'>, user: User, apply: (left: Outcome, right: Outcome) => Outcome): Outcome {
    const left = this.visit(node.left, user);
    if (left.error !== undefined) return left;
    const right = this.visit(node.right, user);
    return right.error === undefined ? apply(left, right) : right;
  }

  private logic(node: Visit<'logic'>, left: Outcome, right: Outcome): Outcome {
    const uncompared = !left.compared ? 'left' : !right.compared ? 'right' : undefined;
    if (uncompared !== undefined) return failure(`Bool Operation: The result of the ${uncompared} expression is not a compare result.`);
    return marked(combine('bool', [left, right], logics[node.operator]));
  }

  /** The first result with a value, or else the first result, whatever it is. */
  private viewAsSeq(of: readonly Expression[]): Outcome {
    let first: Outcome | undefined;
    for (const each of of) {
      const result = this.visit(each, 'other');
      if (hasValue(result)) return result;
      first ??= result;
    }
    return first ?? outcome('UNKNOWN', []);
  }

  private aggregateLabels(node: AggregateLabelsNode, of: Outcome): Outcome {
    return of.labeled ? aggregateLabels(of, node.name, node.names) : notLabeled(of, quoted(this.program, node.of));
  }

  private trend(node: Visit<'trend'>): Outcome {
    if (node.range < 1) return failure('The trend range must be greater than 0.');
    if (node.range > maxTrendRange) return failure(`The trend range must not be greater than ${maxTrendRange}.`);
    const of = this.read(node.metric);
    if (of.error !== undefined) return of;
    if (of.type !== 'TIME_SERIES_VALUES') {
      return { ...of, error: `The result of expression [${quoted(this.program, node.metric)}] is not a time series result.` };
    }
    const seconds = node.name === 'rate' ? node.range * this.readings.secondsPerPoint : undefined;
    return trend(of, node.range, seconds);
  }
}

function marked(result: Outcome): Outcome {
  return { ...result, compared: result.error === undefined };
}
