import { plainSource } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import type { Argument, Expression } from '../../src/language/ast.js';
import { parseExpression, parseLinks } from '../../src/language/mal.js';
import { MalParser } from '../../src/language/parser.js';

/** Back to text, fully parenthesised. */
function show(expression: Expression): string {
  switch (expression.type) {
    case 'metric':
      return expression.name;
    case 'number':
      return String(expression.value);
    case 'negate':
      return `(-${show(expression.operand)})`;
    case 'binary':
      return `(${show(expression.left)}${expression.operator}${show(expression.right)})`;
    case 'function':
      return `${expression.name}(${expression.args.map(showArgument).join()})`;
    case 'call':
      return `${show(expression.target)}.${expression.namespace === undefined ? '' : `${expression.namespace}::`}${expression.method}(${expression.args.map(showArgument).join()})`;
  }
}

function showArgument(argument: Argument): string {
  switch (argument.type) {
    case 'expression':
      return show(argument.value);
    case 'string':
      return JSON.stringify(argument.value);
    case 'strings':
    case 'numbers':
      return JSON.stringify(argument.values);
    case 'closure':
      return `{${argument.closure.parameters.join()}->${argument.closure.body.length}}`;
    case 'enum':
      return `${argument.enum}.${argument.member}`;
    case 'boolean':
      return String(argument.value);
    case 'null':
      return 'null';
  }
}

describe('an expression', () => {
  it.each([
    ['a', 'a'],
    ['a + b - c', '((a+b)-c)'],
    ['a + b * 2 / c', '(a+((b*2)/c))'],
    ['(a + b) * 2', '((a+b)*2)'],
    ['-a * --2', '((-a)*(-(-2)))'],
    ['100 - ((a * 100) / b)', '(100-((a*100)/b))'],
    ["a.sum(['x', \"y\"]).rate('PT1M')", 'a.sum(["x","y"]).rate("PT1M")'],
    ["(a * 100).sum((['x']))", '(a*100).sum(["x"])'],
    ['a.histogram_percentile([50, 99.9])', 'a.histogram_percentile([50,99.9])'],
    ['a.histogram_percentile(([50]))', 'a.histogram_percentile([50])'],
    ['a.safeDiv(b.sum() * 2)', 'a.safeDiv((b.sum()*2))'],
    ['a.div((b))', 'a.div(b)'],
    ['a.downsampling(SUM)', 'a.downsampling(SUM)'],
    ["a.service(['s'], Layer.GENERAL)", 'a.service(["s"],Layer.GENERAL)'],
    ["a.f(b.sum(['x']))", 'a.f(b.sum(["x"]))'],
    ['a.f(true, false, null)', 'a.f(true,false,null)'],
    ['a.ns::f(1)', 'a.ns::f(1)'],
    ['time() - a', '(time()-a)'],
    ["a.tag({ tags -> tags.x = 'y'\n tags.z = 'w' })", 'a.tag({tags->2})'],
    ["a.forEach(['x'], { k, tags -> tags[k] = '' })", 'a.forEach(["x"],{k,tags->1})'],
    ['a // one\n + /* two */ b', '(a+b)'],
    ['in_flight + if_x', '(in_flight+if_x)'],
  ])('%s', (text, shown) => {
    expect(show(parseExpression(plainSource('exp', text)))).toBe(shown);
  });

  it('knows the place of every node', () => {
    const expression = parseExpression(plainSource('exp', "a\n  .sum(['x'])"));
    expect(expression).toMatchObject({ type: 'call', at: { offset: 5 }, args: [{ at: { offset: 9 } }] });
    expect(expression.at.source.locate(expression.at.offset)).toEqual({ line: 2, column: 4 });
  });

  it('stands a chain of links by itself for expPrefix and expSuffix', () => {
    const links = parseLinks(plainSource('suffix', "tag({ t -> t.a = 'b' }).service(['a'], Layer.GENERAL)"));
    expect(links.map(({ method }) => method)).toEqual(['tag', 'service']);
  });
});

describe('the grammar', () => {
  it('is free of ambiguities that chevrotain finds', () => {
    expect(() => new MalParser(60, true)).not.toThrow();
  });

  it.each([
    ['(', 'METERLARK_LANGUAGE_TOO_DEEP', `${'('.repeat(200)}a`],
    ['many (', 'METERLARK_LANGUAGE_TOO_LONG', `${'('.repeat(20_000)}a`],
    ['-', 'METERLARK_LANGUAGE_TOO_LONG', `${'-'.repeat(20_000)}a`],
    ['+', 'METERLARK_LANGUAGE_TOO_LONG', `a${'+a'.repeat(20_000)}`],
    ['.', 'METERLARK_LANGUAGE_TOO_LONG', `a${'.f()'.repeat(15_000)}`],
    ['{', 'METERLARK_LANGUAGE_TOO_DEEP', `a.tag({ t -> ${'if (t) { '.repeat(70)}${'} '.repeat(70)} })`],
    ['!', 'METERLARK_LANGUAGE_TOO_LONG', `a.tag({ t -> ${'!'.repeat(30_000)}t })`],
    ['?', 'METERLARK_LANGUAGE_TOO_DEEP', `a.tag({ t -> ${'t ? t : '.repeat(100)}t })`],
    ['else if', 'METERLARK_LANGUAGE_TOO_DEEP', `a.tag({ t -> if (t) {} ${'else if (t) {} '.repeat(100)} })`],
    ['[', 'METERLARK_LANGUAGE_TOO_DEEP', `a.tag({ t -> ${'['.repeat(100)} })`],
  ])('refuses endless %s', (_, code, text) => {
    expect(() => parseExpression(plainSource('exp', text))).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('survives the deepest and longest text it accepts', () => {
    expect(show(parseExpression(plainSource('exp', `${'('.repeat(50)}a${')'.repeat(50)}`)))).toBe('a');
    expect(show(parseExpression(plainSource('exp', `a${'+a'.repeat(990)}`)))).toHaveLength(1 + 990 * 4);
  });
});
