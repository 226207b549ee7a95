/** The three kinds of rows, checked and ready to be written. */
import { checkMeasureRows, checkStreamRows, checkTraceRows } from '../protocol/check-rows.js';
import { decodeRowAnswer, decodeTraceAnswer } from '../protocol/decode-acks.js';
import { encodeMeasureRow, encodeStreamRow, encodeTraceRow } from '../protocol/encode-rows.js';
import type { MeasureSpec, StreamSpec, TraceSpec } from '../schema/model.js';
import type { MeasureRow, StreamRow, TraceRow } from './client.js';
import type { RowPlan } from './row-stream.js';

export function measurePlan(measure: MeasureSpec, rows: readonly MeasureRow[]): RowPlan {
  checkMeasureRows(measure, rows);
  return {
    method: 'measureWrite',
    catalog: 'measure',
    what: `rows of ${measure.name}`,
    encode: (out, row, number) => encodeMeasureRow(out, measure, rows[row]!, number),
    decodeAnswer: decodeRowAnswer,
  };
}

export function streamPlan(stream: StreamSpec, rows: readonly StreamRow[]): RowPlan {
  checkStreamRows(stream, rows);
  return {
    method: 'streamWrite',
    catalog: 'stream',
    what: `rows of ${stream.name}`,
    encode: (out, row, number) => encodeStreamRow(out, stream, rows[row]!, number),
    decodeAnswer: decodeRowAnswer,
  };
}

export function tracePlan(trace: TraceSpec, rows: readonly TraceRow[]): RowPlan {
  checkTraceRows(trace, rows);
  return {
    method: 'traceWrite',
    catalog: 'trace',
    what: `rows of ${trace.name}`,
    encode: (out, row, number) => encodeTraceRow(out, trace, rows[row]!, number),
    decodeAnswer: decodeTraceAnswer,
  };
}
