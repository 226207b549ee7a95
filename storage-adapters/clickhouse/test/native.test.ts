import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeBlocks, rowsPerBlock } from '../src/native/block.js';
import {
  arrays,
  dictionary,
  fixedStrings,
  floats,
  integers,
  maps,
  nullables,
  strings,
  tuples,
  wideIntegers,
  type NativeValues,
} from '../src/native/columns.js';
import { readBlocks } from '../src/native/reader.js';
import { openEngine, type TestEngine } from './engine.js';

let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

let tables = 0;
/** Writes one column into a table of that type and answers it as the engine understood it. */
async function throughEngine(values: NativeValues, rows: number, type = values.type): Promise<unknown[]> {
  const table = `written_${(tables += 1)}`;
  await engine.native(`CREATE TABLE ${table} (n UInt32, v ${type}) ENGINE = MergeTree ORDER BY n`);
  const n = integers('UInt32', Array.from({ length: rows }, (_, row) => row));
  await engine.load(table, ['n', 'v'], await encodeBlocks([{ name: 'n', values: n }, { name: 'v', values }], rows));
  return (await engine.rows(`SELECT v FROM ${table} ORDER BY n`)).map((row) => row[0]);
}

describe('the engine reads what the writer wrote', () => {
  test('whole numbers of every width, with their extremes', async () => {
    expect(await throughEngine(integers('UInt8', [0, 255]), 2)).toEqual([0, 255]);
    expect(await throughEngine(integers('UInt16', [0, 65_535]), 2)).toEqual([0, 65_535]);
    expect(await throughEngine(integers('UInt32', [10 * 256 + 10, 4_294_967_295]), 2)).toEqual([2570, 4_294_967_295]);
    expect(await throughEngine(integers('UInt64', [0, 2 ** 53 - 1]), 2)).toEqual(['0', '9007199254740991']);
    const signed = [-1, -(2 ** 53) + 1, 2 ** 53 - 1, -(2 ** 32), 0];
    expect(await throughEngine(integers('Int64', signed), 5)).toEqual(signed.map(String));
    expect(await throughEngine(wideIntegers(BigUint64Array.of(2n ** 64n - 1n, 1n << 59n)), 2)).toEqual([
      '18446744073709551615',
      '576460752303423488',
    ]);
  });

  test('times in seconds and in milliseconds', async () => {
    expect(await throughEngine(integers('DateTime', [0, 1_767_225_600]), 2, "DateTime('UTC')")).toEqual([
      '1970-01-01 00:00:00',
      '2026-01-01 00:00:00',
    ]);
    expect(await throughEngine(integers("DateTime64(3, 'UTC')", [1_767_225_600_123]), 1)).toEqual(['2026-01-01 00:00:00.123']);
  });

  test('doubles, also from plain arrays', async () => {
    expect(await throughEngine(floats(Float64Array.of(0.1, -1e308, 5e-324)), 3)).toEqual([0.1, -1e308, 5e-324]);
    expect(await throughEngine(floats([1.5, -2]), 2)).toEqual([1.5, -2]);
  });

  test('texts with blank lines, quotes, NUL and four-byte characters', async () => {
    const hostile = ['', 'a\n\nDROP TABLE x;', "o'b\\", '\0', '🧑‍🚀', 'x'.repeat(300)];
    expect(await throughEngine(strings((row) => hostile[row]!), hostile.length)).toEqual(hostile);
    expect(await throughEngine(dictionary((row) => hostile[row]!), hostile.length)).toEqual(hostile);
    const bytes = fixedStrings(4, (row) => Buffer.from(['abcd', '\n\n;;'][row]!));
    expect(await throughEngine(bytes, 2)).toEqual(['abcd', '\n\n;;']);
  });

  test('dictionaries of one, two and four bytes per index, over several blocks', async () => {
    for (const distinct of [1, 256, 257, rowsPerBlock]) {
      const rows = rowsPerBlock + 5;
      const seen = await throughEngine(dictionary((row) => `key-${row % distinct}`), rows);
      expect(seen.every((value, row) => value === `key-${row % distinct}`)).toBe(true);
    }
  });

  test('arrays, maps, tuples, nullables and nothing in them', async () => {
    expect(await throughEngine(arrays([0, 2, 2, 3], strings((row) => 'abc'[row]!)), 4)).toEqual([[], ['a', 'b'], [], ['c']]);
    expect(await throughEngine(arrays([0, 0], dictionary(() => 'never')), 2)).toEqual([[], []]);
    expect(await throughEngine(arrays([2, 3], dictionary((row) => 'xyx'[row]!)), 2)).toEqual([['x', 'y'], ['x']]);
    const map = maps([1, 1, 3], integers('Int64', [-5, 1, 2]), floats([0.5, 0, 7]));
    expect(await throughEngine(map, 3)).toEqual([{ '-5': 0.5 }, {}, { '1': 0, '2': 7 }]);
    expect(await throughEngine(tuples([integers('Int64', [1, 2]), floats([0.5, 1]), strings(() => 't')]), 2)).toEqual([
      ['1', 0.5, 't'],
      ['2', 1, 't'],
    ]);
    expect(await throughEngine(nullables((row) => row === 1, floats([1, 2, 3])), 3)).toEqual([1, null, 3]);
  });

  test('states of merging columns go in as their plain types', async () => {
    const sum = 'SimpleAggregateFunction(sum, Float64)';
    expect(await throughEngine(floats([1, 2]), 2, sum)).toEqual([1, 2]);
    const map = maps([1], integers('Int64', [10]), floats([0]));
    expect(await throughEngine(map, 1, 'SimpleAggregateFunction(sumMap, Map(Int64, Float64))')).toEqual([{ '10': 0 }]);
  });

  test('no rows make no block', async () => {
    expect(await encodeBlocks([{ name: 'v', values: floats([]) }], 0)).toEqual([]);
  });
});

