/** LAL's grammar (docs/rules.md): one rule's text, `filter { … }`. */
import type { BranchNode, ExpressionNode, FilterNode, IfNode, ParserNode, SinkNode, TextNode } from './ast.js';
import { ExtractorParser } from './extractor-parser.js';
import * as t from './tokens.js';

export class LalParser extends ExtractorParser {
  constructor(maxDepth: number, validate = false) {
    super(maxDepth, validate);
    this.performSelfAnalysis();
  }

  readonly filter = this.rule('filter', (): readonly FilterNode[] => {
    this.CONSUME(t.filterWord);
    const body = this.SUBRULE(this.filterBody);
    this.MANY(() => this.CONSUME(t.semicolon));
    return body;
  });

  /** What stands in `${ … }`. */
  readonly inserted = this.rule('inserted', (): ExpressionNode => this.SUBRULE(this.value));

  private readonly filterBody = this.rule('filterBody', (): readonly FilterNode[] =>
    this.nested(() => {
      const body: FilterNode[] = [];
      this.CONSUME(t.leftBrace);
      this.MANY(() => {
        body.push(this.SUBRULE(this.statement));
        this.MANY2(() => this.CONSUME(t.semicolon));
      });
      this.CONSUME(t.rightBrace, { ERR_MSG: "'if', 'abort', 'def', 'text', 'json', 'yaml', 'extractor', 'sink' or '}'" });
      return body;
    }),
  );

  private readonly statement = this.rule('statement', (): FilterNode =>
    this.OR<FilterNode>([
      { ALT: () => this.SUBRULE(this.filterIf) },
      { ALT: () => this.SUBRULE(this.abort) },
      { ALT: () => this.SUBRULE(this.define) },
      { ALT: () => this.SUBRULE(this.textBlock) },
      { ALT: () => this.SUBRULE(this.dataBlock) },
      { ALT: () => ({ type: 'extractor', at: this.place(this.CONSUME(t.extractorWord)), body: this.SUBRULE(this.extractBody) }) },
      { ALT: () => ({ type: 'sink', at: this.place(this.CONSUME(t.sinkWord)), body: this.SUBRULE(this.sinkBody) }) },
    ]),
  );

  private readonly filterIf = this.rule('filterIf', (): IfNode<FilterNode> => {
    const at = this.place(this.CONSUME(t.ifWord));
    const branches: BranchNode<FilterNode>[] = [{ condition: this.SUBRULE(this.test), body: this.SUBRULE(this.filterBody) }];
    let otherwise: readonly FilterNode[] = [];
    this.MANY({
      GATE: () => this.LA(2).tokenType === t.ifWord,
      DEF: () => {
        this.CONSUME(t.elseWord);
        this.CONSUME2(t.ifWord);
        branches.push({ condition: this.SUBRULE2(this.test), body: this.SUBRULE2(this.filterBody) });
      },
    });
    this.OPTION(() => {
      this.CONSUME2(t.elseWord);
      otherwise = this.SUBRULE3(this.filterBody);
    });
    return { type: 'if', branches, otherwise, at };
  });

  private readonly textBlock = this.rule('textBlock', (): ParserNode => {
    const at = this.place(this.CONSUME(t.textWord));
    let pattern: TextNode | undefined;
    let abortOnFailure = true;
    this.CONSUME(t.leftBrace);
    this.MANY(() =>
      this.OR([
        { ALT: () => void (pattern = this.SUBRULE(this.regexp)) },
        { ALT: () => void (abortOnFailure = this.SUBRULE(this.onFailure)) },
      ]),
    );
    this.CONSUME(t.rightBrace);
    return { type: 'parse', language: 'text', pattern, abortOnFailure, at };
  });

  private readonly regexp = this.rule('regexp', (): TextNode => {
    this.CONSUME(t.regexpWord);
    return this.quoted(this.OR([{ ALT: () => this.CONSUME(t.slashyText) }, { ALT: () => this.CONSUME(t.text) }]));
  });

  private readonly onFailure = this.rule('onFailure', (): boolean => {
    this.CONSUME(t.abortOnFailureWord);
    return this.SUBRULE(this.flag);
  });

