/** Conditions on records as SQL. Columns are checked against the model, values go through the literals. */
import type { ColumnRef, RecordColumn, RecordCondition, RecordModel, RecordSelection } from '@meterlark/core';
import { storageErrors } from '../errors.js';
import { identifier, number, text, texts } from '../literal.js';
import { idBytes, idsOf, isLookedUpMap } from './record-tables.js';

/** Of so many values an index is asked. */
export const fewIds = 10;

/** What a condition is about. Where `present` does not hold there is no value; `sql` may then be anything. */
export interface Operand {
  readonly type: 'text' | 'number' | 'integer' | 'flag' | 'map';
  readonly sql: string;
  /** undefined: always. */
  readonly present: string | undefined;
}

export function columnOf(model: RecordModel, name: string): RecordColumn {
  const column = model.columns.find((one) => one.name === name);
  if (column === undefined) throw refused(`${model.name} has no column ${JSON.stringify(name)}`);
  return column;
}

export function operandOf(model: RecordModel, { column: asked, key }: ColumnRef): Operand {
  const column = columnOf(model, asked);
  const name = identifier(column.name);
  const isMap = column.type === 'textMap' || column.type === 'numberMap';
  if (key !== undefined) {
    if (!isMap) throw refused(`${name} has no keys`);
    const type = column.type === 'textMap' ? 'text' : 'number';
    return { type, sql: `${name}[${text(key)}]`, present: `mapContains(${name}, ${text(key)})` };
  }
  if (isMap) return { type: 'map', sql: name, present: `notEmpty(${name})` };
  if (column.type === 'flag') return { type: 'flag', sql: name, present: undefined };
  if (column.type === 'word' || column.type === 'text') return { type: 'text', sql: name, present: `notEmpty(${name})` };
  return { type: column.type === 'decimal' ? 'number' : 'integer', sql: name, present: column.optional === true ? `isNotNull(${name})` : undefined };
}

export function selectionSql({ model, tenant, fromUs, toUs, where }: RecordSelection): string {
  const range = `tenant = ${text(tenant)} AND time >= ${number(Math.ceil(fromUs))} AND time < ${number(Math.ceil(toUs))}`;
  return [range, ...where.map((condition) => conditionSql(model, condition))].join(' AND ');
}

export function conditionSql(model: RecordModel, condition: RecordCondition): string {
  const operand = operandOf(model, condition);
  switch (condition.is) {
    case 'in':
      return isIn(operand, condition.values) + byIds(columnOf(model, condition.column), condition.values);
    case 'notIn':
      return `NOT ${isIn(operand, condition.values)}`;
    case 'contains':
      return isSearched(model, condition) ? byParts(operand, condition.value) : contains(operand, condition.value);
    case 'notContains':
      return `NOT ${contains(operand, condition.value)}`;
    case 'atLeast':
      return compared(operand, '>=', condition.value);
    case 'atMost':
      return compared(operand, '<=', condition.value);
    case 'present':
      return operand.present ?? '1';
    case 'absent':
      return `NOT ${operand.present ?? '1'}`;
  }
}

/** A value of another type than the column's equals no value of it. */
function isIn(operand: Operand, values: readonly (string | number | boolean)[]): string {
  const literals = [...new Set(values.flatMap((value) => literalFor(operand, value)))];
  if (literals.length === 0) return '0';
  const [only] = literals;
  return where(operand, literals.length === 1 ? `${operand.sql} = ${only}` : `${operand.sql} IN (${literals.join(', ')})`);
}

function literalFor({ type }: Operand, value: string | number | boolean): string[] {
  if (typeof value === 'string') return type === 'text' ? [text(value)] : [];
  if (typeof value === 'boolean') return type === 'flag' ? [String(value)] : [];
  const fits = type === 'integer' ? Number.isSafeInteger(value) : type === 'number' && Number.isFinite(value);
  return fits ? [number(value)] : [];
}

/** What is no text contains nothing; what is no number is compared with nothing. */
function contains(operand: Operand, value: string): string {
  if (operand.type !== 'text') return '0';
  return value === '' ? '1' : `(position(${operand.sql}, ${text(value)}) > 0)`;
}

function isSearched(model: RecordModel, { column, key }: ColumnRef): boolean {
  return key === undefined && columnOf(model, column).searched === true;
}

/** The index knows this function and not `position`. What it finds is the same. */
function byParts({ sql }: Operand, value: string): string {
  return value === '' ? '1' : `multiSearchAny(${sql}, [${text(value)}])`;
}

/** Holds wherever one of the values is that of any key; only there for its index. "" where it would be no help. */
function byIds(column: RecordColumn, values: readonly (string | number | boolean)[]): string {
  const ids = values.filter((value) => typeof value === 'string');
  const isHelp = isLookedUpMap(column) && ids.length > 0 && ids.length <= fewIds && ids.every((id) => Buffer.byteLength(id) >= idBytes);
  return isHelp ? ` AND hasAny(${idsOf(column.name)}, [${texts([...new Set(ids)])}])` : '';
}

function compared(operand: Operand, sign: '>=' | '<=', value: number): string {
  if ((operand.type !== 'number' && operand.type !== 'integer') || Number.isNaN(value)) return '0';
  if (Number.isFinite(value)) return where(operand, `${operand.sql} ${sign} ${number(value)}`);
  return value < 0 === (sign === '>=') ? where(operand, '1') : '0';
}

/** Only numbers can be missing without having a value that says so. */
function where({ type, present }: Operand, sql: string): string {
  return type === 'text' || present === undefined ? `(${sql})` : `(${present} AND ${sql})`;
}

/** With the engine's own number for wrong arguments. */
export function refused(reason: string): Error {
  return storageErrors.METERLARK_STORAGE_CLICKHOUSE_REFUSED({ number: 36, reason });
}
