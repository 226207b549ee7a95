import { bucketStart, dayMs, type Clock, type Counter, type EntityQuery, type EntityRecord, type SelfMetrics } from '@meterlark/core';
import { latestStoredMs } from '../ahead.js';
import type { BanyanClient, Criteria, MeasureRow } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import { entityText } from '../schema/entity-text.js';
import type { MeasureSpec } from '../schema/model.js';
import { entityColumns, isStorable, periodStart, recordsOf, rowsOf } from './entity-rows.js';
import { SightingVersions } from './sighting-versions.js';

/** Asked for one by one up to here; of more, all of the scope are read. */
const mostIdsAsked = 200;
/** Entities whose written layers and first sight are remembered; others are written once more. */
const mostRemembered = 50_000;

export interface EntitiesOptions {
  readonly measure: MeasureSpec;
  /** An entity that nobody sees is shown for so long. */
  readonly days: number;
  readonly maxScannedRows: number;
}

interface Written {
  readonly periodMs: number;
  readonly firstSeenMs: number;
  readonly layers: ReadonlySet<string>;
}

export class BanyanEntities {
  private written = new Map<string, Written>();
  private readonly versions: SightingVersions;
  private readonly dropped: Counter;

  constructor(
    private readonly client: Pick<BanyanClient, 'writeMeasure' | 'queryMeasure'>,
    private readonly options: EntitiesOptions,
    private readonly clock: Clock,
    selfMetrics: SelfMetrics,
  ) {
    this.versions = new SightingVersions(clock);
    this.dropped = selfMetrics.counter('meterlark_storage_banyandb_dropped_entities_total', 'Entities not stored', ['reason']);
  }

  async upsert(records: readonly EntityRecord[]): Promise<void> {
    const kept = this.storable(records);
    if (kept.length === 0) return;
    const { written } = this;
    const changes = kept.map((record) => ({ record, known: this.known(record) }));
    const rows = changes.flatMap(({ record, known }) =>
      this.fitting(
        rowsOf(record, {
          version: this.versions.next(record),
          layers: record.layers.filter((layer) => known?.layers.has(layer) !== true),
          isFirst: known === undefined || record.firstSeenMs < known.firstSeenMs,
        }),
      ),
    );
    await this.client.writeMeasure(this.options.measure, rows);
    for (const { record, known } of changes) remember(written, record, known);
  }

  /** The store may have lost some of them. What is on its way is not remembered either. */
  forget(): void {
    this.written = new Map();
  }

  private storable(records: readonly EntityRecord[]): readonly EntityRecord[] {
    const horizonMs = this.horizonMs();
    const latestMs = latestStoredMs(this.clock);
    return records.filter((record) => {
      const { lastSeenMs } = record;
      const fault = lastSeenMs > latestMs ? 'future' : !(lastSeenMs >= horizonMs) ? 'expired' : undefined;
      if (fault !== undefined) this.dropped.add(1, { reason: fault });
      return fault === undefined;
    });
  }

  /** Without what no message holds: properties that are too large are missing, an entity of too long a name is. */
  private fitting(rows: readonly MeasureRow[]): readonly MeasureRow[] {
    const fitting = rows.filter(isStorable);
    if (fitting.length === rows.length) return rows;
    this.dropped.add(1, { reason: 'size' });
    return isStorable(rows[0]!) ? fitting : [];
  }

  async find(query: EntityQuery): Promise<readonly EntityRecord[]> {
    const horizonMs = this.horizonMs();
    const found = recordsOf(query.tenant, query.scope, await this.read(query, horizonMs));
    const matching = found.filter((record) => record.lastSeenMs >= horizonMs && matches(record, query));
    return matching.sort(byRecency).slice(0, query.limit);
  }

  private async read({ tenant, scope, ids }: EntityQuery, horizonMs: number) {
    if (ids?.length === 0) return [];
    const { measure, maxScannedRows } = this.options;
    const points = await this.client.queryMeasure({
      measure,
      tags: entityColumns,
      fields: ['value'],
      fromMs: periodStart(horizonMs),
      // Sightings by clocks that are ahead.
      toMs: periodStart(this.clock.now() + 2 * dayMs),
      criteria: ids === undefined || ids.length > mostIdsAsked ? ofScope(tenant, scope) : ofEntities(tenant, scope, ids),
      limit: maxScannedRows + 1,
    });
    if (points.length > maxScannedRows) {
      throw banyanErrors.METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS({ what: measure.name, limit: maxScannedRows });
    }
    return points;
  }

  private known(record: EntityRecord): Written | undefined {
    const known = this.written.get(keyOf(record));
    return known?.periodMs === periodStart(record.lastSeenMs) ? known : undefined;
  }

  private horizonMs(): number {
    return bucketStart(this.clock.now() - this.options.days * dayMs, 'day');
  }
}

function remember(written: Map<string, Written>, record: EntityRecord, known: Written | undefined): void {
  const key = keyOf(record);
  written.delete(key);
  written.set(key, {
    periodMs: periodStart(record.lastSeenMs),
    firstSeenMs: Math.min(record.firstSeenMs, known?.firstSeenMs ?? Infinity),
    layers: new Set([...(known?.layers ?? []), ...record.layers]),
  });
  for (const oldest of written.keys()) {
    if (written.size <= mostRemembered) return;
    written.delete(oldest);
  }
}

function keyOf({ tenant, scope, id }: EntityRecord): string {
  return JSON.stringify([tenant, scope, id]);
}

function ofScope(tenant: string, scope: string): Criteria {
  return { is: 'allOf', of: [equal('tenant', tenant), equal('scope', scope)] };
}

function ofEntities(tenant: string, scope: string, ids: readonly string[]): Criteria {
  const each = [...new Set(ids)].map((id): Criteria => ({ is: 'allOf', of: [equal('tenant', tenant), equal('scope', scope), equal('id', id)] }));
  return { is: 'anyOf', of: each };
}

function equal(tag: string, text: string): Criteria {
  return { is: 'equal', tag, value: entityText(text) };
}

function matches(record: EntityRecord, query: EntityQuery): boolean {
  const { ids, serviceId, instanceId, layer, keyword = '', fromMs = -Infinity, toMs = Infinity } = query;
  return (
    (ids === undefined || ids.includes(record.id)) &&
    (serviceId === undefined || record.serviceId === serviceId) &&
    (instanceId === undefined || record.instanceId === instanceId) &&
    (layer === undefined || record.layers.includes(layer)) &&
    record.name.includes(keyword) &&
    record.lastSeenMs >= fromMs &&
    record.firstSeenMs < toMs
  );
}

function byRecency(left: EntityRecord, right: EntityRecord): number {
  return right.lastSeenMs - left.lastSeenMs || (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);
}
