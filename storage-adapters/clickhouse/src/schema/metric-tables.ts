/** The tables of metric states: three families by how states merge, each at three steps. */
import type { MetricKind, Step } from '@meterlark/core';
import type { TableColumn, TableModel, ViewModel } from './model.js';

/** sums: fields that add. points: least, greatest, newest. histograms: counts per bound. */
export type Family = 'sums' | 'points' | 'histograms';

export const familyOf: Readonly<Record<MetricKind, Family>> = {
  sum: 'sums',
  ratio: 'sums',
  gauge: 'sums',
  total: 'sums',
  totalMax: 'points',
  totalMin: 'points',
  totalLatest: 'points',
  min: 'points',
  max: 'points',
  latest: 'points',
  histogram: 'histograms',
};

export const families: readonly Family[] = ['sums', 'points', 'histograms'];
export const steps: readonly Step[] = ['minute', 'hour', 'day'];
export const keyColumns = ['tenant', 'metric', 'kind', 'entity', 'labels', 'source', 'bucket'] as const;

export function metricTable(family: Family, step: Step): string {
  return `metric_${family}_${step}`;
}

const plain = 'ZSTD(1)';

/** States repeat within a series or are small whole numbers; ZSTD on the bytes measured better than Gorilla and FPC. */
const states: Readonly<Record<Family, readonly (TableColumn & { readonly merge: string })[]>> = {
  sums: [state('a', 'sum', 'Float64'), state('b', 'sum', 'Float64')],
  points: [
    state('low', 'min', 'Float64'),
    state('high', 'max', 'Float64'),
    state('last', 'max', 'Tuple(Int64, Float64)'),
  ],
  histograms: [state('buckets', 'sumMap', 'Map(Int64, Float64)')],
};

function state(name: string, merge: string, type: string): TableColumn & { readonly merge: string } {
  return { name, merge, type: `SimpleAggregateFunction(${merge}, ${type})`, codec: plain };
}

const slotsColumn: TableColumn = { name: 'slots', type: 'SimpleAggregateFunction(groupBitOr, UInt64)', codec: plain };

/** Columns that a batch carries: minute rows have no slots, because a minute has only one. */
export function insertColumns(family: Family): readonly string[] {
  return [...keyColumns, ...states[family].map((column) => column.name)];
}

/** Merging expressions of a family, `sum(a)` and so on, in column order. */
export function mergedStates(family: Family): readonly { readonly name: string; readonly sql: string }[] {
  return states[family].map((column) => ({ name: column.name, sql: `${column.merge}(${column.name})` }));
}

function keyTypes(): TableColumn[] {
  const columns: TableColumn[] = keyColumns
    .filter((name) => name !== 'bucket')
    .map((name) => ({ name, type: 'LowCardinality(String)', codec: plain }));
  return [...columns, { name: 'bucket', type: "DateTime('UTC')", codec: `DoubleDelta, ${plain}` }];
}

/** Day rows are few: months keep the number of parts low. */
const partition: Readonly<Record<Step, string>> = {
  minute: 'toYYYYMMDD(bucket)',
  hour: 'toYYYYMMDD(bucket)',
  day: 'toYYYYMM(bucket)',
};

function table(family: Family, step: Step): TableModel {
  const slots = step === 'minute' || family === 'histograms' ? [] : [slotsColumn];
  return {
    name: metricTable(family, step),
    engine: 'AggregatingMergeTree',
    columns: [...keyTypes(), ...states[family].map(({ name, type, codec }) => ({ name, type, codec: codec ?? plain })), ...slots],
    orderBy: keyColumns,
    partitionBy: partition[step],
    retention: step,
    settings: { index_granularity: 2048, ttl_only_drop_parts: 1 },
    shardBy: 'cityHash64(tenant, entity)',
  };
}

/** Which part of its hour or day a minute is (core's slotOf); only totals weigh their sources by it. */
const slotBit: Readonly<Record<'hour' | 'day', string>> = {
  hour: 'toMinute(bucket)',
  day: 'intDiv(toHour(bucket) * 60 + toMinute(bucket), 24)',
};

function view(family: Family, step: 'hour' | 'day'): ViewModel {
  const keys = keyColumns.filter((name) => name !== 'bucket');
  const start = step === 'hour' ? 'toStartOfHour(bucket)' : 'toStartOfDay(bucket)';
  const merged = mergedStates(family).map(({ name, sql }) => `${qualify(sql)} AS ${name}`);
  const bit = `groupBitOr(if(startsWith(kind, 'total'), bitShiftLeft(toUInt64(1), ${slotBit[step].replaceAll('bucket', 'm.bucket')}), 0))`;
  const slots = family === 'histograms' ? [] : [`${bit} AS slots`];
  return {
    name: `${metricTable(family, step)}_view`,
    from: metricTable(family, 'minute'),
    to: metricTable(family, step),
    select: [...keys, `${start.replace('bucket', 'm.bucket')} AS bucket`, ...merged, ...slots].join(', '),
    groupBy: [...keys, 'bucket'].join(', '),
  };
}

/** Aliases have the names of the columns, so the columns are named through the table's alias `m`. */
function qualify(sql: string): string {
  return sql.replace(/\((\w+)\)$/, '(m.$1)');
}

export const metricTables: readonly TableModel[] = families.flatMap((family) => steps.map((step) => table(family, step)));
export const metricViews: readonly ViewModel[] = families.flatMap((family) => [view(family, 'hour'), view(family, 'day')]);
