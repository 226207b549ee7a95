/** Streams in memory: rows of one id are stored once, answers are in order of time and cut without a word. */
import type { Lifetime, RecordModel } from '@meterlark/core';
import { ManualClock, RecordingMetrics } from '@meterlark/core/testing';
import type { BanyanClient, Cell, Criteria, FoundElement, StreamQuery, StreamRow } from '../../src/connection/client.js';
import { RecordDays } from '../../src/records/record-days.js';
import { BanyanRecordReader } from '../../src/records/record-reader.js';
import { RecordTables } from '../../src/records/record-tables.js';
import { BanyanRecordWriter } from '../../src/records/record-writer.js';
import { StreamSource } from '../../src/records/stream-source.js';
import type { SchemaSpec, StreamSpec } from '../../src/schema/model.js';

export const nowMs = Date.UTC(2026, 10, 21, 12);
const days: Readonly<Record<Lifetime, number>> = { trace: 7, call: 30, content: 7, log: 7 };

export class FakeStreams {
  readonly queries: StreamQuery[] = [];
  readonly failures: Error[] = [];
  private readonly rows = new Map<string, { readonly spec: StreamSpec; readonly row: StreamRow }[]>();

  async writeStream(spec: StreamSpec, rows: readonly StreamRow[]): Promise<void> {
    const held = this.rows.get(spec.name) ?? [];
    this.rows.set(spec.name, held);
    for (const row of rows) if (!held.some((known) => known.row.id === row.id)) held.push({ spec, row });
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }

  async queryStream(query: StreamQuery): Promise<readonly FoundElement[]> {
    this.queries.push(query);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const { fromMs, toMs, criteria, tags, limit, order } = query;
    const found = (this.rows.get(query.stream.name) ?? []).map(({ spec, row }) => ({ timeMs: row.timeMs, cell: (tag: string) => cellOf(spec, row, tag) }));
    const inside = found.filter(({ timeMs, cell }) => timeMs >= fromMs && timeMs <= toMs && (criteria === undefined || meets(criteria, cell)));
    inside.sort((left, right) => (order?.descending === true ? right.timeMs - left.timeMs : left.timeMs - right.timeMs));
    return inside.slice(0, limit).map(({ timeMs, cell }) => ({ timeMs, cells: tags.map(cell) }));
  }
}

function cellOf(spec: StreamSpec, row: StreamRow, tag: string): Cell {
  return row.tags[spec.tags.findIndex(({ name }) => name === tag)] ?? null;
}

function meets(criteria: Criteria, cell: (tag: string) => Cell): boolean {
  switch (criteria.is) {
    case 'equal':
      return cell(criteria.tag) === criteria.value;
    case 'in':
      return (criteria.values as readonly Cell[]).includes(cell(criteria.tag));
    case 'having':
      return criteria.values.every((value) => (cell(criteria.tag) as readonly string[] | null)?.includes(value) === true);
    case 'allOf':
      return criteria.of.every((one) => meets(one, cell));
    case 'anyOf':
      return criteria.of.some((one) => meets(one, cell));
    default:
      throw new Error(`${criteria.is} is not asked of streams`);
  }
}

export function openFake(limits: { readonly pageRows?: number; readonly maxScannedRows?: number } = {}) {
  const streams = new FakeStreams();
  const clock = new ManualClock(nowMs);
  const selfMetrics = new RecordingMetrics();
  const installed: SchemaSpec[] = [];
  const options = { client: streams as unknown as BanyanClient, clock, group: 'g', pageRows: 20_000, maxScannedRows: 100_000, ...limits };
  const make = (model: RecordModel): StreamSource => new StreamSource(model, options);
  const schema = { install: async (specs: readonly SchemaSpec[]) => void installed.push(...specs) };
  const tables = new RecordTables({ schema, streamSource: make, traceSource: make });
  const recordDays = new RecordDays(days, clock);
  const writer = new BanyanRecordWriter({ tables, days: recordDays, clock, selfMetrics });
  return { streams, clock, selfMetrics, installed, tables, writer, reader: new BanyanRecordReader({ tables, days: recordDays }) };
}
