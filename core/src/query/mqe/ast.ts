/** What an MQE expression is, once read. Nodes are shared by all who evaluate the same text, so nothing changes them. */
import type { LabelPair } from '../../model/labels.js';

export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type Comparison = '==' | '!=' | '<=' | '<' | '>=' | '>';
export type Logic = '&&' | '||';
export type Aggregation = 'avg' | 'count' | 'latest' | 'sum' | 'max' | 'min';
export type Order = 'asc' | 'des';

export interface MetricNode {
  readonly kind: 'metric';
  readonly name: string;
  readonly filters: readonly LabelPair[];
  readonly from: number;
  readonly to: number;
}

/** An argument whose text errors quote; offsets in the expression, the end not included. */
export interface Spanned {
  readonly node: Expression;
  readonly from: number;
  readonly to: number;
}

export interface AttributeCondition {
  /** `attr0` … `attr5`. */
  readonly name: string;
  readonly equal: boolean;
  readonly value: string;
}

export interface TopNode {
  readonly kind: 'top';
  readonly metric: MetricNode;
  readonly limit: number;
  readonly order: Order;
  readonly conditions: readonly AttributeCondition[];
}

export interface BinaryNode<K extends string, O> {
  readonly kind: K;
  readonly operator: O;
  readonly left: Expression;
  readonly right: Expression;
}

export type Expression =
  | MetricNode
  | TopNode
  | BinaryNode<'arithmetic', Arithmetic>
  | BinaryNode<'comparison', Comparison>
  | BinaryNode<'logic', Logic>
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'parentheses'; readonly of: Expression }
  | { readonly kind: 'aggregation'; readonly name: Aggregation; readonly of: Expression }
  | { readonly kind: 'math'; readonly name: 'abs' | 'ceil' | 'floor'; readonly of: Expression }
  | { readonly kind: 'round'; readonly of: Expression; readonly digits: number }
  | { readonly kind: 'trend'; readonly name: 'increase' | 'rate'; readonly metric: MetricNode; readonly range: number }
  | { readonly kind: 'viewAsSeq'; readonly of: readonly Expression[] }
  | { readonly kind: 'isPresent'; readonly of: readonly Expression[] }
  | { readonly kind: 'topOf'; readonly of: readonly TopNode[]; readonly limit: number; readonly order: Order }
  | { readonly kind: 'relabels'; readonly of: Spanned; readonly target: LabelPair; readonly replacement: LabelPair }
  | AggregateLabelsNode
  | { readonly kind: 'sortValues'; readonly of: Expression; readonly limit: number; readonly order: Order; readonly by: Aggregation }
  | { readonly kind: 'sortLabelValues'; readonly of: Expression; readonly order: Order; readonly names: readonly string[] }
  | { readonly kind: 'baseline'; readonly metric: MetricNode };

export interface AggregateLabelsNode {
  readonly kind: 'aggregateLabels';
  readonly of: Spanned;
  readonly name: LabelAggregation;
  /** Empty: all series become one. */
  readonly names: readonly string[];
}
export type LabelAggregation = 'avg' | 'sum' | 'max' | 'min';

/** A read expression with the text that errors quote. */
export interface Program {
  readonly text: string;
  readonly root: Expression;
}

/** As upstream quotes an argument: its tokens without the white space between them. */
export function quoted(program: Program, span: { readonly from: number; readonly to: number }): string {
  const text = program.text.slice(span.from, span.to);
  return text.replace(/'[^']*'|"[^"]*"|\s+/g, (part) => (/^\s/.test(part) ? '' : part));
}
