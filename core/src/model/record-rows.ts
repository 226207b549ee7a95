/** Reading rows out of columns, where objects are wanted. */
import type { ColumnData, RecordMap, RecordModel, RecordRow, RecordRows, RecordValue, TextData, WordData } from './record.js';

type MapData = Extract<ColumnData, { readonly type: 'textMap' | 'numberMap' }>;
type RowValue = RecordRow[string];

/** One row; a map key that is there twice has its last value. */
export function readRow({ model, columns }: RecordRows, index: number): RecordRow {
  const row: Record<string, RowValue> = {};
  for (let place = 0; place < columns.length; place += 1) {
    const column = columns[place]!;
    const isMap = column.type === 'textMap' || column.type === 'numberMap';
    put(row, model.columns[place]!.name, isMap ? mapObjectAt(column, index) : (cellAt(column, index) as RowValue));
  }
  return row;
}

/** A sender may give a key this name; assigning it would set the prototype. */
function put<T>(object: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

export function valueAt({ columns }: Pick<RecordRows, 'columns'>, columnIndex: number, row: number): RecordValue {
  const column = columns[columnIndex];
  return column === undefined ? undefined : cellAt(column, row);
}

function cellAt(column: ColumnData, row: number): RecordValue {
  switch (column.type) {
    case 'word':
      return wordAt(column.words, row);
    case 'text':
      return textAt(column.texts, row);
    case 'textMap':
    case 'numberMap':
      return mapAt(column, row);
    case 'flag':
      return column.values[row] === 1;
    default:
      return column.present?.[row] === 0 ? undefined : column.values[row];
  }
}

/** Maps as objects, as they stand in a RecordRow. */
export function rowValue(value: RecordValue): RowValue {
  if (typeof value !== 'object') return value;
  const values = value.values as readonly string[] | readonly number[];
  return Object.fromEntries(value.keys.map((key, place) => [key, values[place] ?? '']));
}

/** A row as values of the model's columns, in their order. */
export function rowValues(model: RecordModel, row: RecordRow): RecordValue[] {
  return model.columns.map(({ name }) => {
    const value = Object.hasOwn(row, name) ? row[name] : undefined;
    return typeof value === 'object' ? { keys: Object.keys(value), values: Object.values(value) } : value;
  });
}

export function wordAt(words: WordData, index: number): string {
  return words.dictionary[words.indexes[index] ?? -1] ?? '';
}

export function textAt({ bytes, ends }: TextData, index: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('utf8', index === 0 ? 0 : ends[index - 1], ends[index]);
}

function mapAt(column: MapData, row: number): RecordMap {
  const keys: string[] = [];
  const values: (string | number)[] = [];
  const from = row === 0 ? 0 : (column.ends[row - 1] ?? 0);
  for (let entry = from; entry < (column.ends[row] ?? 0); entry += 1) {
    keys.push(wordAt(column.keys, entry));
    values.push(column.type === 'textMap' ? textAt(column.texts, entry) : (column.values[entry] ?? 0));
  }
  return { keys, values };
}

function mapObjectAt(column: MapData, row: number): RowValue {
  const map: Record<string, string | number> = {};
  const end = column.ends[row] ?? 0;
  for (let entry = row === 0 ? 0 : (column.ends[row - 1] ?? 0); entry < end; entry += 1) {
    put(map, wordAt(column.keys, entry), column.type === 'textMap' ? textAt(column.texts, entry) : (column.values[entry] ?? 0));
  }
  return map;
}
