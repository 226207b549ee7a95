import { plainSource } from '@meterlark/core';
import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../src/language/lal.js';
import { LalParser } from '../../src/language/parser.js';

function types(text: string): string[] {
  return parseFilter(plainSource('f', text)).map(({ type }) => type);
}

describe('LAL', () => {
  it('has a grammar without ambiguities', () => {
    expect(() => new LalParser(60, true)).not.toThrow();
  });

  it('reads statements in any order and number', () => {
    expect(types('filter {}')).toEqual([]);
    expect(types('filter { json {} def x = 1 if (x) { } extractor {} abort {} sink {} sink {} }')).toEqual(
      ['parse', 'define', 'if', 'extractor', 'abort', 'sink', 'sink']);
  });

  it('takes comments, semicolons and blank lines', () => {
    expect(types('// before\nfilter { /* in\nside */ json{};; // after\n\n sink {}; };')).toEqual(['parse', 'sink']);
  });

  it('takes its own words as names of fields, labels and methods', () => {
    const text = `filter { extractor { tag service: parsed.filter.text?.json, def: parsed.tag.rpm, value: log.tags.name
      metrics { name "a" labels name: parsed.sink, timestamp: parsed.abort, labels: 1 value parsed.value } } }`;
    expect(types(text)).toEqual(['extractor']);
  });

  it('begins a statement where the value before it ends', () => {
    const [extractor] = parseFilter(plainSource('f', 'filter { extractor { service parsed.a as String layer parsed.b timestamp parsed.c, "y" tag d: 1 + 2 tag e: 3 } }'));
    expect(extractor?.type === 'extractor' ? extractor.body.map(({ type }) => type) : []).toEqual(['field', 'field', 'field', 'tag', 'tag']);
  });

  it('reads a long chain of else if and of operators without depth', () => {
    const chain = `if (a) { } ${'else if (a) { } '.repeat(200)}`;
    expect(types(`filter { ${chain} if (${Array(400).fill('a').join(' || ')}) { } extractor { tag x: ${Array(400).fill('"a"').join(' + ')} } }`)).toEqual(['if', 'if', 'extractor']);
  });
});
