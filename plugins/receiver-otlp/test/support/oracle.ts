/** The second opinion: protobufjs over the committed descriptor, turned into the model's shape by code of its own. */
import { readFileSync } from 'node:fs';
import type { Attributes, AttributeValue, Metric, ResourceMetrics, Scope } from '@meterlark/core';
import Long from 'long';
import protobuf from 'protobufjs';

// The test runner's import conditions keep protobufjs from finding it, and it would round 64-bit integers.
protobuf.util.Long = Long;
protobuf.configure();

const root = new protobuf.Root();
for (const name of ['otlp-metrics', 'otlp-traces', 'otlp-logs']) {
  const descriptor = new URL(`../../../../test/fixtures/${name}.descriptor.json`, import.meta.url);
  root.addJSON((JSON.parse(readFileSync(descriptor, 'utf8')) as protobuf.INamespace).nested ?? {});
}

/** A message as protobufjs gives and takes it. */
export type Plain = ReturnType<protobuf.Type['toObject']>;

export function typeOf(name: string): protobuf.Type {
  return root.lookupType(name);
}

export function encodeRequest(request: Plain): Buffer {
  const type = typeOf('ExportMetricsServiceRequest');
  return Buffer.from(type.encode(type.fromObject(request)).finish());
}

export interface Expected {
  readonly resources: ResourceMetrics[];
  readonly points: number;
  readonly rejected: number;
}

export function expectedOf(bytes: Uint8Array): Expected {
  const request = typeOf('ExportMetricsServiceRequest').decode(bytes) as unknown as Plain;
  const tally = { points: 0, rejected: 0 };
  const resources = request['resourceMetrics'].map((resource: Plain) => ({
    resource: { attributes: attributes(resource['resource']?.attributes ?? []) },
    scopes: resource['scopeMetrics'].map((scope: Plain) => ({
      scope: scopeOf(scope['scope']),
      metrics: scope['metrics'].flatMap((metric: Plain) => metricOf(metric, tally)),
    })),
  }));
  return { resources, ...tally };
}

export function scopeOf(scope: Plain | null): Scope {
  return { name: scope?.['name'] ?? '', version: scope?.['version'] ?? '', attributes: attributes(scope?.['attributes'] ?? []) };
}

function metricOf(metric: Plain, tally: { points: number; rejected: number }): Metric[] {
  const type = metric['data'] as Metric['type'] | undefined;
  if (type === undefined) return [];
  const data = metric[type];
  const all = data.dataPoints.map(readers[type]) as (Plain | undefined)[];
  const points = all.filter((point) => point !== undefined);
  tally.points += points.length;
  tally.rejected += all.length - points.length;
  const result: Plain = { type, name: metric['name'], unit: metric['unit'], points };
  if (type !== 'gauge' && type !== 'summary') {
    result['temporality'] = ['unspecified', 'delta', 'cumulative'][data.aggregationTemporality] ?? 'unspecified';
  }
  if (type === 'sum') result['monotonic'] = data.isMonotonic;
  return [result as Metric];
}

const readers: Record<Metric['type'], (point: Plain) => Plain | undefined> = {
  gauge: numberPoint,
  sum: numberPoint,
  histogram: histogramPoint,
  exponentialHistogram: (point) => ({
    ...base(point),
    count: Number(integer(point['count'])),
    sum: own(point, 'sum'),
    scale: point['scale'],
    zeroCount: Number(integer(point['zeroCount'])),
    zeroThreshold: point['zeroThreshold'],
    positive: buckets(point['positive']),
    negative: buckets(point['negative']),
  }),
  summary: (point) => ({
    ...base(point),
    count: Number(integer(point['count'])),
    sum: point['sum'],
    quantiles: point['quantileValues'].map(({ quantile, value }: Plain) => ({ quantile, value })),
  }),
};

function numberPoint(point: Plain): Plain {
  const value = point['value'] === 'asInt' ? Number(integer(point['asInt'], true)) : point['asDouble'];
  const common = base(point);
  return { ...common, value, noRecordedValue: common['noRecordedValue'] || point['value'] === undefined };
}

function histogramPoint(point: Plain): Plain | undefined {
  const bounds: number[] = point['explicitBounds'];
  const counts: number[] = point['bucketCounts'].map((count: Long) => Number(integer(count)));
  const ascends = bounds.every((bound, index) => !Number.isNaN(bound) && !(index > 0 && bound <= bounds[index - 1]!));
  if (!ascends || (counts.length > 0 && counts.length !== bounds.length + 1)) return undefined;
  return { ...base(point), count: Number(integer(point['count'])), sum: own(point, 'sum'), bounds, counts };
}

function base(point: Plain): Plain {
  return {
    attributes: attributes(point['attributes']),
    startTimeMs: milliseconds(point['startTimeUnixNano']),
    timeMs: milliseconds(point['timeUnixNano']),
    noRecordedValue: (point['flags'] & 1) === 1,
  };
}

function buckets(message: Plain | null): Plain {
  return {
    offset: message?.['offset'] ?? 0,
    counts: (message?.['bucketCounts'] ?? []).map((count: Long) => Number(integer(count))),
  };
}

/** undefined where an optional field was not sent. */
function own(message: Plain, field: string): unknown {
  return Object.hasOwn(message, field) ? message[field] : undefined;
}

export function integer(value: Long, signed = false): bigint {
  const bits = (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
  return signed ? BigInt.asIntN(64, bits) : bits;
}

/** Rounded to a microsecond, which is what `roundTimes` does to ours; `nanosToMs` has a test of its own. */
function milliseconds(value: Long): number {
  return Number((integer(value) + 500n) / 1000n);
}

export function attributes(list: Plain[]): Attributes {
  const map = new Map<string, AttributeValue>();
  for (const { key, value } of list) if (!map.has(key)) map.set(key, anyValue(value));
  return map;
}

export function anyValue(message: Plain | null): AttributeValue {
  const kind = message?.['value'] as string | undefined;
  if (message === null || kind === undefined) return undefined;
  const value = message[kind];
  if (kind === 'arrayValue') return value.values.map(anyValue);
  if (kind === 'kvlistValue') return attributes(value.values);
  if (kind === 'bytesValue') return Uint8Array.from(value);
  if (kind !== 'intValue') return value;
  const exact = integer(value, true);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

/** Our decoded resources with times in whole microseconds, as the oracle has them. */
export function roundTimes(resources: readonly ResourceMetrics[]): unknown {
  return resources.map(({ resource, scopes }) => ({
    resource,
    scopes: scopes.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(roundMetric) })),
  }));
}

function roundMetric(metric: Metric): unknown {
  const points = metric.points.map((point) => ({
    ...point,
    startTimeMs: Math.round(point.startTimeMs * 1000),
    timeMs: Math.round(point.timeMs * 1000),
  }));
  return { ...metric, points };
}
