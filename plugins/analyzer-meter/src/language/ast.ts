/** What MAL texts are read to: plain data, each node with the place of its first token. */
import type { SourceText } from '@meterlark/core';

/** Nodes of one rule come from several texts (exp, expPrefix, expSuffix), so a place names its own. */
export interface Place {
  readonly source: SourceText;
  readonly offset: number;
}

export type Expression =
  | { readonly type: 'metric'; readonly name: string; readonly at: Place }
  | { readonly type: 'number'; readonly value: number; readonly at: Place }
  | { readonly type: 'negate'; readonly operand: Expression; readonly at: Place }
  | BinaryExpression
  | CallExpression
  /** Top-level function: `time()`. */
  | { readonly type: 'function'; readonly name: string; readonly args: readonly Argument[]; readonly at: Place };

export interface BinaryExpression {
  readonly type: 'binary';
  readonly operator: '+' | '-' | '*' | '/';
  readonly left: Expression;
  readonly right: Expression;
  /** The operator. */
  readonly at: Place;
}

/** `target.method(args)`, or `target.namespace::method(args)`. */
export interface CallExpression {
  readonly type: 'call';
  readonly target: Expression;
  readonly namespace: string | undefined;
  readonly method: string;
  readonly args: readonly Argument[];
  /** The method's name. */
  readonly at: Place;
}

/** A call still without target: one link of `expPrefix` or `expSuffix`. */
export type Link = Omit<CallExpression, 'target' | 'type'>;

export type Argument =
  | { readonly type: 'expression'; readonly value: Expression; readonly at: Place }
  | { readonly type: 'string'; readonly value: string; readonly at: Place }
  | { readonly type: 'strings'; readonly values: readonly string[]; readonly at: Place }
  | { readonly type: 'numbers'; readonly values: readonly number[]; readonly at: Place }
  | { readonly type: 'closure'; readonly closure: Closure; readonly at: Place }
  /** `Layer.GENERAL`. */
  | { readonly type: 'enum'; readonly enum: string; readonly member: string; readonly at: Place }
  | { readonly type: 'boolean'; readonly value: boolean; readonly at: Place }
  | { readonly type: 'null'; readonly at: Place };

export interface Closure {
  readonly parameters: readonly string[];
  readonly body: readonly Statement[];
  readonly at: Place;
}

export type Statement =
  | {
      readonly type: 'if';
      readonly condition: ClosureExpression;
      readonly then: readonly Statement[];
      readonly else: readonly Statement[];
    }
  | { readonly type: 'return'; readonly value: ClosureExpression | undefined }
  | { readonly type: 'declare'; readonly name: string; readonly value: ClosureExpression }
  /** The target is a name, a field or an index. */
  | {
      readonly type: 'assign';
      readonly target: ClosureExpression;
      readonly value: ClosureExpression;
      readonly at: Place;
    }
  | { readonly type: 'expression'; readonly value: ClosureExpression };

/** An expression inside a closure. */
export type ClosureExpression =
  | { readonly type: 'literal'; readonly value: string | number | boolean | undefined; readonly at: Place }
  | { readonly type: 'name'; readonly name: string; readonly at: Place }
  | { readonly type: 'list'; readonly items: readonly ClosureExpression[]; readonly at: Place }
  | { readonly type: 'map'; readonly entries: readonly MapEntry[]; readonly at: Place }
  | { readonly type: 'not' | 'minus'; readonly operand: ClosureExpression; readonly at: Place }
  | ClosureBinary
  | { readonly type: 'match'; readonly subject: ClosureExpression; readonly pattern: string; readonly at: Place }
  | ClosureChoice
  | {
      readonly type: 'elvis';
      readonly value: ClosureExpression;
      readonly otherwise: ClosureExpression;
      readonly at: Place;
    }
  | {
      readonly type: 'field';
      readonly target: ClosureExpression;
      readonly name: string;
      readonly safe: boolean;
      readonly at: Place;
    }
  | {
      readonly type: 'index';
      readonly target: ClosureExpression;
      readonly index: ClosureExpression;
      readonly at: Place;
    }
  | ClosureMethod;

export interface MapEntry {
  readonly key: ClosureExpression;
  readonly value: ClosureExpression;
}

export interface ClosureBinary {
  readonly type: 'binary';
  readonly operator: ClosureOperator;
  readonly left: ClosureExpression;
  readonly right: ClosureExpression;
  readonly at: Place;
}

/** `condition ? then : else`. */
export interface ClosureChoice {
  readonly type: 'choice';
  readonly condition: ClosureExpression;
  readonly then: ClosureExpression;
  readonly else: ClosureExpression;
  readonly at: Place;
}

/** `target.name(args)`; safe: `?.`, undefined when the target is. */
export interface ClosureMethod {
  readonly type: 'method';
  readonly target: ClosureExpression;
  readonly name: string;
  readonly args: readonly ClosureExpression[];
  readonly safe: boolean;
  readonly at: Place;
}

export type ClosureOperator = '&&' | '||' | '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | '+' | '-' | '*' | '/';
