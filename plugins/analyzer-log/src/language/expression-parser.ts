/** Values and conditions of LAL: `tag("a") as Integer < 400 && !parsed?.flags?.trim()`. A condition is a value in brackets. */
import { LanguageParser, type SourceText, type Token } from '@meterlark/core';
import type {
  ArithmeticOperator, CastNode, CompareOperator, ExpressionNode, OperandNode, Place, RootNode, SegmentNode, TextNode,
} from './ast.js';
import * as t from './tokens.js';

export abstract class ExpressionParser extends LanguageParser {
  /** Text being read; set before every parse. */
  source: SourceText | undefined;

  constructor(maxDepth: number, validate: boolean) {
    // One token tells what comes, so that a fault is told where it is, not where a statement with it would begin.
    super(t.lalTokens, maxDepth, 1, validate);
  }

  protected place(token: Token): Place {
    // While the grammar records itself there is neither text nor a real token.
    return { source: this.source as SourceText, offset: token.startOffset };
  }

  /** Loosest first: or, and, not, comparison, cast, sum, product, access. */
  protected readonly condition = this.rule('condition', (): ExpressionNode =>
    this.nested(() => {
      const at = this.place(this.LA(1));
      const terms: ExpressionNode[] = [];
      this.AT_LEAST_ONE_SEP({ SEP: t.or, DEF: () => void terms.push(this.SUBRULE(this.conjunction)) });
      return single(terms) ?? { type: 'or', terms, at };
    }),
  );

