/**
 * Interprets an expression over the samples that one resource pushed at one time, for the few rules that have no
 * mergeable state of their own. Semantics: families of samples, EMPTY (an empty list), arithmetic by equal labels.
 * Increases are known per stream, so `increase` and the rates switch the leaves below them from values to increases.
 */
import type { Argument, CallExpression, Expression } from '../language/ast.js';
import type { Labels } from '../plan.js';
import { callFamily } from './evaluator-calls.js';
import { divideSafely, operate } from './evaluator-math.js';

export interface EvaluationSample {
  readonly labels: Labels;
  readonly value: number;
  /** Increase per second since the stream's last point; NaN when it is not known. */
  readonly perSecond: number;
}

export type SampleFamilies = ReadonlyMap<string, readonly EvaluationSample[]>;
export type Family = readonly EvaluationSample[];
export type Evaluated = Family | number;

export interface Scene {
  readonly families: SampleFamilies;
  readonly timeMs: number;
  /** Seconds of increase that a leaf stands for; undefined: its value. */
  readonly increaseSeconds: number | undefined;
}

export function evaluate(expression: Expression, families: SampleFamilies, timeMs: number): Family {
  const result = evaluateIn({ families, timeMs, increaseSeconds: undefined }, expression);
  if (typeof result !== 'number') return result;
  return usable([{ labels: new Map(), value: result, perSecond: Number.NaN }]);
}

/** NaN samples are dropped whenever a family is built. */
export function usable(family: Family): Family {
  return family.some(({ value }) => Number.isNaN(value)) ? family.filter(({ value }) => !Number.isNaN(value)) : family;
}

function evaluateIn(scene: Scene, expression: Expression): Evaluated {
  switch (expression.type) {
    case 'number':
      return expression.value;
    case 'metric':
      return leaf(scene, expression.name);
    case 'negate':
      return operate('-', 0, evaluateIn(scene, expression.operand));
    case 'binary':
      return operate(expression.operator, evaluateIn(scene, expression.left), evaluateIn(scene, expression.right));
    case 'function':
      if (expression.name !== 'time') throw new TypeError(`no function ${expression.name}`);
      return scene.timeMs / 1000;
    case 'call':
      return call(scene, expression);
  }
}

function leaf({ families, increaseSeconds }: Scene, name: string): Family {
  const samples = families.get(name) ?? [];
  if (increaseSeconds === undefined) return samples;
  return usable(samples.map((sample) => ({ ...sample, value: sample.perSecond * increaseSeconds })));
}

function call(scene: Scene, { target, method, args }: CallExpression): Evaluated {
  switch (method) {
    case 'increase':
      return evaluateIn({ ...scene, increaseSeconds: seconds(args[0]) }, target);
    case 'rate':
    case 'irate':
      return evaluateIn({ ...scene, increaseSeconds: 1 }, target);
    case 'safeDiv':
      return divideSafely(evaluateIn(scene, target), operand(scene, args[0]));
    case 'plus':
    case 'minus':
    case 'multiply':
    case 'div':
      return operate(operators[method], evaluateIn(scene, target), operand(scene, args[0]));
    case 'negative':
      return operate('-', 0, evaluateIn(scene, target));
    default:
      return callFamily(method, args, family(evaluateIn(scene, target)));
  }
}

const operators = { plus: '+', minus: '-', multiply: '*', div: '/' } as const;

function operand(scene: Scene, argument: Argument | undefined): Evaluated {
  if (argument?.type === 'numbers' && argument.values.length === 1) return argument.values[0] ?? Number.NaN;
  if (argument?.type !== 'expression') throw new TypeError('an operand must be an expression');
  return evaluateIn(scene, argument.value);
}

function family(value: Evaluated): Family {
  return typeof value === 'number' ? usable([{ labels: new Map(), value, perSecond: Number.NaN }]) : value;
}

/** ISO 8601 durations as MAL uses them: PT1M, PT15S, P1D. */
export function seconds(argument: Argument | undefined): number {
  const text = argument?.type === 'string' ? argument.value : '';
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (match === null) throw new TypeError(`no duration: ${text}`);
  const [days, hours, minutes, rest] = [1, 2, 3, 4].map((index) => Number(match[index] ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (rest ?? 0);
}
