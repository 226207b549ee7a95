import { describe, expect, it } from 'vitest';
import {
  defineLanguage,
  identifier,
  isMeterlarkError,
  keyword,
  LanguageParser,
  lineComment,
  mark,
  numberLiteral,
  plainSource,
  stringLiteral,
  unquote,
  whiteSpace,
  type MeterlarkError,
} from '../../src/index.js';

const plus = mark('Plus', '+');
const open = mark('Open', '(');
const close = mark('Close', ')');
const comma = mark('Comma', ',');
const nothing = keyword('null', identifier);
const tokens = [whiteSpace, lineComment, plus, open, close, comma, nothing, identifier, numberLiteral, stringLiteral];

let made = 0;

/** Sums: `1 + f(2, 'x') + null`, read to a count of leaves. */
class SumParser extends LanguageParser {
  constructor(maxDepth: number) {
    super(tokens, maxDepth);
    made += 1;
    this.performSelfAnalysis();
  }

  readonly sum = this.rule('sum', (): number =>
    this.nested(() => {
      let leaves = this.SUBRULE(this.leaf);
      this.MANY(() => {
        this.CONSUME(plus);
        leaves += this.SUBRULE2(this.leaf);
      });
      return leaves;
    }),
  );

  readonly leaf = this.rule('leaf', (): number =>
    this.OR([
      { ALT: () => Number(this.CONSUME(numberLiteral).image) },
      { ALT: () => unquote(this.CONSUME(stringLiteral).image).length },
      { ALT: () => (this.CONSUME(nothing), 0) },
      { ALT: () => this.SUBRULE(this.call) },
    ]),
  );

  private readonly call = this.rule('call', (): number => {
    let total = 0;
    this.OPTION(() => this.CONSUME(identifier));
    this.CONSUME(open);
    this.MANY_SEP({ SEP: comma, DEF: () => (total += this.SUBRULE(this.sum)) });
    this.CONSUME(close);
    return total;
  });
}

const language = defineLanguage({
  name: 'Sums',
  tokens,
  parser: (depth) => new SumParser(depth),
  limits: { length: 5000, tokens: 400, depth: 30 },
});

function parse(text: string): number {
  return language.parse(plainSource('sums.txt', text), (parser) => parser.sum());
}

function fault(text: string): MeterlarkError {
  try {
    parse(text);
  } catch (error) {
    if (isMeterlarkError(error)) return error;
    throw error;
  }
  throw new Error(`no fault in ${text.slice(0, 40)}`);
}

describe('a language', () => {
  it('makes its parser on the first text and never again', () => {
    expect(made).toBe(0);
    expect(parse("1 + f(2, 'abc') // three\n + null")).toBe(6);
    expect(parse('7')).toBe(7);
    expect(made).toBe(1);
  });

  it.each([
    ['1 +', 'METERLARK_LANGUAGE_SYNTAX', 1, 4, 'the end of the text', "a number, a quoted text, 'null', a name or '('"],
    ['1 +\n  + 2', 'METERLARK_LANGUAGE_SYNTAX', 2, 3, '"+"', "a number, a quoted text, 'null', a name or '('"],
    ['f(1\n,2', 'METERLARK_LANGUAGE_SYNTAX', 2, 3, 'the end of the text', "')'"],
    ['1 2', 'METERLARK_LANGUAGE_SYNTAX', 1, 3, '"2"', 'the end of the text'],
    ['', 'METERLARK_LANGUAGE_SYNTAX', 1, 1, 'the end of the text', "a number, a quoted text, 'null', a name or '('"],
    ['nullx', 'METERLARK_LANGUAGE_SYNTAX', 1, 6, 'the end of the text', "'('"],
    ['1 + "open', 'METERLARK_LANGUAGE_CHARACTER', 1, 5, '"\\""', undefined],
    ['1 + \u00e9', 'METERLARK_LANGUAGE_CHARACTER', 1, 5, '"é"', undefined],
  ])('locates the fault of %j', (text, code, line, column, found, expected) => {
    expect(fault(text)).toMatchObject({ code, class: 'permanent', fields: { file: 'sums.txt', line, column, found } });
    expect(fault(text).fields['expected']).toBe(expected);
  });

  it('refuses what is too long, too many or too deep before it costs anything', () => {
    expect(fault(' '.repeat(5001)).code).toBe('METERLARK_LANGUAGE_TOO_LONG');
    expect(fault('1' + '+1'.repeat(300)).fields).toMatchObject({ unit: 'tokens', actual: 601, limit: 400 });
    expect(fault('('.repeat(31)).code).toBe('METERLARK_LANGUAGE_TOO_DEEP');
    expect(fault(`1 +\n${'('.repeat(40)}`).fields).toMatchObject({ line: 2, column: 31, limit: 30 });
  });

  it('reads the next text after a refused one', () => {
    expect(fault('('.repeat(40)).code).toBe('METERLARK_LANGUAGE_TOO_DEEP');
    expect(parse('(((1)))')).toBe(1);
  });
});

describe('unquote', () => {
  it.each([
    ["'plain'", 'plain'],
    ['"it\'s"', "it's"],
    ["'a\\'b'", "a'b"],
    ["'\\n\\t\\\\'", '\n\t\\'],
    ["'\\101\\0'", 'A\0'],
    ["'.+\\\\.com'", '.+\\.com'],
    ["''", ''],
  ])('reads %s', (image, value) => {
    expect(unquote(image)).toBe(value);
  });
});
