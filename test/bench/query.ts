/**
 * A dashboard of 30 expressions over an hour of minutes, from the memory storage and without HTTP: all asked in one turn,
 * as GraphQL asks them, against one after the other; rounds interleaved.
 */
import {
  canonicalLabels,
  ExpressionQuery,
  MetadataWriter,
  MetricWriter,
  minuteMs,
  serviceId,
  type ExpressionRequest,
  type HistogramState,
  type MetricDefinition,
  type MetricKind,
  type MetricRows,
  type SeriesKey,
} from '@meterlark/core';
import { startTestHost } from '@meterlark/core/host';
import { figureOf, type Figure } from './figure.js';

const widgets = 30;
const minutes = 60;
const models = 10;
const service = { name: 'gateway', normal: true };

const kinds: readonly MetricKind[] = ['sum', 'ratio', 'histogram'];

export async function benchQuery(runs = 15): Promise<Figure[]> {
  const settings = { storage: 'memory' };
  const inventory = { 'storage/memory': '@meterlark/storage-memory' };
  const host = await startTestHost({ settings, inventory, importModule: () => import('@meterlark/storage-memory') });
  try {
    const now = Math.floor(Date.now() / minuteMs) * minuteMs;
    await host.get(MetadataWriter).defineMetrics(Array.from({ length: widgets }, (_, index) => definition(index)));
    await host.get(MetricWriter).write({ writer: 'bench', sequence: 1, rows: kinds.map((kind) => rows(kind, now)) });
    return [await figure(runs, host.get(ExpressionQuery), requests(now))];
  } finally {
    await host.stop();
  }
}

function definition(index: number): MetricDefinition {
  const kind = kinds[index % kinds.length] ?? 'sum';
  return {
    name: `meter_bench_${index}`, kind, scope: 'Service', labels: ['model'], form: 'plain', factor: 1, precision: 'decimal',
    percentiles: kind === 'histogram' ? [50, 75, 90, 95, 99] : [], edge: 'upper', windowMinutes: 1, unit: '', layer: 'ENVOY_AI_GATEWAY',
    origin: 'bench',
  };
}

function rows(kind: MetricKind, now: number): MetricRows {
  const keys: SeriesKey[] = [];
  const times: number[] = [];
  for (let index = kinds.indexOf(kind); index < widgets; index += kinds.length) {
    for (let cell = 0; cell < models * minutes; cell += 1) {
      const labels = canonicalLabels([['model', `model-${cell % models}`]]);
      keys.push({ tenant: '', metric: `meter_bench_${index}`, kind, entityId: serviceId(service), labels, source: '' });
      times.push(now - Math.floor(cell / models) * minuteMs);
    }
  }
  const values = Float64Array.from(times, (_, index) => index % 100);
  const bounds = Array.from({ length: 20 }, (_, index) => (index + 1) * 50_000);
  const histogram: HistogramState = { bounds, counts: bounds.map((_, index) => index + 1) };
  const histograms = kind === 'histogram' ? keys.map(() => histogram) : [];
  return { kind, keys, minutes: Float64Array.from(times), a: values, b: values.map(() => 4), histograms };
}

function requests(now: number): ExpressionRequest[] {
  const duration = { step: 'minute', startMs: now - (minutes - 1) * minuteMs, endMs: now } as const;
  const entity = { serviceName: service.name, normal: service.normal };
  return Array.from({ length: widgets }, (_, index) => ({
    tenant: '', entity, duration,
    expression: index % 3 === 1 ? `latest(aggregate_labels(meter_bench_${index}, sum)) / 100` : `meter_bench_${index} * 2`,
  }));
}

async function figure(runs: number, query: ExpressionQuery, asked: readonly ExpressionRequest[]): Promise<Figure> {
  const together = async (): Promise<unknown> => Promise.all(asked.map((request) => query.evaluate(request)));
  const oneByOne = async (): Promise<void> => {
    for (const request of asked) await query.evaluate(request);
  };
  await checked(query, asked);
  const values: number[] = [];
  const baselines: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    values.push(await milliseconds(together));
    baselines.push(await milliseconds(oneByOne));
  }
  return figureOf({ name: 'query_30_expressions', unit: 'ms', values, baselines, digits: 2 });
}

/** A dashboard of errors would be fast. Also warms up. */
async function checked(query: ExpressionQuery, asked: readonly ExpressionRequest[]): Promise<void> {
  for (const request of asked) {
    const { error, results } = await query.evaluate(request);
    const empty = results.length === 0 || results.some(({ values }) => values.some(({ value }) => value === undefined));
    if (error !== undefined || empty) throw new Error(`${request.expression}: ${error ?? 'gaps'}`);
  }
}

async function milliseconds(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
