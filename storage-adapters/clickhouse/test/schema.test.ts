import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RecordingLogger, RecordingMetrics } from '@meterlark/core/testing';
import type { Connection } from '../src/connection/connection.js';
import { openEmbedded } from '../src/connection/embedded.js';
import { readBlocks } from '../src/native/reader.js';
import { createTable, createView, type SchemaTarget } from '../src/schema/ddl.js';
import { metricTables, metricViews } from '../src/schema/metric-tables.js';
import { inspectSchema, currentVersion } from '../src/schema/migrator.js';
import { migrations, type Migration } from '../src/schema/migrations.js';
import { testFolder, type TestFolder } from './surroundings.js';

const single: SchemaTarget = { database: 'db', cluster: '', retentionDays: { minute: 7, hour: 30, day: 180, trace: 7, call: 90, content: 7, log: 7 } };
const cluster: SchemaTarget = { ...single, cluster: "two's" };

describe('statements', () => {
  const [minuteSums] = metricTables;
  const [hourSums] = metricViews;

  test('for a single server', () => {
    expect(createTable(minuteSums!, single)).toEqual([
      [
        'CREATE TABLE IF NOT EXISTS `db`.`metric_sums_minute` (',
        '  `tenant` LowCardinality(String) CODEC(ZSTD(1)),',
        '  `metric` LowCardinality(String) CODEC(ZSTD(1)),',
        '  `kind` LowCardinality(String) CODEC(ZSTD(1)),',
        '  `entity` LowCardinality(String) CODEC(ZSTD(1)),',
        '  `labels` LowCardinality(String) CODEC(ZSTD(1)),',
        '  `source` LowCardinality(String) CODEC(ZSTD(1)),',
        "  `bucket` DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),",
        '  `a` SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1)),',
        '  `b` SimpleAggregateFunction(sum, Float64) CODEC(ZSTD(1))',
        ')',
        'ENGINE = AggregatingMergeTree',
        'PARTITION BY toYYYYMMDD(bucket)',
        'ORDER BY (tenant, metric, kind, entity, labels, source, bucket)',
        'TTL bucket + toIntervalDay(7)',
        'SETTINGS index_granularity = 2048, ttl_only_drop_parts = 1, old_parts_lifetime = 60, non_replicated_deduplication_window = 10000',
      ].join('\n'),
    ]);
    expect(createView(hourSums!, single)).toBe(
      [
        'CREATE MATERIALIZED VIEW IF NOT EXISTS `db`.`metric_sums_hour_view` TO `db`.`metric_sums_hour` AS',
        'SELECT tenant, metric, kind, entity, labels, source, toStartOfHour(m.bucket) AS bucket, sum(m.a) AS a, sum(m.b) AS b, ' +
          "groupBitOr(if(startsWith(kind, 'total'), bitShiftLeft(toUInt64(1), toMinute(m.bucket)), 0)) AS slots",
        'FROM `db`.`metric_sums_minute` AS m',
        'GROUP BY tenant, metric, kind, entity, labels, source, bucket',
      ].join('\n'),
    );
  });

  test('for a cluster: replicated tables, distributed ones over them, views between the local ones', () => {
    const [stored, distributed] = createTable(minuteSums!, cluster);
    const lines = stored!.split('\n');
    expect(lines[0]).toBe("CREATE TABLE IF NOT EXISTS `db`.`metric_sums_minute_local` ON CLUSTER 'two\\'s' (");
    expect(lines.slice(-5)).toEqual([
      "ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/db/metric_sums_minute', '{replica}')",
      'PARTITION BY toYYYYMMDD(bucket)',
      'ORDER BY (tenant, metric, kind, entity, labels, source, bucket)',
      'TTL bucket + toIntervalDay(7)',
      'SETTINGS index_granularity = 2048, ttl_only_drop_parts = 1, old_parts_lifetime = 60, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800',
    ]);
    expect(distributed).toBe(
      "CREATE TABLE IF NOT EXISTS `db`.`metric_sums_minute` ON CLUSTER 'two\\'s' AS `db`.`metric_sums_minute_local`\n" +
        "ENGINE = Distributed('two\\'s', 'db', 'metric_sums_minute_local', cityHash64(tenant, entity))",
    );
    expect(createView(hourSums!, cluster).split('\n')).toMatchObject({
      0: "CREATE MATERIALIZED VIEW IF NOT EXISTS `db`.`metric_sums_hour_view` ON CLUSTER 'two\\'s' TO `db`.`metric_sums_hour_local` AS",
      2: 'FROM `db`.`metric_sums_minute_local` AS m',
    });
  });

  test('all have the columns in common: a cluster changes engines and names, nothing else', () => {
    const shape = (statement: string): string => statement.slice(statement.indexOf('('), statement.indexOf('\n)'));
    for (const table of metricTables) expect(shape(createTable(table, cluster)[0]!)).toBe(shape(createTable(table, single)[0]!));
    const all = migrations.flatMap((migration) => migration.statements(cluster));
    expect(all.filter((statement) => !statement.includes("ON CLUSTER 'two\\'s'"))).toEqual([]);
    expect(all.filter((statement) => statement.includes('Distributed('))).toHaveLength(metricTables.length + 2);
  });

  test('versions of migrations grow by one', () => {
    expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, index) => index + 1));
  });
});

