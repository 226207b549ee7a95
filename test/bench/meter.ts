/**
 * The analyzer with the gateway's 90 rules on the reference payload, merging included: steady state against decoding
 * of the same requests, and the cost of streams that are new.
 */
import { fileURLToPath } from 'node:url';
import { Analyzer } from '@meterlark/core';
import { startTestHost } from '@meterlark/core/host';
import { decodeMetrics, Interns } from '@meterlark/receiver-otlp';
import { median, type Figure } from './figure.js';
import { makePayload, type Payload } from './payload.js';

const pods = { services: 4, instances: 4 };
const pushesPerRun = 15;

/** Nothing is flushed while it is measured. */
const settings = { storage: 'memory', 'stream/minutes': { flushIntervalMs: 3_600_000, flushRows: 1_000_000_000, maxPendingRows: 1_000_000_000 } };
const inventory = {
  'storage/memory': '@meterlark/storage-memory',
  'analyzer/meter': '@meterlark/analyzer-meter',
  'analysis/envoy-ai-gateway': '@meterlark/analysis-envoy-ai-gateway',
};

/** By name, so that the bundle of the bench holds them. */
const packages: Readonly<Record<string, () => Promise<unknown>>> = {
  '@meterlark/storage-memory': () => import('@meterlark/storage-memory'),
  '@meterlark/analyzer-meter': () => import('@meterlark/analyzer-meter'),
  '@meterlark/analysis-envoy-ai-gateway': () => import('@meterlark/analysis-envoy-ai-gateway'),
};

interface Run {
  readonly analyzeMs: number;
  readonly decodeMs: number;
}

export async function benchMeter(runs = 5): Promise<Figure[]> {
  const pushes = 1 + (runs + 1) * pushesPerRun;
  const payload = makePayload({ ...pods, pushes, startMs: Date.now() - pushes * 10_000, intervalMs: 10_000 });
  const rootFolder = fileURLToPath(new URL('../../', import.meta.url));
  const importModule = (name: string): Promise<unknown> => Promise.resolve(packages[name]?.());
  const host = await startTestHost({ settings, inventory, rootFolder, importModule });
  try {
    return measure(host.get(Analyzer), payload, runs);
  } finally {
    await host.stop();
  }
}

function measure(analyzer: Analyzer, payload: Payload, runs: number): Figure[] {
  const interns = new Interns({ maxEntries: 200_000, maxBytes: 64 * 1024 * 1024, maxShapes: 10_000 });
  const perPush = pods.services * pods.instances;
  const first = timed(analyzer, payload.requests.slice(0, perPush), interns);
  const measured: Run[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const from = perPush * (1 + run * pushesPerRun);
    measured.push(timed(analyzer, payload.requests.slice(from, from + perPush * pushesPerRun), interns));
  }
  const steady = measured.slice(1);
  const requests = perPush * pushesPerRun;
  const rate = (milliseconds: number): number => Math.round((requests * payload.pointsPerRequest * 1000) / milliseconds);
  const value = rate(median(steady.map(({ analyzeMs }) => analyzeMs)));
  const baseline = rate(median(steady.map(({ decodeMs }) => decodeMs)));
  const newStreams = perStream(analyzer, payload, { interns, runs });
  const newPoints = Math.round((perPush * payload.pointsPerRequest * 1000) / first.analyzeMs);
  return [
    { name: 'meter_points', value, unit: 'points/s', baseline, ratio: Number((value / baseline).toFixed(2)), runs },
    { name: 'meter_new_stream_points', value: newPoints, unit: 'points/s', baseline: value, ratio: Number((newPoints / value).toFixed(3)), runs: 1 },
    { name: 'meter_new_streams', value: newStreams, unit: 'streams/s', baseline: value, ratio: Number((newStreams / value).toFixed(3)), runs: pods.services * runs },
  ];
}

/** New pods of the running server: each pushes for the first time, under an instance name of its own. */
function perStream(analyzer: Analyzer, payload: Payload, { interns, runs }: { readonly interns: Interns; readonly runs: number }): number {
  const times: number[] = [];
  for (let pod = 0; pod < pods.services * runs; pod += 1) {
    const { batch } = decodeMetrics(payload.requests.at(-1 - (pod % pods.services)) ?? Buffer.alloc(0), interns, 1_000_000);
    const resources = batch.resources.map((each) => {
      const attributes = new Map([...each.resource.attributes, ['service.instance.id', `new-${pod}`]] as const);
      return { ...each, resource: { attributes } };
    });
    const start = performance.now();
    const { rejected, reason } = analyzer.accept({ ...batch, resources });
    times.push(performance.now() - start);
    if (rejected > 0) throw new RangeError(`${rejected} points were rejected: ${reason}`);
  }
  return Math.round((payload.pointsPerRequest * 1000) / median(times));
}

function timed(analyzer: Analyzer, requests: readonly Buffer[], interns: Interns): Run {
  let decodeMs = 0;
  let analyzeMs = 0;
  for (const request of requests) {
    const start = performance.now();
    const { batch } = decodeMetrics(request, interns, 1_000_000);
    const decoded = performance.now();
    const { rejected, reason } = analyzer.accept(batch);
    analyzeMs += performance.now() - decoded;
    decodeMs += decoded - start;
    if (rejected > 0) throw new RangeError(`${rejected} points were rejected: ${reason}`);
  }
  return { analyzeMs, decodeMs };
}
