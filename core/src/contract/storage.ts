/** What a database must promise. The suite in `@meterlark/core/testing` holds an adapter to it. */
import { defineModule } from '../kernel/definition.js';
import { serviceToken } from '../kernel/token.js';
import type { EntityScope } from '../model/entity.js';
import type { MetricDefinition, MetricKind, MetricRows, MetricState, Step } from '../model/metric.js';
import type { GroupQuery, RecordGroup, RecordQuery } from '../model/record-query.js';
import type { Lifetime, RecordModel, RecordRow, RecordRows } from '../model/record.js';

/**
 * A flush, known by its writer and its number. The batches of one writer come one at a time and in order: one that
 * failed is repeated as it was before the next comes, or is given up for good. After a crash a writer's batches may
 * come again from any point on, in order. Whatever is repeated is stored once, also when it was stored in part.
 */
export interface MetricWriteBatch {
  /** New for every process, or the id of what is replayed; never two processes at a time. */
  readonly writer: string;
  /** 1, 2, 3 … of this writer; those that never came are gaps. */
  readonly sequence: number;
  /** At most one element per kind. */
  readonly rows: readonly MetricRows[];
}

/** One name for a batch, where a store wants a token for it. */
export function batchId({ writer, sequence }: Pick<MetricWriteBatch, 'writer' | 'sequence'>): string {
  return `${writer}-${sequence}`;
}

export interface MetricWriter {
  /**
   * Adds increments. Resolves when a reader sees them and a crash of this process no longer loses them.
   * Rejects with a MeterlarkError whose `class` says whether the same batch may be tried again.
   */
  write(batch: MetricWriteBatch): Promise<void>;
}
export const MetricWriter = serviceToken<MetricWriter>('storage.MetricWriter');

export interface MetricSelection {
  readonly metric: string;
  readonly kind: MetricKind;
}

