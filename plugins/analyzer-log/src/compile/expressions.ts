/** Values and conditions to functions of a run: everything that can be told before a log comes is told here, once. */
import { lalErrors } from '../errors.js';
import type { ExpressionNode, OperandNode } from '../language/ast.js';
import { compileAccess } from './access.js';
import { castOf } from './casts.js';
import type { Compiled, Test } from './compiled.js';
import { compileComparison } from './comparisons.js';
import { bounded } from './methods.js';
import type { RuleRun } from './run.js';
import { faultAt, type Scope } from './scope.js';
import { isNumeric, RunFailure, textOf, truthy, type Kind } from './values.js';

export function compileValue(node: ExpressionNode, scope: Scope): Compiled {
  switch (node.type) {
    case 'or':
    case 'and':
    case 'not':
    case 'compare':
      return { kind: 'flag', read: compileTest(node, scope) };
    case 'cast':
      return castOf(compileValue(node.inner, scope), node.cast, scope);
    case 'arithmetic':
      return node.rest.reduce((left, operand) => computed(left, operand, scope), compileValue(node.first, scope));
    case 'access':
      return compileAccess(node, scope);
  }
}

export function compileTest(node: ExpressionNode, scope: Scope): Test {
  switch (node.type) {
    case 'or':
      return anyOf(node.terms.map((term) => compileTest(term, scope)));
    case 'and':
      return allOf(node.terms.map((term) => compileTest(term, scope)));
    case 'not': {
      const inner = compileTest(node.inner, scope);
      return (run) => !inner(run);
    }
    case 'compare':
      return compileComparison(node, { left: compileValue(node.left, scope), right: compileValue(node.right, scope) });
    case 'access':
      // Brackets alone change nothing.
      if (node.root.type === 'group' && node.segments.length === 0) return compileTest(node.root.inner, scope);
      return truth(compileValue(node, scope));
    default:
      return truth(compileValue(node, scope));
  }
}

function truth({ kind, read }: Compiled): Test {
  return kind === 'flag' ? (run) => read(run) === true : (run) => truthy(read(run));
}

function anyOf(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (tests.length === 2 && first !== undefined && second !== undefined) return (run) => first(run) || second(run);
  return (run) => {
    for (const test of tests) if (test(run)) return true;
    return false;
  };
}

function allOf(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (tests.length === 2 && first !== undefined && second !== undefined) return (run) => first(run) && second(run);
  return (run) => {
    for (const test of tests) if (!test(run)) return false;
    return true;
  };
}

const promotions = ['int', 'long', 'float', 'double'] as const;
type Numeric = (typeof promotions)[number];

function promoted(left: Numeric, right: Numeric): Numeric {
  return promotions[Math.max(promotions.indexOf(left), promotions.indexOf(right))] as Numeric;
}

/** As upstream: numbers when both are known to be, else `+` joins texts and the others are faults. */
function computed(left: Compiled, { operator, value, at }: OperandNode, scope: Scope): Compiled {
  const right = compileValue(value, scope);
  if (isNumeric(left.kind) && isNumeric(right.kind)) {
    const kind = promoted(left.kind, right.kind);
    const compute = operations[operator](kind);
    const first = left.read as (run: RuleRun) => number;
    const second = right.read as (run: RuleRun) => number;
    return { kind, read: (run) => compute(first(run), second(run)) };
  }
  if (operator !== '+') {
    const found = isNumeric(left.kind) ? right.kind : left.kind;
    throw faultAt(lalErrors.METERLARK_LAL_TYPE, at, { operator: `"${operator}"`, found: kindNames[found] });
  }
  return { kind: 'text', read: (run) => bounded(textOf(left.read(run), left.kind) + textOf(right.read(run), right.kind)) };
}

const kindNames: Readonly<Record<Kind, string>> = {
  int: 'a number', long: 'a number', float: 'a number', double: 'a number', text: 'a text', flag: 'true or false',
  any: 'a value that may be anything',
};

type Compute = (left: number, right: number) => number;

/** Java's int wraps at 32 bits; whole numbers divide without a rest. */
function wrap(kind: Numeric, compute: Compute): Compute {
  if (kind === 'int') return (left, right) => compute(left, right) | 0;
  return kind === 'float' ? (left, right) => Math.fround(compute(left, right)) : compute;
}

const operations: Readonly<Record<OperandNode['operator'], (kind: Numeric) => Compute>> = {
  '+': (kind) => wrap(kind, (left, right) => left + right),
  '-': (kind) => wrap(kind, (left, right) => left - right),
  '*': (kind) => (kind === 'int' ? Math.imul : wrap(kind, (left, right) => left * right)),
  '/': (kind) => (kind === 'int' || kind === 'long' ? wrap(kind, wholeDivision) : wrap(kind, (left, right) => left / right)),
};

function wholeDivision(left: number, right: number): number {
  if (right === 0) throw new RunFailure('division by zero');
  return Math.trunc(left / right);
}
