/** Two stores of their own lifetimes, a source filled with everything, and copies between them that can be broken off. */
import { deserialize, serialize } from 'node:v8';
import type { MetricBucket, MetricWriteBatch, RecordWriteBatch } from '../../../src/contract/storage.js';
import { beginCopy, installModels, runCopy, type CopyRequest, type CopyResult } from '../../../src/host/copy/copy.js';
import type { CopyState, Intent, StateKeeper } from '../../../src/host/copy/copy-state.js';
import { copyLimits, type CopyJob, type CopyLimits, type CopyStore } from '../../../src/host/copy/copy-store.js';
import type { MetricKind, Step } from '../../../src/model/metric.js';
import { recordModels } from '../../../src/model/record-models.js';
import { dayMs } from '../../../src/model/time.js';
import { ManualClock, RecordingLogger } from '../../../src/testing/fakes.js';
import type { StorageSession } from '../../../src/testing/storage/bench.js';
import { RowServer } from '../../testing/row-server.js';
import { openWholeRowStore } from '../../testing/whole-row-store.js';
import type { WholeRowLimits } from '../../testing/whole-row-writer.js';

export const nowMs = Date.UTC(2026, 1, 28, 13, 37, 11, 250);
export const todayMs = Date.UTC(2026, 1, 28);
export const steps: readonly Step[] = ['minute', 'hour', 'day'];

export const usualLimits: WholeRowLimits = {
  retentionDays: { minute: 3, hour: 7, day: 30 },
  recordDays: { trace: 3, call: 30, content: 3, log: 7 },
  maxOpenRows: 500,
  maxResultRows: 100_000,
};
export const longLimits: WholeRowLimits = {
  ...usualLimits,
  retentionDays: { minute: 60, hour: 60, day: 60 },
  recordDays: { trace: 60, call: 60, content: 60, log: 60 },
};

/** So small that a copy has many batches and reads in many pieces. */
export const smallLimits: CopyLimits = { ...copyLimits, batchRows: 40, readBuckets: 20 };

export interface OpenStore extends CopyStore {
  readonly clock: ManualClock;
}

export function openCopyStore(changes: Partial<WholeRowLimits> = {}, clock = new ManualClock(nowMs)): OpenStore {
  return { ...copyStoreOf(openWholeRowStore(new RowServer(), clock, { ...usualLimits, ...changes })), clock };
}

function copyStoreOf({ reader, writer, ...rest }: StorageSession): CopyStore {
  return { ...rest, metricReader: reader, metricWriter: writer };
}

export class MemoryKeeper implements StateKeeper {
  keeps = 0;
  private kept: Buffer | undefined;
  onKeep: () => void = () => undefined;

  constructor(private text: string) {}

  /** As a file gives it back. */
  get state(): CopyState {
    return JSON.parse(this.text) as CopyState;
  }

  async intend(intent: Intent): Promise<void> {
    this.kept = serialize(intent);
  }

  async intent(): Promise<Intent | undefined> {
    return this.kept === undefined ? undefined : (deserialize(this.kept) as Intent);
  }

  async keep(changes: Partial<CopyState>): Promise<void> {
    this.text = JSON.stringify({ ...this.state, ...changes });
    this.keeps += 1;
    this.onKeep();
  }
}

export const request: CopyRequest = { from: 'storage/one', to: 'storage/two', days: 12, add: false };
export const occupied = (): Error => new Error('occupied');

export class CopyBench {
  readonly logger = new RecordingLogger();
  stopping = new AbortController();
  readonly slept: number[] = [];
  limits: CopyLimits = smallLimits;
  tenants: readonly string[] = [''];

  constructor(
    readonly source: OpenStore,
    public target: CopyStore,
  ) {}

  job(): CopyJob {
    const { source, target, tenants, limits, logger, stopping } = this;
    const sleep = async (milliseconds: number): Promise<void> => void this.slept.push(milliseconds);
    return { source, target, tenants, models: recordModels, limits, clock: source.clock, logger, sleep, stopping: stopping.signal };
  }

  async begin(changes: Partial<CopyRequest> = {}): Promise<MemoryKeeper> {
    await installModels(this.job());
    return new MemoryKeeper(JSON.stringify(await beginCopy(this.job(), { ...request, ...changes }, { id: 'a1b2', occupied })));
  }

  run(keeper: StateKeeper): Promise<CopyResult> {
    return runCopy(this.job(), keeper);
  }
}

export type Batch = MetricWriteBatch | RecordWriteBatch;

/** A store whose writes go through `around`: it may refuse before or after it has written. */
export function withWrites(store: CopyStore, around: (kind: 'metrics' | 'records', batch: Batch, write: () => Promise<void>) => Promise<void>): CopyStore {
  return {
    ...store,
    metricWriter: { write: (batch) => around('metrics', batch, () => store.metricWriter.write(batch)) },
    recordWriter: { write: (batch) => around('records', batch, () => store.recordWriter.write(batch)) },
  };
}

export interface Named {
  readonly name: string;
  readonly kind: MetricKind;
}

/** Everything that a store shows of some metrics at a step, comparable and in order. */
export async function shown(store: CopyStore, metrics: readonly Named[], step: Step, fromMs: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { name: metric, kind } of metrics) {
    const range = { tenant: '', step, fromMs, toMs: todayMs + dayMs };
    const entityIds = await store.metricReader.entityIds({ metric, kind, ...range });
    lines.push(...(await store.metricReader.read({ selections: [{ metric, kind }], entityIds, ...range })).map(textOf));
  }
  return lines.sort();
}

/** Kinds that mean something by `b`. */
const pairs: ReadonlySet<MetricKind> = new Set(['ratio', 'gauge', 'total', 'latest', 'totalLatest']);

function textOf({ state, bucketMs, ...bucket }: MetricBucket): string {
  const { a, slots, histogram } = state;
  const b = pairs.has(bucket.kind) ? state.b : 0;
  const counts = histogram?.bounds.map((bound, place) => [bound, histogram.counts[place]]).filter(([, count]) => count !== 0) ?? [];
  return JSON.stringify([bucket.metric, bucket.kind, bucket.entityId, bucket.labels, bucket.source, new Date(bucketMs).toISOString(), a, b, String(slots), counts]);
}
