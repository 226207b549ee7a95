/** Statements that read merged states: one per family of kinds, over all selections and entities at once. */
import type { MetricEntityQuery, MetricQuery, MetricSelection, Step } from '@meterlark/core';
import { identifier, seconds, text } from './literal.js';
import { lists, readSettings, type ReadLimits } from './read-settings.js';
import { families, familyOf, mergedStates, metricTable, type Family } from './schema/metric-tables.js';

export interface ReadTarget {
  readonly database: string;
  readonly limits: ReadLimits;
}

export interface FamilyStatement {
  readonly family: Family;
  readonly sql: string;
}

const keys = 'metric, kind, entity, labels, source, bucket';

export function seriesStatements(query: MetricQuery, target: ReadTarget): FamilyStatement[] {
  if (query.fromMs >= query.toMs) return [];
  const entities = lists([...new Set(query.entityIds)].map(text));
  return families.flatMap((family) => {
    const own = query.selections.filter((selection) => familyOf[selection.kind] === family);
    return lists(own.map(pair)).flatMap((pairs) =>
      entities.map((ids) => ({ family, sql: seriesSql(family, query, { pairs, ids }, target) })),
    );
  });
}

function pair(selection: MetricSelection): string {
  return `(${text(selection.metric)}, ${text(selection.kind)})`;
}

interface Lists {
  readonly pairs: readonly string[];
  readonly ids: readonly string[];
}

function seriesSql(family: Family, query: MetricQuery, { pairs, ids }: Lists, target: ReadTarget): string {
  return [
    `SELECT ${keys}, ${mergedColumns(family, query.step)}`,
    `FROM ${tableName(target, family, query.step)}`,
    `WHERE tenant = ${text(query.tenant)} AND (metric, kind) IN (${pairs.join(', ')}) AND entity IN (${ids.join(', ')})`,
    `AND ${range(query)}`,
    `GROUP BY ${keys}`,
    readSettings(target.limits),
  ].join('\n');
}

export function entitiesSql(query: MetricEntityQuery, target: ReadTarget): string {
  const { tenant, metric, kind, step } = query;
  return [
    `SELECT DISTINCT entity FROM ${tableName(target, familyOf[kind], step)}`,
    `WHERE tenant = ${text(tenant)} AND metric = ${text(metric)} AND kind = ${text(kind)} AND ${range(query)}`,
    readSettings(target.limits),
  ].join('\n');
}

/** Aliases differ from the columns, so that no expression can mean the merged value by the column's name. */
function mergedColumns(family: Family, step: Step): string {
  const merged = mergedStates(family).flatMap(({ name, sql }) =>
    name === 'last'
      ? [`tupleElement(${sql}, 1) AS merged_time`, `tupleElement(${sql}, 2) AS merged_newest`]
      : [`${sql} AS merged_${name}`],
  );
  const slots = step === 'minute' || family === 'histograms' ? [] : ['groupBitOr(slots) AS merged_slots'];
  return [...merged, ...slots].join(', ');
}

export function tableName(target: ReadTarget, family: Family, step: Step): string {
  return `${identifier(target.database)}.${identifier(metricTable(family, step))}`;
}

export function range(query: Pick<MetricQuery, 'fromMs' | 'toMs'>): string {
  return `bucket >= ${seconds(query.fromMs)} AND bucket < ${seconds(query.toMs)}`;
}
