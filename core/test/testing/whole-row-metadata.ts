/** Entities as one row per writer and day of their last sighting, definitions as one row per name; merged by the reader. */
import type { Clock } from '../../src/kernel/ambient.js';
import type { EntityQuery, EntityRecord, MetadataReader, MetadataWriter } from '../../src/contract/storage.js';
import type { MetricDefinition } from '../../src/model/metric.js';
import { bucketStart, dayMs } from '../../src/model/time.js';
import type { Measure, Row, RowServer } from './row-server.js';
import { groupBy } from './whole-row-schema.js';
import { type WholeRowLimits, wholeRowErrors } from './whole-row-writer.js';

const entityMeasure: Measure = {
  name: 'entities',
  tags: { tenant: 'string', scope: 'string', id: 'string', writer: 'string' },
  fields: { sightings: 'string' },
};
const definitionMeasure: Measure = { name: 'definitions', tags: { name: 'string' }, fields: { definition: 'string' } };
export const metadataMeasures = [entityMeasure, definitionMeasure];

/** Where definitions lie: they have no time, and such servers count nanoseconds in 64 bits. */
const endOfTimeMs = Date.UTC(2262, 0);

/** The newest sighting as a whole, and the newest one that has properties. */
interface Sightings {
  readonly record: EntityRecord;
  readonly described: { readonly atMs: number; readonly properties: EntityRecord['properties'] };
}

export class WholeRowMetadata implements MetadataWriter, MetadataReader {
  private version = 0n;

  constructor(
    private readonly server: RowServer,
    private readonly clock: Clock,
    private readonly limits: WholeRowLimits,
    private readonly writer: string,
  ) {}

  async upsertEntities(records: readonly EntityRecord[]): Promise<void> {
    for (const [key, own] of groupBy(records, ({ tenant, scope }) => JSON.stringify([tenant, scope]))) {
      const [tenant, scope] = JSON.parse(key) as [string, string];
      const known = await this.query(entityMeasure.name, { tenant, scope, writer: this.writer, id: own.map(({ id }) => id) });
      const rows = new Map(known.map((row) => [keyOf(row.tags['id'] as string, row.timeMs), sightingsOf(row)]));
      const changed = new Map<string, Row>();
      for (const record of own) {
        const timeMs = bucketStart(record.lastSeenMs, 'day');
        const rowKey = keyOf(record.id, timeMs);
        const merged = unite(rows.get(rowKey), sighting(record));
        rows.set(rowKey, merged);
        const tags = { tenant, scope, id: record.id, writer: this.writer };
        changed.set(rowKey, { tags, timeMs, version: this.next(0n), fields: { sightings: JSON.stringify(encode(merged)) } });
      }
      await this.server.write(entityMeasure.name, [...changed.values()]);
    }
  }

  async entities(query: EntityQuery): Promise<readonly EntityRecord[]> {
    const { tenant, scope, ids } = query;
    const rows = await this.query(entityMeasure.name, { tenant, scope, ...(ids === undefined ? {} : { id: ids }) });
    const merged = new Map<string, Sightings>();
    for (const row of rows) {
      const id = row.tags['id'] as string;
      merged.set(id, unite(merged.get(id), sightingsOf(row)));
    }
    return [...merged.values()]
      .map(({ record, described }) => ({ ...record, properties: described.properties }))
      .filter((record) => matches(record, query))
      .sort((left, right) => right.lastSeenMs - left.lastSeenMs || (left.name < right.name ? -1 : 1))
      .slice(0, query.limit);
  }

  async defineMetrics(definitions: readonly MetricDefinition[]): Promise<void> {
    const names = definitions.map(({ name }) => name);
    const known = new Map((await this.query(definitionMeasure.name, { name: names })).map((row) => [row.tags['name'], row.version]));
    const rows = definitions.map((definition): Row => {
      const fields = { definition: JSON.stringify(definition) };
      return { tags: { name: definition.name }, timeMs: endOfTimeMs, version: this.next(known.get(definition.name) ?? 0n), fields };
    });
    await this.server.write(definitionMeasure.name, rows);
  }

  async metrics(): Promise<readonly MetricDefinition[]> {
    const rows = await this.query(definitionMeasure.name, {});
    return rows.map((row) => JSON.parse(row.fields['definition'] as string) as MetricDefinition);
  }

  private async query(measure: string, where: Readonly<Record<string, string | readonly string[]>>): Promise<readonly Row[]> {
    const limit = this.limits.maxResultRows;
    const fromMs = bucketStart(this.clock.now() - this.limits.retentionDays.day * dayMs, 'day');
    const rows = await this.server.query({ measure, where, fromMs, toMs: endOfTimeMs, limit });
    if (rows.length >= limit) throw wholeRowErrors.METERLARK_TEST_WHOLE_ROW_TOO_MANY({ limit });
    return rows;
  }

  /** Grows within this process, with the clock, and over what the store has. */
  private next(known: bigint): bigint {
    const candidates = [this.version + 1n, known + 1n, BigInt(this.clock.now()) * 1_000_000n];
    this.version = candidates.reduce((highest, one) => (one > highest ? one : highest));
    return this.version;
  }
}

function keyOf(id: string, timeMs: number): string {
  return `${timeMs} ${id}`;
}

function sighting(record: EntityRecord): Sightings {
  const atMs = Object.keys(record.properties).length > 0 ? record.lastSeenMs : -1;
  return { record, described: { atMs, properties: record.properties } };
}

function unite(known: Sightings | undefined, more: Sightings): Sightings {
  if (known === undefined) return more;
  const [older, newer] = more.record.lastSeenMs >= known.record.lastSeenMs ? [known, more] : [more, known];
  const record = {
    ...newer.record,
    layers: [...new Set([...older.record.layers, ...newer.record.layers])].sort(),
    firstSeenMs: Math.min(older.record.firstSeenMs, newer.record.firstSeenMs),
  };
  return { record, described: more.described.atMs >= known.described.atMs ? more.described : known.described };
}

/** Properties as pairs: one may be called `__proto__`. */
function encode({ record, described }: Sightings): unknown {
  return { record: { ...record, properties: {} }, atMs: described.atMs, pairs: Object.entries(described.properties) };
}

function sightingsOf(row: Row): Sightings {
  const { record, atMs, pairs } = JSON.parse(row.fields['sightings'] as string) as {
    readonly record: EntityRecord;
    readonly atMs: number;
    readonly pairs: readonly (readonly [string, string])[];
  };
  return { record, described: { atMs, properties: Object.fromEntries(pairs) } };
}

function matches(record: EntityRecord, query: EntityQuery): boolean {
  const equal = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value;
  return (
    equal(query.serviceId, record.serviceId) &&
    equal(query.instanceId, record.instanceId) &&
    (query.layer === undefined || record.layers.includes(query.layer)) &&
    record.name.includes(query.keyword ?? '') &&
    record.lastSeenMs >= (query.fromMs ?? -Infinity) &&
    record.firstSeenMs < (query.toMs ?? Infinity)
  );
}
