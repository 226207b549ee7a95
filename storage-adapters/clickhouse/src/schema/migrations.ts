/** The schema's history, forward only. A released migration never changes; a new one is added at the end. */
import { createTable, createView, type SchemaTarget } from './ddl.js';
import { definitionTable, entityTable } from './metadata-tables.js';
import { metricTables, metricViews } from './metric-tables.js';

export interface Migration {
  readonly version: number;
  readonly description: string;
  /** Each may run again: a start that broke off repeats the whole migration. */
  readonly statements: (target: SchemaTarget) => readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    description: 'metric states at three steps, entities, definitions',
    statements: (target) => [
      ...metricTables.flatMap((table) => createTable(table, target)),
      ...metricViews.map((view) => createView(view, target)),
      ...createTable(entityTable, target),
      ...createTable(definitionTable, target),
    ],
  },
];
