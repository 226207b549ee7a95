/** What OAL texts are read to: plain data, each node with the place of its first token. */
import type { SourceText, TextPosition } from '@meterlark/core';

export interface Place {
  readonly source: SourceText;
  readonly offset: number;
}

/** `latency`, `sideCar.internalErrorCode`, `tag["key"]`; `*` is no column. */
export interface ColumnNode {
  /** As the catalog and `SourceSink.open` spell it. */
  readonly name: string;
  /** `(str->long)` stands before it. */
  readonly cast: boolean;
  readonly at: Place;
}

export type Literal =
  | { readonly type: 'number'; readonly value: number; readonly at: Place }
  | { readonly type: 'text'; readonly value: string; readonly at: Place }
  | { readonly type: 'flag'; readonly value: boolean; readonly at: Place }
  | { readonly type: 'null'; readonly at: Place }
  | { readonly type: 'enum'; readonly enum: string; readonly member: string; readonly at: Place };

export type Operator = '==' | '!=' | '>' | '<' | '>=' | '<=' | 'in' | 'like' | 'contain' | 'not contain';

export interface ConditionNode {
  readonly column: ColumnNode;
  readonly operator: Operator;
  /** One, or those of `in [ … ]`. */
  readonly values: readonly Literal[];
  readonly at: Place;
}

export type ArgumentNode =
  | { readonly type: 'literal'; readonly literal: Literal; readonly at: Place }
  | { readonly type: 'column'; readonly column: ColumnNode; readonly at: Place }
  | { readonly type: 'condition'; readonly condition: ConditionNode; readonly at: Place };

export interface RuleNode {
  readonly type: 'rule';
  readonly name: string;
  readonly source: string;
  readonly sourceAt: Place;
  /** undefined: `*`. */
  readonly column: ColumnNode | undefined;
  readonly filters: readonly ConditionNode[];
  readonly function: string;
  readonly args: readonly ArgumentNode[];
  readonly functionAt: Place;
  readonly decorator: string | undefined;
  readonly at: Place;
}

export interface DisableNode {
  readonly type: 'disable';
  readonly name: string;
  readonly at: Place;
}

export type StatementNode = RuleNode | DisableNode;

/** Fields of a place that every error of the table oalErrors shows. */
export function located(at: Place): { readonly file: string } & TextPosition {
  return { file: at.source.file, ...at.source.locate(at.offset) };
}
