import type { Logger, RecordModel } from '@meterlark/core';
import type { Connection } from '../connection/connection.js';
import { storageErrors } from '../errors.js';
import { text } from '../literal.js';
import { readBlocks } from '../native/reader.js';
import { addColumn, addIndex, createTable, modifyTtl, storedName, ttl, type SchemaTarget } from '../schema/ddl.js';
import { definitionTable, entityTable, versionTable } from '../schema/metadata-tables.js';
import { metricTables, metricViews } from '../schema/metric-tables.js';
import { runAll } from '../schema/migrator.js';
import type { TableColumn, TableModel } from '../schema/model.js';
import { recordTable } from './record-tables.js';

/** A table as it is found in the database. */
interface FoundTable {
  readonly engine: string;
  /** Name to type. */
  readonly columns: ReadonlyMap<string, string>;
  readonly indexes: ReadonlySet<string>;
}

const ownTables: ReadonlySet<string> = new Set([...metricTables, ...metricViews, definitionTable, entityTable, versionTable].map(({ name }) => name));

/** Brings the tables of models to their newest form. */
export class RecordInstaller {
  /** Tables that may be in the database; undefined when it was not new and any may. */
  private readonly known: Set<string> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly target: SchemaTarget,
    private readonly logger: Logger,
    isNew: boolean,
  ) {
    this.known = isNew ? new Set() : undefined;
  }

  async install(models: readonly RecordModel[]): Promise<void> {
    const tables = await this.withNewerSettings(models.map(checkedTable));
    const found = await this.find(tables.filter(({ name }) => this.known?.has(name) !== false));
    for (const { name } of tables) this.known?.add(name);
    const statements = tables.flatMap((table) => {
      const present = found.get(table.name);
      return present === undefined ? createTable(table, this.target) : this.changes(table, present);
    });
    if (statements.length > 0) await runAll(this.connection, statements);
  }

  /** A server may be older than a setting; an unknown one would be refused together with its table. */
  private async withNewerSettings(tables: readonly TableModel[]): Promise<readonly TableModel[]> {
    const wanted = [...new Set(tables.flatMap(({ newerSettings }) => Object.keys(newerSettings ?? {})))];
    if (wanted.length === 0) return tables;
    const asked = await this.connection.query(`SELECT name FROM system.merge_tree_settings WHERE name IN (${wanted.map(text).join(', ')})`);
    const known = new Set(readBlocks(asked).flatMap((block) => block.strings('name')));
    return tables.map((table) => {
      const { newerSettings = {} } = table;
      return Object.keys(newerSettings).every((name) => known.has(name)) ? { ...table, settings: { ...table.settings, ...newerSettings } } : table;
    });
  }

  private changes(table: TableModel, found: FoundTable): readonly string[] {
    const columns = table.columns.filter((column) => isMissing(table, column, found));
    const indexes = (table.indexes ?? []).filter((index) => !found.indexes.has(index.name));
    const days = this.target.retentionDays[table.retention ?? 'day'];
    const lives = found.engine.includes(ttl(table, days));
    if (columns.length > 0) this.logger.info('columns added', { table: table.name, columns: columns.map(({ name }) => name) });
    if (!lives) this.logger.info('retention changed', { table: table.name, days });
    return [
      ...columns.flatMap((column) => addColumn(table, column, this.target)),
      ...indexes.map((index) => addIndex(table, index, this.target)),
      ...(lives ? [] : [modifyTtl(table, this.target, days)]),
    ];
  }

  private async find(tables: readonly TableModel[]): Promise<ReadonlyMap<string, FoundTable>> {
    if (tables.length === 0) return new Map();
    const stored = new Map(tables.map((table) => [storedTable(table.name, this.target), table.name]));
    const own = `database = ${text(this.target.database)} AND table IN (${[...stored.keys()].map(text).join(', ')})`;
    const [engines, columns, indexes] = await Promise.all([
      this.pairs(`SELECT table, engine_full AS name, '' AS type FROM system.tables WHERE ${own}`),
      this.pairs(`SELECT table, name, type FROM system.columns WHERE ${own}`),
      this.pairs(`SELECT table, name, '' AS type FROM system.data_skipping_indices WHERE ${own}`),
    ]);
    return new Map(
      engines.map(([table, engine]) => [
        stored.get(table) ?? table,
        {
          engine,
          columns: new Map(columns.filter(([of]) => of === table).map(([, name, type]) => [name, type])),
          indexes: new Set(indexes.filter(([of]) => of === table).map(([, name]) => name)),
        },
      ]),
    );
  }

  private async pairs(sql: string): Promise<[table: string, name: string, type: string][]> {
    return readBlocks(await this.connection.query(sql)).flatMap((block) => {
      const [names, types] = [block.strings('name'), block.strings('type')];
      return block.strings('table').map((table, row): [string, string, string] => [table, names[row]!, types[row]!]);
    });
  }
}

function storedTable(name: string, target: SchemaTarget): string {
  return storedName(target, name).split('`')[3] ?? name;
}

/** A column that is there with another type was made by another model of this name: its rows would be misread. */
function isMissing(table: TableModel, column: TableColumn, { columns }: FoundTable): boolean {
  const type = columns.get(column.name);
  if (type !== undefined && type !== column.type) {
    throw refused(`${table.name}.${column.name} is ${type} in the database and ${column.type} in its model`);
  }
  return type === undefined;
}

function checkedTable(model: RecordModel): TableModel {
  const [tenant, time] = model.columns;
  const names = model.columns.map((column) => column.name);
  const unknown = [...model.sortBy, ...(model.key ?? []), ...(model.key === undefined ? [] : ['revision'])].find((name) => !names.includes(name));
  if (tenant?.name !== 'tenant' || tenant.type !== 'word' || time?.name !== 'time' || time.type !== 'time') {
    throw refused(`the columns of ${model.name} do not begin with tenant (word) and time (time)`);
  }
  if (unknown !== undefined) throw refused(`${model.name} has no column ${unknown}`);
  if (model.key?.includes('time') === false) throw refused(`the key of ${model.name} does not hold time`);
  if (new Set(names).size < names.length) throw refused(`${model.name} has two columns of one name`);
  const wrong = [model.name, ...names].find((name) => !/^[a-z][a-z0-9_]{0,63}$/.test(name));
  if (wrong !== undefined) throw refused(`${wrong} is no name for a table or column`);
  if (ownTables.has(model.name) || model.name.endsWith('_local')) throw refused(`the name ${model.name} is taken`);
  return recordTable(model);
}

/** With the engine's own number for a wrong table structure. */
function refused(reason: string): Error {
  return storageErrors.METERLARK_STORAGE_CLICKHOUSE_REFUSED({ number: 122, reason });
}
