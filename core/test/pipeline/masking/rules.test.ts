import { describe, expect, it } from 'vitest';
import { keyMatcher } from '../../../src/pipeline/masking/key-matcher.js';
import { compilePattern } from '../../../src/pipeline/masking/pattern.js';
import { parsePath } from '../../../src/pipeline/masking/json-path.js';
import { compileRules, maskRules } from '../../../src/pipeline/masking/rules.js';

const good = { name: 'keys', match: { pattern: 'sk-\\w+' }, action: 'replace' };

describe('masking rules', () => {
  it('are accepted in every combination of key, pattern and path', () => {
    const matches = [{ key: 'a' }, { key: ['a', 'b.*'] }, { pattern: 'x' }, { path: '$.a' }, { key: 'a', pattern: 'x', path: '$..b' }];
    const rules = matches.flatMap((match) => ['replace', 'hash', 'drop'].map((action) => ({ match, action })));
    const named = rules.map((rule, place) => ({ ...rule, name: `n${place}` }));
    expect(compileRules(named)).toMatchObject({ faults: [], rules: named.map(({ name }) => ({ name })) });
    expect(() => { maskRules(named); }).not.toThrow();
    expect(() => { maskRules([]); }).not.toThrow();
  });

  it.each([
    ['no map', 'x', 'rule 1: a rule is a map'],
    ['no name', { ...good, name: '' }, 'rule 1: name must be'],
    ['a name with spaces', { ...good, name: 'a b' }, 'a b: name must be'],
    ['no match', { name: 'x', action: 'drop' }, 'x: match must give at least one'],
    ['an empty match', { ...good, match: {} }, 'keys: match must give at least one'],
    ['an unknown action', { ...good, action: 'encrypt' }, 'keys: action must be replace, hash, drop, not "encrypt"'],
    ['no action', { name: 'x', match: { key: 'a' } }, 'x: action must be replace, hash, drop, not nothing'],
    ['an unknown key', { ...good, replace: 'x' }, 'keys: unknown key "replace"'],
    ['an unknown match', { ...good, match: { regex: 'x', key: 'a' } }, 'keys: unknown key "regex"; known are key, pattern, path'],
    ['a replacement for a hash', { ...good, action: 'hash', replacement: 'x' }, 'keys: replacement has no meaning for the action hash'],
    ['a replacement that is no text', { ...good, replacement: 7 }, 'keys: replacement must be a text'],
    ['a key that is no text', { ...good, match: { key: 7 } }, 'keys: key must be the name'],
    ['an empty list of keys', { ...good, match: { key: [] } }, 'keys: key must be the name'],
    ['a bad expression', { ...good, match: { pattern: '(' } }, 'keys: pattern has a ( without its )'],
    ['a pattern that is no text', { ...good, match: { pattern: 7 } }, 'keys: pattern must be a text'],
    ['a bad path', { ...good, match: { path: 'a.b' } }, 'keys: path must begin with $'],
  ])('with %s are refused with the reason', (_what, rule, reason) => {
    const { faults, rules } = compileRules([rule]);
    expect(faults.join('; ')).toContain(reason);
    expect(rules).toEqual([]);
    expect(() => { maskRules([rule]); }).toThrow(reason);
  });

  it('tell all their faults at once, two of one name, and too many', () => {
    const { faults } = compileRules([good, good, { ...good, name: 'x', action: 'no', match: { pattern: '(' } }]);
    expect(faults).toEqual(['keys: there are two rules of this name', expect.stringContaining('x: action'), expect.stringContaining('x: pattern')]);
    const many = Array.from({ length: 101 }, (_, place) => ({ ...good, name: `n${place}` }));
    expect(compileRules(many).faults).toEqual(['there are 101 rules; at most 100 may be']);
    expect(() => { maskRules('sk-'); }).toThrow('a list of rules');
  });
});

describe('patterns', () => {
  it.each([
    'sk-[A-Za-z0-9_-]{20,}', '[\\w.+-]+@[\\w-]+\\.[\\w.-]+', '(?:\\d{4}[ -]?){3}\\d{4}', '(?:\\d{1,3}\\.){3}\\d{1,3}', 'eyJ[\\w-]+\\.[\\w-]+\\.[\\w-]+',
    '-----BEGIN [A-Z ]+-----[\\s\\S]+?-----END', '(?:foo|bar)', '(?i)bearer [\\w.-]+', '[(+*]{3}x', 'a\\(b\\+', '\\p{L}{5}', '(?<name>ab)+', '[\\]a]+b',
    '(a+)+$', '(a|a)*b', '(?:\\w+\\.?)+@', '((a{1,9}){1,9}){1,9}', '(x+x+)+y', 'a\\-b\\@c\\/',
  ])('that people write are accepted: %s', (pattern) => {
    expect(compilePattern(pattern).expression.source).toBe(pattern);
  });

  it.each([['', 'is empty'], ['a*', 'matches the empty text'], ['(a)\\1', 'refers back'], ['x'.repeat(1001), 'longer than 1000'], ['[a', '[ without its ]'], ['(?<=token=)\\w+', 'looks ahead or behind'], ['x(?!y)', 'looks ahead or behind'], ['x++', 'possessive']])(
    'are refused: %s',
    (pattern, reason) => {
      expect(() => compilePattern(pattern)).toThrow(reason);
    },
  );

  it.each([['sk-\\w+', 'sk-'], ['abc*', 'ab'], ['ab{2}', 'a'], ['a|b', ''], ['(?i)ab', ''], ['\\d', ''], ['abc', 'abc'], ['^a', '']])(
    'know what a match begins with: %s with "%s"',
    (pattern, prefix) => {
      expect(compilePattern(pattern).prefix).toBe(prefix);
    },
  );
});

describe('keys', () => {
  it.each([
    ['user.email', 'user.email', true],
    ['user.email', 'user.email2', false],
    ['*.email', 'user.email', true],
    ['*.email', 'email', false],
    ['gen_ai.*.messages', 'gen_ai.input.messages', true],
    ['gen_ai.*.messages', 'gen_ai.messages', false],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c', false],
    ['a*a', 'a', false],
    ['a*aa*a', 'aaa', false],
    ['USER', 'user', false],
  ])('%s fits %s: %s', (glob, key, fits) => {
    expect(keyMatcher([glob])(key)).toBe(fits);
  });

  it('are matched in a time that does not grow with the number of stars', () => {
    expect(keyMatcher([`${'*a'.repeat(500)}b`])('a'.repeat(100_000))).toBe(false);
  });
});

describe('paths', () => {
  it('are read step by step', () => {
    expect(parsePath(`$.messages[*].parts[0]['a \\' b']["c"]..text.*`)).toEqual([
      { kind: 'member', name: 'messages' }, { kind: 'all' }, { kind: 'member', name: 'parts' }, { kind: 'index', index: 0 },
      { kind: 'member', name: "a ' b" }, { kind: 'member', name: 'c' }, { kind: 'deep' }, { kind: 'member', name: 'text' }, { kind: 'all' },
    ]);
    expect(parsePath('$..*')).toEqual([{ kind: 'deep' }, { kind: 'all' }]);
    expect(parsePath('$..[0]')).toEqual([{ kind: 'deep' }, { kind: 'index', index: 0 }]);
  });

  it.each(['', 'a', '$', '$.', '$..', '$a', '$.a b', '$[x]', '$[', '$.a[-1]', '$.a[?(@.b)]', '$..a..b..c', `$${'.a'.repeat(33)}`])('that cannot be read are refused: %s', (path) => {
    expect(() => parsePath(path)).toThrow(/^path /);
  });
});
