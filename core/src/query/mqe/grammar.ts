import type { Aggregation, Arithmetic, Comparison, Expression, LabelAggregation, Logic, Spanned, TopNode } from './ast.js';
import { MqePartsParser } from './grammar-parts.js';
import { marks, words } from './tokens.js';

/** Binary operators bind in four levels, all to the left; `&&` and `||` share the last one. */
export class MqeParser extends MqePartsParser {
  constructor(maxDepth: number) {
    super(maxDepth);
    this.performSelfAnalysis();
  }

  readonly expression = this.rule('expression', (): Expression =>
    this.nested(() => {
      let left = this.SUBRULE(this.comparison);
      this.MANY(() => {
        const operator = this.SUBRULE(this.logicMark) as Logic;
        left = { kind: 'logic', operator, left, right: this.SUBRULE2(this.comparison) };
      });
      return left;
    }),
  );

  private readonly logicMark = this.rule('logicMark', (): string =>
    this.OR([{ ALT: () => this.CONSUME(marks.and).image }, { ALT: () => this.CONSUME(marks.or).image }]),
  );

  private readonly comparison = this.rule('comparison', (): Expression => {
    let left = this.SUBRULE(this.sum);
    this.MANY(() => {
      const operator = this.SUBRULE(this.comparisonMark) as Comparison;
      this.OPTION(() => this.CONSUME(words.bool));
      left = { kind: 'comparison', operator, left, right: this.SUBRULE2(this.sum) };
    });
    return left;
  });

  private readonly comparisonMark = this.rule('comparisonMark', (): string =>
    this.OR([
      { ALT: () => this.CONSUME(marks.equal).image },
      { ALT: () => this.CONSUME(marks.unequal).image },
      { ALT: () => this.CONSUME(marks.atMost).image },
      { ALT: () => this.CONSUME(marks.less).image },
      { ALT: () => this.CONSUME(marks.atLeast).image },
      { ALT: () => this.CONSUME(marks.greater).image },
    ]),
  );

  private readonly sum = this.rule('sum', (): Expression => {
    let left = this.SUBRULE(this.product);
    this.MANY(() => {
      const operator = this.OR([
        { ALT: () => this.CONSUME(marks.add).image },
        { ALT: () => this.CONSUME(marks.subtract).image },
      ]) as Arithmetic;
      left = { kind: 'arithmetic', operator, left, right: this.SUBRULE2(this.product) };
    });
    return left;
  });

  private readonly product = this.rule('product', (): Expression => {
    let left = this.SUBRULE(this.primary);
    this.MANY(() => {
      const operator = this.OR([
        { ALT: () => this.CONSUME(marks.multiply).image },
        { ALT: () => this.CONSUME(marks.divide).image },
        { ALT: () => this.CONSUME(marks.modulo).image },
      ]) as Arithmetic;
      left = { kind: 'arithmetic', operator, left, right: this.SUBRULE2(this.primary) };
    });
    return left;
  });

  private readonly primary = this.rule('primary', (): Expression =>
    this.OR([
      { ALT: () => this.SUBRULE(this.metric) },
      { ALT: () => this.SUBRULE(this.scalar) },
      { ALT: () => this.SUBRULE(this.parentheses) },
      { ALT: () => this.SUBRULE(this.aggregation) },
      { ALT: () => this.SUBRULE(this.math) },
      { ALT: () => this.SUBRULE(this.round) },
      { ALT: () => this.SUBRULE(this.trend) },
      { ALT: () => this.SUBRULE(this.choice) },
      { ALT: () => this.SUBRULE(this.top) },
      { ALT: () => this.SUBRULE(this.topOf) },
      { ALT: () => this.SUBRULE(this.relabels) },
      { ALT: () => this.SUBRULE(this.aggregateLabels) },
      { ALT: () => this.SUBRULE(this.sortValues) },
      { ALT: () => this.SUBRULE(this.sortLabelValues) },
      { ALT: () => this.SUBRULE(this.baseline) },
    ]),
  );

