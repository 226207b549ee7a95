import {
  bucketStart,
  dayMs,
  type Clock,
  type EntityQuery,
  type EntityRecord,
  type MetadataReader,
  type MetadataWriter,
  type MetricDefinition,
  type SelfMetrics,
} from '@meterlark/core';

export interface MemoryMetadataLimits {
  readonly maxEntities: number;
  /** How long an entity is kept that nobody sees any more. */
  readonly entityDays: number;
}

interface Known {
  readonly record: EntityRecord;
  /** Last seen of the record whose properties are kept. */
  readonly propertiesMs: number;
}

export class MemoryMetadata implements MetadataWriter, MetadataReader {
  private readonly known = new Map<string, Known>();
  private readonly definitions = new Map<string, MetricDefinition>();
  private readonly drops;
  private expiredBeforeMs = -Infinity;

  constructor(
    private readonly limits: MemoryMetadataLimits,
    private readonly clock: Clock,
    selfMetrics: SelfMetrics,
  ) {
    const help = 'Entities let go: not seen for their lifetime, or, when full, longest unchanged first';
    this.drops = selfMetrics.counter('meterlark_storage_memory_dropped_entities_total', help, ['reason']);
  }

  async upsertEntities(records: readonly EntityRecord[]): Promise<void> {
    this.expire();
    for (const record of records) {
      if (record.lastSeenMs < this.expiredBeforeMs) {
        this.drops.add(1, { reason: 'expired' });
        continue;
      }
      const key = JSON.stringify([record.tenant, record.scope, record.id]);
      const merged = merge(this.known.get(key), record);
      this.known.delete(key);
      this.known.set(key, merged);
    }
    for (const oldest of this.known.keys()) {
      if (this.known.size <= this.limits.maxEntities) return;
      this.known.delete(oldest);
      this.drops.add(1, { reason: 'full' });
    }
  }

  async defineMetrics(definitions: readonly MetricDefinition[]): Promise<void> {
    for (const definition of definitions) this.definitions.set(definition.name, definition);
  }

  async entities(query: EntityQuery): Promise<readonly EntityRecord[]> {
    this.expire();
    const found: EntityRecord[] = [];
    for (const { record } of this.known.values()) if (matches(record, query)) found.push(record);
    return found.sort(byRecency).slice(0, query.limit);
  }

  async metrics(): Promise<readonly MetricDefinition[]> {
    return [...this.definitions.values()];
  }

  /** A look at all entities whenever a day has passed. */
  private expire(): void {
    const horizonMs = bucketStart(this.clock.now() - this.limits.entityDays * dayMs, 'day');
    if (horizonMs <= this.expiredBeforeMs) return;
    this.expiredBeforeMs = horizonMs;
    for (const [key, { record }] of this.known) {
      if (record.lastSeenMs >= horizonMs) continue;
      this.known.delete(key);
      this.drops.add(1, { reason: 'expired' });
    }
  }
}

function merge(known: Known | undefined, record: EntityRecord): Known {
  const described = Object.keys(record.properties).length > 0;
  if (known === undefined) return { record, propertiesMs: described ? record.lastSeenMs : -Infinity };
  const old = known.record;
  const newer = record.lastSeenMs >= old.lastSeenMs;
  const replaces = described && record.lastSeenMs >= known.propertiesMs;
  return {
    propertiesMs: replaces ? record.lastSeenMs : known.propertiesMs,
    record: {
      ...(newer ? record : old),
      layers: [...new Set([...old.layers, ...record.layers])].sort(),
      firstSeenMs: Math.min(old.firstSeenMs, record.firstSeenMs),
      lastSeenMs: Math.max(old.lastSeenMs, record.lastSeenMs),
      properties: replaces ? record.properties : old.properties,
    },
  };
}

function matches(record: EntityRecord, query: EntityQuery): boolean {
  return (
    record.tenant === query.tenant &&
    record.scope === query.scope &&
    (query.ids === undefined || query.ids.includes(record.id)) &&
    (query.serviceId === undefined || record.serviceId === query.serviceId) &&
    (query.instanceId === undefined || record.instanceId === query.instanceId) &&
    (query.layer === undefined || record.layers.includes(query.layer)) &&
    (query.keyword === undefined || record.name.includes(query.keyword)) &&
    (query.fromMs === undefined || record.lastSeenMs >= query.fromMs) &&
    (query.toMs === undefined || record.firstSeenMs < query.toMs)
  );
}

function byRecency(left: EntityRecord, right: EntityRecord): number {
  return right.lastSeenMs - left.lastSeenMs || (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);
}
