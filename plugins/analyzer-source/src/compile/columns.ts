/** Names of rules to columns of the catalog. */
import { type MeterlarkError, nearest } from '@meterlark/core';
import { columnOf } from '../catalog/catalog.js';
import type { ColumnDefinition, SourceDefinition } from '../catalog/define.js';
import { oalErrors } from '../errors.js';
import { located, type ColumnNode } from '../language/ast.js';
import type { ColumnUse } from '../plan.js';

export interface Scope {
  readonly source: SourceDefinition;
  readonly faults: MeterlarkError[];
}

export function findColumn({ name, at }: ColumnNode, { source, faults }: Scope): ColumnDefinition | undefined {
  const column = columnOf(source, name);
  if (column !== undefined) return column;
  const near = nearest(name, source.columns.keys()) ?? [...source.columns.keys()][0] ?? '';
  faults.push(oalErrors.METERLARK_OAL_UNKNOWN_COLUMN({ ...located(at), source: source.name, name, nearest: near }));
  return undefined;
}

export function isNumber({ type }: ColumnDefinition, cast: boolean): boolean {
  return type === 'integer' || type === 'decimal' || (cast && type === 'text');
}

export function useOf({ name, type }: ColumnDefinition, cast = false): ColumnUse {
  const isCast = cast && type === 'text';
  return { name, cast: isCast, nullable: !isCast && (type === 'text' || type.startsWith('enum:')) };
}

/** For people. */
export function typeText({ type }: ColumnDefinition, cast = false): string {
  if (type.startsWith('enum:')) return `a ${type.slice('enum:'.length)}`;
  if (cast && type === 'text') return 'a number';
  const texts: Readonly<Record<string, string>> = {
    text: 'a text', integer: 'a number', decimal: 'a number', flag: 'true or false', map: 'a map of texts', tags: 'a list of "key:value"',
  };
  return texts[type] ?? type;
}
