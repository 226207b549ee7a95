import type { MeasureRow } from '../../src/connection/client.js';
import type { MeasureSpec, PropertySpec, StreamSpec, TraceSpec } from '../../src/schema/model.js';

export const measure: MeasureSpec = {
  catalog: 'measure',
  group: 'g',
  name: 'points',
  tags: [{ name: 'tenant', kind: 'string' }],
  fields: [{ name: 'sequence', kind: 'int' }],
  entity: ['tenant'],
  interval: '1m',
  indexes: [],
};
export const stream: StreamSpec = { catalog: 'stream', group: 'g', name: 'rows', tags: [{ name: 'tenant', kind: 'string' }], entity: ['tenant'], indexes: [] };
export const trace: TraceSpec = {
  catalog: 'trace',
  group: 'g',
  name: 'spans',
  tags: [{ name: 'trace', kind: 'string' }, { name: 'span', kind: 'string' }, { name: 'time', kind: 'timestamp' }],
  traceIdTag: 'trace',
  spanIdTag: 'span',
  timestampTag: 'time',
  indexes: [],
};
export const property: PropertySpec = { catalog: 'property', group: 'g', name: 'documents', tags: [{ name: 'body', kind: 'string' }] };

/** Row 0, 1, …: its number is its sequence. */
export function rowsOf(count: number): MeasureRow[] {
  return Array.from({ length: count }, (_, index) => ({ timeMs: 60_000, version: 1n, tags: [`e${index}`], fields: [index] }));
}

export const allTime = { fromMs: 0, toMs: 1_000_000, limit: 10 };
export const wholeQuery = { measure, ...allTime, tags: ['tenant'], fields: ['sequence'] };

/** The sequences of rows as the server got them. */
export function sequencesOf(rows: readonly Record<string, unknown>[]): number[] {
  return rows.map((row) => {
    const { fields } = row.dataPoint as { readonly fields: readonly { readonly int: { readonly value: { toNumber(): number } } }[] };
    return fields[0]!.int.value.toNumber();
  });
}
