/** Models as tables, and columns as blocks, without a store. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callsModel, contentModel, facetsModel, readRow, spansModel, type RecordModel, type RecordRow } from '@meterlark/core';
import { recordRows } from '@meterlark/core/testing';
import { encodeBlocks, rowsPerBlock } from '../src/native/block.js';
import { nativeColumns } from '../src/records/record-columns.js';
import { rowsOf } from '../src/records/record-decode.js';
import { acceptableRecords, timeBounds } from '../src/records/record-rows.js';
import { recordTable } from '../src/records/record-tables.js';
import { addColumn, addIndex, createTable, type SchemaTarget } from '../src/schema/ddl.js';
import { openEngine, type TestEngine } from './engine.js';

const retentionDays = { minute: 7, hour: 30, day: 180, trace: 7, call: 90, content: 7, log: 14 };
const single: SchemaTarget = { database: 'db', cluster: '', retentionDays };
const cluster: SchemaTarget = { ...single, cluster: 'two' };

const every: RecordModel = {
  name: 'every',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'id', type: 'text', lookedUp: true },
    { name: 'word', type: 'word' },
    { name: 'whole', type: 'integer' },
    { name: 'maybe', type: 'integer', optional: true },
    { name: 'amount', type: 'decimal', optional: true },
    { name: 'on', type: 'flag' },
    { name: 'tags', type: 'textMap' },
    { name: 'counts', type: 'numberMap' },
  ],
  sortBy: ['word', 'time'],
  lifetime: 'log',
};
const versioned: RecordModel = { ...every, name: 'versioned', columns: [...every.columns, { name: 'revision', type: 'integer' }], key: ['time', 'word', 'id'] };

describe('statements', () => {
  test('rows that stay lie by minute and looked-up column, a day in a partition', () => {
    expect(createTable(recordTable(every), single)).toEqual([
      [
        'CREATE TABLE IF NOT EXISTS `db`.`every` (',
        '  `tenant` LowCardinality(String) CODEC(ZSTD(1)),',
        '  `time` Int64 CODEC(Delta, ZSTD(1)),',
        '  `id` String CODEC(ZSTD(1)),',
        '  `word` LowCardinality(String) CODEC(ZSTD(1)),',
        '  `whole` Int64 CODEC(T64, ZSTD(1)),',
        '  `maybe` Nullable(Int64) CODEC(T64, ZSTD(1)),',
        '  `amount` Nullable(Float64) CODEC(ZSTD(1)),',
        '  `on` Bool CODEC(ZSTD(1)),',
        '  `tags` Map(LowCardinality(String), String) CODEC(ZSTD(1)),',
        '  `counts` Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),',
        '  INDEX id_index `id` TYPE bloom_filter(0.01) GRANULARITY 1',
        ')',
        'ENGINE = MergeTree',
        'PARTITION BY toDate(intDiv(time, 86400000000))',
        'ORDER BY (tenant, `word`, intDiv(time, 60000000), `id`, time)',
        "TTL toDateTime(least(intDiv(time, 86400000000) + 1, 46000) * 86400, 'UTC') + toIntervalDay(14)",
        'SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, old_parts_lifetime = 60, non_replicated_deduplication_window = 10000',
      ].join('\n'),
    ]);
  });

  test('rows with revisions lie by time and the hash of their key, and days at rest become one part', () => {
    const [sql] = createTable(recordTable(versioned), single);
    expect(sql).toContain('ENGINE = ReplacingMergeTree(revision)\n');
    expect(sql).toContain('\n  `_key_hash` UInt64 MATERIALIZED cityHash64(`word`, `id`) CODEC(NONE),\n');
    expect(sql).toContain('\nORDER BY (tenant, time, _key_hash)\n');
    expect(sql).toContain('min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1');
  });

  test('on a cluster a trace lies on one shard, and so do the revisions of a record', () => {
    const sharded = [spansModel, contentModel, callsModel, facetsModel].map((model) => createTable(recordTable(model), cluster)[1]);
    expect(sharded.map((sql) => sql?.split('\n')[1])).toEqual([
      "ENGINE = Distributed('two', 'db', 'spans_local', cityHash64(`trace_id`))",
      "ENGINE = Distributed('two', 'db', 'model_call_content_local', cityHash64(`trace_id`))",
      "ENGINE = Distributed('two', 'db', 'model_calls_local', cityHash64(`tenant`, `time`, `provider`, `model`, `id`))",
      "ENGINE = Distributed('two', 'db', 'facets_local', cityHash64(`tenant`, `time`, `list`, `key`, `value`))",
    ]);
    const [calls] = createTable(recordTable(callsModel), cluster);
    expect(calls).toContain("ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/db/model_calls', '{replica}', revision)");
  });

  test('a new column goes to the stored table first, then to the one over it; an index only to the stored one', () => {
    const table = recordTable(every);
    expect(addColumn(table, { name: 'x', type: 'Int64', codec: 'T64' }, cluster)).toEqual([
      "ALTER TABLE `db`.`every_local` ON CLUSTER 'two' ADD COLUMN IF NOT EXISTS `x` Int64 CODEC(T64)",
      "ALTER TABLE `db`.`every` ON CLUSTER 'two' ADD COLUMN IF NOT EXISTS `x` Int64",
    ]);
    expect(addIndex(table, table.indexes![0]!, cluster)).toBe(
      "ALTER TABLE `db`.`every_local` ON CLUSTER 'two' ADD INDEX IF NOT EXISTS id_index `id` TYPE bloom_filter(0.01) GRANULARITY 1",
    );
  });
});

describe('blocks, read by the engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openEngine();
    await engine.native('CREATE DATABASE db');
    for (const sql of createTable(recordTable(every), single)) await engine.native(sql);
  });
  afterAll(() => engine.close());

  const nowUs = Math.floor(Date.now() / 1000) * 1_000_000;

  function rowAt(index: number): RecordRow {
    const tags = Object.fromEntries(Array.from({ length: index % 4 }, (_, place) => [`k${(index + place) % 700}`, `v${index}-${'x'.repeat((index % 50) * (place + 1))}`]));
    return {
      tenant: '',
      time: nowUs + index,
      id: 'ü'.repeat(index % 200),
      word: `w${index % 900}`,
      whole: index % 2 === 0 ? index : -index * 1e9,
      maybe: index % 3 === 0 ? undefined : index,
      amount: index % 5 === 0 ? undefined : index / 7,
      on: index % 2 === 1,
      tags,
      counts: index % 3 === 0 ? {} : { [`c${index % 300}`]: index / 3, zero: 0 },
    };
  }

  async function roundTrip(rows: readonly RecordRow[]): Promise<RecordRow[]> {
    await engine.native('TRUNCATE TABLE db.every');
    const columns = nativeColumns(recordRows(every, rows));
    await engine.load('db.every', columns.map(({ name }) => name), await encodeBlocks(columns, rows.length));
    return rowsOf(every, undefined, await engine.native('SELECT * FROM db.every ORDER BY time'));
  }

  test('several blocks with dictionaries too large for a byte come back row by row', async () => {
    const rows = Array.from({ length: rowsPerBlock + 1000 }, (_, index) => rowAt(index));
    expect(await roundTrip(rows)).toEqual(rows);
  });

  test('a dictionary too large for two bytes comes back', async () => {
    const rows = Array.from({ length: 70_000 }, (_, index) => ({ ...rowAt(0), time: nowUs + index, word: `w${index}` }));
    const read = await roundTrip(rows);
    expect(read.map((row) => row['word'])).toEqual(rows.map((row) => row['word']));
  });

  test('texts around the lengths where their encoding changes come back', async () => {
    const rows = [0, 1, 95, 96, 127, 128, 129, 16_383, 16_384, 100_000].map((length, index) => ({ ...rowAt(0), time: nowUs + index, id: 'i'.repeat(length) }));
    expect((await roundTrip(rows)).map((row) => row['id'])).toEqual(rows.map((row) => row.id));
  });

  test('a look-up of one id goes through its skip index', async () => {
    const plan = await engine.rows("EXPLAIN indexes = 1 SELECT * FROM db.every WHERE tenant = '' AND id = 'abc'");
    expect(plan.map(([line]) => String(line).trim())).toContain('Name: id_index');
  });
});

describe('rows that cannot be kept', () => {
  const rows = recordRows(every, Array.from({ length: 5 }, (_, index) => ({ tenant: '', time: index, id: `i${index}`, word: `w${index}`, whole: index, ...(index % 2 === 0 ? { maybe: index } : {}), on: index > 2, tags: { [`k${index}`]: `v${index}` }, counts: { n: index } })));

  test('are taken out of every column', () => {
    const reasons: string[] = [];
    const kept = acceptableRecords(rows, { oldestUs: 1, endUs: 4 }, (reason) => reasons.push(reason));
    expect(reasons).toEqual(['expired', 'time']);
    expect([0, 1, 2].map((index) => readRow(kept, index))).toEqual([1, 2, 3].map((index) => readRow(rows, index)));
    expect(kept.count).toBe(3);
  });

  test('cost nothing when there are none', () => {
    expect(acceptableRecords(rows, { oldestUs: 0, endUs: 5 }, () => undefined)).toBe(rows);
  });

  test('all of them leave none', () => {
    expect(acceptableRecords(rows, { oldestUs: 10, endUs: 20 }, () => undefined).count).toBe(0);
  });

  test('a lifetime counts whole days of UTC, and a year ahead is the end', () => {
    const dayMs = 86_400_000;
    expect(timeBounds(10 * dayMs + 5, 7)).toEqual({ oldestUs: 3 * dayMs * 1000, endUs: 376 * dayMs * 1000 });
  });
});
