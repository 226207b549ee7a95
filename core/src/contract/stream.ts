import { defineModule } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import type { MetricDefinition, SeriesKey } from '../model/metric.js';
import type { RecordModel, RecordValue } from '../model/record.js';
import type { EntityRecord } from './storage.js';

/**
 * Merges increments into minutes and flushes them. A series is known by the number of its first slot, so that
 * hot loops hold integers, not strings: kinds sum, min, max, totalMin and totalMax have one slot, ratio, gauge, total, latest and totalLatest two
 * (see MetricRows for a and b), a histogram one per bound.
 */
export interface MetricStream {
  /**
   * Slot numbers are valid for one epoch. It changes when idle series were forgotten (at most once a minute, in a turn
   * of the event loop of its own, never while a caller runs);
   * whoever holds numbers of an older epoch must ask for them again.
   */
  readonly epoch: number;

  /** Persists the definitions and makes their series known. Call before the first `series`. */
  define(definitions: readonly MetricDefinition[]): Promise<void>;

  /**
   * First slot of a scalar series. Over the limits of label sets per metric or entities per service it is the
   * slot of the overflow series (every label value `_overflow`), and a counter says so.
   */
  series(key: SeriesKey): number;
  /** One slot per upper bound (integers, millionths of the unit) of a histogram series, in the order given. */
  buckets(key: SeriesKey, bounds: readonly number[]): Int32Array;

  /** Adds to one slot (of a pair: either) in the minute (epoch minutes = floor(ms / 60000)). Adding 0 is data: it says the stream lives. */
  add(slot: number, minute: number, value: number): void;
  /** Adds to `slot` and `slot + 1`. */
  addPair(slot: number, minute: number, a: number, b: number): void;
  min(slot: number, minute: number, value: number): void;
  max(slot: number, minute: number, value: number): void;
  latest(slot: number, minute: number, timeMs: number, value: number): void;

  /** Records that an entity was seen; cheap to repeat. */
  observe(record: EntityRecord): void;

  /** Oldest minute still accepted (late limit, default 24 h), and the newest (clock skew, default 10 min). */
  acceptedMinutes(): { readonly first: number; readonly last: number };

  /** false while storage is away and the bounded buffer is full: callers must refuse new input as retryable. */
  hasRoom(): boolean;

  /**
   * `settle` is called before every flush, so that what a caller still holds back may join it. `everything`: nothing
   * comes after this flush, or someone waits for it, so that holding back is over.
   */
  beforeFlush(settle: (everything: boolean) => void): void;

  /** Writes out what has been merged so far; for tests, shutdown and the demo's wait. */
  flush(): Promise<void>;
}
export const MetricStream = serviceToken<MetricStream>('stream.MetricStream');

/** Takes rows of one model. */
export interface RecordAppender {
  /** One value per column of the model, in its order. The array (and those of maps in it) is read at once and may be used again. */
  append(row: readonly RecordValue[]): void;
}

/** Collects rows column by column and flushes them in batches, by time or size, in order, bounded. */
export interface RecordStream {
  /** Installs the model in the store. Opening a model again gives an appender to the same rows. */
  open(model: RecordModel): Promise<RecordAppender>;
  /** false while storage is away and the bounded buffer is full: callers must refuse new input as retryable. */
  hasRoom(): boolean;
  /** Writes out what has been appended so far; for tests, shutdown and commands. */
  flush(): Promise<void>;
}
export const RecordStream = serviceToken<RecordStream>('stream.RecordStream');

export const StreamModule = defineModule({ name: 'stream', arity: 'one', services: [MetricStream, RecordStream] });
