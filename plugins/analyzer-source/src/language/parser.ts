/** OAL's grammar (docs/rules.md), one statement at a time. */
import { LanguageParser, stringLiteral, unquote, type SourceText, type Token } from '@meterlark/core';
import type { ArgumentNode, ColumnNode, ConditionNode, DisableNode, Literal, Operator, Place, RuleNode, StatementNode } from './ast.js';
import * as t from './tokens.js';

type Call = Pick<RuleNode, 'function' | 'args' | 'functionAt'>;
type From = Pick<RuleNode, 'source' | 'sourceAt' | 'column'>;
type Comparison = Pick<ConditionNode, 'operator' | 'values'>;

export class OalParser extends LanguageParser {
  /** Set before each parse. */
  source: SourceText | undefined;

  constructor(maxDepth: number, validate = false) {
    super(t.oalTokens, maxDepth, 2, validate);
    this.performSelfAnalysis();
  }

  readonly statement = this.rule('statement', (): StatementNode => {
    const found = this.OR<StatementNode>([
      { ALT: () => this.SUBRULE(this.disable) },
      { ALT: () => this.SUBRULE(this.aggregation) },
    ]);
    this.OPTION(() => this.CONSUME(t.semicolon));
    return found;
  });

  private readonly disable = this.rule('disable', (): DisableNode => {
    const at = this.place(this.CONSUME(t.disableWord));
    this.CONSUME(t.leftParen);
    const name = this.CONSUME(t.name).image;
    this.CONSUME(t.rightParen);
    return { type: 'disable', name, at };
  });

  private readonly aggregation = this.rule('aggregation', (): RuleNode => {
    const named = this.CONSUME(t.name);
    this.CONSUME(t.equals);
    const from = this.SUBRULE(this.from);
    const filters: ConditionNode[] = [];
    this.CONSUME(t.dot);
    this.MANY(() => {
      this.CONSUME(t.filterWord);
      this.CONSUME(t.leftParen);
      filters.push(this.SUBRULE(this.condition));
      this.CONSUME(t.rightParen);
      this.CONSUME2(t.dot);
    });
    const call = this.SUBRULE(this.call);
    const decorator = this.OPTION(() => this.SUBRULE(this.decorator));
    return { type: 'rule', name: named.image, ...from, filters, ...call, decorator, at: this.place(named) };
  });

  private readonly from = this.rule('from', (): From => {
    this.CONSUME(t.fromWord);
    this.CONSUME(t.leftParen);
    const cast = this.OPTION(() => this.CONSUME(t.cast)) !== undefined;
    const source = this.CONSUME(t.name);
    this.CONSUME(t.dot);
    const column = this.OR<ColumnNode | undefined>([
      { ALT: () => void this.CONSUME(t.star) },
      { ALT: () => this.SUBRULE(this.column) },
    ]);
    this.CONSUME(t.rightParen);
    return { source: source.image, sourceAt: this.place(source), column: column === undefined ? undefined : { ...column, cast } };
  });

