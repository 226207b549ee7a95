/** Record models to tables: the one place that knows how a column of a model is stored. */
import type { RecordColumn, RecordModel } from '@meterlark/core';
import { identifier } from '../literal.js';
import type { TableColumn, TableIndex, TableModel } from '../schema/model.js';

const plain = 'ZSTD(1)';
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
  return {
    name: model.name,
    engine: replaces ? 'ReplacingMergeTree' : 'MergeTree',
    ...(replaces ? { engineArguments: 'revision' } : {}),
    columns: [...model.columns.map(tableColumn), ...(model.key === undefined ? [] : [keyHash(model.key)])],
    indexes: model.columns.filter((column) => column.lookedUp === true).map(lookUpIndex),
    orderBy: sortingOf(model),
    partitionBy: `toDate(intDiv(time, ${dayUs}))`,
    retention: model.lifetime,
    // To the end of the day, so that a day goes as a whole and no sooner than readers stop to show it.
    livesFrom: `toDateTime(least(intDiv(time, ${dayUs}) + 1, 46000) * 86400, 'UTC')`,
    settings: { index_granularity: granularity, ttl_only_drop_parts: 1, ...(replaces ? mergedDays : {}) },
    shardBy: shardingOf(model),
  };
}

function tableColumn(column: RecordColumn): TableColumn {
  return { name: column.name, type: storedType(column), codec: codecs[column.type] };
}

function lookUpIndex({ name }: RecordColumn): TableIndex {
  return { name: `${name}_index`, expression: identifier(name), type: 'bloom_filter(0.01)' };
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
 * Versioned: what stands for the key, because rows equal in it replace each other. Others: time by the minute and then
 * by the first looked-up column, so that the rows of one trace lie together and its id is stored once.
 */
function sortingOf(model: RecordModel): readonly string[] {
  if (model.key !== undefined) return ['tenant', 'time', keyHashName];
  const lookedUp = model.columns.filter((column) => column.lookedUp === true).map((column) => column.name);
  const byMinute = ['intDiv(time, 60000000)', ...lookedUp.slice(0, 1).map(identifier), 'time'];
  return ['tenant', ...model.sortBy.flatMap((name) => (name === 'time' ? byMinute : [identifier(name)]))];
}

/** A trace on one shard; the revisions of a record on one shard, or they would not replace each other. */
function shardingOf(model: RecordModel): string {
  if (model.key !== undefined) return `cityHash64(${['tenant', ...model.key].map(identifier).join(', ')})`;
  const lookedUp = model.columns.find((column) => column.lookedUp === true);
  return `cityHash64(${identifier(lookedUp?.name ?? 'time')})`;
}
