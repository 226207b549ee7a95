/**
 * Receiving OTLP/gRPC at saturation, 50 KiB a message: a server that does nothing, the whole server on memory and the
 * whole server on the embedded store, one after the other in every round, under the same load from a third process.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, firstSeries } from '../demo/client.js';
import { figureOf, type Figure } from './figure.js';
import type { LoadOptions, LoadResult } from './load.js';
import { startRole, startServer, type Program, type Server, type Usage } from './processes.js';

const minuteMs = 60_000;
const load: LoadOptions = { services: 4, instances: 8, connections: 4, durationMs: 3000 };

interface Target {
  readonly name: string;
  readonly program: Program;
  readonly port: number;
  /** The whole server; not the one that does nothing. */
  readonly server?: Server;
  readonly results: Round[];
}

type Round = LoadResult & Usage;

export async function benchReceive(runs = 5): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const generator = await startRole('load', JSON.stringify(load));
  const targets = await startTargets(folder);
  try {
    for (let run = -1; run < runs; run += 1) {
      for (const target of targets) await round(generator, target, run >= 0);
    }
    for (const { server } of targets) if (server !== undefined) await demandStored(server);
  } finally {
    await Promise.all([generator, ...targets.map(({ program }) => program)].map((program) => program.end()));
    await rm(folder, { recursive: true, force: true });
  }
  const [noop, ...full] = targets;
  return [...figuresOf(noop!), ...full.flatMap((target) => figuresOf(target, noop))];
}

async function startTargets(folder: string): Promise<Target[]> {
  const noop = await startRole('noop');
  const memory = await startServer();
  const embedded = await startServer(folder);
  return [
    { name: 'noop', program: noop, port: Number(/grpc=(\d+)/.exec(noop.line)?.[1]), results: [] },
    { name: 'memory', program: memory, server: memory, port: memory.grpcPort, results: [] },
    { name: 'embedded', program: embedded, server: embedded, port: embedded.grpcPort, results: [] },
  ];
}

/** The first round warms up and is not kept. */
async function round(generator: Program, { program, port, results }: Target, kept: boolean): Promise<void> {
  await program.usage();
  const result = await generator.ask<LoadResult | { readonly error: string }>({ port });
  if ('error' in result) throw new Error(result.error);
  const usage = await program.usage();
  if (kept) results.push({ ...result, ...usage });
}

/** A path that stores nothing would be fast. */
async function demandStored({ httpUrl }: Server): Promise<void> {
  const toMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const window = { step: 'MINUTE', fromMs: toMs - 10 * minuteMs, toMs } as const;
  const [answer] = await evaluate(httpUrl, ['meter_envoy_ai_gw_request_cpm'], { service: 'ai-gateway-0' }, window);
  const requests = [...(answer === undefined ? [] : firstSeries(answer).values())].reduce<number>((total, value) => total + (value ?? 0), 0);
  if (requests === 0) throw new Error(`${httpUrl} stored no request`);
}

function figuresOf({ name, results }: Target, base?: Target): Figure[] {
  const figure = (what: string, unit: string, value: (round: Round) => number): Figure =>
    figureOf({
      name: `receive_${name}_${what}`,
      unit,
      values: results.map(value),
      ...(base === undefined ? {} : { baselines: base.results.map(value) }),
      digits: unit === 'points/s' ? 0 : 1,
    });
  return [
    figure('points', 'points/s', ({ points, elapsedMs }) => (points * 1000) / elapsedMs),
    figure('bytes', 'MB/s', ({ bytes, elapsedMs }) => bytes / 1000 / elapsedMs),
    figure('cpu', 'us/request', ({ cpuMs, requests }) => (cpuMs * 1000) / requests),
    figure('loop_p99', 'ms', ({ p99Ms }) => p99Ms),
    figure('loop_max', 'ms', ({ maxMs }) => maxMs),
    figure('rss', 'MiB', ({ rssMiB }) => rssMiB),
  ];
}
