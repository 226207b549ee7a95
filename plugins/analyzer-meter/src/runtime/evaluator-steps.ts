import type { Argument } from '../language/ast.js';
import type { LabelStep } from '../plan.js';

export function labelStepOf(method: string, _args: readonly Argument[]): LabelStep {
  throw new TypeError(`no method ${method}`);
}
