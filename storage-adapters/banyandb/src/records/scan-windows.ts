/**
 * In which steps a range of time is read. The server goes through all rows of the range that it is asked for before it cuts the answer
 * to the limit, so that many pages of one wide range would be read many times over: each step is as wide as about half a page of rows
 * took before, and begins narrow.
 *
 * The answers are in ascending order, also where the range is read from its end: version 0.10 takes the parts of a stream in the
 * wrong order when asked for the latest, and cuts away those. What an ascending answer has before its last millisecond is whole; in a
 * range that is read from its end an answer that was cut only tells how wide the next, narrower step may be.
 */
export interface WindowOptions {
  /** Whole epoch ms, both ends included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly descending: boolean;
  readonly nowMs: number;
  /** Width of the first step. */
  readonly firstMs: number;
  /** Limit of the first step; it grows to pageRows. */
  readonly firstRows: number;
  readonly pageRows: number;
  /** A limit never passes it by more than one. */
  readonly mostRows: number;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

interface Timed {
  readonly timeMs: number;
}

/** What is later than this is little: clocks that are fast. */
const futureMs = 60_000;
/** A step is so many times as wide or as narrow as the one before at most. */
const growth = 4;

export class ScanWindows {
  private limit: number;
  private widthMs: number;
  /** What is not read yet. */
  private fromMs: number;
  private toMs: number;
  private readonly presentEndMs: number;
  /** What is later than now is read at once, for it is little: until an answer was too much. */
  private isAheadAtOnce = true;
  /** No step is narrower because the one before was; less where the server had no room for so much. */
  private firstMs: number;

  constructor(private readonly options: WindowOptions) {
    const { firstRows, pageRows, mostRows, fromMs, toMs, nowMs, descending, firstMs } = options;
    this.limit = Math.max(1, Math.min(firstRows, pageRows, mostRows + 1));
    this.fromMs = fromMs;
    this.toMs = toMs;
    this.firstMs = firstMs;
    this.presentEndMs = nowMs + futureMs;
    this.widthMs = descending && toMs > this.presentEndMs ? toMs - this.presentEndMs : firstMs;
  }

  /** undefined: all was read. */
  get window(): Window | undefined {
    const { fromMs, toMs, limit, widthMs, presentEndMs } = this;
    if (fromMs > toMs) return undefined;
    if (this.options.descending) {
      const futureStart = toMs > presentEndMs ? presentEndMs + 1 : fromMs;
      return { fromMs: Math.max(fromMs, futureStart, toMs - widthMs + 1), toMs, limit };
    }
    const end = fromMs + widthMs - 1;
    return { fromMs, toMs: end > presentEndMs && widthMs > 1 && this.isAheadAtOnce ? toMs : Math.min(toMs, end), limit };
  }

  /**
   * Of what the window answered, what is whole and follows what was taken before; the next window begins behind it. undefined: one
   * millisecond has more than `mostRows`.
   */
  take<T extends Timed>(window: Window, found: readonly T[]): readonly T[] | undefined {
    if (found.length < window.limit) {
      this.goOn(window, found.length);
      return found;
    }
    const cutMs = latestOf(found);
    if (this.options.descending) {
      if (window.fromMs === window.toMs) return this.enlarge(window);
      this.narrowTo(window, ((cutMs - window.fromMs + 1) * window.limit) / found.length);
      return [];
    }
    const whole = found.filter(({ timeMs }) => timeMs !== cutMs);
    if (whole.length === 0) {
      // Nothing lies before it: it alone is asked again.
      this.fromMs = cutMs;
      this.widthMs = 1;
      return this.enlarge(window);
    }
    this.goOn({ ...window, toMs: cutMs - 1 }, whole.length);
    return whole;
  }

  /** Makes the next window narrower because the server could not answer this one; false: there is no narrower one. */
  narrow(window: Window): boolean {
    const width = window.toMs - window.fromMs + 1;
    if (width <= 1) return false;
    this.isAheadAtOnce = false;
    this.widthMs = Math.max(1, Math.floor(width / (growth * growth)));
    this.firstMs = Math.min(this.firstMs, this.widthMs);
    return true;
  }

  /** To a quarter at most: the rows may lie at the end that was cut away. */
  private narrowTo(window: Window, fittingMs: number): void {
    const width = window.toMs - window.fromMs + 1;
    this.widthMs = Math.max(1, Math.floor(Math.min(fittingMs, width / growth)));
    this.limit = this.grown(window.limit);
  }

  /** For a millisecond of many rows. */
  private enlarge(window: Window): readonly never[] | undefined {
    if (window.limit > this.options.mostRows) return undefined;
    this.limit = Math.min(2 * window.limit, this.options.mostRows + 1);
    return [];
  }

  private goOn(read: Omit<Window, 'limit'>, rows: number): void {
    const { firstMs } = this;
    const { descending } = this.options;
    if (descending) this.toMs = read.fromMs - 1;
    else this.fromMs = read.toMs + 1;
    // Where rows were found and more are wanted, most of them do not meet the reader's conditions, or many are asked for.
    this.limit = this.grown(rows > 0 ? this.limit : this.limit / growth);
    const width = read.toMs - read.fromMs + 1;
    const fitting = rows === 0 ? Infinity : (width * this.limit) / (2 * rows);
    const beginsPresent = descending && read.toMs > this.presentEndMs && this.toMs <= this.presentEndMs;
    const widest = beginsPresent ? firstMs : Math.max(growth * width, firstMs);
    this.widthMs = Math.max(1, Math.floor(Math.min(fitting, widest)));
  }

  private grown(limit: number): number {
    return Math.max(1, Math.min(growth * limit, this.options.pageRows, this.options.mostRows + 1));
  }
}

function latestOf(found: readonly Timed[]): number {
  let latest = -Infinity;
  for (const { timeMs } of found) latest = Math.max(latest, timeMs);
  return latest;
}
