/** What the build has read already serves as well as reading it again, and only for the very same text. */
import { afterEach, describe, expect, it } from 'vitest';
import { readingsKey, type Readings } from '../../src/kernel/readings.js';
import { defineLanguage, identifier, LanguageParser, mark, numberLiteral, readYaml, type SourceText, type YamlValue } from '../../src/index.js';

const offered = globalThis as { [readingsKey]?: Readings };

afterEach(() => {
  Reflect.deleteProperty(offered, readingsKey);
});

/** As the launcher keeps and offers them. */
class Table implements Readings {
  readonly texts = new Map<string, string>();
  readonly keep = (kind: string, text: string, json: string): void => {
    this.texts.set(`${kind}\n${text}`, json);
  };

  find(): string | undefined {
    return undefined;
  }

  /** What later starts are offered. */
  readonly(): Readings {
    return { find: (kind, text) => this.texts.get(`${kind}\n${text}`) };
  }
}

function recorded(work: () => void): Table {
  const table = new Table();
  offered[readingsKey] = table;
  work();
  offered[readingsKey] = table.readonly();
  return table;
}

/** Every position that a tree can tell, of every character of its scalars too. */
function allOf(value: YamlValue | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.kind === 'list') return { ...value, items: value.items.map(allOf) };
  if (value.kind === 'map') return { ...value, entries: value.entries.map((entry) => ({ ...entry, value: allOf(entry.value) })) };
  const { source } = value;
  const places = Array.from({ length: source.text.length + 2 }, (_, offset) => source.locate(offset));
  return { ...value, source: { file: source.file, text: source.text, places } };
}

const yaml = [
  '# every style of scalar', 'plain: foo + bar', "single: 'it''s + bar'", 'double: "a\\n\\u00e9 \\', '  joined"',
  'literal: |2-', '    foo', '    bar', 'folded: >', '   foo +', '', '   bar', 'number: 1.50', 'octal: 0o17', 'nothing:', 'tilde: ~',
  'flag: true', 'list: [x, y, 1e3]', 'items:', '  - c: 1', '  -', '  - - deep', '"quoted key": { a: b, c: }', '',
].join('\r\n');

describe('a YAML text that the build has read', () => {
  it('gives the same values at the same places', () => {
    const fresh = readYaml('rules.yaml', yaml);
    const table = recorded(() => readYaml('elsewhere.yaml', yaml));
    expect(table.texts.size).toBe(1);
    const known = readYaml('rules.yaml', yaml);
    expect(known.faults).toEqual([]);
    expect(allOf(known.root)).toEqual(allOf(fresh.root));
  });

  it('is not the YAML library read again', () => {
    offered[readingsKey] = { find: (kind, text) => (kind === 'YAML' && text === 'a: 1' ? '["map",0,[["b",0,["scalar",3,2,"2","PLAIN"]]]]' : undefined) };
    expect(readYaml('r', 'a: 1').root).toMatchObject({ entries: [{ key: 'b', keyAt: { line: 1, column: 1 }, value: { value: 2, at: { column: 4 } } }] });
  });

  it('is read as ever when one character differs', () => {
    recorded(() => readYaml('r', 'a: 1'));
    expect(readYaml('r', 'a: 2').root).toMatchObject({ entries: [{ value: { value: 2 } }] });
  });

  it.each([['a: 1\na: 2'], ['a: &x [1]\nb: *x'], ['? [1]\n: 2'], ['a: "open'], ['['.repeat(1000)]])('is not kept when it has faults: %j', (text) => {
    const fresh = readYaml('r', text).faults;
    const table = recorded(() => readYaml('r', text));
    expect(table.texts.size).toBe(0);
    expect(readYaml('r', text).faults).toEqual(fresh);
  });

  it.each([['a: .inf'], ['a: .nan'], ['a: -0.0'], ['# nothing']])('is not kept when JSON would change it, or there is nothing: %j', (text) => {
    expect(recorded(() => readYaml('r', text)).texts.size).toBe(0);
  });
});

interface Sum {
  readonly parts: readonly { readonly name: string; readonly at: { readonly source: SourceText | undefined; readonly offset: number } }[];
  readonly source: string;
  readonly unit: string | undefined;
}

const plus = mark('Plus', '+');

class SumParser extends LanguageParser {
  source: SourceText | undefined;

  constructor(maxDepth: number) {
    super([plus, numberLiteral, identifier], maxDepth);
    this.performSelfAnalysis();
  }

  readonly sum = this.rule('sum', (): Sum => {
    const parts: Sum['parts'][number][] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: plus,
      DEF: () => {
        const { image, startOffset } = this.CONSUME(identifier);
        parts.push({ name: image, at: { source: this.source, offset: startOffset } });
      },
    });
    return { parts, source: 'a field of that name', unit: undefined };
  });
}

function sums(): { of: (source: SourceText, rule?: string) => Sum; made: () => number } {
  let made = 0;
  const make = (maxDepth: number): SumParser => {
    made += 1;
    return new SumParser(maxDepth);
  };
  const language = defineLanguage({ name: 'Sum', tokens: [plus, numberLiteral, identifier], parser: make });
  const read = (source: SourceText) => (parser: SumParser) => {
    parser.source = source;
    return parser.sum();
  };
  return { of: (source, rule) => language.parse(source, read(source), rule), made: () => made };
}

function sourceOf(text: string, file = 'r'): SourceText {
  return { file, text, locate: (offset) => ({ line: 1, column: offset + 1 }) };
}

describe('a text of a language that the build has read', () => {
  it('gives the same tree, its places in the text at hand, without a parser', () => {
    const fresh = sums().of(sourceOf('a+b'));
    recorded(() => sums().of(sourceOf('a+b', 'elsewhere'), 'sum'));
    const { of, made } = sums();
    const source = sourceOf('a+b');
    const known = of(source, 'sum');
    expect(made()).toBe(0);
    expect(known).toStrictEqual({ ...fresh, parts: fresh.parts.map(({ name, at }) => ({ name, at: { ...at, source } })) });
    expect(known.parts[1]?.at.source).toBe(source);
  });

  it('is kept under its rule only', () => {
    recorded(() => sums().of(sourceOf('a+b'), 'sum'));
    const { of, made } = sums();
    of(sourceOf('a+b'), 'another');
    expect(made()).toBe(1);
  });

  it('is neither kept nor looked up without a rule', () => {
    expect(recorded(() => sums().of(sourceOf('a+b'))).texts.size).toBe(0);
  });

  it('is not kept when it has faults', () => {
    const table = recorded(() => expect(() => sums().of(sourceOf('a+'), 'sum')).toThrow('r:1:3'));
    expect(table.texts.size).toBe(0);
    expect(() => sums().of(sourceOf('a+'), 'sum')).toThrow('r:1:3');
  });
});
