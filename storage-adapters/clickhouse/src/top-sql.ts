/** Statements that rank entities; the formulas are those of core's bucketValue and shownValue, in SQL. */
import { gapReaches, isTotal, minuteMs, stepMs, type MetricDefinition, type Step, type TopQuery } from '@meterlark/core';
import { number, text } from './literal.js';
import { range, tableName, type ReadTarget } from './metric-sql.js';
import { lists, readSettings } from './read-settings.js';
import { familyOf } from './schema/metric-tables.js';

export function topStatements(query: TopQuery, target: ReadTarget): string[] {
  if (query.fromMs >= query.toMs || query.limit <= 0 || query.definition.kind === 'histogram') return [];
  if (query.entityIds === undefined) return [topSql(query, target, [])];
  return lists([...new Set(query.entityIds)].map(text)).map((ids) => topSql(query, target, [`entity IN (${ids.join(', ')})`]));
}

function topSql(query: TopQuery, target: ReadTarget, narrowed: readonly string[]): string {
  const direction = query.order === 'asc' ? 'ASC' : 'DESC';
  return [
    'SELECT toString(entity) AS entity, assumeNotNull(mean) AS value FROM (',
    `SELECT entity, avg(${shown(query.definition)}) AS mean FROM (`,
    isTotal(query.definition.kind) ? totalSql(query, target, narrowed) : plainSql(query, target, narrowed),
    ') GROUP BY entity HAVING isNotNull(mean))',
    `ORDER BY value ${direction}, entity ASC LIMIT ${number(query.limit)}`,
    // Rankings read every entity of a metric.
    readSettings(target.limits, 2),
  ].join('\n');
}

/** Halves go up; ClickHouse's own `round` takes them to the even number. From 2^52 on there are no fractions to round. */
function shown({ precision }: MetricDefinition): string {
  if (precision === 'decimal') return 'bucket_value';
  const rounded = 'if(abs(bucket_value) < 4503599627370496, floor(bucket_value + 0.5), bucket_value)';
  return `if(bucket_value > 0 AND bucket_value < 1, 1, ${rounded})`;
}

/** One row per entity and bucket. */
function plainSql(query: TopQuery, target: ReadTarget, narrowed: readonly string[]): string {
  return [
    `SELECT entity, bucket, ${plainValue(query.definition, query.step)} AS bucket_value`,
    from(query, target, narrowed),
    'GROUP BY entity, bucket',
  ].join('\n');
}

function plainValue(definition: MetricDefinition, step: Step): string {
  const factor = number(definition.factor);
  switch (definition.kind) {
    case 'sum':
      return `toNullable(${sumValue(definition, step)} * ${factor})`;
    case 'ratio':
    case 'gauge':
      return `if(sum(b) = 0, NULL, sum(a) / sum(b) * ${factor})`;
    default:
      return `toNullable(${pointValue(definition.kind)} * ${factor})`;
  }
}

function sumValue(definition: MetricDefinition, step: Step): string {
  const minutes = stepMs[step] / minuteMs;
  switch (definition.form) {
    case 'plain':
      return 'sum(a)';
    case 'perMinute':
      return step === 'minute' ? 'sum(a)' : `sum(a) / ${number(minutes)} * ${number(definition.windowMinutes)}`;
    case 'share':
      // Has labels, which rankings never see.
      return 'sum(a)';
    case 'perSecond':
      return `sum(a) / ${number(60 * minutes)}`;
  }
}

function pointValue(kind: MetricDefinition['kind']): string {
  if (kind === 'min' || kind === 'totalMin') return 'min(low)';
  if (kind === 'max' || kind === 'totalMax') return 'max(high)';
  return 'tupleElement(max(last), 2)';
}

/** Gaps that core closes between the seen minutes of an hour count as seen. */
function closedGaps(slots: string): string {
  const gaps = gapReaches.map(([before, after]) => `bitAnd(bitShiftLeft(${slots}, ${before}), bitShiftRight(${slots}, ${after}))`);
  return gaps.reduce((closed, gap) => `bitOr(${closed}, ${gap})`, slots);
}

const slotsOf: Readonly<Record<Step, string>> = {
  minute: 'toUInt64(1)',
  hour: closedGaps('groupBitOr(slots)'),
  day: 'groupBitOr(slots)',
};

/** Each source weighs by its share of the slots in which any source was seen. */
function totalSql(query: TopQuery, target: ReadTarget, narrowed: readonly string[]): string {
  const { definition, step } = query;
  const value = definition.kind === 'total' ? 'if(sum(b) = 0, 0, sum(a) / sum(b))' : pointValue(definition.kind);
  const weighed = 'sum(source_value * bitCount(source_slots)) / bitCount(groupBitOr(source_slots))';
  return [
    `SELECT entity, bucket, toNullable(if(groupBitOr(source_slots) = 0, 0, ${weighed}) * ${number(definition.factor)}) AS bucket_value FROM (`,
    `SELECT entity, bucket, source, ${value} AS source_value, ${slotsOf[step]} AS source_slots`,
    from(query, target, narrowed),
    'GROUP BY entity, bucket, source',
    ') GROUP BY entity, bucket',
  ].join('\n');
}

function from(query: TopQuery, target: ReadTarget, narrowed: readonly string[]): string {
  const { definition, serviceId, tenant, step } = query;
  const service =
    serviceId === undefined ? [] : [`(entity = ${text(serviceId)} OR startsWith(toString(entity), ${text(`${serviceId}_`)}))`];
  const conditions = [
    `tenant = ${text(tenant)}`,
    `metric = ${text(definition.name)}`,
    `kind = ${text(definition.kind)}`,
    "labels = ''",
    range(query),
    ...service,
    ...narrowed,
  ];
  return `FROM ${tableName(target, familyOf[definition.kind], step)}\nWHERE ${conditions.join(' AND ')}`;
}
