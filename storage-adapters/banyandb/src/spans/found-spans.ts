// Hot path: spans of an answer to rows. A trace comes with all its spans of the days that were asked for, each as often as it was sent.
import { LoopTurn, type RecordModel, type RecordRow } from '@meterlark/core';
import type { Cell, FoundSpan, FoundTrace } from '../connection/client.js';
import { banyanErrors } from '../errors.js';
import { RowCodec } from '../records/row-codec.js';
import type { Scan, ScannedRow } from '../records/row-source.js';
import type { TraceQuestion } from './trace-question.js';
import { rowTag, timeTag } from './trace-spec.js';
import type { Yield } from './time-windows.js';

const spansBetweenLooks = 64;

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Spans of the range that are wanted, each once. */
export interface Wanted extends Yield {
  readonly found: readonly FoundSpan[];
  /** For each trace with wanted spans how far the first of them is from the end of the range where the scan comes from. */
  readonly nearest: readonly number[];
}

export class SpanRows {
  /** What is asked for with the spans. */
  readonly tags: readonly string[];
  private readonly codec: RowCodec;
  private readonly columns: ReadonlySet<string>;

  constructor(
    model: RecordModel,
    private readonly scan: Scan,
    private readonly question: TraceQuestion,
  ) {
    this.tags = [rowTag, timeTag, ...question.tags.map(({ name }) => name)];
    this.codec = new RowCodec(model);
    this.columns = new Set(['tenant', 'time', ...scan.columns]);
  }

  wanted(traces: readonly FoundTrace[], range: Range): Wanted {
    const found: FoundSpan[] = [];
    const nearest: number[] = [];
    let spans = 0;
    let inside = 0;
    let bytes = 0;
    for (const trace of traces) {
      const before = found.length;
      const distance = this.oneTrace(trace, range, found);
      for (const { span, cells } of trace.spans) {
        bytes += span.length;
        if (isInside(cells[1], range)) inside += 1;
      }
      spans += trace.spans.length;
      if (found.length > before) nearest.push(distance);
    }
    return { found, nearest, traces: traces.length, spans, inside, bytes };
  }

  /** Others get their turns meanwhile. */
  async rows(found: readonly FoundSpan[]): Promise<ScannedRow[]> {
    const rows: ScannedRow[] = [];
    const turn = new LoopTurn();
    for (let place = 0; place < found.length; place += 1) {
      // Spans have no versions.
      rows.push({ row: this.row(found[place]!.span), written: 0n });
      if (place % spansBetweenLooks === 0 && turn.isOver) await turn.next();
    }
    return rows;
  }

  private oneTrace({ spans }: FoundTrace, range: Range, found: FoundSpan[]): number {
    const seen = new Set<Cell>();
    let distance = Infinity;
    for (const span of spans) {
      const [id, time] = span.cells;
      if (!isInside(time, range) || seen.has(id!) || !this.isOfSeries(span.cells)) continue;
      seen.add(id!);
      found.push(span);
      distance = Math.min(distance, this.scan.descending ? range.toMs - (time as number) : (time as number) - range.fromMs);
    }
    return distance;
  }

  private isOfSeries(cells: readonly Cell[]): boolean {
    const { tags } = this.question;
    for (let place = 0; place < tags.length; place += 1) {
      const { values, empty } = tags[place]!;
      if (!values.has(cells[place + 2] ?? empty)) return false;
    }
    return true;
  }

  private row(span: Uint8Array): RecordRow {
    try {
      return this.codec.decode(span, this.columns);
    } catch (error) {
      throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: 'the row of a span cannot be read' }, error);
    }
  }
}

function isInside(time: Cell | undefined, { fromMs, toMs }: Range): boolean {
  if (typeof time !== 'number') throw banyanErrors.METERLARK_STORAGE_BANYANDB_BAD_ANSWER({ reason: 'a span has no time' });
  return time >= fromMs && time <= toMs;
}
