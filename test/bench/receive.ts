/**
 * Receiving OTLP/gRPC at saturation, 50 KiB a message, metrics or access logs of gateways, or spans of applications: a server that does nothing, the whole server on memory and the
 * whole server on the embedded store, one after the other in every round, under the same load from a third process.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, firstSeries, graphql } from '../demo/client.js';
import { figureOf, type Figure } from './figure.js';
import type { LoadOptions, LoadResult } from './load.js';
import { startRole, startServer, type Program, type Server, type Usage } from './processes.js';

const minuteMs = 60_000;
const load = { services: 4, instances: 8, connections: 4, durationMs: 3000 };

/** What differs between the signals. */
interface Subject {
  /** Of the figures' names. */
  readonly prefix: string;
  readonly load: LoadOptions;
  readonly unit: 'points' | 'spans' | 'lines';
  /** A path that stores nothing would be fast: throws unless the server answers what it was sent. */
  readonly demandStored: (server: Server) => Promise<void>;
  /** Of the whole servers. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface Target {
  readonly name: string;
  readonly program: Program;
  readonly port: number;
  readonly results: Round[];
}

type Round = LoadResult & Usage;

export function benchReceive(): Promise<Figure[]> {
  return measure({ prefix: 'receive', load: { ...load, signal: 'metrics' }, unit: 'points', demandStored: demandMetrics });
}

/** Every span is received, analysed, priced when it is a model call, measured and stored. */
export function benchSpans(): Promise<Figure[]> {
  return measure({ prefix: 'spans', load: { ...load, signal: 'spans' }, unit: 'spans', demandStored: demandCalls });
}

/** Keeps every line: by default ordinary successes are sampled away. */
export const keepAll = { METERLARK_ANALYSIS_ENVOY_AI_GATEWAY_KEEP_SUCCESS_PERCENT: '100' };
const logsLoad: LoadOptions = { ...load, signal: 'logs' };

/** Every line is received, searched for a model call, compared with other signals, run through the rules of its layer and stored. */
export function benchLogs(): Promise<Figure[]> {
  return measure({ prefix: 'logs', load: logsLoad, unit: 'lines', demandStored: demandLines, environment: keepAll });
}

const hugeLineBytes = 10_000_000;
/** Each of these takes longer than the world is old on a line of `a`s, in an engine that backtracks. */
const hostileRules = `rules:
  - name: hostile
    layer: ENVOY_AI_GATEWAY
    dsl: |
      filter {
        text { regexp '(?<all>(a+)+)+$' abortOnFailure false }
        text { regexp '(?<many>(a|aa)*b)' abortOnFailure false }
        text { regexp '(?<start>.*)=(.*)=(.*)=(.*)!$' }
        abort {}
      }
`;

/** 10,000 lines a second, lines of 10 MB among them, and rules whose patterns would stall a server. */
export async function benchHostileLogs(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-rules-'));
  try {
    await writeFile(join(folder, 'hostile.yaml'), hostileRules);
    const environment = { ...keepAll, METERLARK_ANALYZER_LOG_RULES: `config/rules/log/default,${folder}` };
    return await measure({ prefix: 'logs_hostile', load: { ...logsLoad, durationMs: 6000, perSecond: 10_000, hugeLineBytes }, unit: 'lines', demandStored: demandLines, environment }, 3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(subject: Subject, runs = 5): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const programs: Program[] = [];
  const started = async <P extends Program>(starting: Promise<P>): Promise<P> => {
    const program = await starting;
    programs.push(program);
    return program;
  };
  try {
    const generator = await started(startRole('load', JSON.stringify(subject.load)));
    const noop = await started(startRole('noop'));
    const memory = await started(startServer(undefined, true, subject.environment));
    const embedded = await started(startServer(folder, true, subject.environment));
    const base: Target = { name: 'noop', program: noop, port: Number(/grpc=(\d+)/.exec(noop.line)?.[1]), results: [] };
    const full = [serverTarget('memory', memory), serverTarget('embedded', embedded)];
    for (let run = -1; run < runs; run += 1) {
      for (const target of [base, ...full]) await round(generator, target, run >= 0);
    }
    await subject.demandStored(memory);
    await subject.demandStored(embedded);
    return [...figuresOf(subject, base), ...full.flatMap((target) => figuresOf(subject, target, base))];
  } finally {
    await Promise.all(programs.map((program) => program.end()));
    await rm(folder, { recursive: true, force: true });
  }
}

function serverTarget(name: string, server: Server): Target {
  return { name, program: server, port: server.grpcPort, results: [] };
}

/** The first round warms up and is not kept. */
async function round(generator: Program, { program, port, results }: Target, kept: boolean): Promise<void> {
  await program.usage();
  const result = await generator.ask<LoadResult | { readonly error: string }>({ port });
  if ('error' in result) throw new Error(result.error);
  const usage = await program.usage();
  if (kept) results.push({ ...result, ...usage });
}

export async function demandMetrics({ httpUrl }: Server): Promise<void> {
  const toMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const window = { step: 'MINUTE', fromMs: toMs - 10 * minuteMs, toMs } as const;
  const [answer] = await evaluate(httpUrl, ['meter_envoy_ai_gw_request_cpm'], { service: 'ai-gateway-0' }, window);
  const requests = [...(answer === undefined ? [] : firstSeries(answer).values())].reduce<number>((total, value) => total + (value ?? 0), 0);
  if (requests === 0) throw new Error(`${httpUrl} stored no request`);
}

export async function demandLines({ httpUrl }: Server): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const query = `{ queryLogs(condition: { queryDuration: { start: "${day}", end: "${day}", step: DAY }, tags: [{ key: "response_code", value: "200" }], paging: { pageSize: 1 } }) { logs { content } } }`;
  const { queryLogs: { logs } } = await graphql<{ queryLogs: { logs: unknown[] } }>(httpUrl, query);
  if (logs.length === 0) throw new Error(`${httpUrl} stored no line`);
}

export async function demandCalls({ httpUrl }: Server): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const query = `{ modelCallBreakdown(groupBy: [], measures: ["calls"], duration: { start: "${day}", end: "${day}", step: DAY }) { measures { value } } }`;
  const { modelCallBreakdown: groups } = await graphql<{ modelCallBreakdown: { measures: { value: string }[] }[] }>(httpUrl, query);
  if (Number(groups[0]?.measures[0]?.value ?? 0) === 0) throw new Error(`${httpUrl} stored no model call`);
}

function figuresOf({ prefix, unit: what }: Subject, { name, results }: Target, base?: Target): Figure[] {
  const figure = (of: string, unit: string, value: (round: Round) => number): Figure =>
    figureOf({
      name: `${prefix}_${name}_${of}`,
      unit,
      values: results.map(value),
      ...(base === undefined ? {} : { baselines: base.results.map(value) }),
      digits: unit === `${what}/s` ? 0 : 1,
    });
  return [
    figure(what, `${what}/s`, ({ points, elapsedMs }) => (points * 1000) / elapsedMs),
    figure('bytes', 'MB/s', ({ bytes, elapsedMs }) => bytes / 1000 / elapsedMs),
    figure('cpu', 'us/request', ({ cpuMs, requests }) => (cpuMs * 1000) / requests),
    figure('cpu_each', `us/${what.slice(0, -1)}`, ({ cpuMs, points }) => (cpuMs * 1000) / points),
    figure('loop_p99', 'ms', ({ p99Ms }) => p99Ms),
    figure('loop_max', 'ms', ({ maxMs }) => maxMs),
    figure('rss', 'MiB', ({ rssMiB }) => rssMiB),
  ];
}