export interface MetricQuery {
  readonly tenant: string;
  readonly selections: readonly MetricSelection[];
  readonly entityIds: readonly string[];
  readonly step: Step;
  /** Start of the first bucket and end of the last, epoch ms, the end not included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** One merged state; total kinds have one row per source, all others one per label set. */
export interface MetricBucket {
  readonly metric: string;
  readonly kind: MetricKind;
  readonly entityId: string;
  readonly labels: string;
  readonly source: string;
  readonly bucketMs: number;
  readonly state: MetricState;
}

export interface TopQuery {
  readonly tenant: string;
  /** A metric without labels, of any kind but histogram. */
  readonly definition: MetricDefinition;
  /** Only entities of this service; undefined ranks over all. */
  readonly serviceId: string | undefined;
  /** Only these entities; undefined means all. */
  readonly entityIds: readonly string[] | undefined;
  readonly step: Step;
  readonly fromMs: number;
  readonly toMs: number;
  readonly order: 'asc' | 'des';
  readonly limit: number;
}

/**
 * Value: mean over the buckets that have data of the value each shows, `shownValue(precision, bucketValue(…))` of
 * model/metric-value.ts (integer metrics round per bucket); the mean itself is not rounded. No bucket sees another:
 * windows and gaps of sources at minute step are the query layer's.
 */
export interface TopEntry {
  readonly entityId: string;
  readonly value: number;
}

/** Which entities there is something to read of. */
export interface MetricEntityQuery extends MetricSelection {
  readonly tenant: string;
  readonly step: Step;
  /** As in MetricQuery. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface MetricReader {
  /** Merged over all writers; order of the result is not defined; empty when nothing matches. */
  read(query: MetricQuery): Promise<readonly MetricBucket[]>;
  /** Each once, in any order: those with a bucket that `read` would give. For programs that copy a store, not for dashboards. */
  entityIds(query: MetricEntityQuery): Promise<readonly string[]>;
  /** Best first; equal values by entity id ascending. */
  top(query: TopQuery): Promise<readonly TopEntry[]>;
}
export const MetricReader = serviceToken<MetricReader>('storage.MetricReader');

/** A service, instance, endpoint or process that was seen. */
export interface EntityRecord {
  readonly tenant: string;
  readonly id: string;
  readonly scope: Extract<EntityScope, 'Service' | 'ServiceInstance' | 'Endpoint' | 'Process'>;
  readonly name: string;
  /** The entity's own id for a service. */
  readonly serviceId: string;
  /** Processes only: the instance they run in; "" otherwise. */
  readonly instanceId: string;
  readonly layers: readonly string[];
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly properties: Readonly<Record<string, string>>;
}

export interface MetadataWriter {
  /** Merges by (tenant, scope, id): layers unite, first seen by min, last seen by max, properties of the latest last-seen win as a whole unless empty. */
  upsertEntities(records: readonly EntityRecord[]): Promise<void>;
  /** Keeps the definition of each name; a later call replaces an earlier one. */
  defineMetrics(definitions: readonly MetricDefinition[]): Promise<void>;
}
export const MetadataWriter = serviceToken<MetadataWriter>('storage.MetadataWriter');

export interface EntityQuery {
  readonly tenant: string;
  readonly scope: EntityRecord['scope'];
  /** Exact ids; undefined means any. */
  readonly ids?: readonly string[];
  readonly serviceId?: string;
  readonly instanceId?: string;
  readonly layer?: string;
  /** Name contains, case-sensitive; "" matches all. */
  readonly keyword?: string;
  /** Seen in [fromMs, toMs): lastSeenMs >= fromMs and firstSeenMs < toMs. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Most recently seen first, then by name. */
  readonly limit: number;
}

export interface MetadataReader {
  /** Merged; without those last seen before the first day that StorageHealth's retention keeps. */
  entities(query: EntityQuery): Promise<readonly EntityRecord[]>;
  metrics(): Promise<readonly MetricDefinition[]>;
}
export const MetadataReader = serviceToken<MetadataReader>('storage.MetadataReader');

/**
 * Makes the tables of record models; new columns of a known model are added, none is ever removed. Cheap to repeat:
 * whoever writes or reads a model installs it first.
 */
export interface SchemaInstaller {
  install(models: readonly RecordModel[]): Promise<void>;
}
export const SchemaInstaller = serviceToken<SchemaInstaller>('storage.SchemaInstaller');

/** A flush of records; writer, sequence and repetition as for MetricWriteBatch, numbered apart from metrics. */
export interface RecordWriteBatch {
  readonly writer: string;
  readonly sequence: number;
  /** At most one element per model; all models are installed. */
  readonly rows: readonly RecordRows[];
}

export interface RecordWriter {
  /** As MetricWriter.write. Rows older than their lifetime are not stored, and counted. Lone surrogates become U+FFFD. */
  write(batch: RecordWriteBatch): Promise<void>;
}
export const RecordWriter = serviceToken<RecordWriter>('storage.RecordWriter');

/**
 * Rows past their lifetime, counted in whole days of UTC, are not shown. The model must have been installed, by whomever
 * and whenever; a column that a row was written without reads as a missing value: "", 0, false, an empty map, or
 * undefined where it is optional.
 */
export interface RecordReader {
  /** Rows in the order asked, equal ones in any order. Rejects (permanent) when a limit of the store would cut the answer. */
  rows(query: RecordQuery): Promise<readonly RecordRow[]>;
  /** Groups in the order asked. Without rows there is no group, also where nothing is grouped by. */
  groups(query: GroupQuery): Promise<readonly RecordGroup[]>;
}
export const RecordReader = serviceToken<RecordReader>('storage.RecordReader');

export interface StorageHealth {
  /** Resolves when the store answers; rejects with the reason. */
  check(): Promise<void>;
  /** Lifetimes in force, in days, per step. */
  readonly retentionDays: Readonly<Record<Step, number>>;
  /** Lifetimes of records in force, in days. */
  readonly recordDays: Readonly<Record<Lifetime, number>>;
}
export const StorageHealth = serviceToken<StorageHealth>('storage.StorageHealth');

export const StorageModule = defineModule({
  name: 'storage',
  arity: 'one',
  services: [
    MetricWriter, MetricReader, MetadataWriter, MetadataReader, SchemaInstaller, RecordWriter, RecordReader, StorageHealth,
  ],
});
