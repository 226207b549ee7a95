import type { ClosureOperator } from './ast.js';
import { add, compareValues, contains, equal, toNumber, truthy, type ClosureMap, type ClosureValue } from './closure-values.js';

/** A compiled expression of a closure. */
export type Evaluate = (locals: ClosureMap) => ClosureValue;

export function operate(operator: ClosureOperator, first: Evaluate, second: Evaluate): Evaluate {
  switch (operator) {
    case '&&':
      return (locals) => truthy(first(locals)) && truthy(second(locals));
    case '||':
      return (locals) => truthy(first(locals)) || truthy(second(locals));
    case '==':
      return (locals) => equal(first(locals), second(locals));
    case '!=':
      return (locals) => !equal(first(locals), second(locals));
    case 'in':
      return (locals) => contains(second(locals), first(locals));
    case '+':
      return (locals) => add(first(locals), second(locals));
    default:
      return numeric(operator, first, second);
  }
}

function numeric(operator: '<' | '>' | '<=' | '>=' | '-' | '*' | '/', first: Evaluate, second: Evaluate): Evaluate {
  switch (operator) {
    case '<':
      return (locals) => compareValues(first(locals), second(locals)) < 0;
    case '>':
      return (locals) => compareValues(first(locals), second(locals)) > 0;
    case '<=':
      return (locals) => compareValues(first(locals), second(locals)) <= 0;
    case '>=':
      return (locals) => compareValues(first(locals), second(locals)) >= 0;
    case '-':
      return (locals) => toNumber(first(locals)) - toNumber(second(locals));
    case '*':
      return (locals) => toNumber(first(locals)) * toNumber(second(locals));
    case '/':
      return (locals) => toNumber(first(locals)) / toNumber(second(locals));
  }
}
