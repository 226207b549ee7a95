import { createHash } from 'node:crypto';
import type { Clock, EntityRecord, MetadataWriter, MetricDefinition } from '@meterlark/core';
import type { Connection } from './connection/connection.js';
import { encodeBlocks } from './native/block.js';
import { arrays, dictionary, integers, strings, tuples, type NativeColumn } from './native/columns.js';
import { definitionTable, entityTable } from './schema/metadata-tables.js';

/** Writes additions only; merging is the tables' work. */
export class ClickHouseMetadataWriter implements MetadataWriter {
  private lastVersion = 0;

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
  ) {}

  async upsertEntities(records: readonly EntityRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.insert(entityTable.name, entityColumns(records, this.versions(records.length)), records.length);
  }

  async defineMetrics(definitions: readonly MetricDefinition[]): Promise<void> {
    // The last of a name wins within one call too.
    const latest = [...new Map(definitions.map((definition) => [definition.name, definition])).values()];
    if (latest.length === 0) return;
    const columns: NativeColumn[] = [
      { name: 'name', values: strings((row) => latest[row]!.name) },
      { name: 'version', values: integers('Int64', this.versions(latest.length)) },
      { name: 'definition', values: strings((row) => JSON.stringify(latest[row])) },
    ];
    await this.insert(definitionTable.name, columns, latest.length);
  }

  private async insert(table: string, columns: readonly NativeColumn[], rows: number): Promise<void> {
    const blocks = await encodeBlocks(columns, rows);
    const hash = createHash('sha256');
    for (const block of blocks) hash.update(block);
    // Rows carry their version, so equal content is the same call and may be stored once.
    const token = hash.digest('hex').slice(0, 40);
    await this.connection.insert([{ table, columns: columns.map((column) => column.name), token, blocks }]);
  }

  /** One per row, growing over calls and restarts, in microseconds of the wall clock. */
  private versions(count: number): Float64Array {
    const versions = new Float64Array(count);
    for (let row = 0; row < count; row += 1) {
      this.lastVersion = Math.max(this.lastVersion + 1, this.clock.now() * 1000);
      versions[row] = this.lastVersion;
    }
    return versions;
  }
}

function entityColumns(records: readonly EntityRecord[], versions: Float64Array): NativeColumn[] {
  const numbersOf = (valueOf: (record: EntityRecord) => number): Float64Array => Float64Array.from(records, valueOf);
  const textsOf = (valueOf: (record: EntityRecord) => string) => strings((row) => valueOf(records[row]!));
  const lastSeen = integers('Int64', numbersOf((record) => record.lastSeenMs));
  const described = integers('Int64', numbersOf((record) => (isDescribed(record) ? record.lastSeenMs : -1)));
  const version = integers('Int64', versions);
  const names = [textsOf((record) => record.name), textsOf((record) => record.serviceId), textsOf((record) => record.instanceId)];
  return [
    { name: 'tenant', values: dictionary((row) => records[row]!.tenant) },
    { name: 'scope', values: dictionary((row) => records[row]!.scope) },
    { name: 'id', values: textsOf((record) => record.id) },
    { name: 'named', values: tuples([lastSeen, version, ...names]) },
    { name: 'layers', values: layerColumn(records) },
    { name: 'first_seen', values: integers('Int64', numbersOf((record) => record.firstSeenMs)) },
    { name: 'last_seen', values: lastSeen },
    { name: 'properties', values: tuples([described, version, textsOf((record) => JSON.stringify(Object.entries(record.properties)))]) },
  ];
}

function isDescribed(record: EntityRecord): boolean {
  return Object.keys(record.properties).length > 0;
}

function layerColumn(records: readonly EntityRecord[]): NativeColumn['values'] {
  const layers = records.flatMap((record) => record.layers);
  let end = 0;
  const ends = records.map((record) => (end += record.layers.length));
  return arrays(ends, strings((row) => layers[row]!));
}
