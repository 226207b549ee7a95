/** Where the reading of a range is, and how much it asks for at once. */

/** A page ends between two times: rows of one time that fill a page are asked for again with a page of twice the size. */
const growth = 2;
/** Rows have sizes of a hundred bytes and of a quarter of a MiB: one that is too large may be so by far. */
const shrinking = 4;
/** Limits travel in 32 bits. */
export const mostLimit = 2_147_483_647;

export class RowPages {
  fromMs: number;
  untilMs: number;
  limit: number;
  /** All rows up to `untilMs` have that time. */
  isOneTime: boolean;

  constructor(
    range: { readonly fromMs: number; readonly toMs: number },
    private usualLimit: number,
  ) {
    this.fromMs = range.fromMs;
    this.untilMs = range.toMs;
    this.toMs = range.toMs;
    this.limit = usualLimit;
    this.isOneTime = this.fromMs === this.untilMs;
  }

  private readonly toMs: number;

  get isEnd(): boolean {
    return this.fromMs > this.toMs;
  }

  /** The page was full of rows of this time. */
  enlarge(timeMs: number, most: number): void {
    this.limit = Math.min(this.limit * growth, most, mostLimit);
    this.untilMs = timeMs;
    this.isOneTime = true;
  }

  /** The page was too large, and so are others like it. False: it cannot be smaller. */
  lessen(): boolean {
    if (this.limit <= 1) return false;
    this.usualLimit = Math.max(1, Math.floor(this.limit / shrinking));
    this.limit = this.usualLimit;
    return true;
  }

  /** All to its end were read. */
  complete(): void {
    this.goOn(this.untilMs + 1, growth * (this.untilMs - this.fromMs + 1));
  }

  /** All before this time were read: the server reads a range whole before it cuts, so the rest is asked for in stretches of what a page held. */
  cut(timeMs: number): void {
    this.goOn(timeMs, timeMs - this.fromMs + 1);
  }

  private goOn(fromMs: number, spanMs: number): void {
    this.fromMs = fromMs;
    this.untilMs = Math.min(this.toMs, fromMs + spanMs);
    this.limit = this.usualLimit;
    this.isOneTime = this.fromMs === this.untilMs;
  }
}
