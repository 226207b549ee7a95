/** What is known while one rule is compiled. */
import { isMeterlarkError, nearest, type ErrorFields, type MeterlarkError } from '@meterlark/core';
import { lalErrors } from '../errors.js';
import { located, type ExpressionNode, type FilterNode, type Place } from '../language/ast.js';
import type { OutputType } from '../plan.js';
import type { BodyReader } from './bodies.js';
import type { Compiled } from './compiled.js';
import type { Kind } from './values.js';

export type Constants = Readonly<Record<string, number | string | boolean>>;
/** For checks without the plugin that gives the constants: every name is one. */
export const anyConstants = Symbol('any constants');

export interface Local {
  readonly slot: number;
  readonly kind: Kind;
}

export interface RuleContext {
  readonly name: string;
  readonly outputType: OutputType;
  readonly constants: Constants | typeof anyConstants;
  readonly readers: { readonly json: BodyReader; readonly yaml: BodyReader };
}

/** Of patterns that cannot be used: finding out may take a while for each, and one who tries rules need not know all. */
const maxPatternFaults = 10;

export class Scope {
  readonly faults: MeterlarkError[] = [];
  readonly notes = new Set<string>();
  readonly locals = new Map<string, Local>();
  /** Whether any statement reads a body into `parsed`. */
  readonly hasParser: boolean;
  /** Named groups, when the only parser is a pattern: then any other name is a mistake. */
  groups: ReadonlySet<string> | undefined;
  /** Whether `parsed` is read without a parser. */
  readsMessage = false;
  readonly onlyPattern: boolean;
  private patternFaults = 0;

  constructor(
    readonly context: RuleContext,
    body: readonly FilterNode[],
    /** Given, for parts of expressions hold expressions. */
    private readonly compile: (node: ExpressionNode, scope: Scope) => Compiled,
  ) {
    const parsers = parsersOf(body);
    this.hasParser = parsers.length > 0;
    const [first, second] = parsers;
    this.onlyPattern = second === undefined && first?.language === 'text' && first.pattern !== undefined;
  }

  value(node: ExpressionNode): Compiled {
    return this.compile(node, this);
  }

  /** One fault a statement; those behind it are still told, unless there were too many patterns that cannot be used. */
  attempt<T>(compile: () => T): T | undefined {
    if (this.patternFaults >= maxPatternFaults) return undefined;
    try {
      return compile();
    } catch (error) {
      if (!isMeterlarkError(error)) throw error;
      this.faults.push(error);
      if (error.code === 'METERLARK_LAL_PATTERN') this.patternFaults += 1;
      return undefined;
    }
  }

  define(name: string, kind: Kind): number {
    const before = this.locals.get(name);
    const slot = before?.slot ?? this.locals.size;
    this.locals.set(name, { slot, kind: before === undefined || before.kind === kind ? kind : 'any' });
    return slot;
  }
}

type Parser = Extract<FilterNode, { type: 'parse' }>;

function parsersOf(body: readonly FilterNode[]): readonly Parser[] {
  return body.flatMap((node): readonly Parser[] => {
    if (node.type === 'parse') return [node];
    if (node.type !== 'if') return [];
    return [...node.branches.flatMap((branch) => parsersOf(branch.body)), ...parsersOf(node.otherwise)];
  });
}

type Make = (fields: ErrorFields, cause?: unknown) => MeterlarkError;

export function faultAt(make: Make, at: Place, fields: ErrorFields, cause?: unknown): MeterlarkError {
  return make({ ...located(at), ...fields }, cause);
}

/** `what`: "field", "function". The nearest of `known`, else the first. */
export function unknownName(what: string, name: string, { at, known }: { at: Place; known: readonly string[] }): MeterlarkError {
  const near = nearest(name, known) ?? known.slice(0, 12).join(', ');
  return faultAt(lalErrors.METERLARK_LAL_UNKNOWN_NAME, at, { what, name: name.slice(0, 60), nearest: near });
}
