import { bucketStart, isTotal, mergeStates, slotOf, type HistogramState, type MetricBucket, type MetricKind, type MetricRows, type MetricState, type MetricWriteBatch, type SeriesKey, type Step } from '@meterlark/core';
import { ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import { expect } from 'vitest';
import type { BanyanClient } from '../../src/connection/client.js';
import { BanyanMetricReader } from '../../src/metrics/metric-reader.js';
import { BanyanMetricWriter } from '../../src/metrics/metric-writer.js';
import type { BanyanMetricOptions } from '../../src/metrics/options.js';
import type { FakeClient } from './fake-client.js';

export const steps: readonly Step[] = ['minute', 'hour', 'day'];
export const minute = 60_000;
export const day = Date.UTC(2026, 10, 20);
export const hour = day + 10 * 3_600_000;

export const defaultOptions: BanyanMetricOptions = {
  retentionDays: { minute: 7, hour: 30, day: 180 },
  groupOf: (step) => `group_${step}`,
  pageRows: 1000,
  maxScannedRows: 1_000_000,
  maxOpenRows: 10_000,
};

export interface Increment extends Partial<SeriesKey> {
  readonly at: number;
  readonly a?: number;
  readonly b?: number;
  readonly histogram?: HistogramState;
}

export function rowsOf(kind: MetricKind, increments: readonly Increment[]): MetricRows {
  return {
    kind,
    keys: increments.map(({ tenant = '', metric = 'm', entityId = 'e', labels = '', source = '' }) => ({ tenant, metric, kind, entityId, labels, source })),
    minutes: Float64Array.from(increments, ({ at }) => at),
    a: Float64Array.from(increments, ({ a = 0 }) => a),
    b: Float64Array.from(increments, ({ b = 0 }) => b),
    histograms: kind === 'histogram' ? increments.map(({ histogram }) => histogram!) : [],
  };
}

/** A process on a store: batches are numbered. */
export class Process {
  readonly metrics = new RecordingMetrics();
  readonly metricWriter: BanyanMetricWriter;
  readonly reader: BanyanMetricReader;
  sequence = 0;

  constructor(
    readonly client: BanyanClient,
    readonly writer = 'w1',
    readonly clock = new ManualClock(day + 20 * 3_600_000),
    options: Partial<BanyanMetricOptions> = {},
  ) {
    const all = { ...defaultOptions, ...options };
    this.metricWriter = new BanyanMetricWriter(client, clock, this.metrics, all);
    this.reader = new BanyanMetricReader(client, clock, all);
  }

  batch(...rows: readonly MetricRows[]): MetricWriteBatch {
    this.sequence += 1;
    return { writer: this.writer, sequence: this.sequence, rows };
  }

  async write(kind: MetricKind, increments: readonly Increment[]): Promise<MetricWriteBatch> {
    const batch = this.batch(rowsOf(kind, increments));
    await this.metricWriter.write(batch);
    return batch;
  }

  async read(kind: MetricKind, step: Step, entityIds: readonly string[] = ['e'], metrics: readonly string[] = ['m']): Promise<readonly MetricBucket[]> {
    const selections = metrics.map((metric) => ({ metric, kind }));
    return this.reader.read({ tenant: '', selections, entityIds, step, fromMs: 0, toMs: Infinity });
  }

  /** Of one entity's plain metric, by time. */
  async values(kind: MetricKind, step: Step): Promise<readonly number[]> {
    const buckets = [...(await this.read(kind, step))].sort((left, right) => left.bucketMs - right.bucketMs);
    return buckets.map(({ state }) => state.a);
  }
}

/** What the batches make when each counts once. */
export class Oracle {
  private readonly states = new Map<string, MetricState>();

  constructor(private readonly step: Step) {}

  add({ rows }: MetricWriteBatch): void {
    for (const part of rows) {
      part.keys.forEach(({ metric, kind, entityId, labels, source }, index) => {
        const at = part.minutes[index]!;
        const key = keyOf(metric, kind, entityId, labels, source, bucketStart(at, this.step));
        const slots = isTotal(kind) ? 1n << BigInt(slotOf(at, this.step)) : 0n;
        const state = { a: part.a[index]!, b: part.b[index]!, slots, histogram: part.histograms[index] };
        const known = this.states.get(key);
        this.states.set(key, known === undefined ? state : mergeStates(kind, known, state));
      });
    }
  }

  all(): ReadonlyMap<string, MetricState> {
    return new Map([...this.states].sort(byKey));
  }
}

export function mapped(buckets: readonly MetricBucket[]): ReadonlyMap<string, MetricState> {
  return new Map(
    buckets
      .map(({ metric, kind, entityId, labels, source, bucketMs, state }): [string, MetricState] => [keyOf(metric, kind, entityId, labels, source, bucketMs), state])
      .sort(byKey),
  );
}

function keyOf(...parts: readonly (string | number)[]): string {
  // Long label sets would make failures unreadable.
  return JSON.stringify(parts.map((part) => (typeof part === 'string' && part.length > 400 ? `${part.slice(0, 8)}…${part.length}` : part)));
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** The same numbers in every run. */
export function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

/** All steps of a metric show what the batches add up to. */
export async function expectOracle(process: Process, batches: readonly MetricWriteBatch[], kind: 'sum' | 'total' = 'sum'): Promise<void> {
  const entities = new Set(batches.flatMap(({ rows }) => rows.flatMap(({ keys }) => keys.map(({ entityId }) => entityId))));
  for (const step of steps) {
    const oracle = new Oracle(step);
    for (const batch of batches) oracle.add(batch);
    expect(mapped(await process.read(kind, step, [...entities]))).toEqual(oracle.all());
  }
}

/** Questions for what a writer wrote before. */
export function readBacks({ queries }: FakeClient): number {
  return queries.filter(({ tags }) => tags.includes('part')).length;
}
