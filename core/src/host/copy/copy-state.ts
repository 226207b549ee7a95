/** What a copy remembers, so that a later run goes on where an earlier one stopped. */
import type { Step } from '../../model/metric.js';

/** Where the next batch of metrics begins. A batch is a function of this and of what the source has. */
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

export interface CopyState {
  readonly version: 1;
  /** Part of the writer's name: what another copy wrote is not taken for this one's. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly days: number;
  /** Start of the first day, and the minute at which the copy began: nothing newer is copied. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** The target had data of its own in this time: it may hold more than the source. */
  readonly shared: boolean;
  readonly metadataDone: boolean;
  readonly metrics: CopyPart<MetricPlace>;
  readonly records: CopyPart<RecordPlace>;
  readonly copied: CopiedCounts;
}

export type CopyRange = Pick<CopyState, 'fromMs' | 'untilMs'>;

/** The state in force; `keep` resolves when the change outlives this process. */
export interface StateKeeper {
  readonly state: CopyState;
  keep(changes: Partial<CopyState>): Promise<void>;
}

export function writerOf({ id, from, to }: Pick<CopyState, 'id' | 'from' | 'to'>): string {
  const name = (identity: string): string => identity.slice(identity.indexOf('/') + 1);
  return `copy-${name(from)}-${name(to)}-${id}`;
}
