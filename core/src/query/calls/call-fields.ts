/** Names of fields and measures to what the store knows. */
import type { CallCondition, CallMeasure } from '../../contract/call-query.js';
import { picodollarsToUsd } from '../../model/money.js';
import type { ColumnRef, GroupMeasure, RecordCondition } from '../../model/record-query.js';
import { traceIdSpellings } from '../../model/trace-id.js';

const columns: Readonly<Record<string, string>> = {
  provider: 'provider', model: 'model', service: 'service', instance: 'instance', user: 'user', session: 'session', team: 'team',
  status: 'status', errorType: 'error_type', operation: 'operation', gateway: 'gateway', route: 'route',
  requestModel: 'request_model', responseModel: 'response_model', finishReason: 'finish_reason', endState: 'end_state',
  streaming: 'streaming', serviceTier: 'service_tier', costSource: 'cost_source', protocol: 'protocol', dialect: 'dialect',
};

export function isField(name: string): boolean {
  return Object.hasOwn(columns, name);
}

export function columnOf(name: string): ColumnRef {
  const column = isField(name) ? columns[name] : undefined;
  return column === undefined ? { column: 'dimensions', key: name } : { column };
}

export function conditionsOf({ equals, traceId, minCost, maxCost }: CallCondition): RecordCondition[] {
  return [
    ...Object.entries(equals).map(([name, values]) => ({ ...columnOf(name), is: 'in' as const, values })),
    ...(traceId === undefined ? [] : [{ column: 'trace_id', is: 'in' as const, values: traceIdSpellings(traceId) }]),
    ...(minCost === undefined ? [] : [{ column: 'total_cost', is: 'atLeast' as const, value: minCost }]),
    ...(maxCost === undefined ? [] : [{ column: 'total_cost', is: 'atMost' as const, value: maxCost }]),
  ];
}

type StoreValue = number | bigint | undefined;

/** What a measure asks of the store, and what it makes of the answers. */
export interface MeasurePlan {
  readonly asks: readonly GroupMeasure[];
  readonly value: (answers: readonly StoreValue[]) => number | string | undefined;
}

const toNumber = (value: StoreValue): number | undefined => (value === undefined ? undefined : Number(value));
const one = (ask: GroupMeasure): MeasurePlan => ({ asks: [ask], value: ([answer]) => toNumber(answer) });
const count = (column: string, ...values: string[]): MeasurePlan => one({ of: 'count', where: [{ column, is: 'in', values }] });
const sum = (column: string): MeasurePlan => one({ of: 'sum', column });
const quantile = (column: string, rank: number): MeasurePlan => one({ of: 'quantile', column, rank });

export const measures: Readonly<Record<CallMeasure, MeasurePlan>> = {
  calls: one({ of: 'count' }),
  errors: count('status', 'error'),
  inputTokens: sum('input_tokens'),
  cacheReadTokens: sum('cache_read_tokens'),
  cacheWriteTokens: {
    asks: [{ of: 'sum', column: 'cache_write_5m_tokens' }, { of: 'sum', column: 'cache_write_1h_tokens' }],
    value: (answers) => {
      const known = answers.filter((answer) => answer !== undefined).map(Number);
      return known.length === 0 ? undefined : known.reduce((total, answer) => total + answer, 0);
    },
  },
  outputTokens: sum('output_tokens'),
  reasoningTokens: sum('reasoning_tokens'),
  costUsd: { asks: [{ of: 'sum', column: 'total_cost' }], value: ([answer]) => (answer === undefined ? undefined : picodollarsToUsd(answer)) },
  unpricedCalls: count('cost_source', 'unknown'),
  latencyP50: quantile('duration_ms', 0.5),
  latencyP95: quantile('duration_ms', 0.95),
  latencyP99: quantile('duration_ms', 0.99),
  ttftP50: quantile('ttft_ms', 0.5),
  ttftP95: quantile('ttft_ms', 0.95),
  ttftP99: quantile('ttft_ms', 0.99),
};
