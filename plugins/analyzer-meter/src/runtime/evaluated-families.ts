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
      { collect(expression.operand, into); return; }
    case 'binary':
      collect(expression.left, into);
      { collect(expression.right, into); return; }
    case 'call':
      collect(expression.target, into);
      { collectArguments(expression.args, into); return; }
    case 'function':
      { collectArguments(expression.args, into); return; }
  }
}

function collectArguments(args: readonly Argument[], into: Set<string>): void {
  for (const argument of args) if (argument.type === 'expression') collect(argument.value, into);
}
