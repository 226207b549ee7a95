import { describe, expect, it } from 'vitest';
import { readYaml, yamlGet } from '../../src/index.js';

function locate(yaml: string, needle: string, key = 'exp'): { line: number; column: number } {
  const scalar = yamlGet(readYaml('rules.yaml', yaml).root, key);
  if (scalar?.kind !== 'scalar') throw new Error(`no scalar ${key}`);
  const offset = scalar.source.text.indexOf(needle);
  if (offset < 0) throw new Error(`no ${needle} in ${scalar.source.text}`);
  return scalar.source.locate(offset);
}

describe('a scalar located in its file', () => {
  it.each([
    ['plain', 'a: 1\nexp: foo + bar', 2, 12],
    ['plain over lines', 'exp: foo\n  + baz\n  + bar', 3, 5],
    ['single quoted', "exp: 'it''s + bar'", 1, 15],
    ['double quoted', 'exp: "a\\n\\u00e9\\x41\\"\\\\ bar"', 1, 25],
    ['double quoted with a joined line', 'exp: "foo \\\n   bar"', 2, 4],
    ['literal block', 'exp: |\n  foo\n\n    bar\n', 4, 5],
    ['folded block', 'x: 1\nexp: >-\n   foo +\n   baz -\n\n   bar', 6, 4],
    ['block with an indentation mark', 'exp: |2-\n    foo\n    bar', 3, 5],
    ['CRLF', 'a: 1\r\nexp: |\r\n  foo\r\n  bar\r\n', 4, 3],
    ['unicode before it', 'exp: "ü😀 bar"', 1, 11],
  ])('is found in a %s', (_style, yaml, line, column) => {
    expect(locate(yaml, 'bar')).toEqual({ line, column });
  });

  it('puts offsets past the end at the end', () => {
    const scalar = yamlGet(readYaml('r', 'exp: abc').root, 'exp');
    expect(scalar?.kind === 'scalar' && scalar.source.locate(99)).toEqual({ line: 1, column: 9 });
  });

  it('keeps numbers as written', () => {
    const scalar = yamlGet(readYaml('r', 'exp: 1.50').root, 'exp');
    expect(scalar).toMatchObject({ value: 1.5, source: { text: '1.50' } });
  });
});

describe('readYaml', () => {
  it('keeps order and positions of keys and items', () => {
    const { root, faults } = readYaml('r', 'b: [x, y]\na:\n  - c: 1\n  -\n');
    expect(faults).toEqual([]);
    expect(root).toMatchObject({
      kind: 'map',
      entries: [
        {
          key: 'b',
          keyAt: { line: 1, column: 1 },
          value: { kind: 'list', items: [{ value: 'x' }, { value: 'y', at: { line: 1, column: 8 } }] },
        },
        {
          key: 'a',
          value: {
            kind: 'list',
            items: [
              { kind: 'map', at: { line: 3, column: 5 } },
              { kind: 'scalar', value: null },
            ],
          },
        },
      ],
    });
  });

  it('has no root for an empty file', () => {
    expect(readYaml('r', '# nothing\n')).toEqual({ root: undefined, faults: [] });
  });

  it.each([
    ['a: 1\na: 2', 2, 1],
    ['a: [1, 2', 1, 9],
    ['a: &x [1]\nb: *x', 2, 4],
    ['? [1]\n: 2', 1, 3],
    ['a: "open', 1, 9],
    ['a: b: c', 1, 4],
  ])('reports %j with its position', (yaml, line, column) => {
    expect(readYaml('r.yaml', yaml).faults[0]).toMatchObject({
      code: 'METERLARK_LANGUAGE_YAML',
      fields: { file: 'r.yaml', line, column },
    });
  });

  it('survives nesting and size beyond reason', () => {
    expect(readYaml('r', '['.repeat(200_000)).faults).toMatchObject([
      { message: 'r:1:1: not readable as YAML: nested too deep' },
    ]);
    expect(readYaml('r', '- '.repeat(20_000)).faults.length).toBeGreaterThan(0);
    expect(readYaml('r', `a: ${'['.repeat(100)}${']'.repeat(100)}`).faults[0]?.message).toContain('64 levels');
    expect(readYaml('r', 'x'.repeat(5 * 1024 * 1024)).faults[0]?.message).toContain('1048576');
  });
});
