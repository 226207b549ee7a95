/** What a copy remembers, so that a later run goes on where an earlier one stopped. */
import type { MetricWriteBatch, RecordWriteBatch } from '../../contract/storage.js';
import type { Step } from '../../model/metric.js';

/** Where the next batch of metrics begins. */
export interface MetricPlace {
  /** Place in the list of tenants. */
  readonly tenant: number;
  readonly dayMs: number;
  /** Metrics before it by name are done, for this tenant and day. */
  readonly metric: string;
  /** Of that metric, entities up to this one are done. */
  readonly after?: string;
  /** Of the entity after it, what is before this is done; the day's start when nothing is. */
  readonly fromMs: number;
  /** Hours of one entity, or entities times their hours, that the next read asks for. */
  readonly share: number;
}

/** Where the next batch of records begins. */
export interface RecordPlace {
  readonly tenant: number;
  readonly model: string;
  readonly timeUs: number;
  /** How far the next read looks, and how many rows it takes at most. */
  readonly widthUs: number;
  readonly limit: number;
}

export interface CopyPart<Place> {
  /** Of the last batch written. */
  readonly sequence: number;
  readonly place?: Place;
  readonly done: boolean;
}

export interface CopiedCounts {
  readonly definitions: number;
  readonly entities: number;
  /** Buckets by the step they were read at. */
  readonly metrics: Readonly<Record<Step, number>>;
  /** Rows by model. */
  readonly records: Readonly<Record<string, number>>;
}

/** Starts of days. */
export interface OwnDays {
  readonly metrics: readonly number[];
  /** By model. */
  readonly records: Readonly<Record<string, readonly number[]>>;
}

export interface CopyState {
  readonly version: 2;
  /** Part of the writer's name: what another copy wrote is not taken for this one's. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** Start of the first day, and the minute at which the copy began: nothing newer is copied. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Days of which the target had data when the copy began: of these it may hold more than the source. */
  readonly own: OwnDays;
  readonly metadataDone: boolean;
  readonly metrics: CopyPart<MetricPlace>;
  readonly records: CopyPart<RecordPlace>;
  readonly copied: CopiedCounts;
}

export type CopyRange = Pick<CopyState, 'fromMs' | 'untilMs'>;

interface Intended<Part, Batch> {
  readonly part: Part;
  readonly batches: readonly Batch[];
  /** Of the state, when they are written. */
  readonly changes: Partial<CopyState>;
}

/** Batches that are about to be written. */
export type Intent =
  | Intended<'metrics', MetricWriteBatch>
  /** `fromUs`: where their page began; it ended at the place that `changes` have. */
  | (Intended<'records', RecordWriteBatch> & { readonly fromUs: number });

/**
 * The state in force, and the batches under way. A batch must come again as it was, whatever has happened to the source
 * meanwhile, because a store knows its rows by their places: so the batch itself is kept, not only where it was read.
 */
export interface StateKeeper {
  readonly state: CopyState;
  /** Resolves when the change outlives this process. */
  keep(changes: Partial<CopyState>): Promise<void>;
  /** Resolves when the intent outlives this process; it replaces the one before. */
  intend(intent: Intent): Promise<void>;
  /** The last intent. */
  intent(): Promise<Intent | undefined>;
}

export function writerOf({ id, from, to }: Pick<CopyState, 'id' | 'from' | 'to'>): string {
  const name = (identity: string): string => identity.slice(identity.indexOf('/') + 1);
  return `copy-${name(from)}-${name(to)}-${id}`;
}
