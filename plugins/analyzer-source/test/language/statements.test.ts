import { describe, expect, it } from 'vitest';
import { OalParser } from '../../src/language/parser.js';
import { readOal } from '../../src/language/oal.js';
import type { RuleNode, StatementNode } from '../../src/language/ast.js';

function only(text: string): StatementNode {
  const { statements, faults } = readOal('a.oal', text);
  expect(faults.map(({ message }) => message)).toEqual([]);
  expect(statements).toHaveLength(1);
  return statements[0] as StatementNode;
}

const rule = (text: string): RuleNode => only(text) as RuleNode;

/** Without places. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'at' || key.endsWith('At') ? undefined : inner)));

describe('a statement of OAL', () => {
  it('has a grammar without ambiguities', () => {
    expect(() => new OalParser(60, true)).not.toThrow();
  });

  it('is a name, a source with a column, filters, a function and a decorator', () => {
    const read = rule('m_1 = from((str->long)Service.tag["a.b"]).filter(type == RequestType.MQ).filter(tag["a.b"] != null).longAvg().decorator("D");');
    expect(plain(read)).toEqual({
      type: 'rule', name: 'm_1', source: 'Service', column: { name: 'tag["a.b"]', cast: true },
      filters: [
        { column: { name: 'type', cast: false }, operator: '==', values: [{ type: 'enum', enum: 'RequestType', member: 'MQ' }] },
        { column: { name: 'tag["a.b"]', cast: false }, operator: '!=', values: [{ type: 'null' }] },
      ],
      function: 'longAvg', args: [], decorator: 'D',
    });
  });

  it('may read all columns, and columns in columns', () => {
    expect(rule('a = from(Service.*).cpm()').column).toBeUndefined();
    expect(rule('a = from(K8SService.write.l3.duration).sum();').column?.name).toBe('write.l3.duration');
  });

  it.each([
    ['latency > 1', '>', [1]], ['latency < 1_000L', '<', [1000]], ['latency >= -5', '>=', [-5]], ['latency <= 1.5', '<=', [1.5]],
    ['latency == 1', '==', [1]], ['status != true', '!=', [true]], ['name like "a%"', 'like', ['a%']],
    ['name in ["a", "b"]', 'in', ['a', 'b']], ['httpResponseStatusCode in [404, 500]', 'in', [404, 500]],
    ['tags contain "k:v"', 'contain', ['k:v']], ['tags not contain "k:v"', 'not contain', ['k:v']], ['tags not  contain "k:v"', 'not contain', ['k:v']],
  ])('compares by %s', (text, operator, values) => {
    const [filter] = rule(`a = from(Service.*).filter(${text}).count();`).filters;
    expect(filter?.operator).toBe(operator);
    expect(filter?.values.map((value) => ('value' in value ? value.value : value))).toEqual(values);
  });

  it('hands literals, columns, casts and comparisons to functions', () => {
    const { args } = rule('a = from(X.*).f(10, "t", true, name, (long)tag["k"], a.b == A.B);');
    expect(args.map(({ type }) => type)).toEqual(['literal', 'literal', 'literal', 'column', 'column', 'condition']);
    expect(args.map((arg) => (arg.type === 'column' ? [arg.column.name, arg.column.cast] : undefined)).filter(Boolean)).toEqual([['name', false], ['tag["k"]', true]]);
  });

  it.each(['(str->long)', '(long)', '(str->int)', '(int)'])('casts by %s', (cast) => {
    expect(rule(`a = from(${cast}Service.name).sum();`).column?.cast).toBe(true);
  });

  it('may disable a metric', () => {
    expect(plain(only('disable(segment);'))).toEqual({ type: 'disable', name: 'segment' });
  });

  it('names words that only begin as keywords', () => {
    expect(rule('information = from(Service.*).count();').name).toBe('information');
    expect(plain(rule('a = from(X.inside).filter(likes == trueish.falsey).count();').filters)).toMatchObject([{ column: { name: 'likes' } }]);
  });
});

describe('a file of OAL', () => {
  const names = (text: string): unknown => {
    const { statements, faults } = readOal('a.oal', text);
    return [statements.map(({ name }) => name), faults.map(({ fields: { line, column } }) => `${String(line)}:${String(column)}`)];
  };

  it('may be empty, or hold nothing but comments', () => {
    expect(names('')).toEqual([[], []]);
    expect(names('// a = from(X.*).count();\n/* b = ; */ ;\n\n//////\n; ;')).toEqual([[], []]);
  });

  it('does not look into comments, wherever they stand', () => {
    expect(names('/* ; */ a = from(X./* " */*).count(); // it\'s; "\nb = from(X.*).count() // end\n;c=from(X.*).count()/**/')).toEqual([['a', 'b', 'c'], []]);
  });

  it('keeps semicolons and slashes of quoted texts', () => {
    expect(names('a = from(X.*).filter(name == "x;//y").count();b = from(X.*).filter(name == "\\";").count();')).toEqual([['a', 'b'], []]);
  });

  it('tells every fault of syntax at its line and column, and reads what is whole', () => {
    expect(names('a = from(X.*).count();\nb = form(X.*).count();\n\nc = from(X).count();\nd = from(X.*).count();\n  e = from(X.*) cpm();')).toEqual([['a', 'd'], ['2:5', '4:11', '6:17']]);
  });

  it('tells a quote or a comment that is not closed', () => {
    expect(names('a = from(X.*).filter(n == "x).count();\nb = from(X.*).count();')).toEqual([['b'], ['1:27']]);
    expect(names('a = from(X.*).count(); /* open\nb = from(X.*).count();')).toEqual([['a'], ['1:24']]);
  });

  it('refuses one that is too large, and a statement that is', () => {
    expect(readOal('a.oal', `//${'x'.repeat(1024 * 1024)}`).faults.map(({ code }) => code)).toEqual(['METERLARK_OAL_TOO_LARGE']);
    expect(readOal('a.oal', 'a=from(X.*).count();'.repeat(10_001)).faults.map(({ code }) => code)).toEqual(['METERLARK_OAL_TOO_LARGE']);
    const long = `a = from(X.*).filter(n in [${'1,'.repeat(20_000)}1]).count();b = from(X.*).count();`;
    expect(names(long)).toEqual([['b'], ['1:1']]);
  });

  it.each([['/*', 400_000], ['"', 400_000], ['"\\', 400_000], ["'", 400_000], ['(', 400_000], ['a;', 5000], ['/x', 400_000]])(
    'ends soon on %s without end', (part, times) => {
      const { faults } = readOal('a.oal', part.repeat(times));
      expect(faults.length).toBeGreaterThan(0);
    }, 4000);
});
