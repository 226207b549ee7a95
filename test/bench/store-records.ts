/**
 * Spans and model calls at rest: bytes on disk, look-ups of traces while others come in, breakdowns, and a trace of
 * 10,000 spans; all by the whole server's own interfaces. It stores what a million calls of agent applications send.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hourMs } from '@meterlark/core';
import { StoredTables } from '../../storage-adapters/clickhouse/test/bench/stored-tables.js';
import { durationOf, graphql, type Window } from '../demo/client.js';
import { figureOf, type Figure } from './figure.js';
import { startServer, type Server } from './processes.js';
import { fillSpans, sendLargeTrace, sendSteadily } from './span-store.js';

/** Half of the reference payload's spans are model calls. */
const filledSpans = 2_050_000;
const wantedCalls = 1_000_000;
const largeTrace = 10_000;
const spansPerSecond = 10_000;
/** As many as a p95 needs. */
const lookUps = 400;

export async function benchStoreRecords(runs = 15): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  try {
    const filled = await fill(folder);
    const sizes = await sizesOf(folder);
    const full = await whileRunning(folder, async (server, zipkinUrl) => [
      await breakdown(server, 'breakdown_1m_calls', runs),
      ...(await traceLookUps(server)),
      ...(await wholeTraces(server, zipkinUrl, runs)),
    ]);
    const [plain] = full.filter(({ name }) => name === 'breakdown_1m_calls');
    await withTables(folder, (tables) => tables.repriceAll());
    const repriced = await whileRunning(folder, async (server) => [await breakdown(server, 'breakdown_1m_calls_repriced', runs, plain)]);
    await withTables(folder, (tables) => tables.size('model_calls'));
    const merged = await whileRunning(folder, async (server) => [await breakdown(server, 'breakdown_1m_calls_merged', runs, plain)]);
    return [...filled, ...sizes, ...full, ...repriced, ...merged];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(folder: string): Promise<Figure[]> {
  const server = await startServer(folder);
  const { spans, seconds } = await fillSpans(server.grpcPort, filledSpans);
  // A clean stop writes out everything that was accepted.
  await server.end();
  return [figureOf({ name: 'store_fill_spans', unit: 'spans/s', values: [spans / seconds] })];
}

async function sizesOf(folder: string): Promise<Figure[]> {
  return withTables(folder, async (tables) => {
    const figures: Figure[] = [];
    for (const [table, name] of [['spans', 'bytes_stored_span'], ['model_calls', 'bytes_stored_call']] as const) {
      const { rows, bytes } = await tables.size(table);
      if (table === 'model_calls' && rows < wantedCalls) throw new Error(`only ${rows} calls are stored`);
      figures.push(figureOf({ name, unit: 'bytes', values: [bytes / rows], digits: 1 }));
    }
    return figures;
  });
}

async function withTables<T>(folder: string, use: (tables: StoredTables) => Promise<T>): Promise<T> {
  const tables = new StoredTables(folder);
  try {
    return await use(tables);
  } finally {
    tables.close();
  }
}

async function whileRunning(folder: string, measure: (server: Server, zipkinUrl: string) => Promise<Figure[]>): Promise<Figure[]> {
  const port = await freePort();
  const server = await startServer(folder, true, { METERLARK_ENDPOINT_ZIPKIN_PORT: String(port) });
  try {
    return await measure(server, `http://127.0.0.1:${port}/zipkin/api/v2`);
  } finally {
    await server.end();
  }
}

async function freePort(): Promise<number> {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  listening.close();
  await once(listening, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** From the first to the last stored span; everything was sent within a day. */
function everything(): Window {
  const nowMs = Date.now();
  return { step: 'DAY', fromMs: nowMs - 24 * hourMs, toMs: nowMs };
}

interface Breakdown {
  readonly modelCallBreakdown: readonly { readonly measures: readonly { readonly value: string | null }[] }[];
}

/** The first two rounds warm up. */
async function breakdown({ httpUrl }: Server, name: string, runs: number, baseline?: Figure): Promise<Figure> {
  const query = `query ($d: Duration!) {
    modelCallBreakdown(groupBy: ["model", "time"], measures: ["calls", "costUsd", "inputTokens", "latencyP95"], duration: $d) {
      groups { key value } time measures { name value } } }`;
  const values = await timed(runs, async () => {
    const { modelCallBreakdown } = await graphql<Breakdown>(httpUrl, query, { d: durationOf(everything()) });
    const calls = modelCallBreakdown.reduce((sum, { measures }) => sum + Number(measures[0]?.value), 0);
    if (calls < wantedCalls) throw new Error(`the breakdown has ${calls} calls`);
  });
  return figureOf({ name, unit: 'ms', values, digits: 1, ...(baseline === undefined ? {} : { baselines: [baseline.value] }) });
}

async function timed(runs: number, ask: () => Promise<void>): Promise<number[]> {
  const values: number[] = [];
  for (let run = -2; run < runs; run += 1) {
    const begun = performance.now();
    await ask();
    if (run >= 0) values.push(performance.now() - begun);
  }
  return values;
}

const spanFields = `traceId segmentId spanId parentSpanId refs { traceId parentSegmentId parentSpanId type }
  serviceCode serviceInstanceName startTime endTime endpointName type peer component isError layer tags { key value } logs { time data { key value } } attachedEvents { event }`;
const traceQuery = `query ($id: ID!) { queryTrace(traceId: $id) { spans { ${spanFields} } } }`;

interface TraceAnswer {
  readonly queryTrace: { readonly spans: readonly unknown[] };
}

/** Any trace of the day, while spans come in at a steady rate; baseline: the same while none do. */
async function traceLookUps(server: Server): Promise<Figure[]> {
  const ids = await someTraces(server);
  const alone = await lookUpTimes(server, ids.slice(0, lookUps));
  const stop = sendSteadily(server.grpcPort, spansPerSecond);
  await sleep(5_000);
  const loaded = await lookUpTimes(server, ids.slice(-lookUps));
  const rate = await stop();
  const quantile = (name: string, rank: number): Figure => {
    const of = (values: readonly number[]): number[] => [values[Math.floor(rank * lookUps)]!];
    return { ...figureOf({ name, unit: 'ms', values: of(loaded), baselines: of(alone), digits: 1 }), runs: lookUps };
  };
  return [
    quantile('trace_by_id_p50', 0.5),
    quantile('trace_by_id_p95', 0.95),
    figureOf({ name: 'trace_by_id_spans_coming_in', unit: 'spans/s', values: [rate] }),
  ];
}

/** In ascending order. */
async function lookUpTimes({ httpUrl }: Server, ids: readonly (string | undefined)[]): Promise<number[]> {
  const values: number[] = [];
  for (const id of ids) {
    const begun = performance.now();
    const { queryTrace } = await graphql<TraceAnswer>(httpUrl, traceQuery, { id });
    values.push(performance.now() - begun);
    if (queryTrace.spans.length === 0) throw new Error('a trace was not found');
    await sleep(20);
  }
  return values.sort((left, right) => left - right);
}

interface BasicTraces {
  readonly queryBasicTraces: { readonly traces: readonly { readonly traceIds: readonly string[] }[] };
}

/** Some of every hour. */
async function someTraces({ httpUrl }: Server): Promise<string[]> {
  const query = 'query ($c: TraceQueryCondition!) { queryBasicTraces(condition: $c) { traces { traceIds } } }';
  const ids: string[] = [];
  for (let hour = 1; hour < 23; hour += 1) {
    const toMs = Date.now() - hour * hourMs;
    const condition = {
      queryDuration: durationOf({ step: 'MINUTE', fromMs: toMs - 10 * 60_000, toMs }),
      traceState: 'ALL', queryOrder: 'BY_START_TIME', paging: { pageNum: 1 + (hour % 5), pageSize: 20 },
    };
    const { queryBasicTraces } = await graphql<BasicTraces>(httpUrl, query, { c: condition });
    ids.push(...queryBasicTraces.traces.flatMap(({ traceIds }) => traceIds));
  }
  if (ids.length < lookUps) throw new Error(`only ${ids.length} traces were found`);
  return ids;
}

/** All spans of one large trace, with all that clients ask of a span. */
async function wholeTraces(server: Server, zipkinUrl: string, runs: number): Promise<Figure[]> {
  const id = await sendLargeTrace(server.grpcPort, largeTrace);
  const url = server.httpUrl;
  const listQuery = `query ($c: TraceQueryCondition!) { queryTraces(condition: $c) { traces { spans { ${spanFields} } } } }`;
  const condition = { traceId: id, traceState: 'ALL', queryOrder: 'BY_START_TIME', paging: { pageNum: 1, pageSize: 20 } };
  const asks: Readonly<Record<string, () => Promise<number>>> = {
    query_trace_10k_spans: async () => (await graphql<TraceAnswer>(url, traceQuery, { id })).queryTrace.spans.length,
    query_traces_10k_spans: async () => {
      const { queryTraces } = await graphql<{ queryTraces: { traces: readonly { spans: readonly unknown[] }[] } }>(url, listQuery, { c: condition });
      return queryTraces.traces[0]?.spans.length ?? 0;
    },
    zipkin_trace_10k_spans: async () => ((await (await fetch(`${zipkinUrl}/trace/${id}`)).json()) as readonly unknown[]).length,
  };
  await untilStored(asks['query_trace_10k_spans']!);
  const figures: Figure[] = [];
  for (const [name, ask] of Object.entries(asks)) {
    const values = await timed(runs, async () => {
      const spans = await ask();
      if (spans !== largeTrace) throw new Error(`${name} answered ${spans} spans`);
    });
    figures.push(figureOf({ name, unit: 'ms', values, digits: 1 }));
  }
  return figures;
}

async function untilStored(count: () => Promise<number>): Promise<void> {
  for (let tries = 0; (await count()) < largeTrace; tries += 1) {
    if (tries >= 60) throw new Error('the large trace was not stored');
    await sleep(500);
  }
}
