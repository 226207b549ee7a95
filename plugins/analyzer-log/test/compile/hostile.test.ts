/** Texts and rules made to break the server. They must end; how soon is for the benchmarks. */
import { describe, expect, it } from 'vitest';
import { compiled, json, run, ruleOf, logOf, freeTools, valueOf } from './kit.js';

const long = 'a'.repeat(100_000);

describe('a hostile log', () => {
  it.each(['(a+)+$', '(a|a)*$', '(a|aa)+$', '(.*a){20}$', '([a-z]+)*b'])('meets the pattern %s and ends', (pattern) => {
    const outcome = run(`filter { text { regexp '(?<x>${pattern}b)' } sink {} }`, { body: `${long}!` });
    expect(outcome.aborted).toBe(true);
  });

  it.each(['replaceAll("(a+)+b", "x")', 'split("(a+)+b").size()', 'replaceAll(".", "x")'])('is refused by %s when it is long', (call) => {
    expect(() => valueOf(`log.body.${call}`, { body: long })).toThrow('too long');
    expect(valueOf(`log.body.${call}`, { body: 'a'.repeat(4000) })).toBeDefined();
  });

  it('fails the rule, and loses nothing unseen, where a pattern finds too many ways through it', () => {
    const body = 'a'.repeat(4096);
    const calls = Array(10).fill('replaceAll("a([^b]*b)?", "a")').join('.');
    expect(() => valueOf(`log.body.${calls}`, { body })).toThrow('was given up');
    const costly = `text { regexp $/(?<x>(?:a?){700}(?:a{1,2}){20}c?$)/$ `;
    expect(() => run(`filter { ${costly} } sink {} }`, { body: long })).toThrow('was given up');
    expect(run(`filter { ${costly} abortOnFailure false } sink {} }`, { body: long }).kept).toBe(true);
  });

  it('cannot make a text that fills the memory', () => {
    expect(() => valueOf('log.body.substring(0, 4000).replaceAll(".", log.body)', { body: long })).toThrow('too long');
    expect(() => valueOf('log.body.replace("a", log.body)', { body: long })).toThrow('too long');
    const doubling = 'def x = log.body '.concat('def x = x + x '.repeat(40));
    expect(() => run(`filter { ${doubling} }`, { body: long })).toThrow('too long');
  });

  it.each(['[', '{"a":'])('of %s a hundred thousand times is no body', (bracket) => {
    const body = bracket.repeat(100_000);
    expect(run('filter { json {} sink {} }', { body }).aborted).toBe(true);
    expect(run('filter { yaml {} sink {} }', { body: body.slice(0, 32_000) }).aborted).toBe(true);
  });

  it.each(['- '.repeat(16_000), Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), '? '.repeat(16_000), '&a '.repeat(10_000), '!!a '.repeat(8000)])(
    'of deep YAML is no body (%.8s)', (body) => {
      expect(run('filter { yaml {} sink {} }', { body }).kept).toBe(false);
    });

  it('of deep JSON is read where it is shallow, and does not fall when printed', () => {
    const body = `{"a":1,"deep":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(valueOf('parsed.a', { body }, 'json {}')).toBe('1');
    try {
      valueOf('parsed.deep', { body }, 'json {}');
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  });

  it.each(['__proto__', 'constructor', 'prototype'])('with the key %s changes no object', (key) => {
    const body = `{"${key}":{"polluted":true},"x":{"${key}":{"polluted":true}}}`;
    expect(valueOf(`parsed.${key}.polluted`, { body }, 'json {}')).toBe('true');
    expect(run('filter { yaml {} sink {} }', { body }).kept).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('with half a surrogate, nulls and other odd characters is a text like any other', () => {
    expect(valueOf('log.body.trim() + "!"', { body: '\ud800\u0000\u2028' })).toBe('\ud800\u0000\u2028!'.replace(/\u2028!/, '!'));
  });

  it('of huge numbers fails or is read, and never hangs', () => {
    expect(() => valueOf('tag("n") as Integer', { tagged: { n: '9'.repeat(100_000) } })).toThrow('is not an Integer');
    expect(() => valueOf('tag("n") as Long', { tagged: { n: '9'.repeat(100_000) } })).toThrow('is not a Long');
    expect(valueOf('parsed.n', { body: '{"n":1e999}' }, 'json {}')).toBe('Infinity');
    expect(() => run('filter { json {} extractor { metrics { name "a" value parsed.n } } }', { body: '{"n":1e999}' })).toThrow();
  });
});

describe('a hostile rule', () => {
  it.each(['(', '{', '!', 'filter {', 'if (', '$/', '"', "'", '/*', '${'])('of %s ten thousand times is a fault', (part) => {
    expect(compiled(`filter { ${part.repeat(10_000)} }`).faults.length).toBeGreaterThan(0);
    expect(compiled(`filter { if (${part.repeat(10_000)}) {} }`).faults.length).toBeGreaterThan(0);
  });

  it('with a pattern that is too large is a fault', () => {
    expect(compiled("filter { text { regexp '((a{100}){100}){100}' } }").faults[0]?.code).toBe('METERLARK_LAL_PATTERN');
  });

  it('of the longest chains compiles and runs', () => {
    const sum = Array(2000).fill('1').join(' + ');
    const chain = `parsed${'.a'.repeat(2000)}`;
    expect(valueOf(sum)).toBe('2000');
    expect(valueOf(chain, json({}), 'json {}')).toBeUndefined();
  });
});

describe('rules', () => {
  it('share nothing between logs', () => {
    const rule = ruleOf('filter { json { abortOnFailure false } if (parsed.a) { def x = parsed.a } extractor { tag x: x } sink {} }');
    const runs = ['{"a":"1"}', 'plain', '{"a":"2"}', '{"a":"2"}'].map((body) => rule.run(logOf({ body }), freeTools).tags);
    expect(runs).toEqual([[['x', '1']], [], [['x', '2']], [['x', '2']]]);
  });
});
