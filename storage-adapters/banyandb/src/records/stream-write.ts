// Hot path: columns of records to cells of a stream.
import { LoopTurn, textAt, wordAt, type ColumnData, type RecordColumn, type RecordModel, type RecordRows, type WordData } from '@meterlark/core';
import type { Cell, StreamRow } from '../connection/client.js';
import type { StreamSpec } from '../schema/model.js';
import { ByteWriter } from './bytes.js';
import { entriesOf, firstEntry, writeMap } from './map-codec.js';
import type { RowOrigin } from './row-source.js';
import { entityText } from '../schema/entity-text.js';
import { entityCell, entityColumns, entityTag, pairsTag, pairText, writtenTag } from './stream-spec.js';
import { writtenCells } from './written-order.js';

type CellOf = (row: number) => Cell;

const rowsBetweenLooks = 64;

export interface RowsToWrite {
  readonly spec: StreamSpec;
  readonly model: RecordModel;
  /** Of any form of the model: columns that they are without are null. */
  readonly rows: RecordRows;
  readonly keep: Uint8Array | undefined;
  readonly origin: RowOrigin;
}

export async function streamRows(wanted: RowsToWrite): Promise<StreamRow[]> {
  const { rows, keep, origin } = wanted;
  const cells = cellsOf(wanted);
  const time = rows.columns[1]!;
  const times = time.type === 'time' ? time.values : new Float64Array(rows.count);
  const made: StreamRow[] = [];
  const turn = new LoopTurn();
  for (let row = 0; row < rows.count; row += 1) {
    if (keep !== undefined && keep[row] === 0) continue;
    const tags = new Array<Cell>(cells.length);
    for (let place = 0; place < cells.length; place += 1) tags[place] = cells[place]!(row);
    made.push({ timeMs: Math.floor(times[row]! / 1000), id: `${origin.batch}-${row}`, tags });
    if (row % rowsBetweenLooks === 0 && turn.isOver) await turn.next();
  }
  return made;
}

/** In the order of the spec's tags. */
function cellsOf({ spec, model, rows, origin }: RowsToWrite): CellOf[] {
  const byTag = new Map<string, CellOf>();
  const entities = new Set(entityColumns(model));
  const out = new ByteWriter();
  rows.model.columns.forEach((column, place) => {
    const data = rows.columns[place]!;
    byTag.set(column.name, columnCells(column, data, out));
    if (entities.has(column.name) && data.type === 'word') byTag.set(entityTag(column.name), wordCells(data.words, entityCell));
    if (data.type === 'textMap') byTag.set(pairsTag(column.name), pairCells(data));
    if (column.name === 'tenant' && data.type === 'word') byTag.set(column.name, wordCells(data.words, entityText));
  });
  byTag.set(writtenTag, writtenCells(origin));
  return spec.tags.map(({ name }) => byTag.get(name) ?? (() => null));
}

function columnCells(column: RecordColumn, data: ColumnData, out: ByteWriter): CellOf {
  switch (data.type) {
    case 'word':
      return wordCells(data.words, (word) => word.toWellFormed());
    case 'text':
      return (row) => textAt(data.texts, row);
    case 'decimal':
      return decimalCells(data.values, data.present, out);
    case 'textMap':
    case 'numberMap':
      return (row) => {
        if (entriesOf(data, row) === 0) return null;
        writeMap(out, data, row);
        return out.take();
      };
    default:
      return wholeCells(data.values, column.optional === true ? data.present : undefined);
  }
}

/** Each word of the dictionary is made once. */
function wordCells(words: WordData, make: (word: string) => string): CellOf {
  const made = words.dictionary.map(make);
  const none = make('');
  return (row) => made[words.indexes[row]!] ?? none;
}

function decimalCells(values: Float64Array, present: Uint8Array | undefined, out: ByteWriter): CellOf {
  return (row) => {
    if (present !== undefined && present[row] === 0) return null;
    out.double(values[row]!);
    return out.take();
  };
}

/** What is no whole number within ±(2^53 - 1) would have the whole batch refused: it becomes the nearest. */
function wholeCells(values: Float64Array, present: Uint8Array | undefined): CellOf {
  return (row) => {
    if (present !== undefined && present[row] === 0) return null;
    const value = values[row]!;
    if (Number.isSafeInteger(value)) return value + 0;
    return Number.isNaN(value) ? 0 : Math.trunc(Math.min(Number.MAX_SAFE_INTEGER, Math.max(-Number.MAX_SAFE_INTEGER, value)));
  };
}

function pairCells({ ends, keys, texts }: Extract<ColumnData, { readonly type: 'textMap' }>): CellOf {
  return (row) => {
    const from = firstEntry(ends, row);
    const to = ends[row]!;
    if (from === to) return null;
    const pairs: string[] = [];
    for (let entry = from; entry < to; entry += 1) pairs.push(pairText(wordAt(keys, entry), textAt(texts, entry)));
    return pairs;
  };
}
