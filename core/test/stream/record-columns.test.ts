import { describe, expect, test } from 'vitest';
import { readRow, rowValues, valueAt } from '../../src/model/record-rows.js';
import type { RecordColumn, RecordModel, RecordRow, RecordRows, RecordValue } from '../../src/model/record.js';
import { RecordTable } from '../../src/stream/record-table.js';
import { recordRows } from '../../src/testing/record-rows.js';
import { plainModel } from '../../src/testing/storage/record-bench.js';

function model(...columns: readonly RecordColumn[]): RecordModel {
  return { name: 'm', columns, sortBy: [], lifetime: 'log' };
}

/** One column, one value per row: what a reader sees, and how many values did not fit. */
function column(kind: Omit<RecordColumn, 'name'>, values: readonly unknown[]): { read: readonly RecordValue[]; misfits: number; rows: RecordRows } {
  let misfits = 0;
  const table = new RecordTable(model({ name: 'c', ...kind }), (count) => (misfits += count));
  for (const value of values) table.append([value as RecordValue]);
  const rows = table.take();
  return { read: values.map((_, index) => valueAt(rows, 0, index)), misfits, rows };
}

function textsOf(values: readonly string[]): readonly RecordValue[] {
  return column({ type: 'text' }, values).read;
}

/** Repeatable, of every plane, with lone halves of surrogate pairs. */
function randomText(seed: number): string {
  const alphabet = ['a', 'b', '\0', '\n', 'é', 'Ω', '日', '\u{1f600}', '\ud83d', '\ude00', '\uffff', '"', '\\'];
  let state = seed * 2_654_435_761 + 1;
  let text = '';
  for (let unit = 0; unit < seed % 40; unit += 1) {
    state = (state * 48_271) % 2_147_483_647;
    text += alphabet[state % alphabet.length] ?? '';
  }
  return seed % 3 === 0 ? text.replace(/[^\0-\x7f]/g, 'x') : text;
}

describe('columns', () => {
  test('hold the same as columns made the plain way, over many rows and batches', () => {
    const table = new RecordTable(plainModel, () => expect.unreachable());
    for (let batch = 0; batch < 3; batch += 1) {
      const rows = Array.from({ length: 500 }, (_, index): RecordRow => {
        const text = randomText(index + batch);
        const numbers = index % 3 === 0 ? {} : { maybe: index - 100, ratio: index / 7 };
        const maps = { tags: { [`k${index % 5}`]: text, other: 'o' }, counts: index % 2 === 0 ? {} : { n: index / 3, [text]: -1 } };
        return { tenant: 't', time: index, id: `${index}`, word: text, body: text, whole: -index, amount: index * 0.1, on: index % 2 === 0, ...numbers, ...maps };
      });
      for (const row of rows) table.append(rowValues(plainModel, row));
      const [ours, plain] = [table.take(), recordRows(plainModel, rows)];
      expect(ours.count).toBe(500);
      for (let index = 0; index < 500; index += 1) expect(readRow(ours, index)).toEqual(readRow(plain, index));
    }
  });

  test('are of no rows at the start and after a batch was taken', () => {
    const table = new RecordTable(plainModel, () => expect.unreachable());
    table.append(rowValues(plainModel, { tenant: 't', tags: { a: 'b' }, body: 'ü' }));
    expect(table.count).toBe(1);
    expect(table.bytes).toBeGreaterThan(0);
    table.take();
    expect([table.count, table.bytes]).toEqual([0, 0]);
    const empty = table.take();
    expect(empty.columns).toEqual(recordRows(plainModel, []).columns.map((one) => expect.objectContaining({ type: one.type })));
    expect(empty.columns.map((data) => (data.type === 'text' ? data.texts.bytes.length : 0)).reduce((sum, bytes) => sum + bytes)).toBe(0);
  });

  test('what was handed over does not change when more is appended', () => {
    const table = new RecordTable(model({ name: 'w', type: 'word' }, { name: 't', type: 'text' }, { name: 'n', type: 'integer' }), () => undefined);
    table.append(['first', 'text one', 1]);
    const rows = table.take();
    for (let index = 0; index < 1000; index += 1) table.append(['second', 'text two', 2]);
    expect(readRow(rows, 0)).toEqual({ w: 'first', t: 'text one', n: 1 });
    expect(rows.columns[0]).toMatchObject({ words: { dictionary: ['first'] } });
  });

  test('take the arrays of a row and its maps as they are at the moment, which may be used again', () => {
    const table = new RecordTable(model({ name: 'w', type: 'word' }, { name: 'm', type: 'textMap' }), () => undefined);
    const map = { keys: ['a', 'b'], values: ['1', '2'] };
    const row: RecordValue[] = ['x', map];
    table.append(row);
    row[0] = 'y';
    map.keys[0] = 'c';
    map.values.pop();
    map.keys.pop();
    table.append(row);
    const rows = table.take();
    expect([readRow(rows, 0), readRow(rows, 1)]).toEqual([{ w: 'x', m: { a: '1', b: '2' } }, { w: 'y', m: { c: '1' } }]);
  });
});

