import { isMeterlarkError, plainSource, type MeterlarkError } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { compileClosure } from '../../src/language/closure-compiler.js';
import { toText, type ClosureValue } from '../../src/language/closure-values.js';
import { parseClosure } from '../../src/language/mal.js';

const labels: readonly (readonly [string, string])[] = [
  ['a', 'alpha'],
  ['n', '42'],
  ['empty', ''],
  ['path', 'x/y/z//'],
  ['pod', 'web-7f-abc'],
];

function run(text: string, host = new Map<string, (args: readonly ClosureValue[]) => ClosureValue>()) {
  const tags = new Map<string, ClosureValue>(labels);
  const closure = compileClosure(parseClosure(plainSource('closure', text)), 1, host);
  return { value: closure([tags]), tags };
}

function fault(text: string): MeterlarkError {
  try {
    run(text);
  } catch (error) {
    if (isMeterlarkError(error)) return error;
    throw error;
  }
  throw new Error(`no fault in ${text}`);
}

const values: readonly (readonly [closure: string, value: ClosureValue])[] = [
  ["{ tags -> tags.a == 'alpha' }", true],
  ["{ tags -> { tags.a == 'alpha' && tags.n != '42' } }", false],
  ["{ tags -> tags['a'] }", 'alpha'],
  ['{ tags -> tags.get("a") }', 'alpha'],
  ['{ tags -> tags.missing }', undefined],
  ['{ tags -> tags.missing == null }', true],
  ['{ tags -> tags.missing?.trim() }', undefined],
  ["{ tags -> tags.missing?.trim() ?: 'none' }", 'none'],
  ["{ tags -> tags.empty ?: 'none' }", 'none'],
  ["{ tags -> tags.a ?: 'none' }", 'alpha'],
  ["{ tags -> tags.empty ? 'yes' : 'no' }", 'no'],
  ["{ tags -> tags.a == 'alpha' ? tags.n == '1' ? 'x' : 'y' : 'z' }", 'y'],
  ["{ tags -> tags.a in ['beta', 'alpha'] }", true],
  ['{ tags -> tags.a in [] }', false],
  ["{ tags -> !tags.empty && !(tags.a == 'b') }", true],
  ['{ tags -> tags.empty || tags.missing }', false],
  ["{ tags -> 'x' + tags.a + 1 }", 'xalpha1'],
  ["{ tags -> 'x::' + tags.missing }", 'x::null'],
  ['{ tags -> 2 + 3 * 4 - 6 / 2 }', 11],
  ['{ tags -> -(1 + 2) * -2 }', 6],
  ['{ tags -> tags.n.toInteger() + 1 }', 43],
  ['{ tags -> tags.n.toDouble() / 5 }', 8.4],
  ["{ tags -> '41.9'.toInteger() }", 41],
  ["{ tags -> tags.n.toInteger() > 41 && 3 <= 3 && 'a' < 'b' && 2 >= 1 }", true],
  ["{ tags -> tags.path.split('/').size() }", 3],
  ["{ tags -> tags.path.split('/')[1] }", 'y'],
  ["{ tags -> tags.path.split('/')[-1] }", 'z'],
  ["{ tags -> 'a.b.c'.split('\\\\.', 2)[1] }", 'b.c'],
  ["{ tags -> 'abc'.split('').size() }", 3],
  ["{ tags -> 'a1b22c'.split('(\\\\d)+')[2] }", 'c'],
  ["{ tags -> 'a,b,,'.split(',').size() }", 2],
  ["{ tags -> 'a,b,,'.split(',', -1).size() }", 4],
  ["{ tags -> 'aXbX'.replaceFirst('(?i)x', '-') }", 'a-bX'],
  ["{ tags -> 'key=v'.matches('(?<k>\\\\w+)=v') ? 'y' : 'n' }", 'y'],
  ["{ tags -> ('a'.concat('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')).matches('(a+)+') ? 'y' : 'n' }", 'n'],
  ["{ tags -> ('  x ' + ' ').trim() }", 'x'],
  ["{ tags -> tags.a.startsWith('al') && tags.a.endsWith('ha') && tags.a.contains('ph') }", true],
  ['{ tags -> tags.a.substring(1, 3) + tags.a.substring(4) }', 'lpa'],
  ["{ tags -> tags.a.indexOf('p') + tags.a.lastIndexOf('a') }", 6],
  ["{ tags -> tags.a.replace('a', '-').toUpperCase() }", '-LPH-'],
  ["{ tags -> '10.0.0.1:80'.replaceAll('[.:].*', '') }", '10'],
  ["{ tags -> 'aXbX'.replaceFirst('X', '\\\\$') }", 'a$bX'],
  ["{ tags -> 'aaab'.replaceAll('^a', 'x') }", 'xaab'],
  ["{ tags -> 'k=v'.replaceAll('(?<k>\\\\w)=', '${k}:') }", 'k:v'],
  ["{ tags -> 'a=b'.replaceAll('(a)', '$12') }", 'a2=b'],
  ["{ tags -> 'k=v'.replaceAll('(\\\\w)=(\\\\w)', '$2=$1') }", 'v=k'],
  ["{ tags -> tags.a.matches('al.*') && !tags.a.matches('al') }", true],
  ["{ tags -> tags.a.equals('alpha') && tags.a.equalsIgnoreCase('ALPHA') }", true],
  ["{ tags -> tags.empty.isEmpty() && ' '.isBlank() && tags.a.length() == 5 }", true],
  ["{ tags -> tags.containsKey('a') && !tags.containsKey('b') }", true],
  ["{ tags -> ['x', 'y'].join('-') + ['x', 'y'].contains('y') }", 'x-ytrue'],
  ["{ tags -> def m = tags.pod =~ /(\\w+)-(\\w+)-\\w+/\n m ? m[0][2] : 'none' }", '7f'],
  ["{ tags -> def m = tags.a =~ /\\d/\n m ? 'digit' : 'none' }", 'none'],
  ["{ tags -> String[] parts = tags.path.split('/'); return parts[0] }", 'x'],
  ["{ tags -> String s = 'a' // first\n /* second */ s = s + 'b'\n s }", 'ab'],
  ["{ tags -> if (tags.a == 'beta') { return 1 } else if (tags.n == '42') { return 2 } else { return 3 } }", 2],
  ['{ tags -> if (tags.empty) { return 1 }\n return 4 }', 4],
  ['{ tags -> true }', true],
  ['{ tags -> null }', undefined],
  ["{ tags -> 3.toString() + '1'.concat('2') }", '312'],
];

