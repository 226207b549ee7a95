/** Rows of records from plain objects, the plain way. */
import { rowValues } from './record-rows.js';
import type { ColumnData, RecordColumn, RecordMap, RecordModel, RecordRow, RecordRows, RecordValue, TextData, WordData } from './record.js';

/** What a row does not say is "", 0, false, an empty map, or absent where it is optional. */
export function recordRows(model: RecordModel, rows: readonly RecordRow[]): RecordRows {
  const values = rows.map((row) => rowValues(model, row));
  const columns = model.columns.map((column, place) => columnData(column, values.map((row) => row[place])));
  return { model, count: rows.length, columns };
}

function columnData({ type, optional }: RecordColumn, values: readonly RecordValue[]): ColumnData {
  switch (type) {
    case 'word':
      return { type, words: wordData(values.map(textOf)) };
    case 'text':
      return { type, texts: textData(values.map(textOf)) };
    case 'textMap':
      return { type, ...mapKeys(values), texts: textData(values.flatMap((value) => mapOf(value).values.map(textOf))) };
    case 'numberMap':
      return { type, ...mapKeys(values), values: Float64Array.from(values.flatMap((value) => mapOf(value).values.map(Number))) };
    default: {
      const present = optional === true ? Uint8Array.from(values, (value) => Number(value !== undefined)) : undefined;
      return { type, values: Float64Array.from(values, (value) => Number(value ?? 0)), present };
    }
  }
}

function textOf(value: RecordValue): string {
  return typeof value === 'object' ? '' : String(value ?? '').toWellFormed();
}

function mapOf(value: RecordValue): RecordMap {
  return typeof value === 'object' ? value : { keys: [], values: [] };
}

function mapKeys(values: readonly RecordValue[]): { readonly ends: Uint32Array; readonly keys: WordData } {
  let end = 0;
  const ends = Uint32Array.from(values, (value) => (end += mapOf(value).keys.length));
  return { ends, keys: wordData(values.flatMap((value) => mapOf(value).keys.map(textOf))) };
}

function wordData(words: readonly string[]): WordData {
  const dictionary = [...new Set(words)];
  const places = new Map(dictionary.map((word, place) => [word, place]));
  return { dictionary, indexes: Uint32Array.from(words, (word) => places.get(word) ?? 0) };
}

function textData(texts: readonly string[]): TextData {
  const parts = texts.map((text) => Buffer.from(text));
  let end = 0;
  return { ends: Uint32Array.from(parts, (part) => (end += part.length)), bytes: Buffer.concat(parts) };
}
