/** Comparisons of rules, checked against the types of the catalog. */
import { type MeterlarkError, nearest } from '@meterlark/core';
import type { ColumnDefinition } from '../catalog/define.js';
import { enums } from '../catalog/enums.js';
import { oalErrors } from '../errors.js';
import { located, type ConditionNode, type Literal } from '../language/ast.js';
import type { Condition, ConditionValue } from '../plan.js';
import { findColumn, isNumber, typeText, useOf, type Scope } from './columns.js';

/** undefined: faults were added. */
export function compileCondition(node: ConditionNode, scope: Scope): Condition | undefined {
  const column = findColumn(node.column, scope);
  if (column === undefined) return undefined;
  const wrong = node.values.find((value) => !fits(node, column, value));
  if (wrong !== undefined) return void scope.faults.push(typeFault(node, column, wrong));
  if (!node.values.every((value) => isMember(value, scope))) return undefined;
  if (column.type === 'tags') return tagCondition(node, column);
  const operator = node.operator as Condition['operator'];
  return { column: useOf(column, node.column.cast), operator, values: node.values.map(valueOf) };
}

function fits({ operator, column: { cast } }: ConditionNode, column: ColumnDefinition, literal: Literal): boolean {
  switch (operator) {
    case '>':
    case '<':
    case '>=':
    case '<=':
      return isNumber(column, cast) && literal.type === 'number';
    case 'like':
      return column.type === 'text' && !cast && literal.type === 'text' && /^%|%$/.test(literal.value);
    case 'contain':
    case 'not contain':
      return column.type === 'tags' && literal.type === 'text' && literal.value.includes(':');
    case 'in':
      return literal.type !== 'null' && literal.type !== 'flag' && isOfType(column, cast, literal);
    case '==':
    case '!=':
      return isOfType(column, cast, literal);
  }
}

function isOfType(column: ColumnDefinition, cast: boolean, literal: Literal): boolean {
  switch (literal.type) {
    case 'number':
      return isNumber(column, cast);
    case 'text':
      return column.type === 'text' && !cast;
    case 'flag':
      return column.type === 'flag';
    case 'null':
      return useOf(column, cast).nullable;
    case 'enum':
      return column.type === `enum:${literal.enum}`;
  }
}

function isMember(literal: Literal, { faults }: Scope): boolean {
  if (literal.type !== 'enum') return true;
  const members = enums.get(literal.enum);
  if (members?.has(literal.member) === true) return true;
  const { enum: name, member, at } = literal;
  const near = nearest(member, members ?? []) ?? [...(members ?? [])][0] ?? '';
  faults.push(oalErrors.METERLARK_OAL_UNKNOWN_MEMBER({ ...located(at), enum: name, member, nearest: `${name}.${near}` }));
  return false;
}

function valueOf(literal: Literal): ConditionValue {
  if (literal.type === 'null') return undefined;
  return literal.type === 'enum' ? literal.member : literal.value;
}

/** `tags contain "key:value"` is `tag["key"] == "value"`; an event without the tag meets neither it nor its opposite. */
function tagCondition({ operator, values }: ConditionNode, { name }: ColumnDefinition): Condition {
  const [literal] = values;
  const text = literal?.type === 'text' ? literal.value : '';
  const cut = text.indexOf(':');
  const map = name.replace(/s$/, '');
  const column = { name: `${map}[${JSON.stringify(text.slice(0, cut))}]`, cast: false, nullable: true };
  return { column, operator: operator === 'contain' ? '==' : 'hasNot', values: [text.slice(cut + 1)] };
}

function typeFault(node: ConditionNode, column: ColumnDefinition, wrong: Literal): MeterlarkError {
  return oalErrors.METERLARK_OAL_TYPE({
    ...located(wrong.at),
    name: column.name,
    type: typeText(column, node.column.cast),
    operator: node.operator,
    found: literalText(wrong),
    expected: expectedBy(node, column),
  });
}

function literalText(literal: Literal): string {
  switch (literal.type) {
    case 'number':
    case 'flag':
      return String(literal.value);
    case 'text':
      return JSON.stringify(literal.value.slice(0, 60));
    case 'null':
      return 'null';
    case 'enum':
      return `${literal.enum}.${literal.member}`;
  }
}

function expectedBy({ operator, column: { cast } }: ConditionNode, column: ColumnDefinition): string {
  if (operator === 'like') return 'a quoted text that begins or ends with %; the column must be a text';
  if (operator === 'contain' || operator === 'not contain') return 'a quoted "key:value"; the column must be tags';
  if (/[<>]/.test(operator)) return 'a number; the column must be one too';
  if (isNumber(column, cast)) return 'a number';
  if (column.type === 'flag') return 'true or false, by == or !=';
  if (column.type.startsWith('enum:')) return `${column.type.slice('enum:'.length)}.<member>`;
  return column.type === 'text' ? 'a quoted text' : `one of its entries, ${column.name.replace(/s$/, '')}["key"]`;
}
