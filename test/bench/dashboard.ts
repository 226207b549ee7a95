/**
 * One service's dashboard through GraphQL over HTTP, as a browser asks it: the 30 metrics of the gateway in one request,
 * an hour by minute and a week by hour, on a server whose embedded store holds 10,000 and 1,000,000 minute rows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hourMs, minuteMs } from '@meterlark/core';
import { evaluate, type Window } from '../demo/client.js';
import { figureOf, type Figure } from './figure.js';
import { fillGateways, serviceName, weekHours, type Size } from './gateway-rows.js';
import { startServer } from './processes.js';
import { embedded, filled } from './storages.js';

const sizes: readonly (Size & { readonly name: string })[] = [
  { name: '10k', rows: 10_000, services: 1 },
  { name: '1m', rows: 1_000_000, services: 20 },
];

export async function benchDashboard(runs = 15): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'meterlark-bench-'));
  try {
    const figures: Figure[] = [];
    for (const size of sizes) figures.push(...(await measure(size, join(folder, size.name), runs)));
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(size: (typeof sizes)[number], folder: string, runs: number): Promise<Figure[]> {
  // The first start makes the tables and the definitions of the metrics.
  await (await startServer(folder)).end();
  const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const names = await filled(embedded(folder), (host) => fillGateways(host, size, nowMs));
  const server = await startServer(folder);
  try {
    const hour: Window = { step: 'MINUTE', fromMs: nowMs - 60 * minuteMs, toMs: nowMs - minuteMs };
    const week: Window = { step: 'HOUR', fromMs: nowMs - weekHours * hourMs, toMs: nowMs };
    return [
      await latency(`dashboard_1h_minute_${size.name}`, { url: server.httpUrl, names, window: hour }, runs),
      await latency(`dashboard_7d_hour_${size.name}`, { url: server.httpUrl, names, window: week }, runs),
    ];
  } finally {
    await server.end();
  }
}

interface Question {
  readonly url: string;
  readonly names: readonly string[];
  readonly window: Window;
}

/** An answer with gaps or errors would be fast. The first two rounds warm up. */
async function latency(name: string, { url, names, window }: Question, runs: number): Promise<Figure> {
  const values: number[] = [];
  for (let run = -2; run < runs; run += 1) {
    const begun = performance.now();
    const answers = await evaluate(url, names, { service: serviceName(0) }, window);
    if (run >= 0) values.push(performance.now() - begun);
    const bad = answers.findIndex(({ error, results }) => error !== null || results.length === 0);
    if (bad >= 0) throw new Error(`${names[bad]} answered ${answers[bad]?.error ?? 'nothing'}`);
  }
  return figureOf({ name, unit: 'ms', values, digits: 1 });
}
