import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifier, number, seconds, text, texts } from '../src/literal.js';
import { readBlocks } from '../src/native/reader.js';
import { openEngine, type TestEngine } from './engine.js';

let engine: TestEngine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const hostile = [
  '',
  "'",
  "''",
  '\\',
  "\\'",
  "\\\\'; DROP DATABASE default; --",
  "x' OR '1'='1",
  'line\nline\n\nline\r\n',
  '\0nul\0',
  '\x01\x1b\x7f\b\f\v',
  '\\n \\x41 \\u0041 \\0',
  '{p:String} ? $1 %',
  '/* */ -- # `"',
  '$$heredoc$$',
  'Grüße 日本語 🧑‍🚀',
  "\u2019 ` ´ ʼ",
  'ü\'\\'.repeat(5000),
];

async function echoed(literal: string): Promise<string | undefined> {
  return readBlocks(await engine.native(`SELECT ${literal} AS echo, 'still here' AS rest`))[0]?.strings('echo')[0];
}

describe('text literals', () => {
  test.each(hostile.map((value) => [value]))('%j means itself to the engine', async (value) => {
    expect(await echoed(text(value))).toBe(value);
  });

  test('every character of the first 64 Ki code units, alone and before a quote', async () => {
    const letters = Array.from({ length: 0xd7ff }, (_, code) => String.fromCharCode(code)).concat('\ue000', '\uffff');
    const value = `${letters.join('')}'${letters.slice(0, 200).join("'")}`;
    expect(await echoed(text(value))).toBe(value);
  });

  test('a literal holds no bare control character, so that no blank line can end a statement', () => {
    for (const value of hostile) expect(text(value)).not.toMatch(/[\u0000-\u001f\u007f]/);
  });

  test('half a surrogate pair becomes the replacement character and breaks nothing', async () => {
    expect(await echoed(text("a\ud800'b"))).toBe("a\ufffd'b");
  });

  test('lists keep each value apart', async () => {
    const [block] = readBlocks(await engine.native(`SELECT arrayJoin([${texts(hostile)}]) AS value`));
    expect(block?.strings('value')).toEqual(hostile);
  });
});

describe('number literals', () => {
  test.each([0, -1, 0.1, 1 / 3, 1e21, -1e308, 5e-324, 2 ** 53, 1e-7])('%d keeps every bit', async (value) => {
    const [block] = readBlocks(await engine.native(`SELECT toFloat64(${number(value)}) AS echo`));
    expect(block?.numbers('echo')[0]).toBe(value);
  });

  test.each([NaN, Infinity, -Infinity])('%d is refused', (value) => {
    expect(() => number(value)).toThrow(expect.objectContaining({ code: 'METERLARK_STORAGE_CLICKHOUSE_REFUSED' }));
  });

  test('times outside the range of DateTime move to its edge', async () => {
    const bounds = [-1, 0, 1001, Number.MAX_SAFE_INTEGER].map((ms) => `toUInt32(${seconds(ms)})`);
    const [block] = readBlocks(await engine.native(`SELECT arrayJoin([${bounds.join(', ')}]) AS bound`));
    expect([...(block?.numbers('bound') as Uint32Array)]).toEqual([0, 0, 2, 4_294_967_295]);
  });
});

describe('identifiers', () => {
  test('are quoted', () => expect(identifier('team-a_2')).toBe('`team-a_2`'));

  test.each(['', '1a', 'a b', 'a`b', "a'b", 'a.b', 'ä', 'a\n', 'x'.repeat(200)])('%j is refused', (name) => {
    expect(() => identifier(name)).toThrow(expect.objectContaining({ code: 'METERLARK_STORAGE_CLICKHOUSE_BAD_SETTING' }));
  });
});
