import { positive, type SettingsSchema } from '../kernel/definition.js';
import type { FacetLimits } from './facet-lists.js';
import type { SeenLimits } from './seen-entities.js';

export interface StreamSettings {
  readonly flushIntervalMs: number;
  readonly flushRows: number;
  readonly maxBatchRows: number;
  readonly maxPendingRows: number;
  readonly maxPages: number;
  readonly lateLimitHours: number;
  readonly futureLimitMinutes: number;
  readonly maxLabelSets: number;
  readonly maxEntitiesPerService: number;
  readonly maxSlots: number;
  readonly maxEntities: number;
  readonly idleMinutes: number;
  readonly retryInitialMs: number;
  readonly retryMaxMs: number;
  readonly stopTimeoutMs: number;
  readonly recordFlushIntervalMs: number;
  readonly recordFlushRows: number;
  readonly recordFlushBytes: number;
  readonly maxPendingRecords: number;
  readonly maxPendingRecordBytes: number;
  /** What spans and logs prove to exist. */
  readonly seen: SeenLimits;
  readonly facets: FacetLimits;
}

function natural(doc: string, value: number): { doc: string; format: 'nat'; default: number } {
  return { doc, format: 'nat', default: value };
}

function limit(doc: string, value: number): { doc: string; format: typeof positive; default: number } {
  return { doc, format: positive, default: value };
}

export const streamSchema: SettingsSchema<StreamSettings> = {
  flushIntervalMs: natural('Milliseconds between flushes.', 5000),
  flushRows: natural('Rows touched since the last flush that start one before its time.', 100_000),
  maxBatchRows: natural('Rows handed to the store in one batch; a histogram counts once per bucket.', 50_000),
  maxPendingRows: natural('Rows waiting for the store (merging and queued); over it new input is refused as retryable.', 3_000_000),
  maxPages: natural('Pages (36 KiB, 4,096 slots of one minute) held for merging; over it they are packed into batches.', 2048),
  lateLimitHours: natural('Hours that a point may be late.', 24),
  futureLimitMinutes: natural('Minutes that a point may be ahead of the clock.', 10),
  maxLabelSets: natural('Label sets per metric; what exceeds goes to the label set whose values are all _overflow.', 5000),
  maxEntitiesPerService: natural('Instances, and endpoints, per service; what exceeds goes to the one named _overflow.', 5000),
  maxSlots: natural('Numbers kept per minute over all series: one or two each, a histogram one per bucket.', 4_000_000),
  maxEntities: natural('Services, instances, endpoints and processes whose first and last sight is tracked.', 200_000),
  idleMinutes: natural('Minutes without data after which a series or entity is forgotten (stored data stay).', 60),
  retryInitialMs: natural('Wait before the first retry of a failed write; it doubles with each.', 250),
  retryMaxMs: natural('Longest wait between two retries.', 10_000),
  stopTimeoutMs: natural('How long the final flush goes on retrying while the server stops.', 10_000),
  recordFlushIntervalMs: natural('Milliseconds between flushes of records (spans, model calls, content).', 2_000),
  recordFlushRows: natural('Records that make a batch before its time.', 60_000),
  recordFlushBytes: natural('Bytes of records of one model that make a batch before its time.', 33_554_432),
  maxPendingRecords: natural('Records waiting for the store; over it new input is refused as retryable.', 500_000),
  maxPendingRecordBytes: natural('Bytes of records waiting for the store; over it new input is refused as retryable.', 268_435_456),
  seen: {
    maxServices: limit('Services of spans and logs with metadata and metrics; data of others are stored, and counted as the service _overflow.', 5000),
    maxPerService: limit('Instances, and endpoints, per service of spans and logs; what exceeds is counted as the one named _overflow.', 5000),
    maxInAll: limit('Instances and endpoints of all services of spans and logs.', 100_000),
  },
  facets: {
    maxPerList: limit('Values remembered per tag, and span names and remote services per service; further ones are not offered.', 5000),
    maxInAll: limit('Values remembered for completion in all.', 100_000),
  },
};
