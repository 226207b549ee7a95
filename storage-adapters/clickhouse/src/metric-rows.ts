// Hot path: metric rows to Native columns.
import { dayMs, minuteMs, type MetricRows, type SeriesKey } from '@meterlark/core';
import { encodeBlocks } from './native/block.js';
import { dictionary, floats, integers, maps, tuples, type NativeColumn, type NativeValues } from './native/columns.js';
import { familyOf } from './schema/metric-tables.js';

/** Why a row is not stored. */
export type DropReason = 'expired' | 'time' | 'number';

/** Last minute that a DateTime holds. */
const lastMinuteMs = Math.floor(0xffff_ffff / 60) * minuteMs;

/** The rows without those that no bucket can hold or that nobody would ever see; `rows` itself when all are fine. */
export function acceptable(rows: MetricRows, oldestMs: number, dropped: (reason: DropReason) => void): MetricRows {
  const kept: number[] = [];
  for (let row = 0; row < rows.keys.length; row += 1) {
    const fault = faultOf(rows, row, oldestMs);
    if (fault === undefined) kept.push(row);
    else dropped(fault);
  }
  return kept.length === rows.keys.length ? rows : pick(rows, kept);
}

function faultOf(rows: MetricRows, row: number, oldestMs: number): DropReason | undefined {
  const minute = rows.minutes[row] ?? NaN;
  if (!(minute >= 0 && minute <= lastMinuteMs)) return 'time';
  if (minute < oldestMs) return 'expired';
  if (rows.kind === 'histogram') return isHistogram(rows, row) ? undefined : 'number';
  return Number.isFinite(rows.a[row]) && Number.isFinite(rows.b[row]) ? undefined : 'number';
}

function isHistogram(rows: MetricRows, row: number): boolean {
  const histogram = rows.histograms[row];
  if (histogram === undefined || histogram.bounds.length !== histogram.counts.length) return false;
  return histogram.bounds.every(Number.isSafeInteger) && histogram.counts.every(Number.isFinite);
}

function pick(rows: MetricRows, kept: readonly number[]): MetricRows {
  const { minutes, a, b, histograms } = rows;
  return {
    kind: rows.kind,
    keys: kept.map((row) => rows.keys[row]!),
    minutes: Float64Array.from(kept, (row) => minutes[row] ?? 0),
    a: Float64Array.from(kept, (row) => a[row] ?? 0),
    b: Float64Array.from(kept, (row) => b[row] ?? 0),
    histograms: histograms.length === 0 ? [] : kept.map((row) => histograms[row]!),
  };
}

/** Names and order of the columns are those of `insertColumns(family)`. */
export function encodeMetricRows(rows: MetricRows): Promise<Uint8Array[]> {
  return encodeBlocks([...keyColumnsOf(rows), ...stateColumnsOf(rows)], rows.keys.length);
}

function keyColumnsOf(rows: MetricRows): NativeColumn[] {
  const { keys, kind, minutes } = rows;
  const key = (name: string, valueOf: (key: SeriesKey) => string): NativeColumn => ({
    name,
    values: dictionary((row) => valueOf(keys[row]!)),
  });
  const seconds = new Float64Array(minutes.length);
  for (let row = 0; row < minutes.length; row += 1) seconds[row] = Math.floor(minutes[row]! / minuteMs) * 60;
  return [
    key('tenant', (one) => one.tenant),
    key('metric', (one) => one.metric),
    { name: 'kind', values: dictionary(() => kind) },
    key('entity', (one) => one.entityId),
    key('labels', (one) => one.labels),
    key('source', (one) => one.source),
    { name: 'bucket', values: integers('DateTime', seconds) },
  ];
}

function stateColumnsOf(rows: MetricRows): NativeColumn[] {
  switch (familyOf[rows.kind]) {
    case 'sums':
      return [column('a', floats(rows.a)), column('b', floats(rows.b))];
    case 'points':
      return pointColumnsOf(rows);
    case 'histograms':
      return [column('buckets', bucketColumn(rows))];
  }
}

/** Only the field of the row's own kind is ever read; the others are zeros, which cost nothing on disk. */
function pointColumnsOf(rows: MetricRows): NativeColumn[] {
  const zeros = new Float64Array(rows.keys.length);
  const { kind } = rows;
  const isLatest = kind === 'latest' || kind === 'totalLatest';
  const last = tuples([integers('Int64', isLatest ? rows.b : zeros), floats(isLatest ? rows.a : zeros)]);
  return [
    column('low', floats(kind === 'min' || kind === 'totalMin' ? rows.a : zeros)),
    column('high', floats(kind === 'max' || kind === 'totalMax' ? rows.a : zeros)),
    column('last', last),
  ];
}

function bucketColumn(rows: MetricRows): NativeValues {
  const ends = new Float64Array(rows.keys.length);
  let total = 0;
  rows.histograms.forEach((histogram, row) => {
    total += histogram.bounds.length;
    ends[row] = total;
  });
  const bounds = new Float64Array(total);
  const counts = new Float64Array(total);
  rows.histograms.forEach((histogram, row) => {
    const start = ends[row]! - histogram.bounds.length;
    bounds.set(histogram.bounds, start);
    counts.set(histogram.counts, start);
  });
  return maps(ends, integers('Int64', bounds), floats(counts));
}

function column(name: string, values: NativeValues): NativeColumn {
  return { name, values };
}

/** Start of the oldest day that is still kept. */
export function oldestMs(nowMs: number, days: number): number {
  return (Math.floor(nowMs / dayMs) - days) * dayMs;
}
