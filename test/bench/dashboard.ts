/**
 * One service's dashboard through GraphQL over HTTP, as a browser asks it: the 30 metrics of the gateway in one request,
 * an hour by minute and a week by hour, on a server whose embedded store holds 10,000 and 1,000,000 minute rows.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  canonicalLabels,
  hourMs,
  MetadataReader,
  MetadataWriter,
  MetricWriter,
  minuteMs,
  serviceId,
  type MetricDefinition,
  type MetricKind,
  type MetricRows,
  type SeriesKey,
} from '@meterlark/core';
import { startTestHost, type TestHost } from '@meterlark/core/host';
import { evaluate, type Window } from '../demo/client.js';
import { figureOf, type Figure } from './figure.js';
import { rootFolder, startServer } from './processes.js';

const metricPrefix = /^meter_envoy_ai_gw_(?!mcp_|instance_)/;
const widgets = 30;
const weekHours = 7 * 24;
const perBatch = 20_000;

interface Size {
  readonly name: string;
  readonly rows: number;
  readonly services: number;
}

const sizes: readonly Size[] = [
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

async function measure(size: Size, folder: string, runs: number): Promise<Figure[]> {
  // The first start makes the tables and the definitions of the metrics.
  await (await startServer(folder)).end();
  const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const names = await fill(size, folder, nowMs);
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

function serviceName(index: number): string {
  return `bench-gateway-${index}`;
}

/** Writes through the storage contract: the last minutes whole, and one minute of every hour of the week. */
async function fill(size: Size, folder: string, nowMs: number): Promise<string[]> {
  const host = await openStorage(folder);
  try {
    const definitions = (await host.get(MetadataReader).metrics()).filter(({ name }) => metricPrefix.test(name)).slice(0, widgets);
    if (definitions.length < widgets) throw new Error(`only ${definitions.length} metrics of the gateway are defined`);
    await defineServices(host, size, nowMs);
    const series = definitions.flatMap((definition) => seriesOf(definition, size.services));
    const minutes = minutesOf(Math.ceil(size.rows / series.length), nowMs);
    await write(host, series, minutes);
    return definitions.map(({ name }) => name);
  } finally {
    await host.stop();
  }
}

function openStorage(folder: string): Promise<TestHost> {
  return startTestHost({
    rootFolder,
    settings: { storage: 'clickhouse', 'storage/clickhouse': { path: folder } },
    inventory: { 'storage/clickhouse': '@meterlark/storage-clickhouse' },
    importModule: () => import('@meterlark/storage-clickhouse'),
  });
}

async function defineServices(host: TestHost, { services }: Size, nowMs: number): Promise<void> {
  const records = Array.from({ length: services }, (_, index) => {
    const name = serviceName(index);
    const id = serviceId({ name, normal: true });
    const seen = { firstSeenMs: nowMs - weekHours * hourMs, lastSeenMs: nowMs };
    return { tenant: '', scope: 'Service', id, serviceId: id, instanceId: '', name, layers: ['ENVOY_AI_GATEWAY'], properties: {}, ...seen } as const;
  });
  await host.get(MetadataWriter).upsertEntities(records);
}

/** Eight models, three providers, three classes of tokens. */
const values: Readonly<Record<string, readonly string[]>> = {
  gen_ai_response_model: Array.from({ length: 8 }, (_, index) => `vendor-model-${index}-2026-01-01`),
  gen_ai_provider_name: ['openai', 'aws.bedrock', 'anthropic'],
  gen_ai_token_type: ['input', 'output', 'cached_input'],
};

function seriesOf({ name, kind, labels }: MetricDefinition, services: number): SeriesKey[] {
  let sets: (readonly [string, string])[][] = [[]];
  for (const label of labels) sets = sets.flatMap((set) => (values[label] ?? ['']).map((value) => [...set, [label, value] as const]));
  return Array.from({ length: services }, (_, index) => serviceId({ name: serviceName(index), normal: true })).flatMap((entityId) =>
    sets.map((set) => ({ tenant: '', metric: name, kind, entityId, labels: set.length === 0 ? '' : canonicalLabels(set), source: '' })),
  );
}

function minutesOf(count: number, nowMs: number): number[] {
  const hourly = Math.min(weekHours, Math.max(0, count - 60));
  const past = Array.from({ length: hourly }, (_, index) => nowMs - (weekHours - index) * hourMs);
  return [...past, ...Array.from({ length: count - hourly }, (_, index) => nowMs - (count - hourly - index) * minuteMs)];
}

async function write(host: TestHost, series: readonly SeriesKey[], minutes: readonly number[]): Promise<void> {
  const perMinutes = Math.max(1, Math.floor(perBatch / series.length));
  const kinds = [...new Set(series.map(({ kind }) => kind))];
  const writer = randomUUID();
  for (let from = 0; from < minutes.length; from += perMinutes) {
    const part = minutes.slice(from, from + perMinutes);
    await host.get(MetricWriter).write({ writer, sequence: from + 1, rows: kinds.map((kind) => rowsOf(kind, series, part)) });
  }
}

const bounds = Array.from({ length: 14 }, (_, index) => 10_000 * 2 ** index);

function rowsOf(kind: MetricKind, series: readonly SeriesKey[], minutes: readonly number[]): MetricRows {
  const keys = minutes.flatMap(() => series.filter((key) => key.kind === kind));
  const perMinute = keys.length / minutes.length;
  const counts = keys.map((_, row) => 1 + ((row * 7919) % 97));
  const histograms = counts.map((count) => ({ bounds, counts: bounds.map((_, bucket) => (count * (bucket + 1)) % 23) }));
  return {
    kind,
    keys,
    minutes: Float64Array.from(keys, (_, row) => minutes[Math.floor(row / perMinute)] ?? 0),
    a: Float64Array.from(counts, (count) => count * 3),
    b: Float64Array.from(counts),
    histograms: kind === 'histogram' ? histograms : [],
  };
}
