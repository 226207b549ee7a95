/** Tables as data: what a migration creates and what writers and readers name. */
import type { Lifetime, Step } from '@meterlark/core';

/** What a lifetime is set for: metrics of a step, records of a class. */
export type Retention = Step | Lifetime;

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly codec?: string;
  /** Filled by the database from other columns of the row; nobody inserts or reads it. */
  readonly computed?: string;
}

/** A skip index. */
export interface TableIndex {
  readonly name: string;
  readonly expression: string;
  readonly type: string;
}

export type TableSettings = Readonly<Record<string, number | string>>;

export interface TableModel {
  readonly name: string;
  readonly engine: 'MergeTree' | 'AggregatingMergeTree' | 'ReplacingMergeTree';
  readonly engineArguments?: string;
  readonly columns: readonly TableColumn[];
  readonly indexes?: readonly TableIndex[];
  readonly orderBy: readonly string[];
  readonly partitionBy?: string;
  /** Rows live as long as this setting says. */
  readonly retention?: Retention;
  /** Time from which a row's life counts; `bucket` when absent. Written as the server prints it. */
  readonly livesFrom?: string;
  readonly settings?: TableSettings;
  /** As above, left out where the engine does not know one of them. */
  readonly newerSettings?: TableSettings;
  /** Which shard keeps a row on a cluster. */
  readonly shardBy: string;
}

export interface ViewModel {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** SELECT list and GROUP BY; the table comes between. */
  readonly select: string;
  readonly groupBy: string;
}
