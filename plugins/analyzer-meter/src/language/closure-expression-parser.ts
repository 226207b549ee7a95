/** Expressions inside MAL's closures: `tags['y'] + '-' + tags.z?.trim()`. Conditions are expressions too. */
import {
  identifier,
  LanguageParser,
  numberLiteral,
  stringLiteral,
  unquote,
  type SourceText,
  type Token,
} from '@meterlark/core';
import type { ClosureExpression, ClosureOperator, MapEntry, Place } from './ast.js';
import * as t from './tokens.js';

type Literal = string | number | boolean | undefined;
interface Element {
  readonly key: ClosureExpression;
  readonly value: ClosureExpression | undefined;
}
/** What follows a condition: `? then : else`, or `?: else` without `then`. */
interface Alternatives {
  readonly at: Place;
  readonly then: ClosureExpression | undefined;
  readonly else: ClosureExpression;
}

export abstract class ClosureExpressionParser extends LanguageParser {
  /** Text being read; set before every start rule. */
  source: SourceText | undefined;

  constructor(maxDepth: number, validate: boolean) {
    super(t.malTokens, maxDepth, 2, validate);
  }

  protected place(token: Token): Place {
    // While the grammar records itself there is neither text nor a real token.
    return { source: this.source as SourceText, offset: token.startOffset };
  }

  /** Loosest first: choice, or, and, comparison, sum, product, sign, access. */
  protected readonly value = this.rule('value', (): ClosureExpression =>
    this.nested(() => {
      const condition = this.SUBRULE(this.disjunction);
      const rest = this.OPTION(() =>
        this.OR<Alternatives>([{ ALT: () => this.SUBRULE(this.chosen) }, { ALT: () => this.SUBRULE(this.otherwise) }]),
      );
      if (rest === undefined) return condition;
      if (rest.then === undefined) return { type: 'elvis', value: condition, otherwise: rest.else, at: rest.at };
      return { type: 'choice', condition, then: rest.then, else: rest.else, at: rest.at };
    }),
  );

  private readonly chosen = this.rule('chosen', (): Alternatives => {
    const at = this.place(this.CONSUME(t.question));
    const then = this.SUBRULE(this.value);
    this.CONSUME(t.colon);
    return { at, then, else: this.SUBRULE2(this.value) };
  });

  private readonly otherwise = this.rule('otherwise', (): Alternatives => {
    const at = this.place(this.CONSUME(t.elvis));
    return { at, then: undefined, else: this.SUBRULE(this.value) };
  });

  private readonly disjunction = this.rule('disjunction', (): ClosureExpression => {
    let left = this.SUBRULE(this.conjunction);
    this.MANY(() => {
      const operator = this.CONSUME(t.or);
      left = this.binary(operator, left, this.SUBRULE2(this.conjunction));
    });
    return left;
  });

  private readonly conjunction = this.rule('conjunction', (): ClosureExpression => {
    let left = this.SUBRULE(this.comparison);
    this.MANY(() => {
      const operator = this.CONSUME(t.and);
      left = this.binary(operator, left, this.SUBRULE2(this.comparison));
    });
    return left;
  });

  private readonly comparison = this.rule('comparison', (): ClosureExpression => {
    let left = this.SUBRULE(this.sum);
    this.OPTION(() => {
      left = this.OR<ClosureExpression>([
        { ALT: () => this.binary(this.CONSUME(t.compare), left, this.SUBRULE2(this.sum)) },
        { ALT: () => this.binary(this.CONSUME(t.inWord), left, this.SUBRULE3(this.sum)) },
        {
          ALT: () => {
            const at = this.place(this.CONSUME(t.match));
            return { type: 'match', subject: left, pattern: this.CONSUME(t.regexLiteral).image.slice(1, -1), at };
          },
        },
      ]);
    });
    return left;
  });

  private readonly sum = this.rule('closureSum', (): ClosureExpression => {
    let left = this.SUBRULE(this.product);
    this.MANY(() => {
      const operator = this.OR([{ ALT: () => this.CONSUME(t.plus) }, { ALT: () => this.CONSUME(t.minus) }]);
      left = this.binary(operator, left, this.SUBRULE2(this.product));
    });
    return left;
  });

  private readonly product = this.rule('closureProduct', (): ClosureExpression => {
    let left = this.SUBRULE(this.signed);
    this.MANY(() => {
      const operator = this.OR([{ ALT: () => this.CONSUME(t.star) }, { ALT: () => this.CONSUME(t.slash) }]);
      left = this.binary(operator, left, this.SUBRULE2(this.signed));
    });
    return left;
  });

