/** The services of one open store, and the waiting when it is busy. */
import {
  MetadataReader,
  MetadataWriter,
  MetricReader,
  MetricWriter,
  RecordReader,
  RecordWriter,
  SchemaInstaller,
  StorageHealth,
} from '../../contract/storage.js';
import type { Clock, Logger } from '../../kernel/ambient.js';
import type { Resolver } from '../../kernel/definition.js';
import { sideBySide } from '../../kernel/side-by-side.js';
import { isMeterlarkError } from '../../kernel/error.js';
import type { RecordModel } from '../../model/record.js';

export interface CopyStore {
  readonly metricReader: MetricReader;
  readonly metricWriter: MetricWriter;
  readonly metadataReader: MetadataReader;
  readonly metadataWriter: MetadataWriter;
  readonly installer: SchemaInstaller;
  readonly recordReader: RecordReader;
  readonly recordWriter: RecordWriter;
  readonly health: StorageHealth;
}

export function storeOf(host: Pick<Resolver, 'get'>): CopyStore {
  return {
    metricReader: host.get(MetricReader),
    metricWriter: host.get(MetricWriter),
    metadataReader: host.get(MetadataReader),
    metadataWriter: host.get(MetadataWriter),
    installer: host.get(SchemaInstaller),
    recordReader: host.get(RecordReader),
    recordWriter: host.get(RecordWriter),
    health: host.get(StorageHealth),
  };
}

export interface CopyLimits {
  /** Metric rows after which a batch is written. */
  readonly batchRows: number;
  /** Bytes of records aimed at in a batch. */
  readonly batchBytes: number;
  /** Metric buckets aimed at in one answer. */
  readonly readBuckets: number;
  /** Entities of one scope that one answer may hold; more is an error. */
  readonly maxEntities: number;
}

export const copyLimits: CopyLimits = { batchRows: 20_000, batchBytes: 8 * 1024 * 1024, readBuckets: 20_000, maxEntities: 1_000_000 };

export interface CopyJob {
  readonly source: CopyStore;
  readonly target: CopyStore;
  readonly tenants: readonly string[];
  readonly models: readonly RecordModel[];
  readonly limits: CopyLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Aborted: stop after what is under way. */
  readonly stopping: AbortSignal;
}

export function isStopped({ stopping }: Pick<CopyJob, 'stopping'>): boolean {
  return stopping.aborted;
}

/** Waits before the tries after the first. */
const waitsMs = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000];

/** Tries again what fails for a passing reason; the last reason is thrown. */
export async function patiently<T>(job: Pick<CopyJob, 'logger' | 'sleep' | 'stopping'>, work: () => Promise<T>): Promise<T> {
  for (const waitMs of waitsMs) {
    try {
      return await work();
    } catch (error) {
      if (job.stopping.aborted || !isMeterlarkError(error) || error.class !== 'retryable') throw error;
      job.logger.warn('a store is busy, the same is tried again', { waitMs, error });
      await job.sleep(waitMs);
    }
  }
  return work();
}

/** A refusal for good may mean that the answer was too large: undefined as long as less can be asked for. */
export async function unlessTooMuch<T>(isMore: boolean, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!isMore || !isMeterlarkError(error) || error.class !== 'permanent') throw error;
    return undefined;
  }
}

/** Questions under way at the same time. */
const width = 4;

/** The answers in the order of the items; those before the signal when it comes. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>, stopping: AbortSignal): Promise<R[]> {
  const results: R[] = [];
  for (let place = 0; place < items.length && !stopping.aborted; place += width) {
    results.push(...(await sideBySide(items.slice(place, place + width).map(work))));
  }
  return results;
}

/** By UTF-16 units: the same order in every run. */
export function compareNames(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
