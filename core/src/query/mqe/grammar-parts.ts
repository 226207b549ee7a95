import { LanguageParser } from '../../language/parser.js';
import type { Token } from '../../language/tokens.js';
import type { LabelPair } from '../../model/labels.js';
import type { AttributeCondition, Expression, MetricNode, Order, TopNode } from './ast.js';
import { attributes, decimal, integer, marks, name, text, tokens, underscore, words } from './tokens.js';

/** The parts of MQE that hold no expressions: metrics, labels, numbers, names and orders. */
export abstract class MqePartsParser extends LanguageParser {
  constructor(maxDepth: number) {
    super(tokens, maxDepth);
  }

  protected readonly metric = this.rule('metric', (): MetricNode => {
    const first = this.CONSUME(name);
    const filters: LabelPair[] = [];
    this.OPTION(() => {
      this.CONSUME(marks.openBrace);
      this.MANY_SEP({ SEP: marks.comma, DEF: () => filters.push(this.SUBRULE(this.label)) });
      this.CONSUME(marks.closeBrace);
    });
    return { kind: 'metric', name: first.image, filters, from: first.startOffset, to: this.end() };
  });

  protected readonly label = this.rule('label', (): LabelPair => {
    const key = this.SUBRULE(this.labelName);
    this.CONSUME(marks.is);
    return [key, content(this.CONSUME(text))];
  });

  /** Words of the language too (`value`, `count`): nothing else can stand where a label's name does. */
  protected readonly labelName = this.rule('labelName', (): string =>
    this.OR([name, underscore, ...Object.values(words)].map((type) => ({ ALT: () => this.consume(0, type).image }))),
  );

  protected readonly labelNames = this.rule('labelNames', (): readonly string[] => {
    const names: string[] = [];
    this.AT_LEAST_ONE_SEP({ SEP: marks.comma, DEF: () => names.push(this.SUBRULE(this.labelName)) });
    return names;
  });

  protected readonly scalar = this.rule('scalar', (): Expression => {
    const written = this.OR([{ ALT: () => this.CONSUME(integer).image }, { ALT: () => this.CONSUME(decimal).image }]);
    return { kind: 'scalar', value: Number(written) };
  });

  protected readonly aggregationName = this.rule('aggregationName', (): string =>
    this.OR([
      { ALT: () => this.CONSUME(words.count).image },
      { ALT: () => this.CONSUME(words.latest).image },
      { ALT: () => this.SUBRULE(this.labelAggregationName) },
    ]),
  );

  protected readonly labelAggregationName = this.rule('labelAggregationName', (): string =>
    this.OR([
      { ALT: () => this.CONSUME(words.avg).image },
      { ALT: () => this.CONSUME(words.sum).image },
      { ALT: () => this.CONSUME(words.max).image },
      { ALT: () => this.CONSUME(words.min).image },
    ]),
  );

  protected readonly integerArgument = this.rule('integerArgument', (): number => {
    this.CONSUME(marks.comma);
    return Number(this.CONSUME(integer).image);
  });

  protected readonly orderArgument = this.rule('orderArgument', (): Order => {
    this.CONSUME(marks.comma);
    return this.OR([
      { ALT: () => (this.CONSUME(words.asc), 'asc' as const) },
      { ALT: () => (this.CONSUME(words.des), 'des' as const) },
    ]);
  });

  protected readonly condition = this.rule('condition', (): AttributeCondition => {
    const attribute = this.OR(attributes.map((type, index) => ({ ALT: () => this.consume(index, type).image })));
    const operator = this.OR1([
      { ALT: () => this.CONSUME(marks.is).image },
      { ALT: () => this.CONSUME(marks.unequal).image },
    ]);
    return { name: attribute, equal: operator === '=', value: content(this.CONSUME(text)) };
  });

  protected readonly top = this.rule('top', (): TopNode => {
    const conditions: AttributeCondition[] = [];
    this.CONSUME(words.top);
    this.CONSUME(marks.open);
    const metric = this.SUBRULE(this.metric);
    const limit = this.SUBRULE(this.integerArgument);
    const order = this.SUBRULE(this.orderArgument);
    this.MANY(() => {
      this.CONSUME(marks.comma);
      conditions.push(this.SUBRULE(this.condition));
    });
    this.CONSUME(marks.close);
    return { kind: 'top', metric, limit, order, conditions };
  });

  /** Offset behind the token read last. */
  protected end(): number {
    const last = this.LA(0);
    return last.startOffset + last.image.length;
  }
}

function content(token: Token): string {
  return token.image.slice(1, -1);
}
