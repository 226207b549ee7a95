import type { CallExpression } from '../language/ast.js';
import type { LabelStep, Placer } from '../plan.js';
import { reduceTo } from './label-steps.js';
import type { Scope } from './scope.js';

/**
 * Functions that several rules of one file have in common: made once, so that the runtime knows them by identity and
 * runs each once per stream. The links of expPrefix and expSuffix keep their arguments from rule to rule.
 */
export class SharedParts {
  private readonly steps = new Map<CallExpression['args'], LabelStep>();
  private readonly reductions = new Map<string, LabelStep>();
  private readonly scopes = new Map<CallExpression['args'], Scope>();
  private readonly placers = new Map<Scope, Map<string, Placer>>();

  step(call: CallExpression, make: () => LabelStep | undefined): LabelStep | undefined {
    const step = this.steps.get(call.args) ?? make();
    if (step !== undefined) this.steps.set(call.args, step);
    return step;
  }

  reduction(names: readonly string[]): LabelStep {
    return known(this.reductions, JSON.stringify(names), () => reduceTo(names));
  }

  scope(call: CallExpression, make: () => Scope): Scope {
    return known(this.scopes, call.args, make);
  }

  placer(scope: Scope, labels: readonly string[], make: () => Placer): Placer {
    const placers = known(this.placers, scope, () => new Map<string, Placer>());
    return known(placers, JSON.stringify(labels), make);
  }
}

function known<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
