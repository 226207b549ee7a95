import { describe, expect, it } from 'vitest';
import { compileFiles } from '../../src/compile/compile.js';
import { fileOf, freeTools, logOf, run, valueOf } from './kit.js';

const nginx = '1.2.3.4 "GET /a" 404 rest';

describe('text { regexp … }', () => {
  it.each(['GET 200', 'GET 200\n', 'GET 200\r\n'])('reads a line to its end, which tailers of files leave there: %j', (body) => {
    const rule = 'filter { text { regexp $/^(?<m>\\w+) (?<status>\\d{3})$/$ } extractor { tag m: parsed.m, status: parsed.status } sink {} }';
    expect(run(rule, { body })).toMatchObject({ kept: true, tags: [['m', 'GET'], ['status', '200']] });
    expect(run(rule, { body: `${body}more` })).toMatchObject({ aborted: true });
  });

  it('gives the named groups of the first match', () => {
    const rule = `filter { text { regexp $/.+ \\"(?<request>.+)\\" (?<status>\\d{3}) .+/$ } extractor { tag r: parsed.request, s: parsed.status } sink {} }`;
    expect(run(rule, { body: nginx })).toMatchObject({ kept: true, contentType: undefined, tags: [['r', 'GET /a'], ['s', '404']] });
  });

  it('takes single and double quotes, backslashes as they are', () => {
    expect(valueOf('parsed.n', { body: 'a 12 b' }, `text { regexp '(?<n>\\d+)' }`)).toBe('12');
    expect(valueOf('parsed.n', { body: 'a 12 b' }, 'text { regexp "(?<n>\\d+)" }')).toBe('12');
  });

  it('aborts when nothing matches, unless abortOnFailure is false', () => {
    expect(run(`filter { text { regexp 'x(?<n>.)' } sink {} }`, { body: 'abc' })).toMatchObject({ aborted: true, kept: false });
    expect(run(`filter { text { abortOnFailure true regexp 'x' } sink {} }`, { body: 'abc' }).aborted).toBe(true);
    const open = `filter { text { regexp 'x(?<n>.)' abortOnFailure false } extractor { tag n: parsed.n } sink {} }`;
    expect(run(open, { body: 'abc' })).toMatchObject({ aborted: false, kept: true, tags: [] });
  });

  it('has what is known of the log beside the groups, which come first', () => {
    const before = `text { regexp '(?<service>\\w+)' }`;
    expect(valueOf('parsed.service + "|" + parsed.endpoint', { body: 'own text' }, before)).toBe('own|/cart');
  });

  it('without a pattern leaves the body alone', () => {
    expect(run('filter { text {} sink {} }', { body: 'abc' })).toMatchObject({ kept: true, contentType: undefined });
  });
});

describe('json {}', () => {
  it('reads the map that the body is and says so', () => {
    const outcome = run('filter { json {} extractor { service parsed.service as String } sink {} }', { body: '{"service":"own"}' });
    expect(outcome).toMatchObject({ service: 'own', contentType: 'json', kept: true });
  });

  it.each(['', 'plain', '[1]', '"text"', '7', 'null', '{"a":', '{}x'])('aborts on the body %j', (body) => {
    expect(run('filter { json {} sink {} }', { body })).toMatchObject({ aborted: true, kept: false, contentType: undefined });
  });

  it('goes on with what is known of the log when abortOnFailure is false', () => {
    const rule = 'filter { json { abortOnFailure false } extractor { service parsed.service as String tag x: parsed.other } sink {} }';
    expect(run(rule, { body: 'plain' })).toMatchObject({ service: 'shop', aborted: false, kept: true, tags: [], contentType: undefined });
  });

  it('prefers the body to what is known of the log, null to neither', () => {
    const log = { body: '{"service":"own","layer":null}' };
    const all = 'parsed.service + "|" + parsed.serviceInstance + "|" + parsed.layer + "|" + parsed.timestamp';
    expect(valueOf(all, log, 'json {}')).toBe('own|shop-1|GENERAL|1700000000000');
  });
});

describe('yaml {}', () => {
  it('reads the map that the body is', () => {
    const outcome = run('filter { yaml {} extractor { tag a: parsed.a.b[1] } sink {} }', { body: 'a:\n  b: [1, two]\n' });
    expect(outcome).toMatchObject({ contentType: 'yaml', tags: [['a', 'two']] });
  });

  it.each(['', 'plain', '- 1', 'a: [', 'a: 1\na: 2'])('aborts on %.12s', (body) => {
    expect(run('filter { yaml {} sink {} }', { body }).aborted).toBe(true);
  });

  it('aborts where the body may not be read, which is asked once for all rules, and again for the next log', () => {
    const asked: string[] = [];
    let may = false;
    const tools = { ...freeTools, mayReadYaml: (text: string): boolean => { asked.push(text); return may; } };
    const [first, second] = compileFiles(['a', 'b'].map((name) => ({ file: name, text: fileOf('filter { yaml {} sink {} }').replace('name: r', `name: ${name}`), constants: {} }))).rules;
    const aborts = (): readonly unknown[] => [first, second].map((rule) => rule?.run(logOf({ body: 'a: 1' }), tools).aborted);
    expect(aborts()).toEqual([true, true]);
    may = true;
    expect(aborts()).toEqual([false, false]);
    expect(asked).toHaveLength(3);
  });

  it('does not unfold aliases of aliases', () => {
    const rows = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level += 1) rows.push(`a${level}: &a${level} [${Array(10).fill(`*a${level - 1}`).join(',')}]`);
    expect(run('filter { yaml {} sink {} }', { body: rows.join('\n') }).aborted).toBe(true);
  });
});

describe('parsed', () => {
  it('without a parser is what is known of the log', () => {
    expect(valueOf('parsed.service + parsed.endpoint')).toBe('shop/cart');
    expect(valueOf('parsed.other')).toBeUndefined();
  });

  it('has nothing for what the log does not say', () => {
    expect(valueOf('parsed.endpoint + "|" + parsed.layer + "|" + parsed.timestamp', { endpoint: '', layer: '', timeMs: 0 })).toBe('null|null|null');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('has no %s', (name) => {
    expect(valueOf(`parsed.${name}`, { body: '{}' }, 'json {}')).toBeUndefined();
    expect(valueOf(`parsed.a.${name}.name`, { body: '{"a":{"b":1}}' }, 'json {}')).toBeUndefined();
    expect(valueOf(`parsed.get("${name}")`, { body: '{}' }, 'json {}')).toBeUndefined();
    expect(valueOf(`log.tags.${name}`)).toBeUndefined();
  });
});
