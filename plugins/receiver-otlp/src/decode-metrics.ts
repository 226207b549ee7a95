/** ExportMetricsServiceRequest bytes to a MetricBatch. No I/O; equal parts of requests become the same objects. */
import {
  WireReader,
  type Metric,
  type MetricBatch,
  type ResourceMetrics,
  type Scope,
  type ScopeMetrics,
  type Temporality,
} from '@meterlark/core';
import { ByteRuns } from './byte-runs.js';
import { readHistogramPoint, readNumberPoint } from './decode-points.js';
import { readExponentialPoint, readSummaryPoint } from './decode-rare-points.js';
import { codedFault, type Decoded } from './decoded.js';
import { emptyResource, emptyScope, type Interns } from './interns.js';
import { MetricsReading } from './metrics-reading.js';
import { metricsRequest } from './schema.js';

const temporalities: readonly Temporality[] = ['unspecified', 'delta', 'cumulative'];

/** Throws METERLARK_RECEIVER_OTLP_MALFORMED or METERLARK_RECEIVER_OTLP_TOO_MANY_ITEMS, both permanent. */
export function decodeMetrics(body: Buffer, interns: Interns, maxItems: number, tenant = ''): Decoded<MetricBatch> {
  const reading = new MetricsReading(new WireReader(body, { items: maxItems }), interns);
  try {
    const resources = readRequest(reading);
    const { points, rejected, reason } = reading;
    return { batch: { signal: 'metrics', tenant, resources, points }, rejected, reason };
  } catch (error) {
    throw codedFault(error, { body, schema: metricsRequest, maxItems });
  }
}

function readRequest(reading: MetricsReading): readonly ResourceMetrics[] {
  const { reader } = reading;
  const resources: ResourceMetrics[] = [];
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) resources.push(readResourceMetrics(reading));
    else reader.skip(tag);
  }
  return resources;
}

function readResourceMetrics(reading: MetricsReading): ResourceMetrics {
  const { reader } = reading;
  const resource = new ByteRuns();
  const scopes: ScopeMetrics[] = [];
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) resource.pass(reader);
    else if (tag === 18) scopes.push(readScopeMetrics(reading));
    else reader.skip(tag);
  }
  reader.leave(outer);
  return { resource: resource.read(reader, reading.interns.resource) ?? emptyResource, scopes };
}

function readScopeMetrics(reading: MetricsReading): ScopeMetrics {
  const { reader } = reading;
  const scopeRuns = new ByteRuns();
  const metrics: Metric[] = [];
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 10) scopeRuns.pass(reader);
    else if (tag === 18) {
      const metric = readMetric(reading);
      if (metric !== undefined) metrics.push(metric);
    } else reader.skip(tag);
  }
  reader.leave(outer);
  const scope: Scope = scopeRuns.read(reader, reading.interns.scope) ?? emptyScope;
  return { scope, metrics };
}

/** undefined for a metric of no kind, or of one that OTLP did not have when this was written. */
function readMetric(reading: MetricsReading): Metric | undefined {
  const { reader } = reading;
  const { strings } = reading.interns;
  let name = '';
  let unit = '';
  const data = new MetricData();
  reader.spendItem();
  const outer = reader.enter();
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    switch (tag) {
      case 10: name = strings.read(reader); break;
      case 26: unit = strings.read(reader); break;
      case 42: data.read(reading, 'gauge'); break;
      case 58: data.read(reading, 'sum'); break;
      case 74: data.read(reading, 'histogram'); break;
      case 82: data.read(reading, 'exponentialHistogram'); break;
      case 90: data.read(reading, 'summary'); break;
      default: reader.skip(tag);
    }
  }
  reader.leave(outer);
  return data.metric(name, unit);
}

/** The oneof `data`: the last kind wins, parts of one kind merge. */
class MetricData {
  private type: Metric['type'] | undefined;
  private temporality = 0;
  private monotonic = false;
  private points: unknown[] = [];

  read(reading: MetricsReading, type: Metric['type']): void {
    const { reader } = reading;
    if (this.type !== type) this.become(reading, type);
    const outer = reader.enter();
    while (reader.pos < reader.limit) {
      const tag = reader.tag();
      if (tag === 10) this.readPoint(reading, type);
      else if (tag === 16 && type !== 'gauge' && type !== 'summary') this.temporality = reader.uint32();
      else if (tag === 24 && type === 'sum') this.monotonic = reader.bool();
      else reader.skip(tag);
    }
    reader.leave(outer);
  }

  metric(name: string, unit: string): Metric | undefined {
    if (this.type === undefined) return undefined;
    const { type, points } = this;
    const temporality = temporalities[this.temporality] ?? 'unspecified';
    const metric =
      type === 'sum'
        ? { type, name, unit, temporality, monotonic: this.monotonic, points }
        : type === 'gauge' || type === 'summary'
          ? { type, name, unit, points }
          : { type, name, unit, temporality, points };
    // readPoint pushed nothing but points of `type`; the compiler cannot follow that through one array.
    return metric as Metric;
  }

  private become(reading: MetricsReading, type: Metric['type']): void {
    reading.points -= this.points.length;
    this.type = type;
    this.temporality = 0;
    this.monotonic = false;
    this.points = [];
  }

  private readPoint(reading: MetricsReading, type: Metric['type']): void {
    const point = readPointOf(reading, type);
    if (point === undefined) return;
    this.points.push(point);
    reading.points += 1;
  }
}

function readPointOf(reading: MetricsReading, type: Metric['type']): Metric['points'][number] | undefined {
  switch (type) {
    case 'gauge':
    case 'sum':
      return readNumberPoint(reading);
    case 'histogram':
      return readHistogramPoint(reading);
    case 'exponentialHistogram':
      return readExponentialPoint(reading);
    case 'summary':
      return readSummaryPoint(reading);
  }
}
