/** Hot path: the numbers of each minute, in pages of typed arrays that are made when first touched. */
import type { MinuteNumbers, Page } from './row-collector.js';
import { pageSlots } from './series-table.js';

const pageBits = Math.log2(pageSlots);
export const offsetMask = pageSlots - 1;

/** Pages kept for reuse after a flush. */
const sparePages = 256;

export interface MinutePagesOptions {
  readonly maxPages: number;
  /** Asked when a page is to be made; what is not accepted is swallowed. */
  readonly accepts: (minute: number) => boolean;
  /** Told before a page over the limit is made; expected to detach. */
  readonly full: () => void;
  readonly flushRows: number;
  /** Told when so many rows were touched. */
  readonly enough: () => void;
}

export class MinutePages {
  private minutes = new Map<number, (Page | undefined)[]>();
  /** The minute touched last, so that runs of equal minutes skip the map. */
  private lastMinute = NaN;
  private lastPages: (Page | undefined)[] = [];
  private pages = 0;
  private rows = 0;
  private readonly spare: Page[] = [];
  /** Takes what is not accepted; all marked, never read. */
  private readonly scrap = newPage();

  constructor(private readonly options: MinutePagesOptions) {
    this.scrap.marks.fill(1);
  }

  /** Slots touched since the last detach. */
  get touched(): number {
    return this.rows;
  }

  find(slot: number, minute: number): Page {
    if (minute === this.lastMinute) {
      const page = this.lastPages[slot >>> pageBits];
      if (page !== undefined) return page;
    }
    return this.open(slot >>> pageBits, minute);
  }

  /** Marks a slot; true when it had no data yet, so that whatever number stands there is void. */
  isFirst(page: Page, offset: number): boolean {
    if (page.marks[offset] === 1) return false;
    page.marks[offset] = 1;
    this.rows += 1;
    if (this.rows === this.options.flushRows) this.options.enough();
    return true;
  }

  /** Gives away everything and starts again from zero. */
  detach(): MinuteNumbers {
    const { minutes } = this;
    this.minutes = new Map();
    this.lastMinute = NaN;
    this.pages = 0;
    this.rows = 0;
    return minutes;
  }

  recycle(page: Page): void {
    if (this.spare.length >= sparePages) return;
    page.marks.fill(0);
    this.spare.push(page);
  }

  private open(index: number, minute: number): Page {
    const page = this.minutes.get(minute)?.[index] ?? this.make(index, minute);
    if (page === undefined) return this.scrap;
    this.lastMinute = minute;
    this.lastPages = this.minutes.get(minute) ?? [];
    return page;
  }

  private make(index: number, minute: number): Page | undefined {
    if (!this.options.accepts(minute)) return undefined;
    if (this.pages >= this.options.maxPages) this.options.full();
    let pages = this.minutes.get(minute);
    if (pages === undefined) this.minutes.set(minute, (pages = []));
    while (pages.length < index) pages.push(undefined);
    const page = this.spare.pop() ?? newPage();
    pages[index] = page;
    this.pages += 1;
    return page;
  }
}

function newPage(): Page {
  return { values: new Float64Array(pageSlots), marks: new Uint8Array(pageSlots) };
}
