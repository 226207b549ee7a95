/**
 * In which steps a range of time is read. The server goes through all rows of the range that it is asked for before it cuts the answer
 * to the limit, so that many pages of one wide range would be read many times over: each step is as wide as about half a page of rows
 * took before, and begins narrow. A millisecond that the limit may have cut is dropped and asked again, together with what follows.
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

/** What is later than this is little: clocks that are fast. */
const futureMs = 60_000;
/** A step is so many times as wide or as narrow as the one before at most. */
const growth = 4;
/** What the server cannot answer of so little time it cannot answer at all. */
const narrowestMs = 1_000;

export class ScanWindows {
  private limit: number;
  private widthMs: number;
  /** What is not read yet. */
  private fromMs: number;
  private toMs: number;

  constructor(private readonly options: WindowOptions) {
    this.limit = Math.max(1, Math.min(options.firstRows, options.pageRows, options.mostRows + 1));
    this.widthMs = options.firstMs;
    this.fromMs = options.fromMs;
    this.toMs = options.toMs;
  }

  /** undefined: all was read. */
  get window(): Window | undefined {
    const { fromMs, toMs, limit } = this;
    if (fromMs > toMs) return undefined;
    const presentEnd = this.options.nowMs + futureMs;
    if (!this.options.descending) {
      const end = fromMs + this.widthMs - 1;
      return { fromMs, toMs: end > presentEnd ? toMs : Math.min(toMs, end), limit };
    }
    if (toMs > presentEnd) return { fromMs: Math.max(fromMs, presentEnd + 1), toMs, limit };
    return { fromMs: Math.max(fromMs, toMs - this.widthMs + 1), toMs, limit };
  }

  /** Of what the window answered, what is whole; the next window begins behind it. undefined: one millisecond has more than `mostRows`. */
  take<T extends { readonly timeMs: number }>(window: Window, found: readonly T[]): readonly T[] | undefined {
    if (found.length < window.limit) {
      this.goOn(window, found.length);
      return found;
    }
    const cutMs = this.lastMs(found);
    const whole = found.filter(({ timeMs }) => timeMs !== cutMs);
    if (whole.length === 0) {
      if (window.limit > this.options.mostRows) return undefined;
      this.limit = Math.min(2 * window.limit, this.options.mostRows + 1);
      // Nothing lies before it: it alone is asked again.
      if (this.options.descending) this.toMs = cutMs;
      else this.fromMs = cutMs;
      this.widthMs = 1;
      return whole;
    }
    const read = this.options.descending ? { ...window, fromMs: cutMs + 1 } : { ...window, toMs: cutMs - 1 };
    this.goOn(read, whole.length);
    return whole;
  }

  /** Makes the next window narrower because the server could not answer this one; false: it is narrow already. */
  narrow(window: Window): boolean {
    const width = window.toMs - window.fromMs + 1;
    if (width <= narrowestMs || (this.options.descending && this.isFuture(window))) return false;
    this.widthMs = Math.max(narrowestMs, Math.floor(width / (growth * growth)));
    return true;
  }

  /** The last in the direction. */
  private lastMs(found: readonly { readonly timeMs: number }[]): number {
    let last = found[0]?.timeMs ?? 0;
    for (const { timeMs } of found) if (this.options.descending ? timeMs < last : timeMs > last) last = timeMs;
    return last;
  }

  private isFuture({ toMs }: Omit<Window, 'limit'>): boolean {
    return toMs > this.options.nowMs + futureMs;
  }

  private goOn(read: Omit<Window, 'limit'>, rows: number): void {
    const { descending, pageRows } = this.options;
    if (descending) this.toMs = read.fromMs - 1;
    else this.fromMs = read.toMs + 1;
    // Where rows were found and more are wanted, most of them do not meet the reader's conditions, or many are asked for.
    this.limit = Math.min(rows > 0 ? growth * this.limit : this.limit, pageRows, this.options.mostRows + 1);
    if (descending && this.isFuture(read)) return;
    const width = read.toMs - read.fromMs + 1;
    const fitting = rows === 0 ? Infinity : (width * this.limit) / (2 * rows);
    this.widthMs = Math.max(1, Math.floor(Math.min(fitting, growth * Math.max(width, this.options.firstMs / growth))));
  }
}
