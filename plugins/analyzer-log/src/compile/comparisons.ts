/** `==` and the like. What is known of both sides decides once how they are compared. */
import { lalErrors } from '../errors.js';
import type { CompareOperator, ExpressionNode } from '../language/ast.js';
import type { Compiled, Test } from './compiled.js';
import { faultAt } from './scope.js';
import { comparable, decimalIn, isNumeric, numberOrNone, type Value } from './values.js';

type CompareNode = Extract<ExpressionNode, { type: 'compare' }>;
interface Sides {
  readonly left: Compiled;
  readonly right: Compiled;
}

export function compileComparison({ operator, at }: CompareNode, sides: Sides): Test {
  if (operator === '==') return equality(sides);
  if (operator === '!=') {
    const equal = equality(sides);
    return (run) => !equal(run);
  }
  for (const side of [sides.left, sides.right]) {
    const value = side.constant?.value;
    if (side.kind === 'flag' || (typeof value === 'string' && decimalIn(value) === undefined)) {
      const found = side.kind === 'flag' ? 'true or false' : 'a text';
      throw faultAt(lalErrors.METERLARK_LAL_TYPE, at, { operator: `"${operator}"`, found });
    }
  }
  return order(operator, sides);
}

function equality({ left, right }: Sides): Test {
  if (left.constant !== undefined && right.constant === undefined) return equality({ left: right, right: left });
  const { read } = left;
  const numeric = isNumeric(left.kind) || isNumeric(right.kind);
  if (right.constant !== undefined) return equalTo(read, right.constant.value, numeric);
  const second = right.read;
  return numeric ? (run) => equalNumbers(read(run), second(run)) : (run) => read(run) === second(run);
}

function equalTo(read: Compiled['read'], constant: Value, numeric: boolean): Test {
  const wanted = numeric ? numberOrNone(constant) : constant;
  if (!numeric || constant === undefined) return (run) => read(run) === wanted;
  if (wanted === undefined) return () => false;
  return (run) => {
    const value = read(run);
    return value === wanted || numberOrNone(value) === wanted;
  };
}

function equalNumbers(left: Value, right: Value): boolean {
  const first = numberOrNone(left);
  return first !== undefined && first === numberOrNone(right);
}

function order(operator: CompareOperator, { left, right }: Sides): Test {
  const first = left.read;
  const bound = right.constant === undefined ? undefined : comparable(right.constant.value);
  if (bound !== undefined) return orderTo(operator, first, bound);
  const second = right.read;
  switch (operator) {
    case '<':
      return (run) => comparable(first(run)) < comparable(second(run));
    case '<=':
      return (run) => comparable(first(run)) <= comparable(second(run));
    case '>':
      return (run) => comparable(first(run)) > comparable(second(run));
    default:
      return (run) => comparable(first(run)) >= comparable(second(run));
  }
}

function orderTo(operator: CompareOperator, read: Compiled['read'], bound: number): Test {
  switch (operator) {
    case '<':
      return (run) => comparable(read(run)) < bound;
    case '<=':
      return (run) => comparable(read(run)) <= bound;
    case '>':
      return (run) => comparable(read(run)) > bound;
    default:
      return (run) => comparable(read(run)) >= bound;
  }
}
