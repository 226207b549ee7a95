/** Record models to tables: the one place that knows how a column of a model is stored. */
import type { RecordColumn, RecordModel } from '@meterlark/core';
import { identifier } from '../literal.js';
import type { TableColumn, TableIndex, TableModel, TableSettings } from '../schema/model.js';

const plain = 'ZSTD(1)';
/** Of maps in buckets: an access log's line takes 12 bytes less than at levels 1 and 2, for the same processor time. */
const dense = 'ZSTD(3)';
const codecs: Readonly<Record<RecordColumn['type'], string>> = {
  word: plain,
  text: plain,
  time: `Delta, ${plain}`,
  integer: `T64, ${plain}`,
  decimal: plain,
  flag: plain,
  textMap: plain,
  numberMap: plain,
};

/** Type of a column in tables, Native blocks and answers alike. Times are epoch microseconds, so no range wraps around. */
export function storedType(column: Pick<RecordColumn, 'type' | 'optional'>): string {
  const type = typeOf(column.type);
  return column.optional === true ? `Nullable(${type})` : type;
}

function typeOf(type: RecordColumn['type']): string {
  switch (type) {
    case 'word':
      return 'LowCardinality(String)';
    case 'text':
      return 'String';
    case 'time':
    case 'integer':
      return 'Int64';
    case 'decimal':
      return 'Float64';
    case 'flag':
      return 'Bool';
    case 'textMap':
      return 'Map(LowCardinality(String), String)';
    case 'numberMap':
      return 'Map(LowCardinality(String), Float64)';
  }
}

/**
 * A textMap that is looked up lies apart by key, so that a condition on one key reads little more than the values of that
 * key. A line of an access log with 28 tags: 114 bytes, 133 in one piece. New parts stay in one piece, which keeps inserts
 * cheap, as do maps of few keys. Blocks of 2048 rows made merges cost twice as much.
 */
const bucketedMaps: TableSettings = {
  map_serialization_version: 'with_buckets',
  map_serialization_version_for_zero_level_parts: 'basic',
  map_buckets_strategy: 'constant',
  max_buckets_in_map: 32,
  map_buckets_min_avg_size: 12,
};
const mergedMaps: TableSettings = { merge_max_block_size: 8192 };

export const dayUs = 86_400_000_000;
/** 2048 measured no faster look-ups. */
const granularity = 8192;
/**
 * A day that nobody writes to any more, or that was re-priced, becomes one part: reading the newest revisions then
 * costs no more than reading rows. Late rows of yesterday make it happen again, so not at once.
 */
const mergedDays = { min_age_to_force_merge_seconds: 120, min_age_to_force_merge_on_partition_only: 1 };

export function recordTable(model: RecordModel): TableModel {
  const replaces = model.key !== undefined;
  const isBucketed = model.columns.some(isLookedUpMap);
  return {
    name: model.name,
    engine: replaces ? 'ReplacingMergeTree' : 'MergeTree',
    ...(replaces ? { engineArguments: 'revision' } : {}),
    columns: [...model.columns.map(tableColumn), ...(model.key === undefined ? [] : [keyHash(model.key)])],
    indexes: model.columns.flatMap(skipIndexes),
    orderBy: sortingOf(model),
    partitionBy: `toDate(intDiv(time, ${dayUs}))`,
    retention: model.lifetime,
    // To the end of the day, so that a day goes as a whole and no sooner than readers stop to show it.
    livesFrom: `toDateTime(least(intDiv(time, ${dayUs}) + 1, 46000) * 86400, 'UTC')`,
    settings: { index_granularity: granularity, ttl_only_drop_parts: 1, ...(replaces ? mergedDays : {}), ...(isBucketed ? mergedMaps : {}) },
    ...(isBucketed ? { newerSettings: bucketedMaps } : {}),
    shardBy: shardingOf(model),
  };
}

function tableColumn(column: RecordColumn): TableColumn {
  return { name: column.name, type: storedType(column), codec: isLookedUpMap(column) ? dense : codecs[column.type] };
}

export function isLookedUpMap({ type, lookedUp }: RecordColumn): boolean {
  return type === 'textMap' && lookedUp === true;
}

/**
 * Parts of a text are found by its trigrams: 0.2 bytes a line of an access log and 4 ms for a keyword that a million lines
 * do not hold, 130 ms of processor time without. Four letters and 32 KiB took 3.4 bytes, the engine's `text` index by
 * trigrams 50 and by words 13, which would not find a part of a word.
 */
const trigrams = 'ngrambf_v1(3, 16384, 2, 0)';
/** Shorter ones are few in number and in many rows; an index of all values would take about 11 bytes a line, this one takes 2.6. */
export const idBytes = 20;

/** The values of a map that look like ids, whatever their key. Written as the engine prints it, or conditions would not use the index. */
export function idsOf(name: string): string {
  return `arrayFilter(v -> (length(v) >= ${idBytes}), mapValues(${identifier(name)}))`;
}

function skipIndexes(column: RecordColumn): TableIndex[] {
  const { name, type } = column;
  if (isLookedUpMap(column)) return [{ name: `${name}_ids`, expression: idsOf(name), type: 'bloom_filter(0.01)' }];
  return [
    ...(column.lookedUp === true ? [{ name: `${name}_index`, expression: identifier(name), type: 'bloom_filter(0.01)' }] : []),
    ...(column.searched === true && type === 'text' ? [{ name: `${name}_parts`, expression: identifier(name), type: trigrams }] : []),
  ];
}

/**
 * The rest of a key beside tenant and time, as a number: what merges and reads of newest revisions compare. Two rows
 * of one microsecond would have to agree in 64 bits to be taken for each other. Words and ids in its place measured
 * twice the processor time (a million calls after re-pricing: 940 against 490 ms) for 10 bytes less a row.
 */
const keyHashName = '_key_hash';

function keyHash(key: readonly string[]): TableColumn {
  const rest = key.filter((name) => name !== 'time').map(identifier);
  return { name: keyHashName, type: 'UInt64', computed: rest.length === 0 ? '0' : `cityHash64(${rest.join(', ')})`, codec: 'NONE' };
}

/**
 * Versioned: what stands for the key, because rows equal in it replace each other. Searched: as the model says, because
 * they are read by the newest first. Others: time by the minute and then by the first looked-up column, so that the rows
 * of one trace lie together and its id is stored once.
 */
function sortingOf(model: RecordModel): readonly string[] {
  if (model.key !== undefined) return ['tenant', 'time', keyHashName];
  const together = rowsTogether(model);
  const byMinute = together === undefined ? ['time'] : ['intDiv(time, 60000000)', identifier(together), 'time'];
  return ['tenant', ...model.sortBy.flatMap((name) => (name === 'time' ? byMinute : [identifier(name)]))];
}

/** A trace on one shard; the revisions of a record on one shard, or they would not replace each other. */
function shardingOf(model: RecordModel): string {
  if (model.key !== undefined) return `cityHash64(${['tenant', ...model.key].map(identifier).join(', ')})`;
  return `cityHash64(${identifier(rowsTogether(model) ?? 'time')})`;
}

/** Many logs have no trace: together they would be one shard's. */
function rowsTogether({ columns }: RecordModel): string | undefined {
  if (columns.some(({ searched }) => searched === true)) return undefined;
  return columns.find((column) => column.lookedUp === true && !isLookedUpMap(column))?.name;
}
