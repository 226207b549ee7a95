import { describe, expect, it, test } from 'vitest';
import { parseExpression, ProgramCache } from '../../src/query/mqe/parse.js';
import { canonicalLabels } from '../../src/model/labels.js';
import { L, S } from './fixtures.js';
import { definition, minute, queryBench, show, state, t0 } from './kit.js';

function errorOf(text: string): string {
  const parsed = parseExpression(text);
  return 'error' in parsed ? parsed.error : 'none';
}

describe('hostile expressions', () => {
  it.each([
    ['ten thousand parentheses', '('.repeat(10_000) + '1' + ')'.repeat(10_000), 'line 1:0 the expression has 20001 tokens, more than 2000'],
    ['deep nesting', '('.repeat(500) + '1' + ')'.repeat(500), 'line 1:60 the expression is nested more than 60 levels deep'],
    ['deep calls', 'abs('.repeat(100) + '1' + ')'.repeat(100), 'line 1:240 the expression is nested more than 60 levels deep'],
    ['open parentheses only', '('.repeat(50), 'line 1:50 found the end of the text, expected'],
    ['a megabyte', 'a+'.repeat(524_288), 'line 1:0 the expression has 1048576 characters, more than 65536'],
    ['nothing', '', 'line 1:0 found the end of the text, expected'],
    ['white space', ' \t\r\n ', 'line 1:0 found the end of the text, expected'],
    ['an unknown function', 'drop(service_cpm)', 'line 1:4 found "(", expected the end of the text'],
    ['a sign', '-1', 'line 1:0 found "-", expected'],
    ['letters outside ASCII', 'métrique', 'line 1:1 no token begins with "é"'],
    ['half a surrogate pair', '\ud83d', 'line 1:0 no token begins with "\\ud83d"'],
    ['an emoji', 'a + 🦀', 'line 1:4 no token begins with'],
    ['a null byte', 'a\u0000', 'line 1:1 no token begins with "\\u0000"'],
    ['an open text', "a{b='c}", "line 1:4 no token begins with \"'\""],
    ['an expression as a trend', 'increase(a + b, 2)', 'line 1:11 found "+", expected'],
    ['a fault in the second line', 'a +\n  )', 'line 2:2 found ")", expected'],
    ['capitals', 'AVG(a)', 'line 1:3 found "(", expected the end of the text'],
    ['a doubled operator', 'a ++ b', 'line 1:3 found "+", expected'],
    ['only one of two arguments', 'round(a)', "line 1:7 found \")\", expected ','"],
  ])('%s is a fault, told in place', (_, text, error) => {
    expect(errorOf(text).slice(0, error.length)).toBe(error);
  });

  it.each([
    'sum_x', '3a', '_1', 'attr9', 'avg1', 'm{}', "m{_='1'}", "m{l=\"o'k\"}", "m{l='日本'}", "a &&b||c", 'a>bool b', 'a > BOOL 1', 'top_n(m,1,DES)',
    'top_n_of(top_n(m,1,asc),1,des)', 'sort_values(m,1,asc,latest)', "m{l='two\nlines'}", 'baseline(m,lower)', 'aggregate_labels(m,sum(_,b))',
    "m{dimension='team',value='a'}", "m{count='1',DES='2',top_n='3'}", 'aggregate_labels(m,sum(value,lower))', "relabels(m,value='1',max='2')",
  ])('%j is well formed', (text) => {
    expect(errorOf(text)).toBe('none');
  });

  test('a fault of depth leaves the parser as it was', () => {
    const deep = (levels: number): string => '('.repeat(levels) + '1' + ')'.repeat(levels);
    for (let round = 0; round < 100; round += 1) expect(errorOf(deep(60))).toMatch(/^line 1:60 the expression is nested/);
    expect(errorOf(deep(59))).toBe('none');
  });

  test('a thousand operands are evaluated without recursion trouble', async () => {
    const bench = queryBench();
    S([1, 2])(bench.storage, 'a');
    expect(show(await bench.ask(Array.from({ length: 1000 }, () => 'a').join(' + ')))).toBe('TIME_SERIES_VALUES 1000 2000');
    expect(bench.storage.reads).toHaveLength(1);
  });

  test('work has a limit, also under functions that forgive faults', async () => {
    const bench = queryBench({ maxValues: 100 });
    L()(bench.storage, 'a');
    const chain = ' + 1'.repeat(30);
    for (const expression of [`a${chain}`, `is_present(a${chain})`, `relabels(a${chain}, label='1', x='2')`]) {
      expect(show(await bench.ask(expression))).toBe('UNKNOWN ! The expression works on more than 100 values.');
    }
    expect(show(await bench.ask('a', { points: 60 }))).toBe('UNKNOWN ! The expression works on more than 100 values.');
  });

  test('rankings and trends have limits', async () => {
    const bench = queryBench();
    S()(bench.storage, 'a');
    const tops = Array.from({ length: 51 }, () => 'top_n(a,1,des)').join(',');
    expect(show(await bench.ask(`top_n_of(${tops},1,des)`))).toBe('UNKNOWN ! The expression has more than 50 top_n.');
    expect(show(await bench.ask('rate(a, 10081)'))).toBe('UNKNOWN ! The trend range must not be greater than 10080.');
    expect(show(await bench.ask('rate(a, 99999999999999999999999)'))).toBe('UNKNOWN ! The trend range must not be greater than 10080.');
    expect(bench.storage.reads).toEqual([]);
    expect(bench.storage.tops).toEqual([]);
  });

  test('names of the language JavaScript are names like others', async () => {
    const bench = queryBench();
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(show(await bench.ask(name))).toBe(`UNKNOWN ! Metric: [${name}] does not exist.`);
    }
    bench.storage.define(definition('m', { labels: ['__proto__'] }));
    bench.storage.put('m', state(1), { labels: [['__proto__', 'x']] });
    expect(canonicalLabels([['__proto__', 'x']])).toBe('["__proto__","x"]');
    bench.clock.advance(minute);
    expect(show(await bench.ask("aggregate_labels(m{__proto__='x'}, sum(__proto__))", { points: 1 }))).toBe('TIME_SERIES_VALUES {__proto__=x} 1');
  });
});

