/** The agent application of the demo: an hour of it, and some of it live. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpanContext } from '@opentelemetry/api';
import { graphql, type Window } from '../client.js';
import { askUntil } from '../waiting.js';
import { compareAgent, compareAgentMetrics, isEqual, printAgent } from './compare.js';
import type { Ledger } from './ledger.js';
import { AgentPlayer, protocolsOf, type Endpoints, type TraceIds } from './play.js';
import { callsOf, makeRuns, type AgentRun } from './runs.js';

export interface AgentOptions extends Endpoints {
  readonly query: string;
  /** GraphQL server that is asked which names are free; `query` unless given. */
  readonly names?: string;
}

export interface SentAgent {
  readonly ledger: Ledger;
  readonly traceIds: TraceIds;
  /** Of runs and calls that went over OTLP. */
  readonly spans: ReadonlyMap<unknown, SpanContext>;
}

const minuteMs = 60_000;
const floor = (timeMs: number): number => Math.floor(timeMs / minuteMs) * minuteMs;

/** The first number behind `wanted` (none at all for the first) that no service has. */
async function freeSuffix(query: string, wanted: string): Promise<string> {
  const { listServices } = await graphql<{ listServices: { name: string }[] }>(query, '{ listServices(layer: "GENERAL") { name } }');
  const taken = new Set(listServices.map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    if (!taken.has(`${wanted}${suffix}`)) return suffix;
  }
}

/** Asks for a page that every Zipkin receiver has: without one the runs meant for it go over OTLP. */
export async function hasZipkin(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/api/v2/spans`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '[]' });
    return answer.status === 202;
  } catch {
    return false;
  }
}

export async function sendAgent(options: AgentOptions, { fromMs, toMs }: { fromMs: number; toMs: number }): Promise<SentAgent> {
  const wanted = 'demo-agent';
  const suffix = await freeSuffix(options.names ?? options.query, wanted);
  const service = `${wanted}${suffix}`;
  const runs = makeRuns({ seed: 3, suffix, fromMs, toMs, perMinute: 4, protocols: protocolsOf(options) });
  const player = new AgentPlayer(options, service);
  await player.play(runs);
  await player.end();
  console.log(`${service}: ${describe(runs)}`);
  const window: Window = { step: 'MINUTE', fromMs, toMs: toMs - minuteMs };
  return { ledger: { service, runs, window, throughGateway: true }, traceIds: player.traceIds, spans: player.spans };
}

function describe(runs: readonly AgentRun[]): string {
  const protocols = ['otlp', 'zipkin', 'skywalking'].map((name) => `${runs.filter(({ protocol }) => protocol === name).length} ${name}`);
  return `${runs.reduce((sum, run) => sum + callsOf(run).length, 0)} model calls in ${runs.length} runs (${protocols.join(', ')})`;
}

/** Asks until all is as it was sent, and prints the last answer. `metrics`: the window is over and nobody else's. */
export async function reportAgent(query: string, { ledger, traceIds }: SentAgent, metrics: boolean): Promise<boolean> {
  const ask = async () => {
    const report = await compareAgent(query, ledger, traceIds);
    return metrics && isEqual(report) ? { ...report, metrics: await compareAgentMetrics(query, ledger) } : report;
  };
  const report = await askUntil(ledger.service, ask, isEqual);
  printAgent(ledger.service, report);
  return isEqual(report);
}

/** Runs as they happen, each sent when it is over. */
export async function playAgent(options: AgentOptions, seconds: number): Promise<SentAgent> {
  const wanted = 'demo-agent-live';
  const suffix = await freeSuffix(options.query, wanted);
  const service = `${wanted}${suffix}`;
  const fromMs = Date.now();
  const toMs = fromMs + seconds * 1000;
  const runs = makeRuns({ seed: fromMs, suffix: `-live${suffix}`, fromMs, toMs, perMinute: 40, protocols: protocolsOf(options) });
  const player = new AgentPlayer(options, service);
  const endOf = ({ startMs, durationMs }: AgentRun): number => startMs + durationMs;
  for (const run of [...runs].sort((left, right) => endOf(left) - endOf(right))) {
    await sleep(Math.max(0, endOf(run) - Date.now()));
    await player.play([run]);
  }
  await player.end();
  const window: Window = { step: 'MINUTE', fromMs: floor(fromMs), toMs: floor(Date.now()) };
  return { ledger: { service, runs, window, throughGateway: false }, traceIds: player.traceIds, spans: player.spans };
}
