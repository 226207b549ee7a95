/** A LogQL query as it is written; `at`: offset of what an error points to. */
export interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
  readonly at: number;
}

export interface LineFilter {
  readonly operator: string;
  readonly text: string;
  readonly at: number;
}

export interface LogExpression {
  readonly type: 'logs';
  readonly matchers: readonly Matcher[];
  readonly filters: readonly LineFilter[];
}

export interface CountExpression {
  readonly type: 'count';
  readonly function: 'count_over_time' | 'rate';
  readonly logs: LogExpression;
  /** Milliseconds. */
  readonly rangeMs: number;
  /** undefined: nothing is summed, each combination of who sent the logs is a series. */
  readonly by: readonly string[] | undefined;
  readonly at: number;
}

/** Arithmetic on constants: data sources ask `vector(1)+vector(1)` to learn whether the server lives. */
export interface ConstantExpression {
  readonly type: 'constant';
  readonly value: number;
}

export type Expression = LogExpression | CountExpression | ConstantExpression;
