/** From the inputs of GraphQL to conditions of the query layer. */
import { usdToPicodollars, type CallCondition } from '@meterlark/core';
import { recordRange, type DurationInput } from '../duration.js';
import { graphqlErrors } from '../errors.js';

const tenant = '';
/** Every time a call may have. */
const always = { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER };

const named = ['service', 'instance', 'provider', 'model', 'user', 'session', 'team', 'status', 'errorType', 'operation'] as const;

export type ConditionInput = { readonly [K in (typeof named)[number]]?: string | null } & {
  readonly queryDuration?: DurationInput | null;
  readonly traceId?: string | null;
  readonly minCostUsd?: string | null;
  readonly maxCostUsd?: string | null;
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | null;
  readonly order?: 'BY_START_TIME' | 'BY_COST' | 'BY_DURATION' | null;
};

/** "" and null mean absent everywhere. */
function given(text: string | null | undefined): string | undefined {
  return text === '' || text === null ? undefined : text;
}

/** `duration` goes before the condition's own. Without either, a trace id is needed. */
export function conditionOf(input: ConditionInput, duration?: DurationInput): CallCondition {
  const traceId = given(input.traceId);
  const period = duration ?? input.queryDuration ?? undefined;
  if (period === undefined && traceId === undefined) throw graphqlErrors.METERLARK_GRAPHQL_NO_RANGE({ or: 'traceId' });
  const range = period === undefined ? always : recordRange(period);
  const minCost = costOf('minCostUsd', input.minCostUsd);
  const maxCost = costOf('maxCostUsd', input.maxCostUsd);
  return {
    tenant,
    ...range,
    equals: equalsOf(input),
    ...(traceId === undefined ? {} : { traceId }),
    ...(minCost === undefined ? {} : { minCost }),
    ...(maxCost === undefined ? {} : { maxCost }),
  };
}

function equalsOf(input: ConditionInput): Record<string, readonly string[]> {
  const equals = new Map<string, readonly string[]>();
  for (const { key, value } of input.tags ?? []) equals.set(key, [...(equals.get(key) ?? []), value]);
  for (const name of named) {
    const value = given(input[name]);
    if (value !== undefined) equals.set(name, [value]);
  }
  return Object.fromEntries(equals);
}

function costOf(name: string, text: string | null | undefined): number | undefined {
  const wanted = given(text);
  if (wanted === undefined) return undefined;
  const amount = usdToPicodollars(wanted);
  if (amount === undefined) throw graphqlErrors.METERLARK_GRAPHQL_BAD_AMOUNT({ name, value: wanted.slice(0, 40) });
  return amount;
}