  private readonly conjunction = this.rule('conjunction', (): ExpressionNode => {
    const at = this.place(this.LA(1));
    const terms: ExpressionNode[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.and, DEF: () => void terms.push(this.SUBRULE(this.negation)) });
    return single(terms) ?? { type: 'and', terms, at };
  });

  private readonly negation = this.rule('negation', (): ExpressionNode => {
    const at = this.place(this.LA(1));
    let negations = 0;
    this.MANY(() => {
      this.CONSUME(t.bang);
      negations += 1;
    });
    const inner = this.SUBRULE(this.comparison);
    if (negations === 0) return inner;
    const once: ExpressionNode = { type: 'not', inner, at };
    return negations % 2 === 1 ? once : { type: 'not', inner: once, at };
  });

  private readonly comparison = this.rule('comparison', (): ExpressionNode => {
    let found = this.SUBRULE(this.value);
    this.OPTION(() => {
      const token = this.CONSUME(t.compare);
      const right = this.SUBRULE2(this.value);
      found = { type: 'compare', operator: token.image as CompareOperator, left: found, right, at: this.place(token) };
    });
    return found;
  });

  /** `as T` is said of the whole sum before it. */
  protected readonly value = this.rule('value', (): ExpressionNode => {
    const inner = this.SUBRULE(this.sum);
    const cast = this.OPTION(() => this.SUBRULE(this.cast));
    return cast === undefined ? inner : { type: 'cast', inner, cast, at: inner.at };
  });

  private readonly cast = this.rule('cast', (): CastNode => {
    this.CONSUME(t.asWord);
    const at = this.place(this.LA(1));
    const parts: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.dot, DEF: () => void parts.push(this.CONSUME(t.identifier).image) });
    return { type: parts.join('.'), at };
  });

  private readonly sum = this.rule('sum', (): ExpressionNode => {
    const first = this.SUBRULE(this.product);
    const rest: OperandNode[] = [];
    this.MANY(() => {
      const operator = this.OR([{ ALT: () => this.CONSUME(t.plus) }, { ALT: () => this.CONSUME(t.minus) }]);
      rest.push(this.operand(operator, this.SUBRULE2(this.product)));
    });
    return rest.length === 0 ? first : { type: 'arithmetic', first, rest, at: first.at };
  });

  private readonly product = this.rule('product', (): ExpressionNode => {
    const first = this.SUBRULE(this.access);
    const rest: OperandNode[] = [];
    this.MANY(() => {
      const operator = this.OR([{ ALT: () => this.CONSUME(t.star) }, { ALT: () => this.CONSUME(t.slash) }]);
      rest.push(this.operand(operator, this.SUBRULE2(this.access)));
    });
    return rest.length === 0 ? first : { type: 'arithmetic', first, rest, at: first.at };
  });

  private operand(operator: Token, value: ExpressionNode): OperandNode {
    return { operator: operator.image as ArithmeticOperator, value, at: this.place(operator) };
  }

  private readonly access = this.rule('access', (): ExpressionNode => {
    const root = this.SUBRULE(this.root);
    const segments: SegmentNode[] = [];
    this.MANY(() => {
      segments.push(this.OR<SegmentNode>([{ ALT: () => this.SUBRULE(this.member) }, { ALT: () => this.SUBRULE(this.element) }]));
    });
    return { type: 'access', root, segments, at: root.at };
  });

  private readonly member = this.rule('member', (): SegmentNode => {
    const safe = this.OR([{ ALT: () => (this.CONSUME(t.dot), false) }, { ALT: () => (this.CONSUME(t.safeDot), true) }]);
    const token = this.CONSUME(t.word);
    const args = this.OPTION(() => this.SUBRULE(this.callArguments));
    const named = { name: token.image, safe, at: this.place(token) };
    return args === undefined ? { type: 'field', ...named } : { type: 'method', ...named, args };
  });

  private readonly element = this.rule('element', (): SegmentNode => {
    this.CONSUME(t.leftBracket);
    const index = this.CONSUME(t.number);
    this.CONSUME(t.rightBracket);
    return { type: 'index', index: Number(index.image), at: this.place(index) };
  });

  private readonly callArguments = this.rule('callArguments', (): readonly ExpressionNode[] => {
    const values: ExpressionNode[] = [];
    this.CONSUME(t.leftParen);
    this.MANY_SEP({ SEP: t.comma, DEF: () => void values.push(this.SUBRULE(this.condition)) });
    this.CONSUME(t.rightParen);
    return values;
  });

  private readonly root = this.rule('root', (): RootNode => {
    const at = this.place(this.LA(1));
    return this.OR<RootNode>([
      { ALT: () => this.reference(at) },
      { ALT: () => ({ type: 'text', image: this.CONSUME(t.text).image, at }) },
      { ALT: () => ({ type: 'number', image: this.CONSUME(t.number).image, at }) },
      { ALT: () => (this.CONSUME(t.trueWord), { type: 'flag', value: true, at }) },
      { ALT: () => (this.CONSUME(t.falseWord), { type: 'flag', value: false, at }) },
      { ALT: () => (this.CONSUME(t.nullWord), { type: 'null', at }) },
      { ALT: () => this.SUBRULE(this.group) },
    ]);
  });

  private reference(at: Place): RootNode {
    const name = this.OR2([{ ALT: () => this.CONSUME(t.identifier) }, { ALT: () => this.CONSUME(t.tagWord) }]).image;
    const args = this.OPTION(() => this.SUBRULE(this.callArguments));
    return args === undefined ? { type: 'name', name, at } : { type: 'call', name, args, at };
  }

  private readonly group = this.rule('group', (): RootNode => {
    const at = this.place(this.CONSUME(t.leftParen));
    const inner = this.SUBRULE(this.condition);
    this.CONSUME(t.rightParen);
    return { type: 'group', inner, at };
  });

  protected quoted(token: Token): TextNode {
    return { image: token.image, at: this.place(token) };
  }

  protected readonly flag = this.rule('flag', (): boolean =>
    this.OR([{ ALT: () => (this.CONSUME(t.trueWord), true) }, { ALT: () => (this.CONSUME(t.falseWord), false) }]),
  );
}

function single(terms: readonly ExpressionNode[]): ExpressionNode | undefined {
  return terms.length < 2 ? terms[0] : undefined;
}
