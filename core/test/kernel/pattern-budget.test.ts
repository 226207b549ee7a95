/** Texts chosen to do harm, by work: what a search reads, not how long it takes. */
import { describe, expect, it } from 'vitest';
import { compileLinearPattern, PatternBudget, PatternTooCostly } from '../../src/index.js';

const log = '2026-11-21T16:00:00.123Z INFO [exec-1] order 83121 of jane.doe@example.com took 31 ms, token=sk-abcdef0123456789ABCDEFGH\n';
const logs = log.repeat(1000);

/** Each match looks ahead to the end and takes one character, or every character stands at many places of the pattern. */
const harmful: readonly (readonly [source: string, text: string])[] = [
  ['a(?:[^b]*b)?', 'a'.repeat(16_000)],
  ['\\w+@\\w+|\\w', 'a'.repeat(16_000)],
  ['(secret: )(?:\\{.*\\}|\\S+)', 'secret: { '.repeat(13_000)],
  ['(?:a?){30}a{30}b|a', 'a'.repeat(100_000)],
  ['(x+x+)+y|x', 'x'.repeat(100_000)],
  ['\\p{L}+\\p{N}|\\p{L}', 'é'.repeat(100_000)],
  ['(?:a?){700}(?:a{1,2}){20}c?$', 'a'.repeat(100_000)],
];

const typical: readonly string[] = [
  '[\\w.+-]{1,64}@[\\w-]{1,64}\\.[\\w.-]{1,64}', 'sk-[A-Za-z0-9_-]{20,}', '\\b(?:\\d[ -]?){13,16}\\b', '(?i)(token|secret|password)=\\S+', '[\\w.]+@[\\w.]+',
  '\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b', '\\p{Lu}\\p{Ll}+ \\d+', '(?:error|warn|info|took|order)\\b', '\\S+', '(?i)[a-z]+', '.', '\\d*',
];

describe('a search with a budget', () => {
  it.each(harmful)('is given up for %s, however many matches there are', (source, text) => {
    const pattern = compileLinearPattern(source);
    expect(() => pattern.replaceAll(text, 'x')).toThrow(PatternTooCostly);
    expect(() => pattern.replaceAll(text, () => '$1')).toThrow(PatternTooCostly);
    expect(() => pattern.matchAll(text)).toThrow(PatternTooCostly);
  });

  it('is given up within a single match as well', () => {
    const pattern = compileLinearPattern('((?:a?){700})((?:a{1,2}){20})c?$');
    expect(() => pattern.exec('a'.repeat(100_000))).toThrow(PatternTooCostly);
    expect(() => pattern.replaceFirst('a'.repeat(100_000), 'x')).toThrow(PatternTooCostly);
  });

  it('is given up where telling whether there is a match is too much', () => {
    // States of all subsets: none is ever met again in a text like this.
    const pattern = compileLinearPattern('(?:x|y)*x(?:x|y){600}[0-9]');
    let seed = 1;
    const text = Array.from({ length: 100_000 }, () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) > 2 ** 31 ? 'x' : 'y')).join('');
    expect(() => pattern.test(text)).toThrow(PatternTooCostly);
  });

  it('finds after that what it found before', () => {
    const pattern = compileLinearPattern('a(?:[^b]*b)?');
    const text = `${'-'.repeat(2000)}aab${'-'.repeat(2000)}`;
    const before = pattern.matchAll(text);
    for (let round = 0; round < 3; round += 1) expect(() => pattern.matchAll('a'.repeat(16_000))).toThrow(PatternTooCostly);
    expect(pattern.matchAll(text)).toEqual(before);
    expect(before.map((match) => match.text)).toEqual(['aab']);
  });

  it.each(typical)('is enough for %s in texts of every length', (source) => {
    const pattern = compileLinearPattern(source);
    for (const length of [100, 3000, 20_000, 128_000]) {
      const text = logs.slice(0, length);
      expect(pattern.matchAll(text).length).toBeGreaterThanOrEqual(0);
      expect(pattern.replaceAll(text, '$&')).toBe(text);
    }
  });

  it('is one for several searches that share it, and leaves each what its own text allows', () => {
    const budget = new PatternBudget();
    const pattern = compileLinearPattern('a(?:[^b]*b)?');
    const text = 'a'.repeat(2000);
    let done = 0;
    const search = (): void => {
      for (; done < 1000; done += 1) pattern.matchAll(text, budget);
    };
    expect(search).toThrow(PatternTooCostly);
    expect(done).toBeLessThan(100);
    expect(pattern.matchAll('-'.repeat(2000), budget)).toEqual([]);
    budget.refill();
    expect(pattern.matchAll(`${'-'.repeat(2000)}a`, budget)).toHaveLength(1);
  });
});

describe('a pattern that would be large', () => {
  it.each(['(a{0,30}b{0,30}){0,30}(a{0,30}b{0,30}){0,30}', '(?:(?:ab?){30}){30}{0}x', '((\\w{1,99}){10}\\W)?'.repeat(3)])('is refused before it is made: %s', (source) => {
    expect(() => compileLinearPattern(source)).toThrow(/too large|repeats a repetition/);
  });

  it('may be long when it is not large', () => {
    const words = Array.from({ length: 700 }, (_, place) => `w${place}`).join('|');
    expect(compileLinearPattern(`^(?:${words})$`).test('w699')).toBe(true);
  });
});