describe('migrating', () => {
  let folder: TestFolder;
  let connection: Connection;
  let logger: RecordingLogger;
  beforeEach(async () => {
    folder = await testFolder();
    logger = new RecordingLogger();
    const selfMetrics = new RecordingMetrics();
    const limits = { readers: 1, maxWaiting: 100 };
    connection = await openEmbedded({ path: folder.path, database: 'db', logger, selfMetrics, ...limits });
  });
  afterEach(async () => {
    await connection.close();
    await folder.remove();
  });

  const messages = (): string[] => logger.lines.map((line) => line.message);

  async function ttlOf(table: string): Promise<string | undefined> {
    const sql = `SELECT extract(engine_full, 'TTL (.*) SETTINGS') AS ttl FROM system.tables WHERE database = 'db' AND name = '${table}'`;
    return readBlocks(await connection.query(sql))[0]?.strings('ttl')[0];
  }

  async function migrate(...found: Parameters<typeof inspectSchema>): Promise<void> {
    await (await inspectSchema(...found)).upgrade();
  }

  test('an empty database gets the newest schema, and a second start changes nothing', async () => {
    await migrate(connection, single, logger);
    expect(await currentVersion(connection, single)).toBe(migrations.at(-1)?.version);
    expect(messages()).toEqual(migrations.map(() => 'schema migrated'));
    logger.lines.length = 0;
    await migrate(connection, single, logger);
    expect(messages()).toEqual([]);
  });

  test('only what is missing is applied', async () => {
    const second: Migration = { version: 2, description: 'next', statements: () => ['CREATE TABLE db.second (n UInt8) ENGINE = Memory'] };
    await migrate(connection, single, logger);
    await migrate(connection, single, logger, [...migrations, second]);
    expect(await currentVersion(connection, single)).toBe(2);
    await migrate(connection, single, logger, [...migrations, second]);
    expect(messages()).toEqual(['schema migrated', 'schema migrated']);
  });

  test('a newer schema is refused and left alone', async () => {
    const future: Migration = { version: 99, description: 'from the future', statements: () => [] };
    await migrate(connection, single, logger, [...migrations, future]);
    await expect(migrate(connection, single, logger)).rejects.toMatchObject({
      code: 'METERLARK_STORAGE_CLICKHOUSE_NEWER_SCHEMA',
      class: 'permanent',
      fields: { database: 'db', found: 99, known: migrations.at(-1)?.version },
    });
    expect(await currentVersion(connection, single)).toBe(99);
  });

  test('a migration that broke off is repeated whole', async () => {
    const broken: Migration = { ...migrations[0]!, statements: (target) => [...migrations[0]!.statements(target).slice(0, 5), 'SELECT nonsense'] };
    await expect(migrate(connection, single, logger, [broken])).rejects.toMatchObject({ code: 'METERLARK_STORAGE_CLICKHOUSE_REFUSED' });
    expect(await currentVersion(connection, single)).toBe(0);
    await migrate(connection, single, logger);
    expect(await currentVersion(connection, single)).toBe(migrations.at(-1)?.version);
  });

  test('changed lifetimes reach the tables at the next start', async () => {
    await migrate(connection, single, logger);
    expect(await ttlOf('metric_sums_minute')).toBe('bucket + toIntervalDay(7)');
    await migrate(connection, { ...single, retentionDays: { ...single.retentionDays, minute: 70 } }, logger);
    expect(await ttlOf('metric_sums_minute')).toBe('bucket + toIntervalDay(70)');
    expect(await ttlOf('metric_sums_hour')).toBe('bucket + toIntervalDay(30)');
    expect(messages().filter((message) => message === 'retention changed')).toHaveLength(3);
    logger.lines.length = 0;
    await migrate(connection, { ...single, retentionDays: { ...single.retentionDays, minute: 70, day: 365 } }, logger);
    expect(await ttlOf('entities')).toBe("toDateTime(least(intDiv(last_seen, 1000), 4000000000), 'UTC') + toIntervalDay(365)");
    expect(messages().filter((message) => message === 'retention changed')).toHaveLength(4);
  });

  test('entities not seen for the lifetime of days leave the table, others stay, also those of a far future', async () => {
    await migrate(connection, single, logger);
    const rows = [['old', Date.now() - 190 * 86_400_000], ['kept', Date.now() - 170 * 86_400_000], ['future', 2 ** 53]];
    for (const [id, seen] of rows) await connection.command(`INSERT INTO db.entities (id, last_seen) SELECT '${id}', ${seen}`);
    await connection.command('OPTIMIZE TABLE db.entities FINAL');
    const blocks = readBlocks(await connection.query('SELECT id FROM db.entities ORDER BY id'));
    expect(blocks.flatMap((block) => block.strings('id'))).toEqual(['future', 'kept']);
  });
});
