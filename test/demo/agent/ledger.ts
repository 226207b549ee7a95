/** Sums of the agent's calls, as sent and as the server answers them: every digit must be the same. */
import { durationOf, graphql, type Window } from '../client.js';
import { compareTexts, type Found } from '../found.js';
import { timedCalls, type TimedCall } from './expected.js';
import { costOf, modelOf, usdText } from './prices.js';
import type { AgentRun } from './runs.js';

const measures = ['calls', 'errors', 'inputTokens', 'cacheReadTokens', 'outputTokens', 'reasoningTokens', 'costUsd'] as const;
type Sums = Readonly<Record<(typeof measures)[number], string | null>>;

/** What a group is of, and how its calls are known. */
export const groupings = { service: 'all calls', model: 'by model', team: 'by team' } as const;
export type Grouping = keyof typeof groupings;

export interface LedgerRow {
  readonly group: string;
  readonly sent: Sums | undefined;
  readonly answered: Sums | undefined;
  readonly equal: boolean;
}

export interface Ledger {
  readonly service: string;
  readonly runs: readonly AgentRun[];
  readonly window: Window;
  /** Some of its calls went through a gateway, which wrote spans into its traces. */
  readonly throughGateway: boolean;
}

export async function compareLedger(url: string, ledger: Ledger, grouping: Grouping): Promise<LedgerRow[]> {
  const groupOf = ({ call, run }: TimedCall): string => ({ service: ledger.service, model: modelOf(call), team: run.team })[grouping];
  const sent = new Map<string, TimedCall[]>();
  for (const event of timedCalls(ledger.runs)) sent.set(groupOf(event), [...(sent.get(groupOf(event)) ?? []), event]);
  const answered = await ask(url, ledger, grouping);
  return [...new Set([...sent.keys(), ...answered.keys()])].sort().map((group) => {
    const events = sent.get(group);
    const sums = { group, sent: events === undefined ? undefined : sumsOf(events), answered: answered.get(group) };
    return { ...sums, equal: measures.every((name) => sums.sent !== undefined && sums.sent[name] === sums.answered?.[name]) };
  });
}

function sumsOf(events: readonly TimedCall[]): Sums {
  const tokens = (read: (event: TimedCall) => number | undefined): string | null => {
    const told = events.map(read).filter((value) => value !== undefined);
    return told.length === 0 ? null : String(told.reduce((sum, value) => sum + value, 0));
  };
  const costs = events.map(({ call }) => costOf(call)).filter((cost) => cost !== undefined);
  return {
    calls: String(events.length),
    errors: String(events.filter(({ call }) => call.failed !== undefined).length),
    inputTokens: tokens(({ call }) => call.usage?.input),
    cacheReadTokens: tokens(({ call }) => call.usage?.cacheRead),
    outputTokens: tokens(({ call }) => call.usage?.output),
    reasoningTokens: tokens(({ call }) => call.usage?.reasoning),
    costUsd: costs.length === 0 ? null : usdText(costs.reduce((sum, cost) => sum + cost, 0n)),
  };
}

interface Group {
  readonly groups: readonly { readonly value: string }[];
  readonly measures: readonly { readonly name: string; readonly value: string | null }[];
}

async function ask(url: string, { service, window }: Ledger, grouping: Grouping): Promise<ReadonlyMap<string, Sums>> {
  const query = `query ($by: [String!]!, $of: [String!]!, $c: ModelCallCondition!, $d: Duration!) {
    modelCallBreakdown(groupBy: $by, measures: $of, condition: $c, duration: $d) { groups { value } measures { name value } } }`;
  const variables = { by: [grouping], of: measures, c: { service }, d: durationOf(window) };
  const { modelCallBreakdown } = await graphql<{ modelCallBreakdown: readonly Group[] }>(url, query, variables);
  return new Map(
    modelCallBreakdown.map(({ groups, measures: values }) => [
      groups[0]?.value ?? '',
      Object.fromEntries(values.map(({ name, value }) => [name, value])) as unknown as Sums,
    ]),
  );
}

const pageSize = 500;

interface Call {
  readonly traceId: string;
  readonly startTime: number;
  readonly model: string;
  readonly status: string;
  readonly cost: { readonly totalUsd: string | null };
}

/** Every single call: its trace, start, model, status and cost. */
export async function compareCalls(url: string, { service, runs, window }: Ledger, traceIds: ReadonlyMap<AgentRun, string>): Promise<Found> {
  const sent = timedCalls(runs).map(({ call, run }) => {
    const cost = costOf(call);
    const status = call.failed === undefined ? 'ok' : 'error';
    return [traceIds.get(run), call.startMs, modelOf(call), status, cost === undefined ? null : usdText(cost)].join(' ');
  });
  const answered: string[] = [];
  const query = `query ($c: ModelCallCondition!, $p: Pagination!) {
    queryModelCalls(condition: $c, paging: $p) { calls { traceId startTime model status cost { totalUsd } } } }`;
  for (let pageNum = 1; answered.length === (pageNum - 1) * pageSize; pageNum += 1) {
    const variables = { c: { service, queryDuration: durationOf(window) }, p: { pageNum, pageSize } };
    const { queryModelCalls } = await graphql<{ queryModelCalls: { calls: readonly Call[] } }>(url, query, variables);
    const texts = queryModelCalls.calls.map(({ traceId, startTime, model, status, cost }) =>
      [traceId, startTime, model, status, cost.totalUsd].join(' '),
    );
    answered.push(...texts);
  }
  return compareTexts('model calls one by one', sent, answered);
}
