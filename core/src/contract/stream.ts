import { defineModule } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import type { MetricDefinition, SeriesKey } from '../model/metric.js';
import type { RecordModel, RecordValue } from '../model/record.js';
import type { SourceEntity } from '../model/source.js';
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

/** A service, instance or endpoint that data prove to exist; one object for each, told to the store once a minute. */
export interface SeenEntity {
  /** `_overflow` for what exceeded a limit. */
  readonly name: string;
  /** One object per entity: identity may serve as a cache key. */
  readonly entity: SourceEntity;
  /** In a minute (epoch minutes); cheap to repeat. */
  seen(minute: number): void;
}

export interface SeenService extends SeenEntity {
  readonly layer: string;
  instance(name: string): SeenEntity;
  endpoint(name: string): SeenEntity;
}

/** Services, instances and endpoints that analyzers see in spans and logs: bounded for all of them together. */
export interface SeenEntities {
  /** Changes when idle ones were forgotten to make room: whoever holds some must ask again. */
  readonly generation: number;
  /** Names are taken as they are given; longer ones than the store keeps are the caller's to cut. */
  service(tenant: string, name: string, layer: string): SeenService;
}
export const SeenEntities = serviceToken<SeenEntities>('stream.SeenEntities');

export interface FacetKey {
  readonly tenant: string;
  /** `trace_tag`, `trace_tag_key`, `zipkin_tag`, `span_name`, `remote_service`, `log_tag` or `log_tag_key`. */
  readonly list: string;
  /** A tag's key, or the service that a name belongs to. */
  readonly key: string;
}

/** One list of values for completion. */
export interface FacetSet {
  /** `hour`: epoch hours. One row an hour for each value, however often it is seen. */
  see(value: string | number | boolean, hour: number): void;
}

/** Values by which others will search, remembered for completion; bounded per list and in all. */
export interface FacetLists {
  set(key: FacetKey): FacetSet;
  /** Keys without a value, told anew every hour in which there are data. */
  stand(keys: readonly FacetKey[]): void;
}
export const FacetLists = serviceToken<FacetLists>('stream.FacetLists');

export const StreamModule = defineModule({
  name: 'stream',
  arity: 'one',
  services: [MetricStream, RecordStream, SeenEntities, FacetLists],
});
