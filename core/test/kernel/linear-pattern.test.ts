import { describe, expect, it } from 'vitest';
import { compileLinearPattern } from '../../src/index.js';

const accepted: readonly (readonly [string, string])[] = [
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
  ['(?m:^b$)c?', 'a\nb'],
  ['a(?i)b', 'aB'],
  ['(?i:a)b', 'Ab'],
  ['\\u0041\\cA\\0', 'A\u0001\0'],
  ['^\\uD83D\\uDE00$', '😀'],
  ['[\\b\\u{1F600}-]{3}', '😀\b-'],
  ['[]a]{2}', ']a'],
  ['[^]a]', 'b'],
  ['[^\\W\\d]', 'x'],
  ['\\p{Alpha}[[:digit:]]\\p{IsLatin}\\pL\\p{Script=Greek}', 'a1bcα'],
  ['a{,3}{', 'a{,3}{'],
  ['x|', ''],
  ['\\s', '\u00a0'],
  ['\\Aa\\z', 'a'],
];

const refused: readonly (readonly [string, RegExp])[] = [
  ['a(?=b)', /looks ahead/],
  ['a(?!b)', /looks ahead/],
  ['(?<=a)b', /looks ahead or behind/],
  ['(?<!a)b', /looks ahead or behind/],
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
  ['(', /\( without its \)/],
  ['a)|(b', /\) without its \(/],
  ['[z-a]', /range/],
  ['[a-\\d]', /range/],
  ['[a', /\[ without its \]/],
  ['[a&&b]', /&&/],
  ['[a[bc]]', /has a \[ within \[\]/],
  ['[^[]', /has a \[ within \[\]/],
  ['[[:nothing:]]', /\[:nothing:\]/],
  ['*', /nothing stands before/],
  ['a**', /repeats a repetition/],
  ['a{3,2}', /from 3 to 2/],
  ['a{1001}', /more than 1000/],
  ['\\', /ends with a backslash/],
  ['\\h', /\\h, which is not known/],
  ['\\p{Nothing}', /no regular expression.*Nothing/],
  ['\\p', /\\p without/],
  ['\\u12', /\\u without/],
  ['(?x)a', /flag x/],
  ['(?U)a', /flag U/],
  ['(?<a-b>c)', /group names/],
  ['(?<a>b)(?<a>c)', /two groups of the name a/],
  ['('.repeat(200), /more than 100 brackets/],
];

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

});

describe('what people write', () => {
  it.each(accepted)('accepts %s', (source, text) => {
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

  it.each(refused)('refuses %s and says why', (source, message) => {
    expect(() => compileLinearPattern(source)).toThrow(message);
    expect(() => compileLinearPattern(source, { whole: true })).toThrow(message);
  });

  it.each([['a.b', 'a\rb'], ['^a\\z', 'a\n'], ['^b', 'a\nb'], ['\\d', '٣'], ['\\w', 'ä'], ['[^\\s\\S]', 'a'], ['(?-i)a', 'A'], ['(?s)a(?-s).b', 'a\nb'], ['\\Q.\\E', 'a']])(
    '%s does not match %j',
    (source, text) => {
      expect(compileLinearPattern(source).test(text)).toBe(false);
    },
  );

  it('replaces every match, with what its groups found', () => {
    const pattern = compileLinearPattern('(\\w+)@(?<host>\\w+)');
    expect(pattern.replaceAll('a@b, c@d', '$1 at $<host>: $& $$ $3')).toBe('a at b: a@b $ $3, c at d: c@d $ $3');
    expect(pattern.replaceAll('a@b, c@d', (match) => match.toUpperCase() + '$1')).toBe('A@B$1, C@D$1');
    expect(pattern.replaceAll('none', 'x')).toBe('none');
    const long = `${'-'.repeat(100_000)}a@b`;
    expect(pattern.replaceAll(long, '$1').endsWith('-a')).toBe(true);
    expect(pattern.replaceAll(long, () => '$1').endsWith('-$1')).toBe(true);
  });

});

/** Those that match: see pattern-budget.test.ts. */
describe('texts chosen to do harm', () => {
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

/** An empty group with flags keeps a pattern from V8's engine. */
const linearOnly = (source: string): string => source.replace(/^(?:\(\?i\))?/, '$&(?-i:)');

/** Patterns and texts from a small alphabet, the same in every run. */
function* cases(count: number): Generator<readonly [source: string, text: string]> {
  let seed = 42;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const pick = (list: readonly string[]): string => list[below(list.length)] ?? '';
  const atoms = ['a', 'b', 'K', '.', '\\w', '\\W', '\\s', '\\d', '[ab]', '[^a]', '[\\w-]', '\\b', '^', '$', '\u017f', 's', '😀', '\\S', '-', '[a-c😀]', '$', '[^\\W]'];
  const quantifiers = ['', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{2,}', '{0,3}?'];
  const piece = (depth: number): string => {
    const inner = depth > 2 || below(3) > 0 ? pick(atoms) : `${pick(['(', '(?:', '('])}${sequence(depth + 1)})`;
    return inner + (/^[\^$]$|^\\b$/.test(inner) ? '' : pick(quantifiers));
  };
  const sequence = (depth: number): string => {
    const parts = Array.from({ length: 1 + below(4) }, () => piece(depth)).join('');
    return below(4) === 0 ? `${parts}|${piece(depth)}` : parts;
  };
  for (let index = 0; index < count; index += 1) {
    const text = Array.from({ length: below(12) }, () => pick(['a', 'b', 'K', 'k', 's', 'S', ' ', '1', '-', '\n', '\r', '😀', '\u017f', 'c', '\u212a', '\ud83d', 'A', '\u00a0'])).join('') + pick(['', '', '\n', '\r\n', '\r', '\u2028', '\n\n', '\u0085']);
    yield [`${below(3) === 0 ? '(?i)' : ''}${sequence(0)}`, text];
  }
}

describe('both engines', () => {
  it('find the same, in the same place and groups', () => {
    let compared = 0;
    for (const [source, text] of cases(300)) {
      const [either, linear] = [compileLinearPattern(source), compileLinearPattern(linearOnly(source))];
      expect([source, text, either.exec(text)]).toEqual([source, text, linear.exec(text)]);
      expect([source, text, either.test(text)]).toEqual([source, text, linear.test(text)]);
      expect([source, text, either.replaceAll(text, '<$1>')]).toEqual([source, text, linear.replaceAll(text, '<$1>')]);
      expect([source, text, either.replaceFirst(text, '<$1>')]).toEqual([source, text, linear.replaceFirst(text, '<$1>')]);
      expect([source, text, either.matchAll(text)]).toEqual([source, text, linear.matchAll(text)]);
      const [whole, linearWhole] = [compileLinearPattern(source, { whole: true }), compileLinearPattern(linearOnly(source), { whole: true })];
      expect([source, text, whole.exec(text)]).toEqual([source, text, linearWhole.exec(text)]);
      compared += 1;
    }
    expect(compared).toBe(300);
  });
});