describe('the value of a closure', () => {
  it.each(values)('%s', (text, value) => {
    expect(run(text).value).toEqual(value);
  });

  it('is a map where the closure makes one, with quoted or bare keys', () => {
    expect(run("{ tags -> ['pod': tags.pod, node: tags.missing ?: 'n/a'] }").value).toEqual(
      new Map([
        ['pod', 'web-7f-abc'],
        ['node', 'n/a'],
      ]),
    );
  });
});

describe('labels a closure changes', () => {
  it.each<[string, string, ClosureValue]>([
    ["{ tags -> tags.a = 'b' }", 'a', 'b'],
    ["{ tags -> tags['new' + 1] = tags.a }", 'new1', 'alpha'],
    ["{ tags -> tags.put('x', tags.n) }", 'x', '42'],
    ["{ tags -> tags.remove('a') }", 'a', undefined],
    ["{ tags -> if (tags.n == '42') { tags.a = 'yes'; return } tags.a = 'no' }", 'a', 'yes'],
  ])('%s', (text, label, value) => {
    expect(run(text).tags.get(label)).toBe(value);
  });
});

describe('what is out of a closure', () => {
  it.each([
    ['{ tags -> tags.a.getClass() }', 'METERLARK_MAL_CLOSURE', 18],
    ['{ tags -> tags.constructor.constructor }', 'METERLARK_MAL_CLOSURE_VALUE', 1],
    ["{ tags -> tags.a['constructor'] }", 'METERLARK_MAL_CLOSURE_VALUE', 1],
    ['{ tags -> process.exit() }', 'METERLARK_MAL_CLOSURE', 11],
    ['{ tags -> globalThis }', 'METERLARK_MAL_CLOSURE', 11],
    ['{ tags -> System.getenv("x") }', 'METERLARK_MAL_CLOSURE', 11],
    ['{ tags -> other.a }', 'METERLARK_MAL_CLOSURE', 11],
    ['{ a, b -> a }', 'METERLARK_MAL_CLOSURE', 1],
    ['{ tags -> tags.a.trim(1) }', 'METERLARK_MAL_CLOSURE', 18],
    ["{ tags -> 'a' = 'b' }", 'METERLARK_MAL_CLOSURE', 15],
    ["{ tags -> tags.a.split('[') }", 'METERLARK_MAL_PATTERN', 18],
    ['{ tags -> tags.a =~ /(/ }', 'METERLARK_MAL_PATTERN', 18],
    ['{ tags -> tags.a =~ /a(?=b)/ }', 'METERLARK_MAL_PATTERN', 18],
    ["{ tags -> tags.a.matches('a++') }", 'METERLARK_MAL_PATTERN', 18],
    ['{ tags -> tags.missing.trim() }', 'METERLARK_MAL_CLOSURE_VALUE', 1],
    ['{ tags -> tags.a.toInteger() }', 'METERLARK_MAL_CLOSURE_VALUE', 1],
    ['{ tags -> tags.a.substring(9) }', 'METERLARK_MAL_CLOSURE_VALUE', 1],
    ['{ tags -> tags.a in tags.n }', 'METERLARK_MAL_CLOSURE_VALUE', 1],
  ])('%s is refused', (text, code, column) => {
    expect(fault(text)).toMatchObject({ code, fields: { column } });
  });

  it('names of the host are labels like any other, not a way to a prototype', () => {
    const { tags, value } = run(
      "{ tags -> tags.__proto__ = 'x'\n tags.toString = 'y'\n tags.__proto__ + tags.toString }",
    );
    expect(value).toBe('xy');
    expect(Object.getPrototypeOf(tags)).toBe(Map.prototype);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('a text cannot grow without bounds', () => {
    const doubling = 'tags.a = tags.a + tags.a\n'.repeat(40);
    expect(fault(`{ tags -> ${doubling} }`)).toMatchObject({ code: 'METERLARK_MAL_CLOSURE_VALUE' });
    expect(fault(`{ tags -> ${"tags.a = tags.a.replaceAll('', 'xxxxxxxx')\n".repeat(9)} }`).message).toContain(
      'characters',
    );
  });

  it.each([".replaceAll('a([^b]*b)?', 'x')", ".split('a([^b]*b)?')", ' =~ /a([^b]*b)?/'])('a pattern cannot find its way for ever: %s', (search) => {
    const long = `tags.x = 'a'\n${'tags.x = tags.x + tags.x\n'.repeat(12)}`;
    const { code, message } = fault(`{ tags -> ${long} tags.y = tags.x${search} }`);
    expect([code, message]).toEqual(['METERLARK_MAL_CLOSURE_VALUE', expect.stringContaining('was given up')]);
  });

  it.each(['$9', '$', '${none}', '\\\\'])('a replacement is of the groups there are: %s', (by) => {
    expect(fault(`{ tags -> tags.a.replaceAll('(a)', '${by}') }`).message).toContain('the replacement');
  });

  it('functions of the host are those it gives', () => {
    const host = new Map([
      ['Registry.id', (args: readonly ClosureValue[]): ClosureValue => `id-${args.map(toText).join()}`],
    ]);
    expect(run('{ tags -> Registry.id(tags.a) }', host).value).toBe('id-alpha');
    expect(() => run('{ tags -> Registry.other(tags.a) }', host)).toThrow(/unknown name "Registry"/);
  });
});
