/** Hot path: turns what was merged in pages into the rows of batches. */
import { minuteMs } from '../model/time.js';
import type { HistogramState, MetricKind, MetricRows, SeriesKey } from '../model/metric.js';
import { pageSlots, type Series, type SlotNames } from './series-table.js';

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

/** Pages of each minute that has data. */
export type MinuteNumbers = ReadonlyMap<number, readonly (Page | undefined)[]>;

export interface CollectorOptions {
  readonly names: SlotNames;
  readonly maxBatchRows: number;
  readonly nowMs: number;
  /** Rows whose sum is no longer a finite number. */
  readonly lost: (rows: number) => void;
  /** Takes a page back that was read. */
  readonly recycle: (page: Page) => void;
  /** Told when all was read. */
  readonly ended: () => void;
}

/**
 * A histogram's slots lie side by side, so its row ends where another series begins; if bounds came later it may
 * have two rows in a batch, which add up.
 */
export class RowCollector {
  private columns = new Map<MetricKind, Columns>();
  private count = 0;
  /** Numbers in the batch: one per scalar row, one per bucket of a histogram. */
  private numbers = 0;
  private histogram: Series | undefined;
  private bounds: number[] = [];
  private counts: number[] = [];

  constructor(private readonly options: CollectorOptions) {}

  /** Batch by batch, so that a large flush does not hold up the event loop. */
  *collect(minutes: MinuteNumbers): Generator<CollectedRows, void, undefined> {
    for (const [minute, pages] of minutes) {
      for (let index = 0; index < pages.length; index += 1) {
        const page = pages[index];
        if (page === undefined) continue;
        yield* this.readPage(minute, page, index * pageSlots);
        this.options.recycle(page);
      }
      this.endHistogram(minute);
    }
    this.options.ended();
    if (this.count > 0) yield this.take();
  }

  private *readPage(minute: number, page: Page, base: number): Generator<CollectedRows, void, undefined> {
    const { names, nowMs } = this.options;
    for (let offset = nextMark(page.marks, 0); offset >= 0; offset = nextMark(page.marks, offset + 1)) {
      const series = names.owners[base + offset];
      if (series === undefined) continue;
      series.seenMs = nowMs;
      if (series !== this.histogram) this.endHistogram(minute);
      if (series.key.kind === 'histogram') {
        this.histogram = series;
        this.bounds.push(names.bounds[base + offset] ?? 0);
        this.counts.push(page.values[offset] ?? 0);
      } else if (series.pair) {
        // One of the two may have been touched alone, e.g. a ratio's denominator.
        if (names.owners[base + offset - 1] === series) offset -= 1;
        this.addScalar(series.key, minute, valueAt(page, offset), valueAt(page, offset + 1));
        offset += 1;
      } else {
        this.addScalar(series.key, minute, page.values[offset] ?? 0, 0);
      }
      this.numbers += 1;
      if (this.numbers >= this.options.maxBatchRows && this.count > 0) yield this.take();
    }
  }

  private addScalar(key: SeriesKey, minute: number, a: number, b: number): void {
    if (Number.isFinite(a) && Number.isFinite(b)) this.add(key, minute, [a, b]);
    else this.options.lost(1);
  }

  private endHistogram(minute: number): void {
    const { histogram, bounds, counts } = this;
    if (histogram === undefined) return;
    this.histogram = undefined;
    this.bounds = [];
    this.counts = [];
    const state = ascending(bounds) ? { bounds, counts } : sorted(bounds, counts);
    if (state.counts.every(Number.isFinite)) this.add(histogram.key, minute, [0, 0]).histograms.push(state);
    else this.options.lost(1);
  }

  private add(key: SeriesKey, minute: number, [a, b]: readonly [number, number]): Columns {
    let columns = this.columns.get(key.kind);
    if (columns === undefined) {
      columns = { keys: [], minutes: [], a: [], b: [], histograms: [] };
      this.columns.set(key.kind, columns);
    }
    columns.keys.push(key);
    columns.minutes.push(minute * minuteMs);
    columns.a.push(a);
    columns.b.push(b);
    this.count += 1;
    return columns;
  }

  private take(): CollectedRows {
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
    this.numbers = 0;
    return { rows, count };
  }
}

/** What stands in an untouched slot is void. */
function valueAt(page: Page, offset: number): number {
  return page.marks[offset] === 1 ? (page.values[offset] ?? 0) : 0;
}

/** Most pages are full or nearly empty: look at the neighbour before searching. */
function nextMark(marks: Uint8Array, from: number): number {
  return marks[from] === 1 ? from : marks.indexOf(1, from);
}

function ascending(bounds: readonly number[]): boolean {
  for (let index = 1; index < bounds.length; index += 1) if ((bounds[index - 1] ?? 0) > (bounds[index] ?? 0)) return false;
  return true;
}

function sorted(bounds: readonly number[], counts: readonly number[]): HistogramState {
  const order = [...bounds.keys()].sort((left, right) => (bounds[left] ?? 0) - (bounds[right] ?? 0));
  return { bounds: order.map((index) => bounds[index] ?? 0), counts: order.map((index) => counts[index] ?? 0) };
}
