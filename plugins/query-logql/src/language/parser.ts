/** The part of LogQL that stored logs answer: a selector with line filters, counts over time of it, and constants. */
import { defineLanguage, LanguageParser, unquote, type Language, type Token } from '@meterlark/core';
import type { ConstantExpression, CountExpression, Expression, LineFilter, LogExpression, Matcher } from './ast.js';
import { durationMs } from './duration.js';
import * as t from './tokens.js';

type Counted = Omit<CountExpression, 'by'>;

export class LogqlParser extends LanguageParser {
  constructor(maxDepth: number, validate = false) {
    super(t.logqlTokens, maxDepth, 2, validate);
    this.performSelfAnalysis();
  }

  readonly query = this.rule('query', (): Expression =>
    this.OR<Expression>([
      { ALT: () => this.SUBRULE(this.logs) },
      { ALT: () => this.SUBRULE(this.sum) },
      { ALT: () => ({ ...this.SUBRULE(this.count), by: undefined }) },
      { ALT: () => this.SUBRULE(this.constant) },
    ]),
  );

  private readonly logs = this.rule('logs', (): LogExpression => {
    const matchers: Matcher[] = [];
    const filters: LineFilter[] = [];
    this.CONSUME(t.leftBrace);
    this.MANY_SEP({ SEP: t.comma, DEF: () => void matchers.push(this.SUBRULE(this.matcher)) });
    this.CONSUME(t.rightBrace);
    this.MANY(() => void filters.push(this.SUBRULE(this.filter)));
    // Grafana ends its counts with it; no log here has errors of a parser.
    this.OPTION(() => this.SUBRULE(this.drop));
    return { type: 'logs', matchers, filters };
  });

  private readonly matcher = this.rule('matcher', (): Matcher => {
    const label = this.CONSUME(t.name);
    const operator = this.CONSUME(t.matchOperator);
    return { label: label.image, operator: operator.image, value: this.SUBRULE(this.text), at: label.startOffset };
  });

  private readonly filter = this.rule('filter', (): LineFilter => {
    const operator = this.OR<Token>([{ ALT: () => this.CONSUME(t.pipe) }, { ALT: () => this.CONSUME(t.matchOperator) }]);
    return { operator: operator.image, text: this.SUBRULE(this.text), at: operator.startOffset };
  });

  private readonly drop = this.rule('drop', (): void => {
    this.CONSUME(t.stage);
    this.CONSUME(t.dropWord);
    this.CONSUME(t.name);
  });

  private readonly text = this.rule('text', (): string =>
    this.OR<string>([
      { ALT: () => unquote(this.CONSUME(t.stringLiteral).image) },
      { ALT: () => this.CONSUME(t.rawString).image.slice(1, -1) },
    ]),
  );

  private readonly sum = this.rule('sum', (): CountExpression => {
    const at = this.CONSUME(t.sumWord).startOffset;
    const before = this.OPTION(() => this.SUBRULE(this.by));
    this.CONSUME(t.leftParen);
    const counted = this.SUBRULE(this.count);
    this.CONSUME(t.rightParen);
    const after = this.OPTION2(() => this.SUBRULE2(this.by));
    return { ...counted, by: before ?? after ?? [], at };
  });

  private readonly by = this.rule('by', (): readonly string[] => {
    const names: string[] = [];
    this.CONSUME(t.byWord);
    this.CONSUME(t.leftParen);
    this.MANY_SEP({ SEP: t.comma, DEF: () => void names.push(this.CONSUME(t.name).image) });
    this.CONSUME(t.rightParen);
    return names;
  });

  private readonly count = this.rule('count', (): Counted => {
    const word = this.OR<Token>([{ ALT: () => this.CONSUME(t.countWord) }, { ALT: () => this.CONSUME(t.rateWord) }]);
    this.CONSUME(t.leftParen);
    const logs = this.SUBRULE(this.logs);
    this.CONSUME(t.leftBracket);
    const range = this.CONSUME(t.duration);
    this.CONSUME(t.rightBracket);
    this.CONSUME(t.rightParen);
    return { type: 'count', function: word.image as Counted['function'], logs, rangeMs: durationMs(range.image), at: word.startOffset };
  });

  private readonly constant = this.rule('constant', (): ConstantExpression => {
    let value = 0;
    this.AT_LEAST_ONE_SEP({ SEP: t.plus, DEF: () => { value += this.SUBRULE(this.term); } });
    return { type: 'constant', value };
  });

  private readonly term = this.rule('term', (): number =>
    this.OR<number>([
      { ALT: () => Number(this.CONSUME(t.numberLiteral).image) },
      {
        ALT: () => {
          this.CONSUME(t.vectorWord);
          this.CONSUME(t.leftParen);
          const value = Number(this.CONSUME2(t.numberLiteral).image);
          this.CONSUME(t.rightParen);
          return value;
        },
      },
    ]),
  );
}

export const logql: Language<LogqlParser> = defineLanguage({ name: 'LogQL', tokens: t.logqlTokens, parser: (depth) => new LogqlParser(depth) });
