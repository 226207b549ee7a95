/** How metric states lie in rows: all label sets of an entity, source and writer in one row, as one field. */
import type { MetricKind, MetricState, Step } from '../../src/model/metric.js';
import type { Measure, Row } from './row-server.js';

export const steps: readonly Step[] = ['minute', 'hour', 'day'];

/** Label set to state. */
export type LabelStates = ReadonlyMap<string, MetricState>;

export function metricMeasure(step: Step): Measure {
  const text = 'string' as const;
  const tags = { tenant: text, metric: text, kind: text, entity: text, source: text, writer: text };
  return { name: `metrics_${step}`, tags, fields: { sequence: 'int', states: 'string' } };
}

/** What the adapter keeps of a row of its own. */
export interface OwnRow {
  /** Last batch that is inside. */
  readonly sequence: number;
  readonly version: bigint;
  readonly states: LabelStates;
}

export const noRow: OwnRow = { sequence: 0, version: 0n, states: new Map() };

export function encodeStates(states: LabelStates): string {
  const cells = [...states].map(([labels, { a, b, slots, histogram }]) => [labels, a, b, String(slots), histogram ?? null]);
  return JSON.stringify(cells);
}

type Cell = readonly [string, number, number, string, { readonly bounds: number[]; readonly counts: number[] } | null];

export function decodeStates(row: Row): LabelStates {
  const { states } = row.fields;
  if (typeof states !== 'string') throw new Error('a row without states');
  const cells = JSON.parse(states) as readonly Cell[];
  return new Map(cells.map(([labels, a, b, slots, histogram]) => [labels, { a, b, slots: BigInt(slots), histogram: histogram ?? undefined }]));
}

export function decodeOwn(row: Row): OwnRow {
  return { sequence: Number(row.fields['sequence']), version: row.version, states: decodeStates(row) };
}

export function kindOf(row: Row): MetricKind {
  return row.tags['kind'] as MetricKind;
}

export function rowId(tags: Row['tags'], timeMs: number): string {
  return JSON.stringify([tags['tenant'], tags['metric'], tags['kind'], tags['entity'], tags['source'], tags['writer'], timeMs]);
}

export function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
