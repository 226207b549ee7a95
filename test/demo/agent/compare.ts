/** The agent's calls, sent against answered: sums, single calls, traces and metrics. */
import { graphql, durationOf } from '../client.js';
import { areEqual, printFound, type Found } from '../found.js';
import { compareAll, printRows, type Row } from '../report.js';
import { callComparisons, serviceComparison, timedCalls } from './expected.js';
import { compareCalls, compareLedger, groupings, type Grouping, type Ledger, type LedgerRow } from './ledger.js';
import { models } from './models.js';
import { costOf, providerOf } from './prices.js';
import type { TraceIds } from './play.js';
import { compareTraces } from './traces.js';

export interface AgentReport {
  readonly ledgers: readonly { readonly title: string; readonly rows: readonly LedgerRow[] }[];
  readonly found: readonly Found[];
  readonly metrics: readonly { readonly title: string; readonly rows: readonly Row[] }[];
}

export async function compareAgent(url: string, ledger: Ledger, traceIds: TraceIds): Promise<AgentReport> {
  const names = Object.keys(groupings) as Grouping[];
  const compared = async (grouping: Grouping) => ({ title: groupings[grouping], rows: await compareLedger(url, ledger, grouping) });
  const ledgers = await Promise.all(names.map(compared));
  const found = [await compareCalls(url, ledger, traceIds), await compareTraces(url, ledger, traceIds), await compareUnpriced(url, ledger)];
  return { ledgers, found, metrics: [] };
}

/** Minutes of metrics, for a window that is over. */
export async function compareAgentMetrics(url: string, { service, runs, window }: Ledger): Promise<AgentReport['metrics']> {
  const ofCalls = callComparisons(service, runs).map(async ({ title, comparison }) => ({ title, rows: await compareAll(url, comparison, window) }));
  const ofService = { title: `service ${service}`, rows: await compareAll(url, serviceComparison(service, runs), window) };
  return [...(await Promise.all(ofCalls)), ofService];
}

/** The model without a price, in the list of those that lack one. */
async function compareUnpriced(url: string, { runs, window }: Ledger): Promise<Found> {
  const sent = timedCalls(runs).filter(({ call }) => call.usage !== undefined && costOf(call) === undefined).length;
  const query = 'query ($d: Duration!) { unpricedModels(duration: $d, limit: 1000) { provider model calls } }';
  interface Unpriced {
    readonly provider: string;
    readonly model: string;
    readonly calls: number;
  }
  const { unpricedModels } = await graphql<{ unpricedModels: readonly Unpriced[] }>(url, query, { d: durationOf(window) });
  const provider = providerOf('unpriced', { suffix: runs[0]?.suffix ?? '' });
  const ours = unpricedModels.find((one) => one.provider === provider && one.model === models.unpriced.request);
  const answered = ours?.calls ?? 0;
  return { title: 'calls of the unpriced model', sent, answered, differing: Math.abs(sent - answered) };
}

export function isEqual({ ledgers, found, metrics }: AgentReport): boolean {
  return (
    ledgers.every(({ rows }) => rows.every(({ equal }) => equal)) &&
    areEqual(found) &&
    metrics.every(({ rows }) => rows.every(({ differing }) => differing.length === 0))
  );
}

export function printAgent(service: string, { ledgers, found, metrics }: AgentReport): void {
  console.log(`\n${service}: sent / answered`);
  console.log(`  ${'group'.padEnd(26)}${'calls'.padStart(12)}${'errors'.padStart(10)}${'input'.padStart(20)}${'output'.padStart(18)}   cost in USD`);
  for (const { rows } of ledgers) rows.forEach(printLedger);
  printFound(found);
  for (const { title, rows } of metrics) printRows(title, rows);
}

function printLedger({ group, sent, answered, equal }: LedgerRow): void {
  const pair = (name: 'calls' | 'errors' | 'inputTokens' | 'outputTokens'): string => `${sent?.[name] ?? '-'} / ${answered?.[name] ?? '-'}`;
  const cost = `${sent?.costUsd ?? 'unknown'} / ${answered?.costUsd ?? 'unknown'}`;
  const cells = [pair('calls').padStart(12), pair('errors').padStart(10), pair('inputTokens').padStart(20), pair('outputTokens').padStart(18)];
  console.log(`  ${group.padEnd(26)}${cells.join('')}   ${cost}   ${equal ? 'equal' : 'DIFFERS'}`);
}
