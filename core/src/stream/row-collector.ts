/** Hot path: turns what was merged in pages into the rows of batches. */
import { minuteMs } from '../model/time.js';
import type { HistogramState, MetricKind, MetricRows, SeriesKey } from '../model/metric.js';
import { pageSlots, type Series, type SeriesTable } from './series-table.js';

/** Values of 4,096 slots of one minute; `marks` tells which were touched. */
export interface Page {
  readonly values: Float64Array;
  readonly marks: Uint8Array;
}

export interface CollectedRows {
  readonly rows: readonly MetricRows[];
  readonly count: number;
}

interface Columns {
  readonly keys: SeriesKey[];
  readonly minutes: number[];
  readonly a: number[];
  readonly b: number[];
  readonly histograms: HistogramState[];
}

export interface CollectorOptions {
  readonly table: SeriesTable;
  readonly maxBatchRows: number;
  readonly nowMs: number;
  readonly emit: (rows: CollectedRows) => void;
  /** Rows whose sum is no longer a finite number. */
  readonly lost: (rows: number) => void;
}

export class RowCollector {
  private columns = new Map<MetricKind, Columns>();
  private count = 0;

  constructor(private readonly options: CollectorOptions) {}

  /** Adds all touched slots of one minute. */
  addMinute(minute: number, pages: readonly (Page | undefined)[]): void {
    const histograms = new Map<Series, [bound: number, count: number][]>();
    pages.forEach((page, index) => {
      if (page !== undefined) this.addPage(minute, page, index * pageSlots, histograms);
    });
    for (const [series, buckets] of histograms) this.addHistogram(series.key, minute, buckets);
  }

  /** Emits what is left. */
  end(): void {
    if (this.count === 0) return;
    const rows = [...this.columns].map(([kind, columns]): MetricRows => ({
      kind,
      keys: columns.keys,
      minutes: Float64Array.from(columns.minutes),
      a: Float64Array.from(columns.a),
      b: Float64Array.from(columns.b),
      histograms: columns.histograms,
    }));
    const { count } = this;
    this.columns = new Map();
    this.count = 0;
    this.options.emit({ rows, count });
  }

  private addPage(minute: number, page: Page, base: number, histograms: Map<Series, [number, number][]>): void {
    const { table, nowMs } = this.options;
    for (let offset = page.marks.indexOf(1); offset >= 0; offset = page.marks.indexOf(1, offset + 1)) {
      const series = table.ownerOf(base + offset);
      if (series === undefined) continue;
      series.seenMs = nowMs;
      const value = page.values[offset] ?? 0;
      if (series.key.kind !== 'histogram') {
        this.addScalar(series.key, minute, value, series.pair ? (page.values[offset + 1] ?? 0) : 0);
        continue;
      }
      const buckets = histograms.get(series);
      if (buckets === undefined) histograms.set(series, [[table.boundOf(base + offset), value]]);
      else buckets.push([table.boundOf(base + offset), value]);
    }
  }

  private addScalar(key: SeriesKey, minute: number, a: number, b: number): void {
    if (Number.isFinite(a) && Number.isFinite(b)) this.add(key, minute, a, b);
    else this.options.lost(1);
  }

  private addHistogram(key: SeriesKey, minute: number, buckets: [bound: number, count: number][]): void {
    buckets.sort((left, right) => left[0] - right[0]);
    const state = { bounds: buckets.map(([bound]) => bound), counts: buckets.map(([, count]) => count) };
    if (state.counts.every(Number.isFinite)) this.add(key, minute, 0, 0, state);
    else this.options.lost(1);
  }

  private add(key: SeriesKey, minute: number, a: number, b: number, histogram?: HistogramState): void {
    let columns = this.columns.get(key.kind);
    if (columns === undefined) {
      columns = { keys: [], minutes: [], a: [], b: [], histograms: [] };
      this.columns.set(key.kind, columns);
    }
    columns.keys.push(key);
    columns.minutes.push(minute * minuteMs);
    columns.a.push(a);
    columns.b.push(b);
    if (histogram !== undefined) columns.histograms.push(histogram);
    this.count += 1;
    if (this.count >= this.options.maxBatchRows) this.end();
  }
}
