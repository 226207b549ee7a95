/** Spans in BanyanDB's trace model: a trace's spans lie together, and lists of them come by time. */
import type { RecordModel, RecordRows } from '@meterlark/core';
import type { BanyanClient, FoundTrace, TraceQuery } from '../connection/client.js';
import { isTooLarge } from '../connection/failures.js';
import { banyanErrors } from '../errors.js';
import { traceRowBytes } from '../protocol/check-rows.js';
import { sendFitting } from '../records/fitting-rows.js';
import type { RowOrigin, RowSource, Scan, ScannedRow } from '../records/row-source.js';
import type { TraceSpec } from '../schema/model.js';
import { SpanRows, type Range } from './found-spans.js';
import { isCut, TimeWindows } from './time-windows.js';
import { traceQuestion, type TraceQuestion } from './trace-question.js';
import { timeIndex, traceKey, traceSpec } from './trace-spec.js';
import { traceRows } from './trace-write.js';

export interface TraceSourceOptions {
  readonly client: Pick<BanyanClient, 'writeTrace' | 'queryTrace'>;
  readonly model: RecordModel;
  readonly group: string;
  /** Spans of one answer, about. */
  readonly pageRows: number;
  readonly maxScannedRows: number;
}

const firstIds = 64;
const mostIds = 1_000;
/** Long traces come again with each window that they reach into; so many times the rows of a scan may come in all. */
const mostAgain = 8;
/** The server counts nanoseconds in 64 bits. */
const latestMs = 9_000_000_000_000;

/** Spans that one scan has read, against its bound. */
class Budget {
  private rows = 0;
  private spans = 0;

  constructor(
    private readonly what: string,
    private readonly limit: number,
  ) {}

  add(rows: number, spans: number): void {
    this.rows += rows;
    this.spans += spans;
    if (this.rows > this.limit || this.spans > mostAgain * this.limit) this.refuse();
  }

  refuse(): never {
    throw banyanErrors.METERLARK_STORAGE_BANYANDB_TOO_MANY_ROWS({ what: this.what, limit: this.limit });
  }
}

type Portions = AsyncGenerator<readonly ScannedRow[], void, undefined>;
type Asked = Pick<TraceQuery, 'criteria' | 'order' | 'limit'>;

interface Reading {
  readonly rows: SpanRows;
  readonly range: Range;
  readonly scan: Scan;
}

export class TraceSource implements RowSource {
  readonly model: RecordModel;
  readonly spec: TraceSpec;

  constructor(private readonly options: TraceSourceOptions) {
    const { model, group } = options;
    if (model.traceId === undefined || model.key !== undefined) {
      throw banyanErrors.METERLARK_STORAGE_BANYANDB_REFUSED({ what: `the model ${model.name}`, reason: 'rows with versions, or without a trace, are no spans' });
    }
    this.model = model;
    this.spec = traceSpec(model, group);
  }

  async write(rows: RecordRows, keep: Uint8Array | undefined, { batch }: RowOrigin): Promise<number> {
    const { spec, options: { client } } = this;
    const made = await traceRows(this.model, rows, { keep, batch });
    return sendFitting({ rows: made, bytesOf: (row) => traceRowBytes(spec, row), send: (some) => client.writeTrace(spec, some) });
  }

  async *scan(scan: Scan): Portions {
    const question = traceQuestion(this.model, scan.tenant, scan.where);
    const range = { fromMs: Math.max(0, scan.fromMs), toMs: Math.min(latestMs, scan.toMs) };
    if (question === undefined || range.fromMs > range.toMs) return;
    const reading = { rows: new SpanRows(this.model, scan, question), range, scan };
    if (question.traceIds !== undefined) yield* this.ofTraces(question.traceIds, reading);
    else yield* this.ofWindows(question, reading);
  }

  /** All in one portion: the spans of several traces are in no order. */
  private async *ofTraces(ids: readonly string[], { rows, range, scan: { tenant } }: Reading): Portions {
    const budget = new Budget(this.spec.name, this.options.maxScannedRows);
    const keys = [...new Set(ids.map((id) => traceKey(tenant, id)))];
    const all: ScannedRow[] = [];
    let size = firstIds;
    for (let place = 0; place < keys.length; ) {
      const part = keys.slice(place, place + size);
      // The server looks only for as many of the ids as the limit says.
      const traces = await this.query(rows, range, { criteria: { is: 'in', tag: this.spec.traceIdTag, values: part }, limit: part.length });
      if (traces instanceof Error) {
        if (part.length === 1) throw traces;
        size = Math.ceil(part.length / 8);
        continue;
      }
      const wanted = rows.wanted(traces, range);
      budget.add(wanted.found.length, wanted.spans);
      for (const row of await rows.rows(wanted.found)) all.push(row);
      place += part.length;
      size = Math.max(1, Math.min(mostIds, size * 4, Math.floor((size * this.options.pageRows) / Math.max(1, wanted.spans))));
    }
    if (all.length > 0) yield all;
  }

  private async *ofWindows({ series }: TraceQuestion, { rows, range, scan }: Reading): Portions {
    const { pageRows, maxScannedRows } = this.options;
    const budget = new Budget(this.spec.name, maxScannedRows);
    const windows = new TimeWindows({ ...range, descending: scan.descending, wanted: scan.wanted, pageRows });
    const order = { index: timeIndex(this.model), descending: scan.descending };
    for (let window = windows.current; window !== undefined; window = windows.current) {
      if (window.limit > 4 * maxScannedRows) budget.refuse();
      const traces = await this.query(rows, window, { criteria: series, order, limit: window.limit });
      if (traces instanceof Error) {
        if (!windows.shrink()) throw traces;
        continue;
      }
      const wanted = rows.wanted(traces, window);
      if (isCut(traces.length, window.limit)) {
        budget.add(0, wanted.spans);
        windows.cut(wanted, wanted.nearest);
        continue;
      }
      budget.add(wanted.found.length, wanted.spans);
      windows.complete(wanted);
      if (wanted.found.length > 0) yield await rows.rows(wanted.found);
    }
  }

  /** An error: the answer would be too large for the server or for us. */
  private async query(rows: SpanRows, { fromMs, toMs }: Range, question: Asked): Promise<readonly FoundTrace[] | Error> {
    try {
      return await this.options.client.queryTrace({ ...question, trace: this.spec, fromMs, toMs, tags: rows.tags });
    } catch (error) {
      if (error instanceof Error && isTooLarge(error)) return error;
      throw error;
    }
  }
}