describe('the reader understands the engine', () => {
  test('every type that the adapter asks for', async () => {
    const answer = await engine.native(
      `SELECT toLowCardinality(concat('k', toString(number % 3))) AS word, toString(number) AS plain, number AS bits,
        toInt64(number) - 5 AS signed, number / 4 AS real, toUInt8(number) AS small, toUInt16(number) AS medium, toUInt32(number) AS wide,
        toDateTime(number * 60, 'UTC') AS time, range(number % 3) AS list, map(toInt64(number), toFloat64(1)) AS pairs,
        [toLowCardinality('a'), toLowCardinality('b')] AS words
       FROM numbers(10)`,
    );
    const [block] = readBlocks(answer);
    expect(block?.rows).toBe(10);
    expect(block?.strings('word').slice(0, 4)).toEqual(['k0', 'k1', 'k2', 'k0']);
    expect(block?.strings('plain')[9]).toBe('9');
    expect(block?.bits('bits')[9]).toBe(9n);
    expect([...(block?.numbers('signed') as Float64Array)]).toEqual([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4]);
    expect(block?.numbers('real')[3]).toBe(0.75);
    for (const name of ['small', 'medium', 'wide']) expect(block?.numbers(name)[7]).toBe(7);
    expect(block?.numbers('time')[2]).toBe(120);
    expect([...(block?.nested('list').ends as Float64Array)].slice(0, 4)).toEqual([0, 1, 3, 3]);
    expect(block?.nested('pairs').items).toHaveLength(2);
    expect(block?.nested('words').items[0]).toMatchObject({ kind: 'strings' });
  });

  test('every bit of a UInt64 survives', async () => {
    const [block] = readBlocks(await engine.native('SELECT toUInt64(18446744073709551615) AS bits'));
    expect(block?.bits('bits')[0]).toBe(2n ** 64n - 1n);
  });

  test('answers of many blocks and of none', async () => {
    const blocks = readBlocks(await engine.native('SELECT number AS n FROM numbers(200000) SETTINGS max_block_size = 50000'));
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.reduce((total, block) => total + block.rows, 0)).toBe(200_000);
    expect(readBlocks(await engine.native('SELECT 1 AS n WHERE 0'))).toEqual([]);
    expect(readBlocks(new Uint8Array())).toEqual([]);
  });
});

describe('the reader refuses what is no answer', () => {
  const code = { code: 'METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER' };
  const refusal = (bytes: Uint8Array): unknown => {
    try {
      readBlocks(bytes).forEach((block) => block.strings('v'));
      return undefined;
    } catch (error) {
      return error;
    }
  };

  test('cut at any byte', async () => {
    const whole = await engine.native("SELECT toLowCardinality('word') AS v, map(toInt64(1), 2.5) AS m FROM numbers(3)");
    for (let size = 1; size < whole.length; size += 1) expect(refusal(whole.slice(0, size))).toMatchObject(code);
    expect(refusal(whole)).toBeUndefined();
  });

  test('counts beyond its end, types and columns it does not know, text instead of blocks', () => {
    const header = (type: string, rows: number): Buffer =>
      Buffer.concat([Buffer.from([1, rows, 1]), Buffer.from('v'), Buffer.from([type.length]), Buffer.from(type)]);
    expect(refusal(header('Float64', 100))).toMatchObject(code);
    expect(refusal(Buffer.concat([header('String', 1), Buffer.from([255, 255, 255, 255, 255, 255, 15])]))).toMatchObject(code);
    expect(refusal(Buffer.concat([header('Decimal(9, 2)', 1), Buffer.alloc(8)]))).toMatchObject(code);
    expect(refusal(Buffer.concat([header('UInt8', 1), Buffer.alloc(1)]))).toMatchObject(code);
    expect(refusal(Buffer.from('Code: 62. DB::Exception: Syntax error'))).toMatchObject(code);
  });
});
