/** What conditions and orders of record queries mean, for stores that look at rows in process. */
import type { ColumnRef, RecordCondition, RecordQuery, RecordSelection } from './record-query.js';
import type { RecordColumn, RecordModel, RecordRow } from './record.js';

export type CellValue = RecordRow[string];
export type RowTest = (row: RecordRow) => boolean;

export function columnOf(model: RecordModel, name: string): RecordColumn {
  const column = model.columns.find((known) => known.name === name);
  if (column === undefined) throw new Error(`${model.name} has no column ${name}`);
  return column;
}

/** What a row shows that was written before the column was there. */
export function emptyCell({ type, optional }: RecordColumn): CellValue {
  if (optional === true) return undefined;
  if (type === 'word' || type === 'text') return '';
  if (type === 'flag') return false;
  return type === 'textMap' || type === 'numberMap' ? {} : 0;
}

/** Reads a column, or a key of a map: "" for a missing one of a textMap. */
export function cellReader(model: RecordModel, { column: name, key }: ColumnRef): (row: RecordRow) => CellValue {
  const column = columnOf(model, name);
  const empty = emptyCell(column);
  if (key === undefined) return (row) => row[name] ?? empty;
  const missing = column.type === 'textMap' ? '' : undefined;
  return (row) => {
    const map = row[name];
    return typeof map === 'object' && Object.hasOwn(map, key) ? map[key] : missing;
  };
}

export function selectionTest({ model, tenant, fromUs, toUs, where }: RecordSelection): RowTest {
  const meets = conditionsTest(model, where);
  return (row) => {
    const time = row['time'] as number;
    return time >= fromUs && time < toUs && row['tenant'] === tenant && meets(row);
  };
}

export function conditionsTest(model: RecordModel, conditions: readonly RecordCondition[]): RowTest {
  const tests = conditions.map((condition) => conditionTest(model, condition));
  return (row) => tests.every((test) => test(row));
}

function conditionTest(model: RecordModel, condition: RecordCondition): RowTest {
  const read = cellReader(model, condition);
  switch (condition.is) {
    case 'in':
      return isIn(read, condition.values);
    case 'notIn':
      return not(isIn(read, condition.values));
    case 'contains':
      return contains(read, condition.value);
    case 'notContains':
      return not(contains(read, condition.value));
    case 'atLeast':
      return (row) => numberOf(read(row)) >= condition.value;
    case 'atMost':
      return (row) => numberOf(read(row)) <= condition.value;
    case 'present':
      return isPresent(model, condition);
    case 'absent':
      return not(isPresent(model, condition));
  }
}

function not(test: RowTest): RowTest {
  return (row) => !test(row);
}

function isIn(read: (row: RecordRow) => CellValue, values: readonly (string | number | boolean)[]): RowTest {
  const wanted = new Set<CellValue>(values);
  return (row) => wanted.has(read(row));
}

function contains(read: (row: RecordRow) => CellValue, part: string): RowTest {
  return (row) => {
    const value = read(row);
    return typeof value === 'string' && value.includes(part);
  };
}

/** NaN is neither at least nor at most anything. */
function numberOf(value: CellValue): number {
  return typeof value === 'number' ? value : NaN;
}

function isPresent(model: RecordModel, { column, key }: ColumnRef): RowTest {
  const read = cellReader(model, { column });
  return (row) => {
    const value = read(row);
    if (typeof value === 'object') return key === undefined ? Object.keys(value).length > 0 : Object.hasOwn(value, key);
    return value !== undefined && value !== '';
  };
}

/** Rows of one selection's model, in order, cut and with the columns asked for. */
export function selectRows(query: RecordQuery, rows: Iterable<RecordRow>): readonly RecordRow[] {
  const meets = selectionTest(query);
  const found: RecordRow[] = [];
  for (const row of rows) if (meets(row)) found.push(row);
  if (query.orderBy.length > 0) found.sort(rowOrder(query));
  const names = query.columns ?? query.model.columns.map(({ name }) => name);
  const cells = names.map((name) => [name, cellReader(query.model, { column: name })] as const);
  const cut = found.slice(query.offset, query.offset + query.limit);
  return cut.map((row) => Object.fromEntries(cells.map(([name, read]) => [name, read(row)])));
}

function rowOrder({ model, orderBy }: RecordQuery): (left: RecordRow, right: RecordRow) => number {
  const keys = orderBy.map(({ column, descending }) => ({ read: cellReader(model, { column }), descending }));
  return (left, right) => {
    for (const { read, descending } of keys) {
      const order = compareCells(read(left), read(right), descending);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** undefined comes last, whichever the direction. */
export function compareCells(left: CellValue | bigint, right: CellValue | bigint, descending: boolean): number {
  if (left === right) return 0;
  if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
  const order = typeof left === 'string' && typeof right === 'string' ? compareText(left, right) : left < right ? -1 : left > right ? 1 : 0;
  return descending ? -order : order;
}

/** By code points, which is the order of UTF-8 bytes too. */
export function compareText(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at += 1) {
    const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
