/** Questions of a browser to a filled server, by GraphQL over HTTP. An answer without what is stored would be fast: it is an error. */
import { hourMs, minuteMs } from '@meterlark/core';
import { durationOf, evaluate, graphql, type Window } from '../demo/client.js';
import { serviceName } from './gateway-rows.js';
import type { Server } from './processes.js';

/** By name; the number makes one question another than the last. */
export type Asks = Readonly<Record<string, (number: number) => Promise<void>>>;

export interface Stored {
  readonly names: readonly string[];
  readonly nowMs: number;
}

const leastCalls = 100_000;
const page = { pageNum: 1, pageSize: 20 };

export async function asksOf({ httpUrl }: Server, stored: Stored): Promise<Asks> {
  const { names, nowMs } = stored;
  const hour: Window = { step: 'MINUTE', fromMs: nowMs - hourMs, toMs: nowMs - minuteMs };
  const ids = await traceIds(httpUrl, nowMs);
  return {
    dashboard_30_metrics_1h: async () => {
      const answers = await evaluate(httpUrl, names, { service: serviceName(0) }, hour);
      const bad = answers.findIndex(({ error, results }) => error !== null || results.length === 0);
      if (bad >= 0) throw new Error(`${names[bad]} answered ${answers[bad]?.error ?? 'nothing'}`);
    },
    traces_list: async (number) => {
      await listTraces(httpUrl, nowMs - (1 + (number % 20)) * hourMs);
    },
    trace_by_id: async (number) => {
      const { queryTrace } = await graphql<{ queryTrace: { spans: unknown[] } }>(httpUrl, traceQuery, { id: ids[number % ids.length] });
      demand(queryTrace.spans, 'spans of a trace');
    },
    calls_breakdown_100k: () => breakdown(httpUrl),
  };
}

const spanFields = `traceId segmentId spanId parentSpanId refs { traceId parentSegmentId parentSpanId type }
  serviceCode serviceInstanceName startTime endTime endpointName type peer component isError layer tags { key value } logs { time data { key value } }`;
const traceQuery = `query ($id: ID!) { queryTrace(traceId: $id) { spans { ${spanFields} } } }`;
const listQuery = `query ($c: TraceQueryCondition!) { queryBasicTraces(condition: $c) {
  traces { segmentId endpointNames duration start isError traceIds } } }`;

/** A page of the newest of an hour. */
export async function listTraces(url: string, toMs: number): Promise<string[]> {
  const queryDuration = durationOf({ step: 'MINUTE', fromMs: toMs - hourMs, toMs });
  const condition = { queryDuration, traceState: 'ALL', queryOrder: 'BY_START_TIME', paging: page };
  const { queryBasicTraces } = await graphql<{ queryBasicTraces: { traces: { traceIds: string[] }[] } }>(url, listQuery, { c: condition });
  demand(queryBasicTraces.traces, 'traces');
  return queryBasicTraces.traces.flatMap(({ traceIds: own }) => own);
}

/** Of different hours, one after the other. */
async function traceIds(url: string, nowMs: number): Promise<string[]> {
  const ids: string[][] = [];
  for (let hours = 1; hours <= 20; hours += 1) ids.push(await listTraces(url, nowMs - hours * hourMs));
  return Array.from({ length: 10 }, (_, place) => ids.flatMap((some) => some.slice(place, place + 1))).flat();
}

interface Breakdown {
  readonly modelCallBreakdown: readonly { readonly measures: readonly { readonly value: string | null }[] }[];
}

async function breakdown(url: string): Promise<void> {
  const nowMs = Date.now();
  const query = `query ($d: Duration!) {
    modelCallBreakdown(groupBy: ["model", "time"], measures: ["calls", "costUsd", "inputTokens", "latencyP95"], duration: $d) {
      groups { key value } time measures { name value } } }`;
  const duration = durationOf({ step: 'DAY', fromMs: nowMs - 24 * hourMs, toMs: nowMs });
  const { modelCallBreakdown } = await graphql<Breakdown>(url, query, { d: duration });
  const calls = modelCallBreakdown.reduce((sum, { measures }) => sum + Number(measures[0]?.value), 0);
  if (calls < leastCalls) throw new Error(`the breakdown has ${calls} calls`);
}

function demand(found: readonly unknown[], what: string): void {
  if (found.length === 0) throw new Error(`no ${what} were found`);
}
