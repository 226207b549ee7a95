/** Questions about records as one statement each. */
import type { ColumnRef, GroupMeasure, GroupQuery, RecordModel, RecordQuery } from '@meterlark/core';
import { identifier, number } from '../literal.js';
import { readSettings, statementBytes, type ReadLimits } from '../read-settings.js';
import { columnOf, conditionSql, fewIds, operandOf, refused, selectionSql } from './record-conditions.js';
import { isLookedUpMap } from './record-tables.js';

export interface RecordTarget {
  readonly database: string;
  readonly limits: ReadLimits;
}

/** Names that no column of a model has. */
export const bucketAlias = '_bucket';
export const groupAlias = (place: number): string => `_by_${place}`;
export const measureAlias = (place: number): string => `_measure_${place}`;

export function rowsSql(query: RecordQuery, target: RecordTarget): string {
  const { model, orderBy, limit, offset } = query;
  const columns = (query.columns ?? model.columns.map(({ name }) => name)).map((name) => identifier(columnOf(model, name).name));
  const order = orderBy.map(({ column, descending }) => `${identifier(columnOf(model, column).name)} ${descending ? 'DESC' : 'ASC'} NULLS LAST`);
  return statement([
    `SELECT ${columns.join(', ')}`,
    `FROM ${tableOf(model, target)}`,
    `WHERE ${selectionSql(query)}`,
    ...(order.length === 0 ? [] : [`ORDER BY ${order.join(', ')}`]),
    `LIMIT ${count(limit)} OFFSET ${count(offset)}`,
    settingsOf(model, target, isLookUp(query) ? lookUpThreads : rowThreads),
  ]);
}

export function groupsSql(query: GroupQuery, target: RecordTarget): string {
  const { model, by, bucketUs, measures } = query;
  const keys = [...(bucketUs === undefined ? [] : [bucketAlias]), ...by.map((_, place) => groupAlias(place))];
  const selected = [
    ...(bucketUs === undefined ? [] : [`intDiv(time, ${count(bucketUs)}) * ${count(bucketUs)} AS ${bucketAlias}`]),
    ...by.map((ref, place) => `${groupValue(model, ref)} AS ${groupAlias(place)}`),
    ...measures.map((measure, place) => `${measureSql(model, measure)} AS ${measureAlias(place)}`),
    `count() AS _rows`,
  ];
  return statement([
    `SELECT ${selected.join(', ')}`,
    `FROM ${tableOf(model, target)}`,
    `WHERE ${selectionSql(query)}`,
    ...(keys.length === 0 ? [] : [`GROUP BY ${keys.join(', ')}`]),
    // Without keys the engine answers a row also for no rows.
    'HAVING _rows > 0',
    ...orderOf(query, keys),
    `LIMIT ${count(query.limit)}`,
    settingsOf(model, target, groupThreads),
  ]);
}

const rowThreads = 2;
/** A trace by its id reads a few granules: a second thread measured more processor time (15.4 against 14.1 ms) and more waiting. */
const lookUpThreads = 1;
const groupThreads = 4;

/** A few values of a column with an index that finds them; those of a map may be in every row. */
function isLookUp({ model, where }: RecordQuery): boolean {
  const lookedUp = (name: string): boolean => model.columns.some((column) => column.name === name && column.lookedUp === true && !isLookedUpMap(column));
  return where.some((condition) => condition.is === 'in' && condition.values.length <= fewIds && lookedUp(condition.column));
}

function orderOf({ orderBy, measures }: GroupQuery, keys: readonly string[]): string[] {
  if (orderBy !== undefined && measures[orderBy.measure] === undefined) throw refused(`there is no measure ${orderBy.measure}`);
  const first = orderBy === undefined ? [] : [`${rankOf(measures[orderBy.measure]!, orderBy.measure)} ${orderBy.descending ? 'DESC' : 'ASC'} NULLS LAST`];
  const order = [...first, ...keys];
  return order.length === 0 ? [] : [`ORDER BY ${order.join(', ')}`];
}

/** Sums leave the engine as text, which sorts differently. */
function rankOf(measure: GroupMeasure, place: number): string {
  return measure.of === 'sum' ? `toInt256OrNull(${measureAlias(place)})` : measureAlias(place);
}

function groupValue(model: RecordModel, ref: ColumnRef): string {
  const { type, sql, present } = operandOf(model, ref);
  switch (type) {
    case 'text':
      return sql;
    case 'flag':
      return `if(${sql}, 'true', 'false')`;
    case 'map':
      throw refused(`${sql} is a map: name a key of it`);
    default:
      return present === undefined ? `toString(${sql})` : `if(${present}, toString(assumeNotNull(${sql})), '')`;
  }
}

function measureSql(model: RecordModel, measure: GroupMeasure): string {
  if (measure.of === 'count') {
    const conditions = (measure.where ?? []).map((condition) => conditionSql(model, condition));
    return `toInt64(${conditions.length === 0 ? 'count()' : `countIf(${conditions.join(' AND ')})`})`;
  }
  const { type, sql } = operandOf(model, { column: measure.column });
  if (type !== 'number' && type !== 'integer') throw refused(`${sql} is no number`);
  switch (measure.of) {
    case 'sum':
      // A few thousand dollars in picodollars are near the end of 64 bits.
      return type === 'integer' ? `toString(sum(toInt128(${sql})))` : `sum(${sql})`;
    case 'quantile':
      // Of a value only 16 bits are kept, which moves it by less than 0.8 %.
      return `toFloat64(quantileBFloat16(${rank(measure.rank)})(${sql}))`;
    default:
      return `${measure.of}(${sql})`;
  }
}

function rank(value: number): string {
  if (!(value >= 0 && value <= 1)) throw refused(`${value} is no rank from 0 to 1`);
  return String(value);
}

function count(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw refused(`${value} is no whole number from 0 on`);
  return number(value);
}

function tableOf(model: RecordModel, { database }: RecordTarget): string {
  return `${identifier(database)}.${identifier(model.name)}${model.key === undefined ? '' : ' FINAL'}`;
}

/** Equal keys have equal times, so they never lie in two partitions. */
function settingsOf(model: RecordModel, { limits }: RecordTarget, threads: number): string {
  const settings = readSettings(limits, threads);
  return model.key === undefined ? settings : `${settings}, do_not_merge_across_partitions_select_final = 1`;
}

function statement(lines: readonly string[]): string {
  const sql = lines.join('\n');
  // The transport adds a few words.
  if (Buffer.byteLength(sql) > statementBytes - 1024) throw refused('too many or too long values: ask for fewer at a time');
  return sql;
}