  private readonly dataBlock = this.rule('dataBlock', (): ParserNode => {
    const at = this.place(this.LA(1));
    const language = this.OR<'json' | 'yaml'>([
      { ALT: () => (this.CONSUME(t.jsonWord), 'json') },
      { ALT: () => (this.CONSUME(t.yamlWord), 'yaml') },
    ]);
    this.CONSUME(t.leftBrace);
    const abortOnFailure = this.OPTION(() => this.SUBRULE(this.onFailure)) ?? true;
    this.CONSUME(t.rightBrace);
    return { type: 'parse', language, pattern: undefined, abortOnFailure, at };
  });

  private readonly sinkBody = this.rule('sinkBody', (): readonly SinkNode[] =>
    this.nested(() => {
      const body: SinkNode[] = [];
      this.CONSUME(t.leftBrace);
      this.MANY(() => {
        body.push(this.SUBRULE(this.sinkStatement));
        this.MANY2(() => this.CONSUME(t.semicolon));
      });
      this.CONSUME(t.rightBrace, { ERR_MSG: "'if', 'sampler', 'rateLimit', 'possibility', 'enforcer', 'dropper', 'abort' or '}'" });
      return body;
    }),
  );

  private readonly sinkStatement = this.rule('sinkStatement', (): SinkNode =>
    this.OR<SinkNode>([
      { ALT: () => this.SUBRULE(this.sinkIf) },
      { ALT: () => this.SUBRULE(this.abort) },
      { ALT: () => ({ type: 'sampler', at: this.place(this.CONSUME(t.samplerWord)), body: this.SUBRULE(this.sinkBody) }) },
      { ALT: () => this.SUBRULE(this.verdict) },
      { ALT: () => this.SUBRULE(this.rateLimit) },
      { ALT: () => this.SUBRULE(this.possibility) },
    ]),
  );

  private readonly verdict = this.rule('verdict', (): SinkNode => {
    const at = this.place(this.LA(1));
    const type = this.OR<'enforcer' | 'dropper'>([
      { ALT: () => (this.CONSUME(t.enforcerWord), 'enforcer') },
      { ALT: () => (this.CONSUME(t.dropperWord), 'dropper') },
    ]);
    this.SUBRULE(this.nothing);
    return { type, at };
  });

  private readonly nothing = this.rule('nothing', (): void => {
    this.CONSUME(t.leftBrace);
    this.CONSUME(t.rightBrace);
  });

  private readonly sinkIf = this.rule('sinkIf', (): IfNode<SinkNode> => {
    const at = this.place(this.CONSUME(t.ifWord));
    const branches: BranchNode<SinkNode>[] = [{ condition: this.SUBRULE(this.test), body: this.SUBRULE(this.sinkBody) }];
    let otherwise: readonly SinkNode[] = [];
    this.MANY({
      GATE: () => this.LA(2).tokenType === t.ifWord,
      DEF: () => {
        this.CONSUME(t.elseWord);
        this.CONSUME2(t.ifWord);
        branches.push({ condition: this.SUBRULE2(this.test), body: this.SUBRULE2(this.sinkBody) });
      },
    });
    this.OPTION(() => {
      this.CONSUME2(t.elseWord);
      otherwise = this.SUBRULE3(this.sinkBody);
    });
    return { type: 'if', branches, otherwise, at };
  });

  private readonly rateLimit = this.rule('rateLimit', (): SinkNode => {
    const at = this.place(this.CONSUME(t.rateLimitWord));
    const id = this.OPTION(() => {
      this.CONSUME(t.leftParen);
      const text = this.quoted(this.CONSUME(t.text));
      this.CONSUME(t.rightParen);
      return text;
    });
    this.CONSUME(t.leftBrace);
    this.CONSUME(t.rpmWord);
    const rpm = this.CONSUME(t.number).image;
    this.CONSUME(t.rightBrace);
    return { type: 'rateLimit', id, rpm, at };
  });

  private readonly possibility = this.rule('possibility', (): SinkNode => {
    const at = this.place(this.CONSUME(t.possibilityWord));
    this.CONSUME(t.leftParen);
    const percent = this.SUBRULE(this.value);
    this.CONSUME(t.rightParen);
    this.OPTION(() => this.SUBRULE(this.nothing));
    return { type: 'possibility', percent, at };
  });
}
