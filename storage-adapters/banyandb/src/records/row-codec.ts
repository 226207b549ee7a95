// Hot path: a whole row as bytes. Values are named by their columns, so that rows outlive new columns; what is empty is left out.
import { emptyCell, wordAt, type ColumnData, type RecordColumn, type RecordModel, type RecordRow, type RecordRows } from '@meterlark/core';
import { ByteReader, ByteWriter } from './bytes.js';
import { entriesOf, firstEntry, readMap, skipMap, writeMap } from './map-codec.js';

/** First byte of a row: another form would have another. */
const form = 1;

type ColumnType = RecordColumn['type'];

/** Stored: these numbers stay as they are. */
const typeCodes: Readonly<Record<ColumnType, number>> = {
  word: 1, text: 2, time: 3, integer: 4, decimal: 5, flag: 6, textMap: 7, numberMap: 8,
};
const typesByCode: ReadonlyMap<number, ColumnType> = new Map(Object.entries(typeCodes).map(([type, code]) => [code, type as ColumnType]));

/** Rows of one form of a model. One is used for many rows. */
export class RowCodec {
  private readonly out = new ByteWriter();
  /** Name and type of each column as they stand before its value. */
  private readonly headers: readonly Uint8Array[];
  private readonly columns: ReadonlyMap<string, RecordColumn>;
  private readonly blank: RecordRow;

  constructor(readonly model: RecordModel) {
    this.headers = model.columns.map(({ name, type }) => {
      this.out.text(name);
      this.out.byte(typeCodes[type]);
      return this.out.take();
    });
    this.columns = new Map(model.columns.map((column) => [column.name, column]));
    this.blank = Object.fromEntries(model.columns.map((column) => [column.name, emptyCell(column)]));
  }

  /** The rows are of this form of the model. `without`: names of columns that are stored elsewhere. */
  encode({ columns }: RecordRows, row: number, without?: ReadonlySet<string>): Uint8Array {
    this.out.byte(form);
    for (let place = 0; place < columns.length; place += 1) {
      if (without !== undefined && without.has(this.model.columns[place]!.name)) continue;
      this.value(columns[place]!, row, this.headers[place]!);
    }
    return this.out.take();
  }

  /** All columns of the model, or those of `wanted`; a column that is not there, or has another type, is empty. */
  decode(bytes: Uint8Array, wanted?: ReadonlySet<string>): Record<string, RecordRow[string]> {
    const from = new ByteReader(bytes);
    if (from.byte() !== form) throw new RangeError('a stored row has an unknown form');
    const row: Record<string, RecordRow[string]> = { ...this.blank };
    while (!from.isAtEnd) {
      const name = from.text();
      const type = typesByCode.get(from.byte());
      if (type === undefined) throw new RangeError('a stored row holds an unknown type');
      const isWanted = this.columns.get(name)?.type === type && (wanted === undefined || wanted.has(name));
      if (isWanted) row[name] = readValue(from, type);
      else skipValue(from, type);
    }
    return row;
  }

  private value(column: ColumnData, row: number, header: Uint8Array): void {
    const { out } = this;
    switch (column.type) {
      case 'word': {
        const word = wordAt(column.words, row);
        if (word === '') return;
        out.raw(header);
        return out.text(word);
      }
      case 'text': {
        const start = firstEntry(column.texts.ends, row);
        if (start === column.texts.ends[row]) return;
        out.raw(header);
        return out.block(column.texts.bytes, start, column.texts.ends[row]!);
      }
      case 'textMap':
      case 'numberMap':
        if (entriesOf(column, row) === 0) return;
        out.raw(header);
        return writeMap(out, column, row);
      case 'flag':
        if (column.values[row] === 1) out.raw(header);
        return;
      default:
        if (isEmptyNumber(column, row)) return;
        out.raw(header);
        return out.double(column.values[row]!);
    }
  }
}

/** An optional 0 is a value, and so is -0. */
function isEmptyNumber({ values, present }: Extract<ColumnData, { readonly values: Float64Array; readonly present: unknown }>, row: number): boolean {
  return present === undefined ? Object.is(values[row], 0) : present[row] === 0;
}

function readValue(from: ByteReader, type: ColumnType): RecordRow[string] {
  switch (type) {
    case 'word':
    case 'text':
      return from.text();
    case 'flag':
      return true;
    case 'textMap':
    case 'numberMap':
      return readMap(from, type);
    default:
      return from.double();
  }
}

function skipValue(from: ByteReader, type: ColumnType): void {
  switch (type) {
    case 'word':
    case 'text':
      return from.skipBlock();
    case 'flag':
      return;
    case 'textMap':
    case 'numberMap':
      return skipMap(from, type);
    default:
      return from.skipDouble();
  }
}
