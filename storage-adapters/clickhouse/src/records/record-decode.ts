// Hot path: answers about records to rows and groups.
import type { GroupQuery, RecordColumn, RecordGroup, RecordModel, RecordRow } from '@meterlark/core';
import { storageErrors } from '../errors.js';
import { readBlocks, type Block, type Column } from '../native/reader.js';
import { columnOf } from './record-conditions.js';
import { bucketAlias, groupAlias, measureAlias } from './record-sql.js';

type Value = RecordRow[string];
type ValueReader = (row: number) => Value;

export function rowsOf(model: RecordModel, names: readonly string[] | undefined, answer: Uint8Array): RecordRow[] {
  const columns = names === undefined ? model.columns : names.map((name) => columnOf(model, name));
  const rows: RecordRow[] = [];
  for (const block of readBlocks(answer)) {
    const readers = columns.map((column) => valueReader(column, block.column(column.name)));
    for (let row = 0; row < block.rows; row += 1) {
      const values: Record<string, Value> = {};
      for (let place = 0; place < columns.length; place += 1) values[columns[place]!.name] = readers[place]!(row);
      rows.push(values);
    }
  }
  return rows;
}

function valueReader({ name, type }: RecordColumn, column: Column): ValueReader {
  if (column.kind === 'nullable') {
    const read = valueReader({ name, type }, column.values);
    return (row) => (column.nulls[row] === 1 ? undefined : read(row));
  }
  if (column.kind === 'nested') return mapReader(column);
  if (column.kind === 'bits') throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: `${name} has 64 bits` });
  const { values } = column;
  return type === 'flag' ? (row) => values[row] === 1 : (row) => values[row]!;
}

function mapReader({ ends, items }: Extract<Column, { readonly kind: 'nested' }>): ValueReader {
  const [keys, values] = items;
  if (keys?.kind !== 'strings' || (values?.kind !== 'strings' && values?.kind !== 'numbers')) {
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: 'a map without keys or values' });
  }
  return (row) => {
    const map: Record<string, string | number> = {};
    const end = ends[row]!;
    for (let entry = row === 0 ? 0 : ends[row - 1]!; entry < end; entry += 1) put(map, keys.values[entry]!, values.values[entry]!);
    return map;
  };
}

/** A sender may give a key this name; assigning it would set the prototype. */
function put(map: Record<string, string | number>, key: string, value: string | number): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

export function groupsOf({ model, by, bucketUs, measures }: GroupQuery, answer: Uint8Array): RecordGroup[] {
  const groups: RecordGroup[] = [];
  for (const block of readBlocks(answer)) {
    const keys = by.map((ref, place) => keyReader(columnOf(model, ref.column), block.strings(groupAlias(place))));
    const values = measures.map((measure, place) => measureReader(block, place, measure.of === 'sum'));
    const buckets = bucketUs === undefined ? undefined : block.numbers(bucketAlias);
    for (let row = 0; row < block.rows; row += 1) {
      const measured = values.map((valueAt) => valueAt(row));
      groups.push({ by: keys.map((keyAt) => keyAt(row)), bucketUs: buckets?.[row] ?? 0, measures: measured });
    }
  }
  return groups;
}

/** Numbers are written as this language writes them. */
function keyReader({ type }: RecordColumn, texts: readonly string[]): (row: number) => string {
  if (type !== 'decimal' && type !== 'numberMap') return (row) => texts[row]!;
  return (row) => (texts[row] === '' ? '' : String(Number(texts[row])));
}

/** Text is a sum of integers. */
function measureReader(block: Block, place: number, isSum: boolean): (row: number) => number | bigint | undefined {
  const read = (column: Column): ((row: number) => number | bigint | undefined) => {
    if (column.kind === 'nullable') {
      const value = read(column.values);
      return (row) => (column.nulls[row] === 1 ? undefined : value(row));
    }
    if (column.kind === 'numbers') return (row) => column.values[row]!;
    if (column.kind === 'strings' && isSum) return (row) => BigInt(column.values[row]!);
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: `measure ${place} is no number` });
  };
  return read(block.column(measureAlias(place)));
}
