import { describe, expect, it } from 'vitest';
import { compileLinearPattern } from '../../src/index.js';

describe('compileLinearPattern', () => {
  it('finds the first match, its groups by number and by name', () => {
    const match = compileLinearPattern('(?<year>\\d{4})/(\\d+)(x)? \\[(?<level>.+?)]').exec('at 2026/11 [warn] done]');
    expect(match).toEqual({ index: 3, text: '2026/11 [warn]', groups: ['2026', '11', undefined, 'warn'], named: { year: '2026', level: 'warn' } });
  });

  it('gives undefined and false when nothing matches, also for the empty text', () => {
    const pattern = compileLinearPattern('a+b');
    expect(pattern.exec('aaa')).toBeUndefined();
    expect(pattern.test('')).toBe(false);
    expect(pattern.test('xaab')).toBe(true);
    expect(compileLinearPattern('').exec('')?.text).toBe('');
  });

  it('keeps no state between searches', () => {
    const pattern = compileLinearPattern('a');
    expect([pattern.exec('ba')?.index, pattern.exec('ba')?.index, pattern.test('a'), pattern.test('a')]).toEqual([1, 1, true, true]);
  });

  it('matches the whole text when asked to, with alternatives and flags within', () => {
    const pattern = compileLinearPattern('(?i)get|post', { whole: true });
    expect([pattern.test('POST'), pattern.test('posted'), pattern.test('xget'), pattern.test('get\n')]).toEqual([true, false, false, false]);
    expect(compileLinearPattern('a|ab', { whole: true }).exec('ab')?.text).toBe('ab');
  });

  it('passes over case when asked to', () => {
    expect(compileLinearPattern('straße', { ignoreCase: true }).test('STRAßE')).toBe(true);
    expect(compileLinearPattern('abc').test('ABC')).toBe(false);
  });

  it.each([
    ['\\d\\w\\s', '1_ '],
    ['\\-\\@\\/\\.\\:', '-@/.:'],
    ['\\p{L}+\\P{L}', 'Ä1'],
    ['[\\w.-]+', 'a.b-c'],
    ['\\Qa.b\\E', 'a.b'],
    ['\\bword\\b', 'a word.'],
    ['(?:a|b){2,3}?', 'ab'],
    ['\\x41\\t', 'A\t'],
    ['(?s)a.b', 'a\nb'],
    ['(?m)^b$', 'a\nb'],
  ])('accepts %s', (source, text) => {
    expect(compileLinearPattern(source).test(text)).toBe(true);
  });

  it('counts positions in UTF-16 units and takes a character outside the first plane as one', () => {
    expect(compileLinearPattern('^.(b)$').exec('😀b')).toMatchObject({ index: 0, text: '😀b', groups: ['b'] });
    expect(compileLinearPattern('b').exec('😀b')?.index).toBe(2);
  });

  it('takes a group name of any kind as a name only', () => {
    expect(compileLinearPattern('(?<__proto__>a)').exec('a')?.named['__proto__']).toBe('a');
    expect(compileLinearPattern('a').exec('a')?.named).not.toHaveProperty('toString');
  });

  it.each([
    ['a(?=b)', /looks ahead/],
    ['a(?!b)', /looks ahead/],
    ['(?<=a)b', /looks behind/],
    ['(?<!a)b', /looks behind/],
    ['(a)\\1', /refers back/],
    ['(?<n>a)\\k<n>', /refers back/],
    ['(?>a)b', /atomic/],
    ['a++', /possessive/],
    ['a*+', /possessive/],
    ['a?+', /possessive/],
    ['(a{1000}){1000}', /repeats.*more than 1000/],
    ['((((a{10}){10}){10}){10}){10}', /repeats.*more than 1000/],
    ['(a{0,30}b{0,30}){0,30}(a{0,30}b{0,30}){0,30}', /too large/],
    ['a'.repeat(5000), /longer than 4096/],
    ['(', /no regular expression/],
    ['a)|(b', /no regular expression/],
    ['[z-a]', /no regular expression/],
    ['*', /no regular expression/],
    ['\\', /no regular expression/],
  ])('refuses %s and says why', (source, message) => {
    expect(() => compileLinearPattern(source)).toThrow(message);
    expect(() => compileLinearPattern(source, { whole: true })).toThrow(message);
  });

  // An engine that goes back would not end within the life of this test.
  it.each(['(a+)+$', '^(a+)+$', '(a|a)*b', '(a|aa)+$', '(.*)*x', '(.*a){12}b', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$', '(?:a?){30}a{30}b', '\\s*a\\s*,', 'a*a*a*a*c'])(
    'ends on 100 KB for %s',
    (source) => {
      const pattern = compileLinearPattern(source);
      const text = `${'a'.repeat(100_000)}!`;
      expect(pattern.test(text)).toBe(false);
      expect(pattern.exec(text)).toBeUndefined();
    },
  );
});
