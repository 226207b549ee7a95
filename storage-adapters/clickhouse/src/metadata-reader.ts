import { bucketStart, dayMs, type Clock, type EntityQuery, type EntityRecord, type MetadataReader, type MetricDefinition } from '@meterlark/core';
import type { Connection } from './connection/connection.js';
import { storageErrors } from './errors.js';
import { identifier, number, text } from './literal.js';
import { readBlocks, type Block } from './native/reader.js';
import { lists, readSettings, type ReadLimits } from './read-settings.js';
import { definitionTable, entityTable } from './schema/metadata-tables.js';

export interface MetadataTarget {
  readonly database: string;
  /** How long an entity is shown that nobody sees any more. */
  readonly entityDays: number;
  readonly limits: ReadLimits;
}

export class ClickHouseMetadataReader implements MetadataReader {
  constructor(
    private readonly connection: Connection,
    private readonly target: MetadataTarget,
    private readonly clock: Clock,
  ) {}

  async entities(wanted: EntityQuery): Promise<readonly EntityRecord[]> {
    if (wanted.limit <= 0) return [];
    // The table forgets late; the promise is kept here.
    const horizonMs = bucketStart(this.clock.now() - this.target.entityDays * dayMs, 'day');
    const query = { ...wanted, fromMs: Math.max(wanted.fromMs ?? horizonMs, horizonMs) };
    const ids = query.ids === undefined ? [undefined] : lists([...new Set(query.ids)].map(text));
    const answers = await Promise.all(
      ids.map(async (list) => recordsOf(query, await this.connection.query(entitySql(query, list, this.target)))),
    );
    const records = answers.flat();
    return answers.length === 1 ? records : records.sort(byRecency).slice(0, query.limit);
  }

  async metrics(): Promise<readonly MetricDefinition[]> {
    const table = `${identifier(this.target.database)}.${identifier(definitionTable.name)}`;
    const answer = await this.connection.query(
      `SELECT argMax(definition, version) AS newest FROM ${table} GROUP BY name\n${readSettings(this.target.limits)}`,
    );
    return readBlocks(answer).flatMap((block) => block.strings('newest').map(parseDefinition));
  }
}

function entitySql(query: EntityQuery, ids: readonly string[] | undefined, target: MetadataTarget): string {
  const own = [`tenant = ${text(query.tenant)}`, `scope = ${text(query.scope)}`, ...(ids === undefined ? [] : [`id IN (${ids.join(', ')})`])];
  const conditions = mergedConditions(query);
  return [
    'SELECT id, tupleElement(newest, 3) AS name, tupleElement(newest, 4) AS service, tupleElement(newest, 5) AS instance,',
    'layer_set AS layers, first AS first_seen, last AS last_seen, tupleElement(described, 3) AS properties FROM (',
    'SELECT id, max(named) AS newest, arraySort(groupUniqArrayArray(layers)) AS layer_set,',
    'min(first_seen) AS first, max(last_seen) AS last, max(properties) AS described',
    `FROM ${identifier(target.database)}.${identifier(entityTable.name)}`,
    `WHERE ${own.join(' AND ')} GROUP BY id)`,
    ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]),
    `ORDER BY last DESC, name ASC LIMIT ${number(query.limit)}`,
    readSettings(target.limits),
  ].join('\n');
}

/** Conditions on merged rows: a part of a row may know less than the whole. */
function mergedConditions(query: EntityQuery): string[] {
  const { serviceId, instanceId, layer, keyword, fromMs, toMs } = query;
  return [
    ...(serviceId === undefined ? [] : [`service = ${text(serviceId)}`]),
    ...(instanceId === undefined ? [] : [`instance = ${text(instanceId)}`]),
    ...(layer === undefined ? [] : [`has(layer_set, ${text(layer)})`]),
    ...(keyword === undefined || keyword === '' ? [] : [`position(name, ${text(keyword)}) > 0`]),
    ...(fromMs === undefined ? [] : [`last >= ${number(fromMs)}`]),
    ...(toMs === undefined ? [] : [`first < ${number(toMs)}`]),
  ];
}

function recordsOf(query: EntityQuery, answer: Uint8Array): EntityRecord[] {
  return readBlocks(answer).flatMap((block) => blockRecords(query, block));
}

function blockRecords(query: EntityQuery, block: Block): EntityRecord[] {
  const names = block.strings('name');
  const services = block.strings('service');
  const instances = block.strings('instance');
  const firstSeen = block.numbers('first_seen');
  const lastSeen = block.numbers('last_seen');
  const properties = block.strings('properties');
  return block.strings('id').map((id, row) => ({
    tenant: query.tenant,
    id,
    scope: query.scope,
    name: names[row]!,
    serviceId: services[row]!,
    instanceId: instances[row]!,
    layers: layersAt(block, row),
    firstSeenMs: firstSeen[row]!,
    lastSeenMs: lastSeen[row]!,
    properties: parseProperties(properties[row]!),
  }));
}

function layersAt(block: Block, row: number): string[] {
  const { ends, items } = block.nested('layers');
  const layers = items[0]?.kind === 'strings' ? items[0].values : [];
  return layers.slice(row === 0 ? 0 : ends[row - 1]!, ends[row]);
}

/** Pairs, so that a property may have any name, also `__proto__`. */
function parseProperties(json: string): Record<string, string> {
  const pairs = parse(json);
  if (!Array.isArray(pairs)) throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: 'properties are no pairs' });
  return Object.fromEntries(pairs as readonly (readonly [string, string])[]);
}

function parseDefinition(json: string): MetricDefinition {
  const value = parse(json);
  if (typeof value !== 'object' || value === null || !('name' in value)) {
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: 'a metric definition is no object' });
  }
  return value as MetricDefinition;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw storageErrors.METERLARK_STORAGE_CLICKHOUSE_BAD_ANSWER({ reason: 'stored JSON is damaged' }, error);
  }
}

function byRecency(left: EntityRecord, right: EntityRecord): number {
  return right.lastSeenMs - left.lastSeenMs || (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);
}
