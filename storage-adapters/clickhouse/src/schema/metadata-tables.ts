import type { TableModel } from './model.js';

/**
 * Who was seen. `properties` is (last seen, write order, JSON): the greatest wins as a whole; empty ones are written
 * with time -1 and never win over others.
 */
export const entityTable: TableModel = {
  name: 'entities',
  engine: 'AggregatingMergeTree',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'scope', type: 'LowCardinality(String)' },
    { name: 'id', type: 'String' },
    { name: 'named', type: 'SimpleAggregateFunction(max, Tuple(Int64, Int64, String, String, String))' },
    { name: 'layers', type: 'SimpleAggregateFunction(groupUniqArrayArray, Array(String))' },
    { name: 'first_seen', type: 'SimpleAggregateFunction(min, Int64)' },
    { name: 'last_seen', type: 'SimpleAggregateFunction(max, Int64)' },
    { name: 'properties', type: 'SimpleAggregateFunction(max, Tuple(Int64, Int64, String))' },
  ],
  orderBy: ['tenant', 'scope', 'id'],
  // As long as the last of its metrics; far futures must not wrap around into the past.
  retention: 'day',
  livesFrom: "toDateTime(least(intDiv(last_seen, 1000), 4000000000), 'UTC')",
  settings: { index_granularity: 2048 },
  shardBy: 'cityHash64(tenant, id)',
};

/** Newest definition of each metric as JSON. */
export const definitionTable: TableModel = {
  name: 'metric_definitions',
  engine: 'ReplacingMergeTree',
  engineArguments: 'version',
  columns: [
    { name: 'name', type: 'String' },
    { name: 'version', type: 'Int64' },
    { name: 'definition', type: 'String' },
  ],
  orderBy: ['name'],
  shardBy: 'cityHash64(name)',
};

/** Which migrations this database has had. */
export const versionTable: TableModel = {
  name: 'schema_version',
  engine: 'ReplacingMergeTree',
  columns: [
    { name: 'version', type: 'UInt32' },
    { name: 'description', type: 'String' },
    { name: 'applied_at', type: "DateTime('UTC')" },
  ],
  orderBy: ['version'],
  shardBy: '0',
};
