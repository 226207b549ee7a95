/** Hot path: merges increments into the minutes they belong to, in typed arrays by slot number. */
import type { MetricStream } from '../contract/stream.js';
import type { EntityRecord } from '../contract/storage.js';
import type { Counter } from '../kernel/ambient.js';
import type { MetricDefinition, SeriesKey } from '../model/metric.js';
import { hourMs, minuteMs } from '../model/time.js';
import { EntityTracker } from './entity-tracker.js';
import { Flusher, type FlusherServices } from './flusher.js';
import { type Page, RowCollector } from './row-collector.js';
import { SeriesLimits } from './series-limits.js';
import { pageSlots, SeriesTable } from './series-table.js';
import type { StreamSettings } from './stream-settings.js';

const pageBits = Math.log2(pageSlots);
const offsetMask = pageSlots - 1;

/** Pages kept for reuse after a flush. */
const sparePages = 256;

type Pages = (Page | undefined)[];

export class MinuteMerger implements MetricStream {
  private currentEpoch = 1;
  private minutes = new Map<number, Pages>();
  /** The minute touched last, so that runs of equal minutes skip the map. */
  private lastMinute = NaN;
  private lastPages: Pages = [];
  private pageCount = 0;
  private touched = 0;
  private readonly spare: Page[] = [];
  /** Takes what is outside the accepted minutes; all marked, never read. */
  private readonly scrap = newPage();
  private readonly scopes = new Map<string, string>();
  private readonly limits: SeriesLimits;
  private readonly table: SeriesTable;
  private readonly entities: EntityTracker;
  private readonly flusher: Flusher;
  private readonly refused: Counter;
  private forgotAtMs: number;
  private overflowedSince = false;

  constructor(
    private readonly services: FlusherServices,
    private readonly settings: StreamSettings,
    processId: string,
  ) {
    const { selfMetrics, clock } = services;
    this.scrap.marks.fill(1);
    this.forgotAtMs = clock.now();
    this.refused = selfMetrics.counter('meterlark_stream_refused_total', 'Updates refused', ['reason']);
    const overflow = selfMetrics.counter('meterlark_stream_overflow_total', 'Series and buckets asked for over a limit', ['reason']);
    this.limits = new SeriesLimits(settings.maxLabelSets, settings.maxEntitiesPerService);
    const overflowed = (reason: string): void => {
      this.overflowedSince = true;
      overflow.add(1, { reason });
    };
    const scopeOf = (metric: string): string => this.scopes.get(metric) ?? '';
    this.table = new SeriesTable({ maxSlots: settings.maxSlots, limits: this.limits, scopeOf, overflowed });
    const dropEntity = (): void => this.refused.add(1, { reason: 'entities' });
    this.entities = new EntityTracker(settings.maxEntities, this.limits, dropEntity);
    this.flusher = new Flusher({ prepare: () => this.prepare() }, services, settings, processId);
    selfMetrics.observe('meterlark_stream_pending_rows', 'Rows merging or queued for the store', () => this.pending());
    selfMetrics.observe('meterlark_stream_series', 'Series known', () => this.table.size);
  }

  get epoch(): number {
    return this.currentEpoch;
  }

  start(): void {
    this.flusher.start();
  }

  async stop(): Promise<void> {
    await this.flusher.stop();
  }

  async define(definitions: readonly MetricDefinition[]): Promise<void> {
    for (const { name, scope } of definitions) this.scopes.set(name, scope);
    await this.services.metadataWriter.defineMetrics(definitions);
  }

  series(key: SeriesKey): number {
    return this.table.scalar(key, this.services.clock.now());
  }

  buckets(key: SeriesKey, bounds: readonly number[]): Int32Array {
    return this.table.histogram(key, bounds, this.services.clock.now());
  }

  add(slot: number, minute: number, value: number): void {
    if (value - value !== 0) return this.refuse();
    const page = this.page(slot, minute);
    const offset = slot & offsetMask;
    if (this.isFirst(page, offset)) page.values[offset] = value;
    else page.values[offset]! += value;
  }

  addPair(slot: number, minute: number, a: number, b: number): void {
    const sum = a + b;
    if (sum - sum !== 0 && !(Number.isFinite(a) && Number.isFinite(b))) return this.refuse();
    const page = this.page(slot, minute);
    const offset = slot & offsetMask;
    if (this.isFirst(page, offset)) {
      page.values[offset] = a;
      page.values[offset + 1] = b;
    } else {
      page.values[offset]! += a;
      page.values[offset + 1]! += b;
    }
  }

  min(slot: number, minute: number, value: number): void {
    if (value - value !== 0) return this.refuse();
    const page = this.page(slot, minute);
    const offset = slot & offsetMask;
    if (this.isFirst(page, offset) || value < page.values[offset]!) page.values[offset] = value;
  }

