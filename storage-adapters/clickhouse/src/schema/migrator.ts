import type { Logger } from '@meterlark/core';
import type { Connection } from '../connection/connection.js';
import { storageErrors } from '../errors.js';
import { number, text } from '../literal.js';
import { readBlocks } from '../native/reader.js';
import { createDatabase, createTable, modifyTtl, qualifiedName, storedName, ttl, type SchemaTarget } from './ddl.js';
import { entityTable, versionTable } from './metadata-tables.js';
import { metricTables } from './metric-tables.js';
import { migrations as released, type Migration } from './migrations.js';

/** A schema as it was found. `upgrade` brings it to the newest version and the lifetimes to the settings. */
export interface FoundSchema {
  /** 0: nothing is there yet. */
  readonly version: number;
  upgrade(): Promise<void>;
}

/** Makes the database and its table of versions when they are not there, and refuses a schema from the future. */
export async function inspectSchema(
  connection: Connection,
  target: SchemaTarget,
  logger: Logger,
  migrations: readonly Migration[] = released,
): Promise<FoundSchema> {
  await runAll(connection, [createDatabase(target), ...createTable(versionTable, target)]);
  const version = await currentVersion(connection, target);
  const known = migrations.at(-1)?.version ?? 0;
  if (version > known) {
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_NEWER_SCHEMA({ database: target.database, found: version, known });
  }
  const missing = migrations.filter((migration) => migration.version > version);
  const upgrade = async (): Promise<void> => {
    for (const migration of missing) {
      await runAll(connection, [...migration.statements(target), recordVersion(migration, target)]);
      logger.info('schema migrated', { version: migration.version, description: migration.description });
    }
    await applyRetention(connection, target, logger);
  };
  return { version, upgrade };
}

export async function runAll(connection: Connection, statements: readonly string[]): Promise<void> {
  if (connection.script !== undefined) return connection.script(statements);
  for (const statement of statements) await connection.command(statement);
}

export async function currentVersion(connection: Connection, target: SchemaTarget): Promise<number> {
  const answer = await connection.query(`SELECT max(version) AS version FROM ${qualifiedName(target, versionTable.name)}`);
  return readBlocks(answer)[0]?.numbers('version')[0] ?? 0;
}

/** Our own constants only, computed by a SELECT: no inline insert carries data. */
function recordVersion(migration: Migration, target: SchemaTarget): string {
  const row = `${number(migration.version)} AS version, ${text(migration.description)} AS description, now('UTC') AS applied_at`;
  const atOnce = target.cluster === '' ? '' : ' SETTINGS distributed_foreground_insert = 1';
  return `INSERT INTO ${qualifiedName(target, versionTable.name)} (version, description, applied_at)${atOnce} SELECT ${row}`;
}

async function applyRetention(connection: Connection, target: SchemaTarget, logger: Logger): Promise<void> {
  const inForce = await tableDefinitions(connection, target);
  for (const table of [...metricTables, entityTable]) {
    const days = target.retentionDays[table.retention ?? 'day'];
    const sql = inForce.get(storedName(target, table.name));
    if (sql === undefined || sql.includes(ttl(table, days))) continue;
    await connection.command(modifyTtl(table, target, days));
    logger.info('retention changed', { table: table.name, days });
  }
}

async function tableDefinitions(connection: Connection, target: SchemaTarget): Promise<ReadonlyMap<string, string>> {
  const answer = await connection.query(`SELECT name, engine_full FROM system.tables WHERE database = ${text(target.database)}`);
  const definitions = new Map<string, string>();
  for (const block of readBlocks(answer)) {
    const names = block.strings('name');
    const engines = block.strings('engine_full');
    names.forEach((name, row) => definitions.set(qualifiedName(target, name), engines[row] ?? ''));
  }
  return definitions;
}
