/** How a model of spans lies in a trace of BanyanDB: the one place that knows its tags. */
import { createHash } from 'node:crypto';
import type { RecordModel } from '@meterlark/core';
import { entityCell } from '../records/stream-spec.js';
import { entityText } from '../schema/entity-text.js';
import type { TraceSpec } from '../schema/model.js';

/** Columns have no capitals in their names, so that our own tags never meet one. */
export const rowTag = 'rowId';
export const traceTag = 'traceKey';
export const timeTag = 'atTime';
const tenantTag = 'tenant';

/** More would make a series of nearly every span. */
const mostWords = 2;
const longestId = 256;

export interface PrefixColumn {
  readonly name: string;
  readonly type: 'word' | 'flag';
}

/**
 * By what spans lie together in the index by time, after the tenant: the words that the model is sorted by, and its first flag.
 * New columns come last in a model, so that this stays as it is while the model grows.
 */
export function prefixColumns({ sortBy, columns }: RecordModel): readonly PrefixColumn[] {
  const isWord = (name: string): boolean => columns.some((column) => column.name === name && column.type === 'word');
  const end = sortBy.findIndex((name) => !isWord(name));
  const words = (end === -1 ? sortBy : sortBy.slice(0, end)).slice(0, mostWords);
  const flag = columns.find(({ type }) => type === 'flag');
  const flags = flag === undefined ? [] : [{ name: flag.name, type: 'flag' as const }];
  return [...words.map((name): PrefixColumn => ({ name, type: 'word' })), ...flags];
}

export function timeIndex({ name }: RecordModel): string {
  return `${name}_by_time`;
}

export function traceSpec(model: RecordModel, group: string): TraceSpec {
  const prefix = prefixColumns(model);
  return {
    catalog: 'trace',
    group,
    name: model.name,
    tags: [
      { name: rowTag, kind: 'string' },
      { name: traceTag, kind: 'string' },
      { name: timeTag, kind: 'timestamp' },
      { name: tenantTag, kind: 'string' },
      ...prefix.map(({ name, type }) => ({ name, kind: type === 'word' ? ('string' as const) : ('int' as const) })),
    ],
    traceIdTag: traceTag,
    spanIdTag: rowTag,
    timestampTag: timeTag,
    // The server lists only by an index that it may sort by.
    indexes: [{ name: timeIndex(model), tags: [tenantTag, ...prefix.map(({ name }) => name), timeTag], type: 'tree', sortable: true }],
  };
}

export function tenantCell(tenant: string): string {
  return entityText(tenant.toWellFormed());
}

export { entityCell as wordCell, tenantTag };

/**
 * A trace of one tenant; never empty: the server loses spans of an empty id, and falls over a part of nothing else. The first `|` ends the
 * tenant; long ids are known by their hash, and have none.
 */
export function traceKey(tenant: string, traceId: string): string {
  const id = traceId.toWellFormed();
  if (id.length <= longestId) return `${tenantCell(tenant)}|${id}`;
  return `${tenantCell(tenant)}/${createHash('sha256').update(id).digest('hex')}`;
}
