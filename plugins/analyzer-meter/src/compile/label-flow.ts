/** Which labels a sample has after a link, as far as the text says it. */
import type { CallExpression, Closure, ClosureExpression, Expression, Statement } from '../language/ast.js';
import { closureOf, listOf, textOf } from './arguments.js';

/** undefined: whatever labels the stream has. */
export type KnownLabels = readonly string[] | undefined;

/** Labels of an expression's samples. */
export function labelsOf(expression: Expression): KnownLabels {
  switch (expression.type) {
    case 'negate':
      return labelsOf(expression.operand);
    case 'binary':
      return isFamily(expression.left) ? labelsOf(expression.left) : labelsOf(expression.right);
    case 'call':
      return labelsAfter(expression, labelsOf(expression.target));
    default:
      return undefined;
  }
}

/** true when the expression reads a metric. */
export function isFamily(expression: Expression): boolean {
  switch (expression.type) {
    case 'metric':
      return true;
    case 'negate':
      return isFamily(expression.operand);
    case 'binary':
      return isFamily(expression.left) || isFamily(expression.right);
    case 'call':
      return isFamily(expression.target);
    default:
      return false;
  }
}

/** Labels after a call, given those before it. */
export function labelsAfter(call: CallExpression, before: KnownLabels): KnownLabels {
  switch (call.method) {
    case 'sum':
    case 'avg':
    case 'max':
    case 'min':
      return listOf(call.args[0]);
    case 'count':
      return listOf(call.args[0]).slice(0, -1);
    case 'histogram':
      return before?.filter((name) => name !== leLabel(call));
    case 'retagByK8sMeta':
      return changed(before, { set: [textOf(call.args[0])], removed: [], replaced: false });
    case 'tag':
      return changed(before, effects(closureOf(call.args[0]), []));
    case 'forEach':
      return changed(before, effects(closureOf(call.args[1]), listOf(call.args[0])));
    default:
      return before;
  }
}

export function leLabel(call: CallExpression): string {
  return textOf(call.args[0]) || 'le';
}

interface Effects {
  readonly set: readonly string[];
  readonly removed: readonly string[];
  /** The closure returns a map, which takes the place of all labels. */
  readonly replaced: boolean;
}

function changed(before: KnownLabels, { set, removed, replaced }: Effects): KnownLabels {
  if (replaced) return [...new Set(set)];
  return before === undefined ? undefined : [...new Set([...before, ...set])].filter((name) => !removed.includes(name));
}

/** What a closure does to labels, for the keys that the text (and the elements of forEach) gives away. */
function effects(closure: Closure | undefined, elements: readonly string[]): Effects {
  if (closure === undefined) return { set: [], removed: [], replaced: false };
  const tags = closure.parameters.at(-1) ?? '';
  const element = closure.parameters.length > 1 ? (closure.parameters[0] ?? '') : undefined;
  const statements = flatten(closure.body);
  const keys = (key: ClosureExpression): readonly string[] => possibleTexts(key, element, elements);
  const returned = statements.map(resultOf).find((value) => value?.type === 'map');
  if (returned?.type === 'map')
    return { set: returned.entries.flatMap((entry) => keys(entry.key)), removed: [], replaced: true };
  const set = statements.flatMap((statement) =>
    statement.type === 'assign' ? assignedKeys(statement.target, tags, keys) : putKeys(statement, tags, keys),
  );
  const removed = statements.flatMap((statement) => methodKeys(statement, { tags, method: 'remove' }, keys));
  return { set, removed, replaced: false };
}

type Keys = (key: ClosureExpression) => readonly string[];

function flatten(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((statement) =>
    statement.type === 'if' ? flatten([...statement.then, ...statement.else]) : [statement],
  );
}

function resultOf(statement: Statement): ClosureExpression | undefined {
  return statement.type === 'return' || statement.type === 'expression' ? statement.value : undefined;
}

function isTags(target: ClosureExpression, tags: string): boolean {
  return target.type === 'name' && target.name === tags;
}

function assignedKeys(target: ClosureExpression, tags: string, keys: Keys): readonly string[] {
  if (target.type === 'field' && isTags(target.target, tags)) return [target.name];
  return target.type === 'index' && isTags(target.target, tags) ? keys(target.index) : [];
}

function putKeys(statement: Statement, tags: string, keys: Keys): readonly string[] {
  return methodKeys(statement, { tags, method: 'put' }, keys);
}

function methodKeys(
  statement: Statement,
  called: { readonly tags: string; readonly method: string },
  keys: Keys,
): readonly string[] {
  const value = resultOf(statement);
  if (value?.type !== 'method' || value.name !== called.method || !isTags(value.target, called.tags)) return [];
  return value.args[0] === undefined ? [] : keys(value.args[0]);
}

function possibleTexts(
  key: ClosureExpression,
  element: string | undefined,
  elements: readonly string[],
): readonly string[] {
  if (key.type === 'literal') return key.value === undefined ? [] : [String(key.value)];
  if (key.type === 'name') return key.name === element ? elements : [];
  if (key.type !== 'binary' || key.operator !== '+') return [];
  const endings = possibleTexts(key.right, element, elements);
  return possibleTexts(key.left, element, elements).flatMap((start) => endings.map((end) => start + end));
}
