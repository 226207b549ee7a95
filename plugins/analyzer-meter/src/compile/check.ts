/** Walks an expression and reports every unknown function and wrong argument, nested ones included. */
import type { MeterlarkError } from '@meterlark/core';
import { isMeterlarkError } from '@meterlark/core';
import { malErrors } from '../errors.js';
import type { Argument, CallExpression, Expression } from '../language/ast.js';
import { compileClosure } from '../language/closure-compiler.js';
import { faultAt } from '../language/fault.js';
import { argumentFault, closureOf } from './arguments.js';
import { closureHost } from './host.js';
import { makeLabelStep } from './label-steps.js';
import { nearest } from './nearest.js';
import { functionSignatures, methodSignatures } from './signatures.js';

export function checkExpression(expression: Expression, layers: ReadonlySet<string>): readonly MeterlarkError[] {
  const faults: MeterlarkError[] = [];
  visit(expression, layers, faults);
  return faults;
}

function visit(expression: Expression, layers: ReadonlySet<string>, faults: MeterlarkError[]): void {
  switch (expression.type) {
    case 'number':
    case 'metric':
      return;
    case 'negate':
      visit(expression.operand, layers, faults);
      return;
    case 'binary':
      visit(expression.left, layers, faults);
      visit(expression.right, layers, faults);
      return;
    case 'function':
      checkFunction(expression, layers, faults);
      return;
    case 'call':
      visit(expression.target, layers, faults);
      visitArguments(expression.args, layers, faults);
      checkCall(expression, layers, faults);
  }
}

function visitArguments(args: readonly Argument[], layers: ReadonlySet<string>, faults: MeterlarkError[]): void {
  for (const argument of args) if (argument.type === 'expression') visit(argument.value, layers, faults);
}

function checkFunction(
  expression: Extract<Expression, { type: 'function' }>,
  layers: ReadonlySet<string>,
  faults: MeterlarkError[],
): void {
  const { name, args, at } = expression;
  visitArguments(args, layers, faults);
  const signature = functionSignatures.get(name);
  const fault =
    signature === undefined
      ? unknown(name, functionSignatures.keys(), at)
      : argumentFault({ method: name, args, at }, signature, layers);
  if (fault !== undefined) faults.push(fault);
}

function unknown(name: string, known: Iterable<string>, at: CallExpression['at']): MeterlarkError {
  return faultAt(malErrors.METERLARK_MAL_UNKNOWN_FUNCTION, at, { function: name, nearest: nearest(name, known) });
}

function checkCall(call: CallExpression, layers: ReadonlySet<string>, faults: MeterlarkError[]): void {
  const signature = call.namespace === undefined ? methodSignatures.get(call.method) : undefined;
  if (signature === undefined) {
    const name = call.namespace === undefined ? call.method : `${call.namespace}::${call.method}`;
    return void faults.push(unknown(name, methodSignatures.keys(), call.at));
  }
  const fault = argumentFault(call, signature, layers) ?? closureFault(call);
  if (fault !== undefined) faults.push(fault);
}

/** Closures and patterns are compiled here once, for their faults. */
function closureFault(call: CallExpression): MeterlarkError | undefined {
  try {
    if (makeLabelStep(call) === undefined) compileOthers(call);
    return undefined;
  } catch (error) {
    if (isMeterlarkError(error)) return error;
    throw error;
  }
}

/** Closures that are no label steps: of decorate() and instance(). */
function compileOthers(call: CallExpression): void {
  const closure = closureOf(call.args.find((argument) => argument.type === 'closure'));
  if (closure !== undefined) compileClosure(closure, 1, closureHost(undefined));
}
