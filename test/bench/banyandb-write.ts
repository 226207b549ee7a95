/**
 * What a whole server stores on BanyanDB beside what it stores on the embedded store, under the same load of metrics, spans and
 * logs over OTLP: from the first request until nothing waits for the store any more. BanyanDB runs on this machine, or elsewhere.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { listTraces } from './banyandb-asks.js';
import { flushFigures } from './banyandb-flush.js';
import { figureOf, type Figure } from './figure.js';
import type { LoadOptions, LoadResult } from './load.js';
import { startRole, type Program, type Server, type Usage } from './processes.js';
import { demandLines, demandMetrics, keepAll } from './receive.js';
import { bothNames, ofBoth, onBoth, whileRunning, type Both } from './storages.js';

const load = { services: 4, instances: 8, connections: 4, isPatient: true };
const mostDrainMs = 60_000;
const lookEveryMs = 25;

interface Subject {
  readonly signal: LoadOptions['signal'];
  readonly unit: string;
  /** Longer, and the rest that is to be stored afterwards would take minutes. */
  readonly durationMs: number;
  /** A path that stores nothing would be fast. */
  readonly demandStored: (server: Server) => Promise<void>;
}

const subjects: readonly Subject[] = [
  { signal: 'metrics', unit: 'increments', durationMs: 4_000, demandStored: demandMetrics },
  { signal: 'spans', unit: 'spans', durationMs: 2_500, demandStored: demandTraces },
  { signal: 'logs', unit: 'lines', durationMs: 1_500, demandStored: demandLines },
];

interface Round extends Usage {
  readonly points: number;
  readonly storedMs: number;
}

export function benchBanyanWrite(runs = 2): Promise<Figure[]> {
  return onBoth('banyandb-write', async (storages) => {
    const rates = await whileRunning(storages, keepAll, async (servers) => {
      const figures: Figure[] = [];
      for (const subject of subjects) figures.push(...(await measure(subject, servers, runs)));
      return figures;
    });
    return [...rates, ...(await flushFigures(storages))];
  });
}

/** The first round of each warms up and is not kept. */
async function measure({ signal, unit, durationMs, demandStored }: Subject, servers: Both<Server>, runs: number): Promise<Figure[]> {
  const generator = await startRole('load', JSON.stringify({ ...load, durationMs, signal }));
  const rounds: Both<Round[]> = { clickhouse: [], banyandb: [] };
  try {
    for (let run = -1; run < runs; run += 1) {
      const both = await ofBoth(servers, (server) => loadRound(generator, server));
      if (run < 0) continue;
      for (const name of bothNames) rounds[name].push(both[name]);
    }
  } finally {
    await generator.end();
  }
  for (const name of bothNames) await demandStored(servers[name]);
  const figure = (of: string, figureUnit: string, value: (round: Round) => number, digits = 0): Figure =>
    figureOf({ name: `banyandb_${signal}_${of}`, unit: figureUnit, values: rounds.banyandb.map(value), baselines: rounds.clickhouse.map(value), digits });
  return [
    figure('stored', `${unit}/s`, ({ points, storedMs }) => (points * 1000) / storedMs),
    figure('cpu_each', `us/${unit.slice(0, -1)}`, ({ points, cpuMs }) => (cpuMs * 1000) / points, 1),
    figure('loop_p99', 'ms', ({ p99Ms }) => p99Ms, 1),
    figure('rss', 'MiB', ({ rssMiB }) => rssMiB),
  ];
}

/** Not by model calls, as elsewhere: to count all of them takes longer than to store them. */
async function demandTraces({ httpUrl }: Server): Promise<void> {
  await listTraces(httpUrl, Date.now());
}

async function loadRound(generator: Program, server: Server): Promise<Round> {
  await server.usage();
  const begun = performance.now();
  const result = await generator.ask<LoadResult | { readonly error: string }>({ port: server.grpcPort });
  if ('error' in result) throw new Error(result.error);
  await untilStored(server);
  return { ...(await server.usage()), points: result.points, storedMs: performance.now() - begun };
}

/** Nothing may be given up on the way: that would be fast. */
export async function untilStored({ adminUrl }: Server): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const text = await (await fetch(`${adminUrl}/metrics`)).text();
    const sum = (name: string): number => [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce((total, [, value]) => total + Number(value), 0);
    if (sum('meterlark_stream_dropped_total') > 0) throw new Error(`${adminUrl} gave up what it had accepted`);
    if (sum('meterlark_stream_records_pending') === 0 && sum('meterlark_stream_pending_rows') === 0) return;
    if (performance.now() - begun > mostDrainMs) throw new Error(`${adminUrl} has not stored everything after ${mostDrainMs} ms`);
    await sleep(lookEveryMs);
  }
}
