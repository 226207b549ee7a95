/** Spans of random traces: short and long ones, interleaved, several in one millisecond, over two days. */
import { recordRows } from '@meterlark/core/testing';
import type { RecordModel, RecordRow, RecordRows } from '@meterlark/core';

export const spans: RecordModel = {
  name: 'test_spans',
  columns: [
    { name: 'tenant', type: 'word' },
    { name: 'time', type: 'time' },
    { name: 'trace_id', type: 'text', lookedUp: true },
    { name: 'span_id', type: 'text' },
    { name: 'service', type: 'word' },
    { name: 'entry', type: 'flag' },
    { name: 'duration_ns', type: 'integer' },
    { name: 'attributes', type: 'textMap' },
  ],
  sortBy: ['service', 'time'],
  lifetime: 'trace',
  traceId: 'trace_id',
};

/** Repeatable. */
export function randomOf(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of this generator repeat soon.
    return (state >>> 8) / 2 ** 24;
  };
}

export interface SpanShape {
  readonly traces: number;
  readonly startMs: number;
  readonly lengthMs: number;
  readonly tenants?: readonly string[];
}

export function randomSpans(random: () => number, { traces, startMs, lengthMs, tenants = ['', 'other'] }: SpanShape): RecordRow[] {
  const below = (end: number): number => Math.floor(random() * end);
  const rows: RecordRow[] = [];
  for (let trace = 0; trace < traces; trace += 1) {
    const tenant = tenants[below(tenants.length)]!;
    const count = random() < 0.1 ? 1 + below(40) : 1 + below(4);
    const reach = random() < 0.2 ? lengthMs : Math.min(lengthMs, 1 + below(20));
    const begin = startMs + below(lengthMs - reach + 1);
    for (let span = 0; span < count; span += 1) {
      rows.push({
        tenant, time: (begin + below(reach)) * 1000 + below(1000), trace_id: random() < 0.05 ? '' : `trace ${trace}`, span_id: `${trace}-${span}`,
        service: `s${below(4)}`, entry: span === 0, duration_ns: below(1e9), attributes: { k: `v${span}` },
      });
    }
  }
  return rows.map((row) => ({ row, place: random() })).sort((left, right) => left.place - right.place).map(({ row }) => row);
}

export function rowsOf(rows: readonly RecordRow[]): RecordRows {
  return recordRows(spans, rows);
}
