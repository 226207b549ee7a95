import type { MetricWriteBatch } from '@meterlark/core';

/** A batch with one increment of 1 for the metric `m` of the entity `e`. */
export function oneRow(sequence: number, minute: number): MetricWriteBatch {
  const key = { tenant: '', metric: 'm', kind: 'sum' as const, entityId: 'e', labels: '', source: '' };
  const columns = { minutes: Float64Array.of(minute), a: Float64Array.of(1), b: Float64Array.of(0), histograms: [] };
  return { writer: 'process', sequence, rows: [{ kind: 'sum', keys: [key], ...columns }] };
}
