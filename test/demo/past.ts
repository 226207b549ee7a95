/** The hour that is over: two gateways with metrics, access logs and spans, and an application that calls one of them. */
import { sendAgent, type AgentOptions, type SentAgent } from './agent/agent.js';
import { agentLogs, type AgentLog } from './agent/logs.js';
import type { AgentRun } from './agent/runs.js';
import { sendAgentLogs } from './agent/send-logs.js';
import { servedCalls } from './agent/through-gateway.js';
import { isKept, type AccessLine } from './access/line.js';
import { makeRequests, type Served } from './access/request.js';
import { AccessSender } from './access/send.js';
import type { SentLines } from './access/sent.js';
import { graphql, type Window } from './client.js';
import { GatewayMeter } from './gateway.js';
import { backfill, grpcExporter } from './send.js';
import { makeTraffic, type TrafficEvent } from './traffic.js';

export const minuteMs = 60_000;

interface Gateway {
  readonly wanted: string;
  readonly temporality: 'cumulative' | 'delta';
  readonly seed: number;
  readonly perMinute: number;
  /** It sends spans, and serves the agent. */
  readonly traced: boolean;
}

const gateways: readonly Gateway[] = [
  { wanted: 'demo-gateway-eu', temporality: 'cumulative', seed: 1, perMinute: 60, traced: true },
  { wanted: 'demo-gateway-us', temporality: 'delta', seed: 2, perMinute: 40, traced: false },
];

export interface SentGateway {
  readonly events: readonly TrafficEvent[];
  readonly access: SentLines;
}

export interface SentHour {
  readonly gateways: readonly SentGateway[];
  readonly agent: SentAgent;
  readonly agentLogs: readonly AgentLog[];
  readonly window: Window;
}

/** A name without data, so that a second run within the hour compares its own traffic only. */
export async function freeName(queryUrl: string, wanted: string): Promise<string> {
  const { listServices } = await graphql<{ listServices: { name: string }[] }>(queryUrl, '{ listServices(layer: "ENVOY_AI_GATEWAY") { name } }');
  const taken = new Set(listServices.map(({ name }) => name));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(name)) return name;
  }
}

export async function sendHour(options: AgentOptions, hour: { readonly fromMs: number; readonly toMs: number }): Promise<SentHour> {
  const agent = await sendAgent(options, hour);
  const { service, runs } = agent.ledger;
  const logs = agentLogs(runs);
  await sendAgentLogs(options, service, logs, agent);
  console.log(`${service}: ${logs.length} logs`);
  const sent: SentGateway[] = [];
  for (const gateway of gateways) sent.push(await sendGateway(options, gateway, hour, agent));
  return { gateways: sent, agent, agentLogs: logs, window: { step: 'MINUTE', fromMs: hour.fromMs, toMs: hour.toMs - minuteMs } };
}

async function sendGateway(options: AgentOptions, gateway: Gateway, hour: { readonly fromMs: number; readonly toMs: number }, agent: SentAgent): Promise<SentGateway> {
  const { wanted, temporality, seed, perMinute, traced } = gateway;
  const service = await freeName(options.names ?? options.query, wanted);
  // A cumulative gateway has been running for a while: what it counted before the hour is not of the hour.
  const startMs = hour.fromMs - (temporality === 'cumulative' ? 5 * minuteMs : 0);
  const traffic = makeTraffic({ seed, fromMs: startMs, toMs: hour.toMs, gateways: [service], perMinute });
  const fromAgent = traced ? servedCalls(agent.ledger.runs, service, agent.spans) : [];
  const events = [...traffic, ...fromAgent.map(({ event }) => event)].sort((left, right) => left.timeMs - right.timeMs);
  const meter = new GatewayMeter({ service, instance: `${service}-pod-1`, temporality, startMs });
  const exporter = grpcExporter(options.endpoint);
  const exports = await backfill({ exporter, meter, events, ...hour });
  await exporter.shutdown();
  const ofTheHour = events.filter(({ timeMs }) => timeMs >= hour.fromMs);
  const own = traffic.filter(({ timeMs }) => timeMs >= hour.fromMs).map((event): Served => ({ event, parent: undefined }));
  const sender = new AccessSender({ endpoint: options.endpoint, service, traced });
  const lines = await sender.send(makeRequests(service, [...own, ...fromAgent]));
  await sender.shutdown();
  console.log(`${service}: ${ofTheHour.length} calls in ${exports} ${temporality} exports; ${describe(lines, traced)}`);
  return { events: ofTheHour, access: { service, lines, traced, runs: runsByTrace(agent), caller: agent.ledger.service, window: beganIn(hour) } };
}

function describe(lines: readonly AccessLine[], traced: boolean): string {
  const count = (finds: (line: AccessLine) => boolean): number => lines.filter(finds).length;
  const parts = `${count(({ request }) => request.parent !== undefined)} of them the agent's, ${count(({ request }) => isKept(request))} to be kept`;
  return `${lines.length} access logs${traced ? ' and spans' : ''} (${parts})`;
}

/** Requests that ended in the hour began a little earlier. */
function beganIn({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Window {
  return { step: 'MINUTE', fromMs: fromMs - 2 * minuteMs, toMs: toMs - minuteMs };
}

function runsByTrace({ ledger, traceIds }: SentAgent): ReadonlyMap<string, AgentRun> {
  return new Map(ledger.runs.map((run) => [traceIds.get(run) ?? '', run]));
}