describe('numbers', () => {
  it.each([
    ['1 / 0', Infinity], ['0 - 1 / 0', -Infinity], ['0 / 0', NaN], ['(0 - 7) % 3', -1],
    ['round(1.005, 2)', 1.01], ['round(0 - 2.5, 0)', -3], ['round(0.0000001, 3)', 0], ['round(123456789012345678, 2)', 123456789012345680],
    ['round(1.5, 999)', 1.5], ['round(1 / 0, 2)', Infinity], ['max(5)', 5],
    ['99999999999999999999999999', 1e26],
  ])('%s', async (expression, value) => {
    const result = await queryBench().ask(expression);
    expect(result.type).toBe('SINGLE_VALUE');
    expect(result.results[0]?.values[0]?.value).toBe(value);
  });
});

describe('durations', () => {
  const at = (startMs: number, endMs: number) => queryBench({ maxPoints: 501 }).ask('1', { duration: { step: 'minute', startMs, endMs } });

  test('have 1 to the set number of points, both ends included', async () => {
    await expect(at(t0, t0 - minute)).rejects.toMatchObject({ code: 'METERLARK_QUERY_RANGE', fields: { points: 0, limit: 501, step: 'minute' } });
    await expect(at(t0, t0 + 501 * minute)).rejects.toMatchObject({ code: 'METERLARK_QUERY_RANGE', class: 'permanent' });
    await expect(at(NaN, t0)).rejects.toMatchObject({ code: 'METERLARK_QUERY_RANGE' });
    expect((await at(t0, t0 + 500 * minute)).error).toBeUndefined();
    expect((await at(t0, t0)).error).toBeUndefined();
  });

  test('times inside a bucket mean the bucket', async () => {
    const bench = queryBench();
    S()(bench.storage, 'a');
    const result = await bench.ask('a', { duration: { step: 'minute', startMs: t0 + 1, endMs: t0 + 2 * minute - 1 } });
    expect(show(result)).toBe('TIME_SERIES_VALUES 100 300');
    expect(result.results[0]?.values.map(({ id }) => id)).toEqual([String(t0), String(t0 + minute)]);
  });
});

describe('parsed expressions', () => {
  test('are kept up to a limit, the last used ones, never faults or very long ones', () => {
    const cache = new ProgramCache(2);
    const first = cache.parse('a');
    cache.parse('b');
    expect(cache.parse('a')).toEqual(first);
    cache.parse('c');
    expect(cache.size).toBe(2);
    const program = (text: string) => (cache.parse(text) as { program?: unknown }).program;
    expect(program('a')).toBe((first as { program: unknown }).program);
    cache.parse('d +');
    cache.parse(`a${' '.repeat(5000)}`);
    expect(program('a')).toBe((first as { program: unknown }).program);
    expect(cache.size).toBe(2);
  });
});
