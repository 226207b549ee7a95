/** What Java answers (java.util.regex, String), written from its documentation; each by both engines. */
import { describe, expect, it } from 'vitest';
import { compileLinearPattern, PatternFailure, replaceAsJava, splitAsJava, type LinearPattern } from '../../src/index.js';

/** An empty group with flags keeps a pattern from V8's engine. */
const engines: readonly (readonly [string, (source: string) => LinearPattern])[] = [
  ['V8', (source) => compileLinearPattern(source)],
  ['RE2', (source) => compileLinearPattern(source.replace(/^(?:\(\?i\))?/, '$&(?-i:)'))],
];

const replaceAll: readonly (readonly [source: string, text: string, by: string, answer: string])[] = [
  ['^a', 'aaab', 'x', 'xaab'],
  ['\\ba', 'aa a', 'x', 'xa x'],
  ['x*', 'abc', '-', '-a-b-c-'],
  ['a*', 'baac', '-', '-b--c-'],
  ['', 'ab', '.', '.a.b.'],
  ['b', '', '-', ''],
  ['(\\w+)@(\\w+)', 'a@b c@d', '$2 at $1', 'b at a d at c'],
  ['(?<user>\\w+)@\\w+', 'a@b', '${user}!', 'a!'],
  ['(a)(b)?', 'ac', '[$2$1$0]', '[aa]c'],
  ['(a)', 'a', '$12', 'a2'],
  ['a', 'a', '\\$1\\\\', '$1\\'],
  ['a', 'a', '$0$0', 'aa'],
  ['$', 'a', 'x', 'ax'],
  ['$', 'a\n', 'x', 'ax\nx'],
  ['$', 'a\r\n', 'x', 'ax\r\nx'],
  ['$', 'a\n\n', 'x', 'a\nx\nx'],
  ['\\r$', 'a\r\n', '', 'a\r\n'],
  ['\\s+$', 'a \n', '', 'a'],
  ['^$', '\n', 'x', 'x\n'],
  ['(b|$)', 'ab\n', '<$1>', 'a<b><>\n<>'],
];

const finds: readonly (readonly [source: string, text: string, answer: readonly (string | undefined)[] | undefined])[] = [
  ['^(?<m>\\w+) (?<status>\\d{3})$', 'GET 200\n', ['GET 200', 'GET', '200']],
  ['^(\\w+) (\\d{3})$', 'GET 200\r\n', ['GET 200', 'GET', '200']],
  ['^(\\w+)$', 'GET\u0085', ['GET', 'GET']],
  ['^(\\w+)$', 'GET\u2028', ['GET', 'GET']],
  ['^(\\w+)$', 'GET\n\n', undefined],
  ['^(\\w+)\\z', 'GET\n', undefined],
  ['^(\\w+)\\Z', 'GET\n', ['GET', 'GET']],
  ['(\\w+)(?:;|$)', 'GET\n', ['GET', 'GET']],
  ['(.*)$', 'a\nb\n', ['b', 'b']],
  ['(a\\s*)$', 'a\n', ['a\n', 'a\n']],
  ['(a\\s*?)$', 'a\n', ['a', 'a']],
  ['(a$)|b', 'a\n', ['a', 'a']],
  ['(?i)\\W', 'sk', undefined],
  ['(?i)[^\\W]+', 'skS', ['skS']],
  ['(?i)[\\W]', 'KS', undefined],
  ['(?i:\\W)', 'sk', undefined],
  ['(?i)[^\\w]', 'sk-', ['-']],
  ['(?i)\\P{Alpha}', 'SK', undefined],
  ['(?i)[[:^alpha:]]', 'sK', undefined],
  ['(?i)\\w(?-i:\\W)', 's-', ['s-']],
];

const splits: readonly (readonly [source: string, text: string, limit: number, answer: readonly string[]])[] = [
  [',', 'a,b,,', 0, ['a', 'b']],
  [',', 'a,b,,', -1, ['a', 'b', '', '']],
  [',', 'a,b,c', 2, ['a', 'b,c']],
  [',', ',a', 0, ['', 'a']],
  [',', ',', 0, []],
  [',', '', 0, ['']],
  ['', 'abc', 0, ['a', 'b', 'c']],
  ['x*', 'axb', 0, ['a', '', 'b']],
  ['^a', 'aab', 0, ['', 'ab']],
  ['\\b', 'a b', 0, ['a', ' ', 'b']],
  ['-', 'abc', 0, ['abc']],
];

describe.each(engines)("Java's answers by %s", (_name, compile) => {
  it.each(replaceAll)('%s in %j replaced by %s gives %j', (source, text, by, answer) => {
    expect(replaceAsJava(compile(source), text, { by, all: true, longest: 100 })).toBe(answer);
  });

  it.each(finds)('%s in %j finds %j', (source, text, answer) => {
    const found = compile(source).exec(text);
    expect(found === undefined ? undefined : [found.text, ...found.groups]).toEqual(answer);
    expect(compile(source).test(text)).toBe(answer !== undefined);
  });

  it.each(splits)('%s splits %j, limit %i, into %j', (source, text, limit, answer) => {
    expect(splitAsJava(compile(source), text, limit)).toEqual(answer);
  });

  it('replaces the first match only when told so', () => {
    expect(replaceAsJava(compile('(a)'), 'bab a', { by: '<$1>', all: false, longest: 100 })).toBe('b<a>b a');
    expect(replaceAsJava(compile('^a'), 'aa', { by: '', all: false, longest: 100 })).toBe('a');
  });
});

describe('what Java refuses', () => {
  it.each([['$', /\$ without a group/], ['a$b', /\$ without/], ['\\', /ends with a backslash/], ['$2', /\$2, but the pattern has 1 groups/], ['${no}', /no group/], ['${__proto__}', /without a group/]])(
    'is refused here: the replacement %s',
    (by, message) => {
      const replace = (text: string): string => replaceAsJava(compileLinearPattern('(a)'), text, { by, all: true, longest: 100 });
      expect(() => replace('a')).toThrow(PatternFailure);
      expect(() => replace('a')).toThrow(message);
      // As Java, which looks at the replacement when there is something to replace.
      expect(replace('b')).toBe('b');
    },
  );

  it('makes no text that is longer than it may be', () => {
    const grow = (longest: number): string => replaceAsJava(compileLinearPattern('a'), 'aaaa', { by: '$0$0', all: true, longest });
    expect(grow(8)).toBe('aaaaaaaa');
    expect(() => grow(7)).toThrow(/8 characters is too long/);
  });
});
