/** Tables and views to statements, for one server or a cluster: the same functions, so that both stay the same schema. */
import { identifier, text } from '../literal.js';
import type { Retention, TableColumn, TableIndex, TableModel, ViewModel } from './model.js';

export interface SchemaTarget {
  readonly database: string;
  /** Name of the cluster, "" for a single server. */
  readonly cluster: string;
  readonly retentionDays: Readonly<Record<Retention, number>>;
}

/** Repeated inserts are recognised by their token among this many; covers the longest replay by far. */
const deduplicationWindow = 10_000;

export function onCluster(target: SchemaTarget): string {
  return target.cluster === '' ? '' : ` ON CLUSTER ${text(target.cluster)}`;
}

/** The table as statements name it: on a cluster that is the distributed one. */
export function qualifiedName(target: Pick<SchemaTarget, 'database'>, table: string): string {
  return `${identifier(target.database)}.${identifier(table)}`;
}

/** The table that holds the rows of this node. */
export function storedName(target: SchemaTarget, table: string): string {
  return qualifiedName(target, target.cluster === '' ? table : `${table}_local`);
}

export function createDatabase(target: SchemaTarget): string {
  return `CREATE DATABASE IF NOT EXISTS ${identifier(target.database)}${onCluster(target)}`;
}

export function createTable(table: TableModel, target: SchemaTarget): readonly string[] {
  const columns = [...table.columns.map(columnSql), ...(table.indexes ?? []).map(indexSql)].join(',\n  ');
  const lines = [
    `CREATE TABLE IF NOT EXISTS ${storedName(target, table.name)}${onCluster(target)} (\n  ${columns}\n)`,
    `ENGINE = ${engineSql(table, target)}`,
    ...(table.partitionBy === undefined ? [] : [`PARTITION BY ${table.partitionBy}`]),
    `ORDER BY (${table.orderBy.join(', ')})`,
    ...(table.retention === undefined ? [] : [`TTL ${ttl(table, target.retentionDays[table.retention])}`]),
    `SETTINGS ${settingsSql(table, target)}`,
  ];
  const stored = lines.join('\n');
  return target.cluster === '' ? [stored] : [stored, createDistributed(table, target)];
}

export function createView(view: ViewModel, target: SchemaTarget): string {
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${qualifiedName(target, view.name)}${onCluster(target)} TO ${storedName(target, view.to)} AS`,
    `SELECT ${view.select}`,
    `FROM ${storedName(target, view.from)} AS m`,
    `GROUP BY ${view.groupBy}`,
  ].join('\n');
}

/** As the server prints it too, so that the one in force can be compared. */
export function ttl(table: TableModel, days: number): string {
  return `${table.livesFrom ?? 'bucket'} + toIntervalDay(${days})`;
}

export function modifyTtl(table: TableModel, target: SchemaTarget, days: number): string {
  return `ALTER TABLE ${storedName(target, table.name)}${onCluster(target)} MODIFY TTL ${ttl(table, days)} SETTINGS materialize_ttl_after_modify = 0`;
}

/** On a cluster first the stored table, then the one over it. */
export function addColumn(table: TableModel, column: TableColumn, target: SchemaTarget): readonly string[] {
  const statement = (name: string, sql: string): string => `ALTER TABLE ${name}${onCluster(target)} ADD COLUMN IF NOT EXISTS ${sql}`;
  const stored = statement(storedName(target, table.name), columnSql(column));
  if (target.cluster === '') return [stored];
  return [stored, statement(qualifiedName(target, table.name), `${identifier(column.name)} ${column.type}`)];
}

export function addIndex(table: TableModel, index: TableIndex, target: SchemaTarget): string {
  return `ALTER TABLE ${storedName(target, table.name)}${onCluster(target)} ADD INDEX IF NOT EXISTS ${indexSql(index).slice('INDEX '.length)}`;
}

function indexSql(index: TableIndex): string {
  return `INDEX ${index.name} ${index.expression} TYPE ${index.type} GRANULARITY 1`;
}

function columnSql(column: TableColumn): string {
  const computed = column.computed === undefined ? '' : ` MATERIALIZED ${column.computed}`;
  return `${identifier(column.name)} ${column.type}${computed}${column.codec === undefined ? '' : ` CODEC(${column.codec})`}`;
}

function engineSql(table: TableModel, target: SchemaTarget): string {
  const own = table.engineArguments === undefined ? [] : [table.engineArguments];
  if (target.cluster === '') return `${table.engine}${own.length === 0 ? '' : `(${own.join(', ')})`}`;
  const path = `/clickhouse/tables/{shard}/${target.database}/${table.name}`;
  return `Replicated${table.engine}(${[text(path), text('{replica}'), ...own].join(', ')})`;
}

function settingsSql(table: TableModel, target: SchemaTarget): string {
  const window =
    target.cluster === ''
      ? { non_replicated_deduplication_window: deduplicationWindow }
      : { replicated_deduplication_window: deduplicationWindow, replicated_deduplication_window_seconds: 604_800 };
  // Merged parts would otherwise stay on disk for eight minutes.
  const all = { ...table.settings, old_parts_lifetime: 60, ...window };
  return Object.entries(all)
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? text(value) : value}`)
    .join(', ');
}

function createDistributed(table: TableModel, target: SchemaTarget): string {
  const local = `${table.name}_local`;
  return [
    `CREATE TABLE IF NOT EXISTS ${qualifiedName(target, table.name)}${onCluster(target)} AS ${qualifiedName(target, local)}`,
    `ENGINE = Distributed(${text(target.cluster)}, ${text(target.database)}, ${text(local)}, ${table.shardBy})`,
  ].join('\n');
}