describe('texts', () => {
  test('halves of a surrogate pair in two rows stay apart, as U+FFFD each', () => {
    expect(textsOf(['\ud83d', '\ude00', 'x', '\u{1f600}'])).toEqual(['\ufffd', '\ufffd', 'x', '\u{1f600}']);
    const { read } = column({ type: 'textMap' }, [{ keys: ['a', 'b'], values: ['\ud83d', '\ude00'] }]);
    expect(read).toEqual([{ keys: ['a', 'b'], values: ['\ufffd', '\ufffd'] }]);
  });

  test('long and short ones, plain and not, in any order', () => {
    const sizes = [0, 1, 31, 100_000, 2, 20_000, 0, 70_000, 5];
    for (const unit of ['a', 'ü', '日', '\u{1f600}']) {
      const values = sizes.flatMap((size) => [unit.repeat(size), 'plain', 'a'.repeat(size)]);
      expect(textsOf(values).map((text, index) => text === values[index])).toEqual(values.map(() => true));
    }
  });

  test('are counted in bytes before they are written', () => {
    const table = new RecordTable(model({ name: 't', type: 'text' }), () => undefined);
    table.append(['a'.repeat(1000)]);
    expect(table.bytes).toBeGreaterThanOrEqual(1000);
    expect(table.bytes).toBeLessThan(1100);
  });
});

describe('words', () => {
  test('are in the dictionary once, lone surrogates as U+FFFD', () => {
    const { rows, read } = column({ type: 'word' }, ['a', 'b', 'a', '\ud83d', '\ufffd', '', 'b', '']);
    expect(rows.columns[0]).toMatchObject({ words: { dictionary: ['a', 'b', '\ufffd', ''] } });
    expect(read).toEqual(['a', 'b', 'a', '\ufffd', '\ufffd', '', 'b', '']);
  });

  test('a sender of a hundred thousand different ones gets them all back, and they are counted in bytes', () => {
    const words = Array.from({ length: 100_000 }, (_, index) => `word-${index}`);
    expect(column({ type: 'word' }, words).read).toEqual(words);
    const table = new RecordTable(model({ name: 'w', type: 'word' }), () => undefined);
    for (const word of words) table.append([word]);
    expect(table.bytes).toBeGreaterThan(words.length * 64);
  });
});

describe('values that do not fit', () => {
  test('numbers that are none become absent where they may, else 0, and are counted', () => {
    const values = [NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 'x', true, {}, null, 5];
    for (const type of ['integer', 'time'] as const) {
      expect(column({ type, optional: true }, values)).toMatchObject({ read: [...Array(9).fill(undefined), 5], misfits: 9 });
      expect(column({ type }, values)).toMatchObject({ read: [...Array(9).fill(0), 5], misfits: 9 });
    }
    expect(column({ type: 'decimal', optional: true }, values)).toMatchObject({
      read: [undefined, undefined, undefined, 2 ** 53, -(2 ** 53), undefined, undefined, undefined, undefined, 5],
      misfits: 7,
    });
  });

  test('an absent value is no misfit', () => {
    expect(column({ type: 'integer', optional: true }, [undefined, 0])).toMatchObject({ read: [undefined, 0], misfits: 0 });
    for (const [type, empty] of [['integer', 0], ['word', ''], ['text', ''], ['flag', false], ['textMap', { keys: [], values: [] }]] as const) {
      expect(column({ type }, [undefined])).toMatchObject({ read: [empty], misfits: 0 });
    }
  });

  test('fractions of integers are rounded', () => {
    expect(column({ type: 'integer' }, [1.5, -1.4, 0.49, 9_007_199_254_740_991])).toMatchObject({ read: [2, -1, 0, 9_007_199_254_740_991], misfits: 0 });
  });

  test('numbers and flags are texts too; what else there is becomes ""', () => {
    for (const type of ['word', 'text'] as const) {
      expect(column({ type }, [1, true, false, 'a', {}, null, 'b'])).toMatchObject({ read: ['1', 'true', 'false', 'a', '', '', 'b'], misfits: 2 });
    }
  });

  test('entries of maps without a value or with a wrong one are left out, and the rows after them are whole', () => {
    const good = { keys: ['a', 'b'], values: [1, 2] };
    const bad = { keys: ['a', 'nan', 'text', 'none', 'z'], values: [1, NaN, 'x', undefined, 9] };
    expect(column({ type: 'numberMap' }, [bad, good])).toMatchObject({ read: [{ keys: ['a', 'z'], values: [1, 9] }, good], misfits: 2 });
    const texts = { keys: ['a', 'b', 'c', 'd'], values: [1, true, undefined, 'x'] };
    expect(column({ type: 'textMap' }, [texts, { keys: ['d'], values: [] }]).read).toEqual([
      { keys: ['a', 'b', 'd'], values: ['1', 'true', 'x'] },
      { keys: [], values: [] },
    ]);
  });

  test('what is no map becomes an empty one, counted, and harms no other row', () => {
    const good = { keys: ['k'], values: ['v'] };
    const empty = { keys: [], values: [] };
    const { read, misfits } = column({ type: 'textMap' }, [good, null, 'x', { a: 'b' }, { keys: ['a'] }, 3, good]);
    expect(read).toEqual([good, empty, empty, empty, empty, empty, good]);
    expect(misfits).toBe(5);
  });

  test('a row that is too short has empty values at its end', () => {
    const table = new RecordTable(plainModel, () => expect.unreachable());
    table.append(['t', 5]);
    table.append(['u', 6, 'id']);
    const rows = table.take();
    expect([readRow(rows, 0)['id'], readRow(rows, 1)['id']]).toEqual(['', 'id']);
    expect(readRow(rows, 1)).toMatchObject({ tenant: 'u', time: 6, body: '', tags: {}, on: false });
  });

  test('keys of maps change from row to row', () => {
    const maps = Array.from({ length: 300 }, (_, index) => {
      const keys = Array.from({ length: index }, (__, entry) => `k${(entry * 7 + (index % 3)) % 331}`);
      return { keys, values: keys.map((key) => `${key}!`) };
    });
    expect(column({ type: 'textMap' }, maps).read).toEqual(maps);
  });
});
