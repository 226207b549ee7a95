/** The closure half of MAL's grammar: `{ tags -> tags.key = 'x' + tags['y'] }`. */
import { identifier } from '@meterlark/core';
import type { Closure, Statement } from './ast.js';
import { ClosureExpressionParser } from './closure-expression-parser.js';
import * as t from './tokens.js';

export abstract class ClosureParser extends ClosureExpressionParser {
  readonly closure = this.rule('closure', (): Closure => {
    const at = this.place(this.CONSUME(t.leftBrace));
    const parameters: string[] = [];
    this.MANY_SEP({ SEP: t.comma, DEF: () => void parameters.push(this.CONSUME(identifier).image) });
    this.CONSUME(t.arrow);
    const body = this.OR([{ ALT: () => this.SUBRULE(this.block) }, { ALT: () => this.SUBRULE(this.statements) }]);
    this.CONSUME(t.rightBrace);
    return { parameters, body, at };
  });

  private readonly block = this.rule('block', (): readonly Statement[] => {
    this.CONSUME(t.leftBrace);
    const body = this.SUBRULE(this.statements);
    this.CONSUME(t.rightBrace);
    return body;
  });

  private readonly statements = this.rule('statements', (): readonly Statement[] => {
    const statements: Statement[] = [];
    this.MANY(() => statements.push(this.SUBRULE(this.statement)));
    return statements;
  });

  private readonly statement = this.rule('statement', (): Statement =>
    this.nested(() => {
      const statement = this.OR<Statement>([
        { ALT: () => this.SUBRULE(this.branch) },
        { ALT: () => this.SUBRULE(this.leave) },
        { GATE: () => this.startsDeclaration(), ALT: () => this.SUBRULE(this.declaration) },
        { ALT: () => this.SUBRULE(this.assignment) },
      ]);
      this.OPTION(() => this.CONSUME(t.semicolon));
      return statement;
    }),
  );

  /** `def x`, `String x`, `String[] x`. */
  private startsDeclaration(): boolean {
    if (this.LA(1).tokenType === t.defWord) return true;
    if (this.LA(1).tokenType !== identifier) return false;
    return (
      this.LA(2).tokenType === identifier ||
      (this.LA(2).tokenType === t.leftBracket && this.LA(3).tokenType === t.rightBracket)
    );
  }

  private readonly branch = this.rule('branch', (): Statement => {
    this.CONSUME(t.ifWord);
    this.CONSUME(t.leftParen);
    const condition = this.SUBRULE(this.value);
    this.CONSUME(t.rightParen);
    const then = this.SUBRULE(this.block);
    const otherwise = this.OPTION(() => {
      this.CONSUME(t.elseWord);
      return this.OR([{ ALT: () => [this.SUBRULE(this.elseIf)] }, { ALT: () => this.SUBRULE2(this.block) }]);
    });
    return { type: 'if', condition, then, else: otherwise ?? [] };
  });

  private readonly elseIf = this.rule('elseIf', (): Statement => this.nested(() => this.SUBRULE(this.branch)));

  private readonly leave = this.rule('leave', (): Statement => {
    this.CONSUME(t.returnWord);
    const value = this.OPTION(() => this.SUBRULE(this.value));
    return { type: 'return', value };
  });

  private readonly declaration = this.rule('declaration', (): Statement => {
    this.OR([
      { ALT: () => this.CONSUME(t.defWord) },
      {
        ALT: () => {
          this.CONSUME(identifier);
          this.OPTION(() => {
            this.CONSUME(t.leftBracket);
            this.CONSUME(t.rightBracket);
          });
        },
      },
    ]);
    const name = this.CONSUME2(identifier).image;
    this.CONSUME(t.assign);
    return { type: 'declare', name, value: this.SUBRULE(this.value) };
  });

  private readonly assignment = this.rule('assignment', (): Statement => {
    const target = this.SUBRULE(this.value);
    const assigned = this.OPTION(() => {
      const at = this.place(this.CONSUME(t.assign));
      return { at, value: this.SUBRULE2(this.value) };
    });
    return assigned === undefined ? { type: 'expression', value: target } : { type: 'assign', target, ...assigned };
  });
}
