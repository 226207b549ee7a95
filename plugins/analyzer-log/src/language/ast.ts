/** What LAL texts are read to: plain data, each node with the place of its first token. */
import type { SourceText, TextPosition } from '@meterlark/core';

export interface Place {
  readonly source: SourceText;
  readonly offset: number;
}

/** `String`, `Integer`, …, or the dotted name of a Java class. */
export interface CastNode {
  readonly type: string;
  readonly at: Place;
}

export type ArithmeticOperator = '+' | '-' | '*' | '/';
export type CompareOperator = '==' | '!=' | '<' | '>' | '<=' | '>=';

export interface OperandNode {
  readonly operator: ArithmeticOperator;
  readonly value: ExpressionNode;
  readonly at: Place;
}

/** One step of `parsed?.a[0].trim()`. */
export type SegmentNode =
  | { readonly type: 'field'; readonly name: string; readonly safe: boolean; readonly at: Place }
  | { readonly type: 'index'; readonly index: number; readonly at: Place }
  | { readonly type: 'method'; readonly name: string; readonly safe: boolean; readonly args: readonly ExpressionNode[]; readonly at: Place };

export interface AccessNode {
  readonly type: 'access';
  readonly root: RootNode;
  readonly segments: readonly SegmentNode[];
  readonly at: Place;
}

export type RootNode =
  | { readonly type: 'name'; readonly name: string; readonly at: Place }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly ExpressionNode[]; readonly at: Place }
  | { readonly type: 'group'; readonly inner: ExpressionNode; readonly at: Place }
  | { readonly type: 'text'; readonly image: string; readonly at: Place }
  | { readonly type: 'number'; readonly image: string; readonly at: Place }
  | { readonly type: 'flag'; readonly value: boolean; readonly at: Place }
  | { readonly type: 'null'; readonly at: Place };

/** Lists instead of pairs: long chains cost no depth. */
export type ExpressionNode =
  | { readonly type: 'or'; readonly terms: readonly ExpressionNode[]; readonly at: Place }
  | { readonly type: 'and'; readonly terms: readonly ExpressionNode[]; readonly at: Place }
  | { readonly type: 'not'; readonly inner: ExpressionNode; readonly at: Place }
  | { readonly type: 'compare'; readonly operator: CompareOperator; readonly left: ExpressionNode; readonly right: ExpressionNode; readonly at: Place }
  | { readonly type: 'cast'; readonly inner: ExpressionNode; readonly cast: CastNode; readonly at: Place }
  | { readonly type: 'arithmetic'; readonly first: ExpressionNode; readonly rest: readonly OperandNode[]; readonly at: Place }
  | AccessNode;

/** A text as it is written, with its quotes. */
export interface TextNode {
  readonly image: string;
  readonly at: Place;
}

export interface DefineNode {
  readonly type: 'define';
  readonly name: string;
  readonly value: ExpressionNode;
  readonly at: Place;
}

export interface IfNode<S> {
  readonly type: 'if';
  readonly branches: readonly BranchNode<S>[];
  readonly otherwise: readonly S[];
  readonly at: Place;
}
export interface BranchNode<S> {
  readonly condition: ExpressionNode;
  readonly body: readonly S[];
}

export interface AbortNode {
  readonly type: 'abort';
  readonly at: Place;
}

export interface ParserNode {
  readonly type: 'parse';
  readonly language: 'text' | 'json' | 'yaml';
  readonly pattern: TextNode | undefined;
  readonly abortOnFailure: boolean;
  readonly at: Place;
}

export type FilterNode =
  | ParserNode
  | AbortNode
  | DefineNode
  | IfNode<FilterNode>
  | { readonly type: 'extractor'; readonly body: readonly ExtractNode[]; readonly at: Place }
  | { readonly type: 'sink'; readonly body: readonly SinkNode[]; readonly at: Place };

/** A key is a name, or computed. */
export interface PairNode {
  readonly key: string | ExpressionNode;
  readonly value: ExpressionNode;
  readonly at: Place;
}

export interface MetricsNode {
  readonly type: 'metrics';
  readonly name: ExpressionNode | undefined;
  readonly timestamp: ExpressionNode | undefined;
  readonly value: ExpressionNode | undefined;
  readonly labels: readonly PairNode[];
  readonly at: Place;
}

export interface FieldNode {
  readonly type: 'field';
  readonly name: string;
  readonly value: ExpressionNode;
  /** Of `timestamp V, "pattern"`. */
  readonly pattern: TextNode | undefined;
  readonly at: Place;
}

export type ExtractNode =
  | DefineNode
  | AbortNode
  | FieldNode
  | MetricsNode
  | IfNode<ExtractNode>
  | { readonly type: 'tag'; readonly pairs: readonly PairNode[]; readonly at: Place };

export interface RateLimitNode {
  readonly type: 'rateLimit';
  /** undefined: the rule's own name. */
  readonly id: TextNode | undefined;
  readonly rpm: string;
  readonly at: Place;
}

export type SinkNode =
  | AbortNode
  | { readonly type: 'sampler'; readonly body: readonly SinkNode[]; readonly at: Place }
  | { readonly type: 'enforcer' | 'dropper'; readonly at: Place }
  | RateLimitNode
  | { readonly type: 'possibility'; readonly percent: ExpressionNode; readonly at: Place }
  | IfNode<SinkNode>;

/** Fields of a place that every error of the table lalErrors shows. */
export function located(at: Place): { readonly file: string } & TextPosition {
  return { file: at.source.file, ...at.source.locate(at.offset) };
}
