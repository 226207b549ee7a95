/** What gateways' metrics look like at rest, written through the storage contract: the same rows into every storage. */
import { randomUUID } from 'node:crypto';
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
import type { TestHost } from '@meterlark/core/host';

const metricPrefix = /^meter_envoy_ai_gw_(?!mcp_|instance_)/;
/** Metrics of one dashboard. */
const widgets = 30;
export const weekHours = 7 * 24;
const perBatch = 20_000;

export interface Size {
  readonly rows: number;
  readonly services: number;
}

export function serviceName(index: number): string {
  return `bench-gateway-${index}`;
}

/** The last minutes whole, and one minute of every hour of the week. Gives the names of the metrics; a start of the server must have defined them. */
export async function fillGateways(host: TestHost, size: Size, nowMs: number): Promise<string[]> {
  const definitions = await gatewayMetrics(host);
  await defineServices(host, size, nowMs);
  const series = definitions.flatMap((definition) => seriesOf(definition, size.services));
  await write(host, series, minutesOf(Math.ceil(size.rows / series.length), nowMs));
  return definitions.map(({ name }) => name);
}

export async function gatewayMetrics(host: TestHost): Promise<readonly MetricDefinition[]> {
  const defined = (await host.get(MetadataReader).metrics()).filter(({ name }) => metricPrefix.test(name));
  // Storages list them in orders of their own.
  const definitions = defined.toSorted((left, right) => (left.name < right.name ? -1 : 1)).slice(0, widgets);
  if (definitions.length < widgets) throw new Error(`only ${definitions.length} metrics of the gateway are defined`);
  return definitions;
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

export function seriesOf({ name, kind, labels }: MetricDefinition, services: number): SeriesKey[] {
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

export function rowsOf(kind: MetricKind, series: readonly SeriesKey[], minutes: readonly number[]): MetricRows {
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
