/**
 * Interprets an expression over the samples that one resource pushed at one time, for the few rules that have no
 * mergeable state of their own. Semantics: families of samples, EMPTY (an empty list), arithmetic by equal labels.
 * Increases are known per stream, so `increase` and the rates switch the leaves below them from values to increases.
 */
import { durationMs, textOf } from '../compile/arguments.js';
import type { Argument, CallExpression, Expression } from '../language/ast.js';
import { FamilyCalls } from './evaluator-calls.js';
import { divideSafely, operate } from './evaluator-math.js';
import { usable, type Evaluated, type Family, type SampleFamilies } from './family.js';

interface Scene {
  readonly families: SampleFamilies;
  readonly timeMs: number;
  /** Seconds of increase that a leaf stands for; undefined: its value. */
  readonly increaseSeconds: number | undefined;
}

export class Evaluator {
  private readonly calls = new FamilyCalls();

  /** Throws what a closure throws. */
  evaluate(expression: Expression, families: SampleFamilies, timeMs: number): Family {
    return asFamily(this.run({ families, timeMs, increaseSeconds: undefined }, expression));
  }

  private run(scene: Scene, expression: Expression): Evaluated {
    switch (expression.type) {
      case 'number':
        return expression.value;
      case 'metric':
        return leaf(scene, expression.name);
      case 'negate':
        return operate('-', 0, this.run(scene, expression.operand));
      case 'binary':
        return operate(expression.operator, this.run(scene, expression.left), this.run(scene, expression.right));
      case 'function':
        if (expression.name !== 'time') throw new TypeError(`no function ${expression.name}`);
        return scene.timeMs / 1000;
      case 'call':
        return this.call(scene, expression);
    }
  }

  private call(scene: Scene, call: CallExpression): Evaluated {
    const { target, method, args } = call;
    switch (method) {
      case 'increase':
        return this.run({ ...scene, increaseSeconds: seconds(args[0]) }, target);
      case 'rate':
      case 'irate':
        return this.run({ ...scene, increaseSeconds: 1 }, target);
      case 'safeDiv':
        return divideSafely(this.run(scene, target), this.operand(scene, args[0]));
      case 'plus':
      case 'minus':
      case 'multiply':
      case 'div':
        return operate(operators[method], this.run(scene, target), this.operand(scene, args[0]));
      case 'negative':
        return operate('-', 0, this.run(scene, target));
      default:
        return this.calls.apply(call, asFamily(this.run(scene, target)));
    }
  }

  private operand(scene: Scene, argument: Argument | undefined): Evaluated {
    if (argument?.type !== 'expression') throw new TypeError('an operand must be an expression');
    return this.run(scene, argument.value);
  }
}

const operators = { plus: '+', minus: '-', multiply: '*', div: '/' } as const;

function leaf({ families, increaseSeconds }: Scene, name: string): Family {
  const samples = families.get(name) ?? [];
  if (increaseSeconds === undefined) return samples;
  return usable(samples.map((sample) => ({ ...sample, value: sample.perSecond * increaseSeconds })));
}

function asFamily(value: Evaluated): Family {
  return typeof value === 'number' ? usable([{ labels: new Map(), value, perSecond: Number.NaN }]) : value;
}

function seconds(argument: Argument | undefined): number {
  const milliseconds = durationMs(textOf(argument));
  if (milliseconds === undefined) throw new TypeError(`no duration: ${textOf(argument)}`);
  return milliseconds / 1000;
}
