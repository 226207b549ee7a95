import type { Argument, Expression } from '../language/ast.js';

/** Sample families that an expression names. */
export function familiesOf(expression: Expression): ReadonlySet<string> {
  const families = new Set<string>();
  collect(expression, families);
  return families;
}

function collect(expression: Expression, into: Set<string>): void {
  switch (expression.type) {
    case 'metric':
      into.add(expression.name);
      return;
    case 'number':
      return;
    case 'negate':
      return collect(expression.operand, into);
    case 'binary':
      collect(expression.left, into);
      return collect(expression.right, into);
    case 'call':
      collect(expression.target, into);
      return collectArguments(expression.args, into);
    case 'function':
      return collectArguments(expression.args, into);
  }
}

function collectArguments(args: readonly Argument[], into: Set<string>): void {
  for (const argument of args) if (argument.type === 'expression') collect(argument.value, into);
}
