/** Hot path: merges increments into the minutes they belong to, in typed arrays by slot number. */
import type { MetricStream } from '../contract/stream.js';
import type { EntityRecord } from '../contract/storage.js';
import type { Counter } from '../kernel/ambient.js';
import type { MetricDefinition, SeriesKey } from '../model/metric.js';
import { hourMs, minuteMs } from '../model/time.js';
import { EntityTracker } from './entity-tracker.js';
import { type FlushContent, Flusher, type FlusherServices } from './flusher.js';
import { MinutePages, offsetMask } from './minute-pages.js';
import { type CollectedRows, RowCollector } from './row-collector.js';
import { SeriesLimits } from './series-limits.js';
import { SeriesTable } from './series-table.js';
import type { StreamSettings } from './stream-settings.js';

export class MinuteMerger implements MetricStream {
  private currentEpoch = 1;
  private readonly pages: MinutePages;
  /** Slots of a flush that is under way and not yet rows. */
  private detached = 0;
  private readonly scopes = new Map<string, string>();
  /** One per analyzer. */
  private readonly settlers: ((everything: boolean) => void)[] = [];
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
    writer: string,
  ) {
    const { selfMetrics, clock } = services;
    this.forgotAtMs = clock.now();
    this.refused = selfMetrics.counter('meterlark_stream_refused_total', 'Updates refused', ['reason']);
    this.limits = new SeriesLimits(settings.maxLabelSets, settings.maxEntitiesPerService);
    this.table = this.makeTable();
    this.entities = new EntityTracker(settings.maxEntities, this.limits, () => this.refused.add(1, { reason: 'entities' }));
    this.flusher = new Flusher({ prepare: (everything) => this.prepare(everything) }, services, settings, writer);
    this.pages = new MinutePages({
      maxPages: settings.maxPages,
      flushRows: settings.flushRows,
      accepts: (minute) => this.accepts(minute),
      full: () => this.pack(),
      enough: () => this.flusher.request(),
    });
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
    const page = this.pages.find(slot, minute);
    const offset = slot & offsetMask;
    if (this.pages.isFirst(page, offset)) page.values[offset] = value;
    else page.values[offset]! += value;
  }

  addPair(slot: number, minute: number, a: number, b: number): void {
    const sum = a + b;
    if (sum - sum !== 0 && !(Number.isFinite(a) && Number.isFinite(b))) return this.refuse();
    const page = this.pages.find(slot, minute);
    const offset = slot & offsetMask;
    if (this.pages.isFirst(page, offset)) page.values[offset] = a;
    else page.values[offset]! += a;
    if (this.pages.isFirst(page, offset + 1)) page.values[offset + 1] = b;
    else page.values[offset + 1]! += b;
  }

  min(slot: number, minute: number, value: number): void {
    if (value - value !== 0) return this.refuse();
    const page = this.pages.find(slot, minute);
    const offset = slot & offsetMask;
    if (this.pages.isFirst(page, offset) || value < page.values[offset]!) page.values[offset] = value;
  }

  max(slot: number, minute: number, value: number): void {
    if (value - value !== 0) return this.refuse();
    const page = this.pages.find(slot, minute);
    const offset = slot & offsetMask;
    if (this.pages.isFirst(page, offset) || value > page.values[offset]!) page.values[offset] = value;
  }

  latest(slot: number, minute: number, timeMs: number, value: number): void {
    if (value - value !== 0 || timeMs - timeMs !== 0) return this.refuse();
    const page = this.pages.find(slot, minute);
    const offset = slot & offsetMask;
    const knownMs = page.values[offset + 1]!;
    const isNewer = this.pages.isFirst(page, offset) || timeMs > knownMs;
    if (!isNewer && !(timeMs === knownMs && value > page.values[offset]!)) return;
    this.pages.isFirst(page, offset + 1);
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

  beforeFlush(settle: (everything: boolean) => void): void {
    this.settlers.push(settle);
  }

  flush(): Promise<void> {
    return this.flusher.flush();
  }

  private makeTable(): SeriesTable {
    const help = 'Series and buckets asked for over a limit';
    const overflow = this.services.selfMetrics.counter('meterlark_stream_overflow_total', help, ['reason']);
    return new SeriesTable({
      maxSlots: this.settings.maxSlots,
      limits: this.limits,
      scopeOf: (metric) => this.scopes.get(metric) ?? '',
      overflowed: (reason) => {
        this.overflowedSince = true;
        overflow.add(1, { reason });
      },
    });
  }

  private pending(): number {
    return this.pages.touched + this.detached + this.flusher.queuedRows;
  }

  private refuse(): void {
    this.refused.add(1, { reason: 'not_finite' });
  }

  private accepts(minute: number): boolean {
    const { first, last } = this.acceptedMinutes();
    if (minute >= first && minute <= last && Number.isInteger(minute)) return true;
    this.refused.add(1, { reason: 'minute' });
    return false;
  }

  /** Turns everything merged into queued batches, because pages are used up. */
  private pack(): void {
    for (const rows of this.collect()) this.flusher.enqueue(rows);
  }

  private prepare(everything: boolean): FlushContent {
    for (const settle of this.settlers) settle(everything);
    this.detached = this.pages.touched;
    const batches = this.collect(() => (this.detached = 0));
    this.forgetIdle();
    return { entities: this.entities.take(), batches };
  }

  /** Detaches at once, reads as asked. The names are those of now, whatever the table does in between. */
  private collect(ended: () => void = () => undefined): Iterable<CollectedRows> {
    const minutes = this.pages.detach();
    const collector = new RowCollector({
      names: this.table.names,
      maxBatchRows: this.settings.maxBatchRows,
      nowMs: this.services.clock.now(),
      lost: (rows) => this.refused.add(rows, { reason: 'sum_not_finite' }),
      recycle: (page) => this.pages.recycle(page),
      ended,
    });
    return collector.collect(minutes);
  }

  /** Only when no page is in use, because slots get new numbers. */
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
