import { emptyCell, readRow, type RecordModel, type RecordRow } from '@meterlark/core';
import { recordRows } from '@meterlark/core/testing';
import { describe, expect, test } from 'vitest';
import { RowCodec } from '../../src/records/row-codec.js';
import { everyColumn, oddTexts } from './models.js';

function roundTrip(rows: readonly RecordRow[], model: RecordModel = everyColumn): RecordRow[] {
  const codec = new RowCodec(model);
  const data = recordRows(model, rows);
  return rows.map((_, row) => codec.decode(codec.encode(data, row)));
}

const full: RecordRow = {
  tenant: 't', time: 1_700_000_000_123_456, id: 'i', word: 'w', body: 'text', whole: -3, maybe: 0, amount: 0.1, ratio: -0, on: true,
  tags: { a: 'x', b: '', 'k.e-y': 'z' }, counts: { n: 1.5, m: -0.25, zero: 0 },
};
const blank: RecordRow = {
  tenant: '', time: 0, id: '', word: '', body: '', whole: 0, maybe: undefined, amount: 0, ratio: undefined, on: false, tags: {}, counts: {},
};

describe('the bytes of a row', () => {
  test('give back a row of every column type, absent values absent', () => {
    expect(roundTrip([full, blank])).toStrictEqual([full, blank]);
  });

  test('of a row that is empty are one byte', () => {
    expect(new RowCodec(everyColumn).encode(recordRows(everyColumn, [blank]), 0)).toHaveLength(1);
  });

  test('give back every text as word, text, key and value', () => {
    const rows = oddTexts.map((text) => ({ ...full, word: text, body: text, tags: { [text]: text, other: text }, counts: { [text]: 1 } }));
    expect(roundTrip(rows)).toStrictEqual(rows);
  });

  test('give back whole numbers to 2^53 - 1 and decimals of every size', () => {
    const wholes = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 2 ** 31, -1].map((whole) => ({ ...full, whole, maybe: whole }));
    const decimals = [Number.MAX_VALUE, Number.MIN_VALUE, -1e-300, 1 / 3, NaN, -Infinity].map((amount) => ({ ...full, amount, counts: { amount } }));
    expect(roundTrip([...wholes, ...decimals])).toStrictEqual([...wholes, ...decimals]);
  });

  test('give back keys that are names of object properties', () => {
    const tags = Object.fromEntries([['__proto__', 'p'], ['constructor', 'c'], ['', 'empty']]);
    const [row] = roundTrip([{ ...full, tags }]);
    expect(Object.entries(row?.['tags'] ?? {})).toEqual(Object.entries(tags));
    expect(Object.getPrototypeOf(row?.['tags'])).toBe(Object.prototype);
  });

  test('give back texts of megabytes and maps of 2000 keys', () => {
    const big = 'Ä\n"\\'.repeat(300_000);
    const tags = Object.fromEntries(Array.from({ length: 2000 }, (_, key) => [`key-${key}`, `value ${key}`]));
    const rows = [{ ...full, body: big, tags: { big } }, { ...full, tags }];
    expect(roundTrip(rows)).toStrictEqual(rows);
  });

  test('turn lone surrogates of words and keys into U+FFFD', () => {
    const data = recordRows(everyColumn, [{ ...full, word: 'x', tags: { y: 'v' } }]);
    const columns = data.columns.map((column) => {
      if (column.type === 'word') return { ...column, words: { ...column.words, dictionary: column.words.dictionary.map((word) => `${word}\ud800`) } };
      return column.type === 'textMap' ? { ...column, keys: { ...column.keys, dictionary: ['\udc00'] } } : column;
    });
    const codec = new RowCodec(everyColumn);
    const row = codec.decode(codec.encode({ ...data, columns }, 0));
    expect(row).toMatchObject({ word: 'x\ufffd', tags: { '\ufffd': 'v' } });
  });

  test('are read by a form with other columns: unknown ones are left out, new ones and those of another type are empty', () => {
    const bytes = new RowCodec(everyColumn).encode(recordRows(everyColumn, [full]), 0);
    const columns = [
      ...everyColumn.columns.filter(({ name }) => !['body', 'tags', 'counts', 'whole', 'on'].includes(name)),
      { name: 'on', type: 'text' }, { name: 'fresh', type: 'integer', optional: true }, { name: 'newer', type: 'textMap' },
    ] as const;
    const { body, tags, counts, whole, ...kept } = full;
    expect([body, tags, counts, whole]).not.toContain(undefined);
    expect(new RowCodec({ ...everyColumn, columns }).decode(bytes)).toStrictEqual({ ...kept, on: '', fresh: undefined, newer: {} });
  });

  test('are read in part when some columns are wanted, and written without those stored elsewhere', () => {
    const codec = new RowCodec(everyColumn);
    const data = recordRows(everyColumn, [full]);
    expect(codec.decode(codec.encode(data, 0), new Set(['counts', 'on']))).toStrictEqual({ ...blank, counts: full['counts'], on: true });
    expect(codec.decode(codec.encode(data, 0, new Set(['tags', 'tenant'])))).toStrictEqual({ ...full, tags: {}, tenant: '' });
    expect(readRow(data, 0)).toStrictEqual(full);
    expect(everyColumn.columns.map(emptyCell)).toHaveLength(12);
  });

  test('that are cut or of another form are refused', () => {
    const codec = new RowCodec(everyColumn);
    const bytes = codec.encode(recordRows(everyColumn, [full]), 0);
    for (let length = 0; length < bytes.length; length += 1) {
      const read = (): boolean => Object.keys(codec.decode(bytes.subarray(0, length))).length === 12;
      // A cut between two values cannot be told from a shorter row.
      try {
        expect(read()).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
    expect(() => codec.decode(Uint8Array.of(9))).toThrow('unknown form');
    expect(() => codec.decode(Uint8Array.of(1, 1, 97, 99))).toThrow('unknown type');
    expect(() => codec.decode(Uint8Array.of(1, 255, 255, 255, 255, 255, 1))).toThrow(RangeError);
  });
});