  private readonly parentheses = this.rule('parentheses', (): Expression => {
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.expression);
    this.CONSUME(marks.close);
    return { kind: 'parentheses', of };
  });

  private readonly spanned = this.rule('spanned', (): Spanned => {
    const from = this.LA(1).startOffset;
    const node = this.SUBRULE(this.expression);
    return { node, from, to: this.end() };
  });

  private readonly aggregation = this.rule('aggregation', (): Expression => {
    const called = this.SUBRULE(this.aggregationName) as Aggregation;
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.expression);
    this.CONSUME(marks.close);
    return { kind: 'aggregation', name: called, of };
  });

  private readonly math = this.rule('math', (): Expression => {
    const called = this.OR([
      { ALT: () => this.CONSUME(words.abs).image },
      { ALT: () => this.CONSUME(words.ceil).image },
      { ALT: () => this.CONSUME(words.floor).image },
    ]) as 'abs' | 'ceil' | 'floor';
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.expression);
    this.CONSUME(marks.close);
    return { kind: 'math', name: called, of };
  });

  private readonly round = this.rule('round', (): Expression => {
    this.CONSUME(words.round);
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.expression);
    const digits = this.SUBRULE(this.integerArgument);
    this.CONSUME(marks.close);
    return { kind: 'round', of, digits };
  });

  private readonly trend = this.rule('trend', (): Expression => {
    const called = this.OR([
      { ALT: () => this.CONSUME(words.increase).image },
      { ALT: () => this.CONSUME(words.rate).image },
    ]) as 'increase' | 'rate';
    this.CONSUME(marks.open);
    const metric = this.SUBRULE(this.metric);
    const range = this.SUBRULE(this.integerArgument);
    this.CONSUME(marks.close);
    return { kind: 'trend', name: called, metric, range };
  });

  private readonly choice = this.rule('choice', (): Expression => {
    const kind = this.OR([
      { ALT: () => (this.CONSUME(words.viewAsSeq), 'viewAsSeq' as const) },
      { ALT: () => (this.CONSUME(words.isPresent), 'isPresent' as const) },
    ]);
    const of: Expression[] = [];
    this.CONSUME(marks.open);
    this.AT_LEAST_ONE_SEP({ SEP: marks.comma, DEF: () => of.push(this.SUBRULE(this.expression)) });
    this.CONSUME(marks.close);
    return { kind, of };
  });

  private readonly topOf = this.rule('topOf', (): Expression => {
    const of: TopNode[] = [];
    this.CONSUME(words.topOf);
    this.CONSUME(marks.open);
    of.push(this.SUBRULE(this.top));
    this.MANY(() => {
      this.CONSUME(marks.comma);
      of.push(this.SUBRULE2(this.top));
    });
    const limit = this.SUBRULE(this.integerArgument);
    const order = this.SUBRULE(this.orderArgument);
    this.CONSUME(marks.close);
    return { kind: 'topOf', of, limit, order };
  });

  private readonly relabels = this.rule('relabels', (): Expression => {
    this.CONSUME(words.relabels);
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.spanned);
    this.CONSUME(marks.comma);
    const target = this.SUBRULE(this.label);
    this.CONSUME2(marks.comma);
    const replacement = this.SUBRULE2(this.label);
    this.CONSUME(marks.close);
    return { kind: 'relabels', of, target, replacement };
  });

  private readonly aggregateLabels = this.rule('aggregateLabels', (): Expression => {
    let names: readonly string[] = [];
    this.CONSUME(words.aggregateLabels);
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.spanned);
    this.CONSUME(marks.comma);
    const called = this.SUBRULE(this.labelAggregationName) as LabelAggregation;
    this.OPTION(() => {
      this.CONSUME2(marks.open);
      names = this.SUBRULE(this.labelNames);
      this.CONSUME2(marks.close);
    });
    this.CONSUME(marks.close);
    return { kind: 'aggregateLabels', of, name: called, names };
  });

  private readonly sortValues = this.rule('sortValues', (): Expression => {
    this.CONSUME(words.sortValues);
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.expression);
    const limit = this.SUBRULE(this.integerArgument);
    const order = this.SUBRULE(this.orderArgument);
    this.CONSUME(marks.comma);
    const by = this.SUBRULE(this.aggregationName) as Aggregation;
    this.CONSUME(marks.close);
    return { kind: 'sortValues', of, limit, order, by };
  });

  private readonly sortLabelValues = this.rule('sortLabelValues', (): Expression => {
    this.CONSUME(words.sortLabelValues);
    this.CONSUME(marks.open);
    const of = this.SUBRULE(this.expression);
    const order = this.SUBRULE(this.orderArgument);
    this.CONSUME(marks.comma);
    const names = this.SUBRULE(this.labelNames);
    this.CONSUME(marks.close);
    return { kind: 'sortLabelValues', of, order, names };
  });

  private readonly baseline = this.rule('baseline', (): Expression => {
    this.CONSUME(words.baseline);
    this.CONSUME(marks.open);
    const metric = this.SUBRULE(this.metric);
    this.CONSUME(marks.comma);
    this.OR([
      { ALT: () => this.CONSUME(words.value) },
      { ALT: () => this.CONSUME(words.upper) },
      { ALT: () => this.CONSUME(words.lower) },
    ]);
    this.CONSUME(marks.close);
    return { kind: 'baseline', metric };
  });
}
