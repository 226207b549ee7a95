/** MAL's grammar (docs/rules.md): sums of products of chains `metric.method(…).method(…)`. */
import { identifier, numberLiteral, stringLiteral, unquote, type Token } from '@meterlark/core';
import type { Argument, BinaryExpression, Expression, Link } from './ast.js';
import { ClosureParser } from './closure-parser.js';
import * as t from './tokens.js';

type List = Extract<Argument, { readonly type: 'strings' | 'numbers' }>;

export class MalParser extends ClosureParser {
  constructor(maxDepth: number, validate = false) {
    super(maxDepth, validate);
    this.performSelfAnalysis();
  }

  readonly expression = this.rule('expression', (): Expression =>
    this.nested(() => {
      let left = this.SUBRULE(this.multiplication);
      this.MANY(() => {
        const operator = this.OR([{ ALT: () => this.CONSUME(t.plus) }, { ALT: () => this.CONSUME(t.minus) }]);
        left = this.arithmetic(operator, left, this.SUBRULE2(this.multiplication));
      });
      return left;
    }),
  );

  /** What `expPrefix` and `expSuffix` hold: `tag({…}).service([…], Layer.X)`. */
  readonly links = this.rule('links', (): readonly Link[] => {
    const links: Link[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.dot, DEF: () => void links.push(this.SUBRULE(this.link)) });
    return links;
  });

  private readonly multiplication = this.rule('multiplication', (): Expression => {
    let left = this.SUBRULE(this.unary);
    this.MANY(() => {
      const operator = this.OR([{ ALT: () => this.CONSUME(t.star) }, { ALT: () => this.CONSUME(t.slash) }]);
      left = this.arithmetic(operator, left, this.SUBRULE2(this.unary));
    });
    return left;
  });

  private readonly unary = this.rule('unary', (): Expression => {
    const signs: Token[] = [];
    this.MANY(() => signs.push(this.CONSUME(t.minus)));
    const operand = this.OR<Expression>([{ ALT: () => this.number() }, { ALT: () => this.SUBRULE(this.chain) }]);
    return signs.reduceRight<Expression>(
      (inner, sign) => ({ type: 'negate', operand: inner, at: this.place(sign) }),
      operand,
    );
  });

  private number(): Expression {
    const token = this.CONSUME(numberLiteral);
    return { type: 'number', value: Number(token.image), at: this.place(token) };
  }

  private readonly chain = this.rule('chain', (): Expression => {
    let target = this.SUBRULE(this.head);
    this.MANY(() => {
      this.CONSUME(t.dot);
      target = { type: 'call', target, ...this.SUBRULE(this.link) };
    });
    return target;
  });

  private readonly head = this.rule('head', (): Expression =>
    this.OR<Expression>([
      { ALT: () => this.SUBRULE(this.named) },
      {
        ALT: () => {
          this.CONSUME(t.leftParen);
          const inner = this.SUBRULE(this.expression);
          this.CONSUME(t.rightParen);
          return inner;
        },
      },
    ]),
  );

  private readonly named = this.rule('named', (): Expression => {
    const token = this.CONSUME(identifier);
    const args = this.OPTION(() => this.SUBRULE(this.args));
    const named = { name: token.image, at: this.place(token) };
    return args === undefined ? { type: 'metric', ...named } : { type: 'function', ...named, args };
  });

  private readonly link = this.rule('link', (): Link => {
    const first = this.CONSUME(identifier);
    const second = this.OPTION(() => {
      this.CONSUME(t.doubleColon);
      return this.CONSUME2(identifier).image;
    });
    const args = this.SUBRULE(this.args);
    const namespace = second === undefined ? undefined : first.image;
    return { namespace, method: second ?? first.image, args, at: this.place(first) };
  });

  private readonly args = this.rule('args', (): readonly Argument[] => {
    const args: Argument[] = [];
    this.CONSUME(t.leftParen);
    this.MANY_SEP({ SEP: t.comma, DEF: () => void args.push(this.SUBRULE(this.argument)) });
    this.CONSUME(t.rightParen);
    return args;
  });

  private readonly argument = this.rule('argument', (): Argument => {
    const at = this.place(this.LA(1));
    return this.OR<Argument>({
      // `(` begins a list in extra parentheses as well as an expression, a name an enumeration as well as a metric.
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { ALT: () => ({ type: 'string', value: unquote(this.CONSUME(stringLiteral).image), at }) },
        { ALT: () => this.SUBRULE(this.list) },
        { GATE: () => this.startsWrappedList(), ALT: () => this.SUBRULE(this.wrappedList) },
        { ALT: () => ({ type: 'closure', closure: this.SUBRULE(this.closure), at }) },
        { ALT: () => (this.CONSUME(t.trueWord), { type: 'boolean', value: true, at }) },
        { ALT: () => (this.CONSUME(t.falseWord), { type: 'boolean', value: false, at }) },
        { ALT: () => (this.CONSUME(t.nullWord), { type: 'null', at }) },
        { GATE: () => this.startsEnum(), ALT: () => this.SUBRULE(this.enumeration) },
        { ALT: () => ({ type: 'expression', value: this.SUBRULE(this.expression), at }) },
      ],
    });
  });

  private startsWrappedList(): boolean {
    return this.LA(1).tokenType === t.leftParen && this.LA(2).tokenType === t.leftBracket;
  }

  private startsEnum(): boolean {
    const types = [1, 2, 3].map((ahead) => this.LA(ahead).tokenType);
    return (
      types[0] === identifier &&
      types[1] === t.dot &&
      types[2] === identifier &&
      this.LA(4).tokenType !== t.leftParen &&
      this.LA(4).tokenType !== t.doubleColon
    );
  }

  private readonly enumeration = this.rule('enumeration', (): Argument => {
    const first = this.CONSUME(identifier);
    this.CONSUME(t.dot);
    return { type: 'enum', enum: first.image, member: this.CONSUME2(identifier).image, at: this.place(first) };
  });

  private readonly wrappedList = this.rule('wrappedList', (): List => {
    this.CONSUME(t.leftParen);
    const list = this.SUBRULE(this.list);
    this.CONSUME(t.rightParen);
    return list;
  });

  private readonly list = this.rule('list', (): List => {
    const at = this.place(this.CONSUME(t.leftBracket));
    const list = this.OR<List>([
      { ALT: () => ({ type: 'strings', values: this.strings(), at }) },
      { ALT: () => ({ type: 'numbers', values: this.numbers(), at }) },
    ]);
    this.CONSUME(t.rightBracket);
    return list;
  });

  private strings(): readonly string[] {
    const values: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.comma, DEF: () => void values.push(unquote(this.CONSUME(stringLiteral).image)) });
    return values;
  }

  private numbers(): readonly number[] {
    const values: number[] = [];
    this.AT_LEAST_ONE_SEP2({ SEP: t.comma, DEF: () => void values.push(Number(this.CONSUME(numberLiteral).image)) });
    return values;
  }

  private arithmetic(operator: Token, left: Expression, right: Expression): Expression {
    return {
      type: 'binary',
      operator: operator.image as BinaryExpression['operator'],
      left,
      right,
      at: this.place(operator),
    };
  }
}