  max(slot: number, minute: number, value: number): void {
    if (value - value !== 0) return this.refuse();
    const page = this.page(slot, minute);
    const offset = slot & offsetMask;
    if (this.isFirst(page, offset) || value > page.values[offset]!) page.values[offset] = value;
  }

  latest(slot: number, minute: number, timeMs: number, value: number): void {
    if (value - value !== 0 || timeMs - timeMs !== 0) return this.refuse();
    const page = this.page(slot, minute);
    const offset = slot & offsetMask;
    const knownMs = page.values[offset + 1]!;
    const isNewer = this.isFirst(page, offset) || timeMs > knownMs;
    if (!isNewer && !(timeMs === knownMs && value > page.values[offset]!)) return;
    page.values[offset] = value;
    page.values[offset + 1] = timeMs;
  }

  observe(record: EntityRecord): void {
    this.entities.observe(record, this.services.clock.now());
  }

  acceptedMinutes(): { readonly first: number; readonly last: number } {
    const nowMs = this.services.clock.now();
    const { lateLimitHours, futureLimitMinutes } = this.settings;
    return {
      first: Math.floor((nowMs - lateLimitHours * hourMs) / minuteMs),
      last: Math.floor(nowMs / minuteMs) + futureLimitMinutes,
    };
  }

  hasRoom(): boolean {
    return this.pending() < this.settings.maxPendingRows;
  }

  flush(): Promise<void> {
    return this.flusher.flush();
  }

  private pending(): number {
    return this.touched + this.flusher.queuedRows;
  }

  private refuse(): void {
    this.refused.add(1, { reason: 'not_finite' });
  }

  private isFirst(page: Page, offset: number): boolean {
    if (page.marks[offset] === 1) return false;
    page.marks[offset] = 1;
    this.touched += 1;
    if (this.touched === this.settings.flushRows) this.flusher.request();
    return true;
  }

  private page(slot: number, minute: number): Page {
    if (minute === this.lastMinute) {
      const page = this.lastPages[slot >>> pageBits];
      if (page !== undefined) return page;
    }
    return this.openPage(slot >>> pageBits, minute);
  }

  private openPage(index: number, minute: number): Page {
    let pages = this.minutes.get(minute);
    if (pages?.[index] === undefined) {
      const { first, last } = this.acceptedMinutes();
      if (!(minute >= first && minute <= last && Number.isInteger(minute))) {
        this.refused.add(1, { reason: 'minute' });
        return this.scrap;
      }
      if (this.pageCount >= this.settings.maxPages) this.pack();
      pages = this.minutes.get(minute) ?? [];
      this.minutes.set(minute, pages);
      while (pages.length < index) pages.push(undefined);
      pages[index] = this.spare.pop() ?? newPage();
      this.pageCount += 1;
    }
    this.lastMinute = minute;
    this.lastPages = pages ?? [];
    return this.lastPages[index] ?? this.scrap;
  }

  /** Turns everything merged into queued batches and starts again from zero. */
  private pack(): void {
    const collector = new RowCollector({
      table: this.table,
      maxBatchRows: this.settings.maxBatchRows,
      nowMs: this.services.clock.now(),
      emit: (rows) => this.flusher.enqueue(rows),
      lost: (rows) => this.refused.add(rows, { reason: 'sum_not_finite' }),
    });
    for (const [minute, pages] of this.minutes) {
      collector.addMinute(minute, pages);
      for (const page of pages) if (page !== undefined) this.recycle(page);
    }
    collector.end();
    this.minutes = new Map();
    this.lastMinute = NaN;
    this.pageCount = 0;
    this.touched = 0;
  }

  private recycle(page: Page): void {
    if (this.spare.length >= sparePages) return;
    page.marks.fill(0);
    this.spare.push(page);
  }

  private prepare(): readonly EntityRecord[] {
    this.pack();
    this.forgetIdle();
    return this.entities.take();
  }

  /** Only between batches of input and with no page in use, because slots get new numbers. */
  private forgetIdle(): void {
    const nowMs = this.services.clock.now();
    if (nowMs - this.forgotAtMs < minuteMs) return;
    this.forgotAtMs = nowMs;
    const horizonMs = nowMs - this.settings.idleMinutes * minuteMs;
    const idle = this.table.idle(horizonMs);
    // Numbering anew costs every holder a look-up per series, so it must be worth it.
    if (idle === 0 || (!this.overflowedSince && idle * 10 < this.table.size)) return;
    this.limits.clear();
    this.table.forget(horizonMs);
    this.entities.forget(horizonMs);
    this.overflowedSince = false;
    this.currentEpoch += 1;
  }
}

function newPage(): Page {
  return { values: new Float64Array(pageSlots), marks: new Uint8Array(pageSlots) };
}