  private readonly signed = this.rule('closureSigned', (): ClosureExpression => {
    const signs: Token[] = [];
    this.MANY(() => signs.push(this.OR([{ ALT: () => this.CONSUME(t.minus) }, { ALT: () => this.CONSUME(t.bang) }])));
    const operand = this.SUBRULE(this.access);
    return signs.reduceRight<ClosureExpression>(
      (inner, sign) => ({ type: sign.tokenType === t.bang ? 'not' : 'minus', operand: inner, at: this.place(sign) }),
      operand,
    );
  });

  private readonly access = this.rule('access', (): ClosureExpression => {
    let target = this.SUBRULE(this.primary);
    this.MANY({
      // A bracket after a line break still indexes, as in the languages that rules come from.
      DEF: () => {
        target = this.OR<ClosureExpression>([{ ALT: () => this.member(target) }, { ALT: () => this.element(target) }]);
      },
    });
    return target;
  });

  private member(target: ClosureExpression): ClosureExpression {
    const safe = this.OR2([
      { ALT: () => (this.CONSUME(t.dot), false) },
      { ALT: () => (this.CONSUME(t.safeDot), true) },
    ]);
    const token = this.CONSUME(identifier);
    const args = this.OPTION(() => this.SUBRULE(this.callArguments));
    const named = { target, name: token.image, safe, at: this.place(token) };
    return args === undefined ? { type: 'field', ...named } : { type: 'method', ...named, args };
  }

  private element(target: ClosureExpression): ClosureExpression {
    const at = this.place(this.CONSUME(t.leftBracket));
    const index = this.SUBRULE(this.value);
    this.CONSUME(t.rightBracket);
    return { type: 'index', target, index, at };
  }

  private readonly callArguments = this.rule('callArguments', (): readonly ClosureExpression[] => {
    const values: ClosureExpression[] = [];
    this.CONSUME(t.leftParen);
    this.MANY_SEP({ SEP: t.comma, DEF: () => values.push(this.SUBRULE(this.value)) });
    this.CONSUME(t.rightParen);
    return values;
  });

  private readonly primary = this.rule('primary', (): ClosureExpression => {
    const at = this.place(this.LA(1));
    return this.OR<ClosureExpression>([
      { ALT: () => ({ type: 'literal', value: this.SUBRULE(this.literal), at }) },
      { ALT: () => ({ type: 'name', name: this.CONSUME(identifier).image, at }) },
      { ALT: () => this.collection(at) },
      { ALT: () => this.SUBRULE(this.grouped) },
    ]);
  });

  private readonly grouped = this.rule('grouped', (): ClosureExpression => {
    this.CONSUME(t.leftParen);
    const inner = this.SUBRULE(this.value);
    this.CONSUME(t.rightParen);
    return inner;
  });

  private readonly literal = this.rule('literal', (): Literal =>
    this.OR<Literal>([
      { ALT: () => unquote(this.CONSUME(stringLiteral).image) },
      { ALT: () => Number(this.CONSUME(numberLiteral).image) },
      { ALT: () => (this.CONSUME(t.trueWord), true) },
      { ALT: () => (this.CONSUME(t.falseWord), false) },
      { ALT: () => (this.CONSUME(t.nullWord), undefined) },
    ]),
  );

  private collection(at: Place): ClosureExpression {
    const elements: Element[] = [];
    this.CONSUME(t.leftBracket);
    this.MANY_SEP({ SEP: t.comma, DEF: () => void elements.push(this.SUBRULE(this.collected)) });
    this.CONSUME(t.rightBracket);
    if (elements.length === 0 || elements.some(({ value }) => value === undefined))
      return { type: 'list', items: elements.map(({ key }) => key), at };
    return { type: 'map', entries: elements.map(mapEntry), at };
  }

  private readonly collected = this.rule('collected', (): Element => {
    const key = this.SUBRULE(this.value);
    const value = this.OPTION(() => {
      this.CONSUME(t.colon);
      return this.SUBRULE2(this.value);
    });
    return { key, value };
  });

  private binary(operator: Token, left: ClosureExpression, right: ClosureExpression): ClosureExpression {
    return { type: 'binary', operator: operator.image as ClosureOperator, left, right, at: this.place(operator) };
  }
}

/** `[pod: x]` names its key as `['pod': x]` does. */
function mapEntry({ key, value }: Element): MapEntry {
  const literal: ClosureExpression = key.type === 'name' ? { type: 'literal', value: key.name, at: key.at } : key;
  return { key: literal, value: value ?? key };
}
