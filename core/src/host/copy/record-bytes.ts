/** About how large rows are. */
import type { ColumnData, RecordRows, TextData, WordData } from '../../model/record.js';

export function bytesOf({ columns }: RecordRows): number {
  return columns.reduce((bytes, column) => bytes + columnBytes(column), 0);
}

function columnBytes(column: ColumnData): number {
  switch (column.type) {
    case 'word':
      return wordBytes(column.words);
    case 'text':
      return textBytes(column.texts);
    case 'textMap':
      return wordBytes(column.keys) + textBytes(column.texts);
    case 'numberMap':
      return wordBytes(column.keys) + column.values.byteLength;
    default:
      return column.values.byteLength;
  }
}

function wordBytes({ dictionary, indexes }: WordData): number {
  return dictionary.reduce((bytes, word) => bytes + word.length, indexes.byteLength);
}

function textBytes({ bytes, ends }: TextData): number {
  return bytes.byteLength + ends.byteLength;
}