  private readonly column = this.rule('column', (): ColumnNode => {
    const at = this.place(this.LA(1));
    const parts: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.dot, DEF: () => void parts.push(this.SUBRULE(this.columnPart)) });
    return { name: parts.join('.'), cast: false, at };
  });

  private readonly columnPart = this.rule('columnPart', (): string => {
    const part = this.CONSUME(t.name).image;
    const key = this.OPTION(() => {
      this.CONSUME(t.leftBracket);
      const text = unquote(this.CONSUME(stringLiteral).image);
      this.CONSUME(t.rightBracket);
      return text;
    });
    return key === undefined ? part : `${part}[${JSON.stringify(key)}]`;
  });

  private readonly castColumn = this.rule('castColumn', (): ColumnNode => {
    const cast = this.OPTION(() => this.CONSUME(t.cast)) !== undefined;
    return { ...this.SUBRULE(this.column), cast };
  });

  private readonly condition = this.rule('condition', (): ConditionNode => {
    const at = this.place(this.LA(1));
    const column = this.SUBRULE(this.castColumn);
    return { column, ...this.SUBRULE(this.comparison), at };
  });

  private readonly comparison = this.rule('comparison', (): Comparison =>
    this.OR<Comparison>([
      { ALT: () => ({ operator: this.CONSUME(t.comparison).image as Operator, values: [this.SUBRULE(this.literal)] }) },
      { ALT: () => (this.CONSUME(t.likeWord), { operator: 'like', values: [this.SUBRULE2(this.literal)] }) },
      { ALT: () => (this.CONSUME(t.containWord), { operator: 'contain', values: [this.SUBRULE3(this.literal)] }) },
      { ALT: () => (this.CONSUME(t.notContain), { operator: 'not contain', values: [this.SUBRULE4(this.literal)] }) },
      { ALT: () => (this.CONSUME(t.inWord), { operator: 'in', values: this.SUBRULE(this.list) }) },
    ]),
  );

  private readonly list = this.rule('list', (): readonly Literal[] => {
    const values: Literal[] = [];
    this.CONSUME(t.leftBracket);
    this.AT_LEAST_ONE_SEP({ SEP: t.comma, DEF: () => void values.push(this.SUBRULE(this.literal)) });
    this.CONSUME(t.rightBracket);
    return values;
  });

  private readonly literal = this.rule('literal', (): Literal => {
    const at = this.place(this.LA(1));
    return this.OR<Literal>([
      { ALT: () => ({ type: 'number', value: numberOf(this.CONSUME(t.number)), at }) },
      { ALT: () => ({ type: 'text', value: unquote(this.CONSUME(stringLiteral).image), at }) },
      { ALT: () => (this.CONSUME(t.trueWord), { type: 'flag', value: true, at }) },
      { ALT: () => (this.CONSUME(t.falseWord), { type: 'flag', value: false, at }) },
      { ALT: () => (this.CONSUME(t.nullWord), { type: 'null', at }) },
      { ALT: () => this.SUBRULE(this.member) },
    ]);
  });

  private readonly member = this.rule('member', (): Literal => {
    const first = this.CONSUME(t.name);
    this.CONSUME(t.dot);
    return { type: 'enum', enum: first.image, member: this.CONSUME2(t.name).image, at: this.place(first) };
  });

  private readonly call = this.rule('call', (): Call => {
    const named = this.CONSUME(t.name);
    const args: ArgumentNode[] = [];
    this.CONSUME(t.leftParen);
    this.MANY_SEP({ SEP: t.comma, DEF: () => void args.push(this.SUBRULE(this.argument)) });
    this.CONSUME(t.rightParen);
    return { function: named.image, args, functionAt: this.place(named) };
  });

  private readonly argument = this.rule('argument', (): ArgumentNode => {
    const at = this.place(this.LA(1));
    return this.OR<ArgumentNode>([
      { ALT: () => ({ type: 'literal', literal: { type: 'number', value: numberOf(this.CONSUME(t.number)), at }, at }) },
      { ALT: () => ({ type: 'literal', literal: { type: 'text', value: unquote(this.CONSUME(stringLiteral).image), at }, at }) },
      { ALT: () => (this.CONSUME(t.trueWord), { type: 'literal', literal: { type: 'flag', value: true, at }, at }) },
      { ALT: () => (this.CONSUME(t.falseWord), { type: 'literal', literal: { type: 'flag', value: false, at }, at }) },
      { ALT: () => this.SUBRULE(this.columnArgument) },
    ]);
  });

  private readonly columnArgument = this.rule('columnArgument', (): ArgumentNode => {
    const at = this.place(this.LA(1));
    const column = this.SUBRULE(this.castColumn);
    const comparison = this.OPTION(() => this.SUBRULE(this.comparison));
    if (comparison === undefined) return { type: 'column', column, at };
    return { type: 'condition', condition: { column, ...comparison, at }, at };
  });

  private readonly decorator = this.rule('decorator', (): string => {
    this.CONSUME(t.dot);
    this.CONSUME(t.decoratorWord);
    this.CONSUME(t.leftParen);
    const name = unquote(this.CONSUME(stringLiteral).image);
    this.CONSUME(t.rightParen);
    return name;
  });

  private place(token: Token): Place {
    return { source: this.source ?? noSource, offset: token.startOffset };
  }
}

const noSource: SourceText = { file: '', text: '', locate: () => ({ line: 1, column: 1 }) };

/** Underscores and a trailing L are Java's. */
function numberOf(token: Token): number {
  return Number(token.image.replace(/[_lL]/g, ''));
}
