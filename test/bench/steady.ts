/** What the whole server on the embedded store uses while applications send it 10,000 spans a second, which is far from its limit. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figureOf, type Figure } from './figure.js';
import type { LoadOptions, LoadResult } from './load.js';
import { startRole, startServer, type Program, type Server, type Usage } from './processes.js';
import { demandCalls } from './receive.js';

const load: LoadOptions = { signal: 'spans', services: 4, instances: 8, connections: 4, durationMs: 15_000, perSecond: 10_000 };
/** Of the rate: a server that falls behind would look frugal. */
const leastShare = 0.97;

type Round = LoadResult & Usage;

export async function benchSteady(runs = 2): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  const generator = await startRole('load', JSON.stringify(load));
  const server = await startServer(folder);
  const rounds: Round[] = [];
  try {
    // The first round warms up and is not kept.
    for (let run = -1; run < runs; run += 1) {
      const round = await steadyRound(generator, server);
      if (run >= 0) rounds.push(round);
    }
    await demandCalls(server);
  } finally {
    await Promise.all([generator.end(), server.end()]);
    await rm(folder, { recursive: true, force: true });
  }
  return figuresOf(rounds);
}

async function steadyRound(generator: Program, server: Server): Promise<Round> {
  await server.usage();
  const result = await generator.ask<LoadResult | { readonly error: string }>({ port: server.grpcPort });
  if ('error' in result) throw new Error(result.error);
  return { ...result, ...(await server.usage()) };
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const rate = ({ points, elapsedMs }: Round): number => (points * 1000) / elapsedMs;
  const slow = rounds.find((round) => rate(round) < leastShare * load.perSecond!);
  if (slow !== undefined) throw new Error(`only ${Math.round(rate(slow))} spans/s were taken`);
  const figure = (of: string, unit: string, value: (round: Round) => number): Figure =>
    figureOf({ name: `spans_steady_${of}`, unit, values: rounds.map(value), digits: 1 });
  return [
    figure('spans', 'spans/s', rate),
    figure('cpu', '% of a core', ({ cpuMs, elapsedMs }) => (cpuMs * 100) / elapsedMs),
    figure('cpu_each', 'us/span', ({ cpuMs, points }) => (cpuMs * 1000) / points),
    figure('loop_p99', 'ms', ({ p99Ms }) => p99Ms),
    figure('loop_max', 'ms', ({ maxMs }) => maxMs),
    figure('rss', 'MiB', ({ rssMiB }) => rssMiB),
  ];
}
