/**
 * Entities without reading before writing: what is known of one lies in several rows, each with a version that makes the
 * server's rule (the greatest version is the row) the merge that is wanted. Several servers need not know of each other.
 *
 * | part | version | holds |
 * |---|---|---|
 * | seen | last seen, then told | names and ids, last seen |
 * | properties | last seen, then told | properties, when there are some |
 * | first | the earlier the greater | first seen |
 * | layer/NAME | 1 | nothing: that it is there |
 *
 * Their time is the start of the period of the sighting, so that rows go when their lifetime is over.
 */
import { dayMs, type EntityRecord } from '@meterlark/core';
import type { FoundPoint, MeasureRow } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import { entityText, plainText } from '../schema/entity-text.js';
import type { MeasureSpec } from '../schema/model.js';

export const periodDays = 30;
const layerPrefix = 'layer/';

export function entityMeasure(group: string): MeasureSpec {
  const names = ['tenant', 'scope', 'id', 'part'];
  return {
    catalog: 'measure',
    group,
    name: 'entities',
    tags: names.map((name) => ({ name, kind: 'string' })),
    fields: [{ name: 'value', kind: 'string' }],
    entity: names,
    interval: '24h',
    indexes: [],
  };
}

export function periodStart(timeMs: number): number {
  return Math.floor(timeMs / (periodDays * dayMs)) * periodDays * dayMs;
}

/** What the server has been seen to take, with room: the text of a row's tags, and its field. */
const maxTagsLength = 256 * 1024;
const maxValueLength = 4 * 1024 * 1024;

export function isStorable({ tags, fields: [value] }: MeasureRow): boolean {
  const length = tags.reduce((total: number, tag) => total + String(tag).length, 0);
  return length <= maxTagsLength && String(value).length <= maxValueLength;
}

export interface News {
  /** Of this sighting among those of the entity. */
  readonly version: bigint;
  /** Of layers and first sightings only these are written, others are known to be there. */
  readonly layers: readonly string[];
  readonly isFirst: boolean;
}

/** The first says who it is. */
export function rowsOf(record: EntityRecord, news: News): readonly MeasureRow[] {
  const { properties } = record;
  // Spans and logs tell microseconds; versions are whole.
  const [lastSeenMs, firstSeenMs] = [Math.floor(record.lastSeenMs), Math.floor(record.firstSeenMs)];
  const timeMs = periodStart(lastSeenMs);
  const key = [record.tenant, record.scope, record.id].map(entityText);
  const row = (part: string, version: bigint, value: unknown): MeasureRow => ({
    timeMs, version, tags: [...key, entityText(part)], fields: [JSON.stringify(value).toWellFormed()],
  });
  // Pairs, because a property may be called `__proto__`.
  const pairs = Object.entries(properties);
  const { name, serviceId, instanceId } = record;
  return [
    row('seen', news.version, { name, serviceId, instanceId, lastSeenMs }),
    ...(pairs.length === 0 ? [] : [row('properties', news.version, { lastSeenMs, pairs })]),
    ...(news.isFirst ? [row('first', BigInt(Number.MAX_SAFE_INTEGER) - BigInt(firstSeenMs), firstSeenMs)] : []),
    ...news.layers.map((layer) => row(layerPrefix + layer, 1n, 1)),
  ];
}

export const entityColumns = ['id', 'part'] as const;

interface Seen {
  readonly name: string;
  readonly serviceId: string;
  readonly instanceId: string;
  readonly lastSeenMs: number;
}
interface Described {
  readonly lastSeenMs: number;
  readonly pairs: readonly (readonly [string, string])[];
}
interface Parts {
  seen?: Seen;
  described?: Described;
  firstSeenMs: number;
  readonly layers: Set<string>;
}

/** Rows of one tenant and scope, cells as `entityColumns` and the value; one entity may have rows of several periods. */
export function recordsOf(tenant: string, scope: EntityRecord['scope'], points: readonly FoundPoint[]): readonly EntityRecord[] {
  const entities = new Map<string, Parts>();
  for (const { cells: [id, part, value] } of points) {
    const key = plainText(textOf(id));
    const parts = entities.get(key) ?? { firstSeenMs: Infinity, layers: new Set<string>() };
    entities.set(key, parts);
    addPart(parts, plainText(textOf(part)), textOf(value));
  }
  const records: EntityRecord[] = [];
  for (const [id, { seen, described, firstSeenMs, layers }] of entities) {
    if (seen === undefined) continue;
    const properties = Object.fromEntries(described?.pairs ?? []);
    // A sighting whose row of first sight is not there yet was first seen then, for all that is known.
    const first = Math.min(firstSeenMs, seen.lastSeenMs);
    records.push({ tenant, id, scope, ...seen, layers: [...layers].sort(), firstSeenMs: first, properties });
  }
  return records;
}

function addPart(parts: Parts, part: string, value: string): void {
  if (part.startsWith(layerPrefix)) parts.layers.add(part.slice(layerPrefix.length));
  else if (part === 'first') parts.firstSeenMs = Math.min(parts.firstSeenMs, Number(value));
  else if (part === 'seen') parts.seen = later(parts.seen, parsed(value) as Seen);
  else if (part === 'properties') parts.described = later(parts.described, parsed(value) as Described);
}

function later<T extends { readonly lastSeenMs: number }>(known: T | undefined, more: T): T {
  return known === undefined || more.lastSeenMs >= known.lastSeenMs ? more : known;
}

function textOf(cell: unknown): string {
  return typeof cell === 'string' ? cell : '';
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: 'a row of entities is not JSON' }, error);
  }
}
