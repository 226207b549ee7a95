/** Statements of `extractor { … }`, and those that stand at every level. */
import type { AbortNode, BranchNode, DefineNode, ExpressionNode, ExtractNode, IfNode, MetricsNode, PairNode } from './ast.js';
import { ExpressionParser } from './expression-parser.js';
import * as t from './tokens.js';

type MetricsPart = Partial<Pick<MetricsNode, 'name' | 'timestamp' | 'value' | 'labels'>>;

export abstract class ExtractorParser extends ExpressionParser {
  protected readonly abort = this.rule('abort', (): AbortNode => {
    const at = this.place(this.CONSUME(t.abortWord));
    this.CONSUME(t.leftBrace);
    this.CONSUME(t.rightBrace);
    return { type: 'abort', at };
  });

  protected readonly define = this.rule('define', (): DefineNode => {
    const at = this.place(this.CONSUME(t.defWord));
    const name = this.CONSUME(t.identifier).image;
    this.CONSUME(t.assign);
    return { type: 'define', name, value: this.SUBRULE(this.value), at };
  });

  protected readonly test = this.rule('test', (): ExpressionNode => {
    this.CONSUME(t.leftParen);
    const condition = this.SUBRULE(this.condition);
    this.CONSUME(t.rightParen);
    return condition;
  });

  protected readonly extractBody = this.rule('extractBody', (): readonly ExtractNode[] =>
    this.nested(() => {
      const body: ExtractNode[] = [];
      this.CONSUME(t.leftBrace);
      this.MANY(() => {
        body.push(this.SUBRULE(this.extraction));
        this.MANY2(() => this.CONSUME(t.semicolon));
      });
      this.CONSUME(t.rightBrace, { ERR_MSG: "'}' or a statement of an extractor" });
      return body;
    }),
  );

  private readonly extraction = this.rule('extraction', (): ExtractNode =>
    this.OR<ExtractNode>({
      // Every word may be a field's name; those before it are tried first.
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { ALT: () => this.SUBRULE(this.extractIf) },
        { ALT: () => this.SUBRULE(this.abort) },
        { ALT: () => this.SUBRULE(this.define) },
        { ALT: () => this.SUBRULE(this.tag) },
        { ALT: () => this.SUBRULE(this.metrics) },
        { ALT: () => this.SUBRULE(this.timestamp) },
        { ALT: () => this.SUBRULE(this.field) },
      ],
    }),
  );

  private readonly extractIf = this.rule('extractIf', (): IfNode<ExtractNode> => {
    const at = this.place(this.CONSUME(t.ifWord));
    const branches: BranchNode<ExtractNode>[] = [{ condition: this.SUBRULE(this.test), body: this.SUBRULE(this.extractBody) }];
    let otherwise: readonly ExtractNode[] = [];
    this.MANY({
      GATE: () => this.LA(2).tokenType === t.ifWord,
      DEF: () => {
        this.CONSUME(t.elseWord);
        this.CONSUME2(t.ifWord);
        branches.push({ condition: this.SUBRULE2(this.test), body: this.SUBRULE2(this.extractBody) });
      },
    });
    this.OPTION(() => {
      this.CONSUME2(t.elseWord);
      otherwise = this.SUBRULE3(this.extractBody);
    });
    return { type: 'if', branches, otherwise, at };
  });

  private readonly tag = this.rule('tag', (): ExtractNode => {
    const at = this.place(this.CONSUME(t.tagWord));
    const pairs: PairNode[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: t.comma, DEF: () => void pairs.push(this.SUBRULE(this.pair)) });
    return { type: 'tag', pairs, at };
  });

  private readonly pair = this.rule('pair', (): PairNode => {
    const at = this.place(this.LA(1));
    const key = this.OR<string | ExpressionNode>([
      { ALT: () => this.CONSUME(t.word).image },
      { ALT: () => this.CONSUME(t.text).image.slice(1, -1) },
      { ALT: () => this.SUBRULE(this.test) },
    ]);
    this.CONSUME(t.colon);
    return { key, value: this.SUBRULE(this.value), at };
  });

  private readonly metrics = this.rule('metrics', (): ExtractNode => {
    const at = this.place(this.CONSUME(t.metricsWord));
    const empty: MetricsNode = { type: 'metrics', name: undefined, timestamp: undefined, value: undefined, labels: [], at };
    let node = empty;
    this.CONSUME(t.leftBrace);
    this.MANY(() => {
      node = { ...node, ...this.SUBRULE(this.metricsPart) };
      this.MANY2(() => this.CONSUME(t.semicolon));
    });
    this.CONSUME(t.rightBrace, { ERR_MSG: "'name', 'timestamp', 'labels', 'value' or '}'" });
    return node;
  });

  private readonly metricsPart = this.rule('metricsPart', (): MetricsPart =>
    this.OR<MetricsPart>([
      { ALT: () => (this.CONSUME(t.nameWord), { name: this.SUBRULE(this.value) }) },
      { ALT: () => (this.CONSUME(t.timestampWord), { timestamp: this.SUBRULE2(this.value) }) },
      { ALT: () => (this.CONSUME(t.valueWord), { value: this.SUBRULE3(this.value) }) },
      {
        ALT: () => {
          const labels: PairNode[] = [];
          this.CONSUME(t.labelsWord);
          this.AT_LEAST_ONE_SEP({ SEP: t.comma, DEF: () => void labels.push(this.SUBRULE(this.pair)) });
          return { labels };
        },
      },
    ]),
  );

  private readonly timestamp = this.rule('timestamp', (): ExtractNode => {
    const at = this.place(this.CONSUME(t.timestampWord));
    const value = this.SUBRULE(this.value);
    const pattern = this.OPTION(() => {
      this.CONSUME(t.comma);
      return this.quoted(this.CONSUME(t.text));
    });
    return { type: 'field', name: 'timestamp', value, pattern, at };
  });

  private readonly field = this.rule('field', (): ExtractNode => {
    const token = this.CONSUME(t.word);
    return { type: 'field', name: token.image, value: this.SUBRULE(this.value), pattern: undefined, at: this.place(token) };
  });
}
