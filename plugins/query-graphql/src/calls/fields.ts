/** Lists of model calls, one call, breakdowns, models without a price. */
import { callMeasures, picodollarsToUsd, type BreakdownRow, type CallMeasure, type CallOrder, type CallQuery, type ModelCall } from '@meterlark/core';
import { stepUs, type DurationInput } from '../duration.js';
import { graphqlErrors } from '../errors.js';
import { pageOf, type PagingInput } from '../paging.js';
import { conditionOf, type ConditionInput } from './condition.js';

export interface CallServices {
  readonly calls: CallQuery;
  /** Rows of one answer at most. */
  readonly maxRows: number;
  /** What `ModelCall.trace` answers. */
  readonly trace: (traceId: string) => Promise<unknown>;
}

const tenant = '';
const orders: Readonly<Record<NonNullable<ConditionInput['order']>, CallOrder>> = { BY_START_TIME: 'time', BY_COST: 'cost', BY_DURATION: 'duration' };
const defaultGroups = 1000;

interface BreakdownArguments {
  readonly groupBy: readonly string[];
  readonly measures: readonly string[];
  readonly condition?: ConditionInput | null;
  readonly duration: DurationInput;
  readonly limit?: number | null;
}

export function callFields(services: CallServices) {
  const { calls, maxRows } = services;
  const limitOf = (limit: number | null | undefined): number => Math.max(1, Math.min(limit ?? defaultGroups, maxRows));
  return {
    queryModelCalls: async ({ condition, paging }: { condition: ConditionInput; paging?: PagingInput | null }) => {
      const page = { ...pageOf(paging ?? { pageSize: 20 }, maxRows), orderBy: orders[condition.order ?? 'BY_START_TIME'], descending: true };
      const found = await calls.calls(conditionOf(condition), page);
      return { calls: found.map((call) => callShown(call, services)) };
    },
    modelCall: async ({ id }: { id: string }) => {
      const call = await calls.call(tenant, id);
      return call === undefined ? undefined : callShown(call, services);
    },
    modelCallBreakdown: async (args: BreakdownArguments) => {
      const groupBy = args.groupBy.filter((name) => name !== 'time');
      const measures = args.measures.map(measureOf);
      const rows = await calls.breakdown({
        condition: conditionOf(args.condition ?? {}, args.duration),
        groupBy,
        measures,
        limit: limitOf(args.limit),
        ...(groupBy.length === args.groupBy.length ? {} : { bucketUs: stepUs(args.duration) }),
      });
      return rows.map((row) => groupShown(row, groupBy, measures));
    },
    unpricedModels: async ({ duration, limit }: { duration: DurationInput; limit?: number | null }) => {
      const { fromUs, toUs } = conditionOf({}, duration);
      const models = await calls.unpriced({ tenant, fromUs, toUs }, limitOf(limit));
      return models.map(({ lastSeenUs, ...model }) => ({ ...model, lastSeen: Math.floor(lastSeenUs / 1000) }));
    },
  };
}

/** Calls of a trace, for `Trace.modelCalls`. */
export async function callsOfTrace(traceId: string, services: CallServices): Promise<readonly unknown[]> {
  const page = { orderBy: 'time', descending: false, limit: services.maxRows, offset: 0 } as const;
  const found = await services.calls.calls(conditionOf({ traceId }), page);
  return found.map((call) => callShown(call, services));
}

function measureOf(name: string): CallMeasure {
  const known = callMeasures.find((measure) => measure === name);
  if (known === undefined) throw graphqlErrors.METERLARK_GRAPHQL_UNKNOWN_MEASURE({ name: name.slice(0, 40), known: callMeasures.join(', ') });
  return known;
}

function groupShown({ groups, bucketUs, values }: BreakdownRow, groupBy: readonly string[], measures: readonly CallMeasure[]) {
  return {
    groups: groupBy.map((key, place) => ({ key, value: groups[place] })),
    time: bucketUs === undefined ? undefined : Math.floor(bucketUs / 1000),
    measures: measures.map((name, place) => ({ name, value: values[place]?.toString() })),
  };
}

export function callShown(call: ModelCall, { calls, trace }: CallServices) {
  const { startUs, protocol, dimensions, end, usage, cost, ...rest } = call;
  return {
    ...rest,
    requestId: call.requestId === '' ? undefined : call.requestId,
    startTime: Math.floor(startUs / 1000),
    source: protocol,
    dimensions: Object.entries(dimensions).map(([key, value]) => ({ key, value })),
    endState: end,
    tokens: usage,
    cost: costShown(cost),
    content: async () => (await calls.content(call)).map(({ key, text }) => ({ key, value: text })),
    trace: () => (call.traceId === '' ? undefined : trace(call.traceId)),
  };
}

function costShown(cost: ModelCall['cost']) {
  const usd = (amount: number | undefined): string | undefined => (amount === undefined ? undefined : picodollarsToUsd(amount));
  return {
    source: cost.source,
    totalUsd: usd(cost.total),
    inputUsd: usd(cost.input),
    cacheReadUsd: usd(cost.cacheRead),
    cacheWriteUsd: usd(cost.cacheWrite),
    outputUsd: usd(cost.output),
    reasoningUsd: usd(cost.reasoning),
    audioUsd: usd(cost.audio),
    priceVersion: cost.priceVersion,
    tier: cost.tier,
  };
}
