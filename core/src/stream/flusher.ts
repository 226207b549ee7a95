/** Hands batches to the store in order, one at a time; a failed one is repeated as it was. */
import type { Clock, Counter, Logger, SelfMetrics } from '../kernel/ambient.js';
import type { EntityRecord, MetadataWriter, MetricWriteBatch, MetricWriter } from '../contract/storage.js';
import { isMeterlarkError } from '../kernel/error.js';
import type { CollectedRows } from './row-collector.js';
import type { StreamSettings } from './stream-settings.js';
import type { Timers } from './timers.js';

export interface FlushContent {
  readonly entities: readonly EntityRecord[];
  /** All that was merged so far, made as it is asked for. */
  readonly batches: Iterable<CollectedRows>;
}

/** Where flushes get their content. */
export interface FlushSource {
  /** `everything`: the last flush, or one that someone waits for. */
  prepare(everything: boolean): FlushContent;
}

export interface FlusherServices {
  readonly writer: MetricWriter;
  readonly metadataWriter: MetadataWriter;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
}

interface Work {
  readonly what: 'rows' | 'entities';
  readonly count: number;
  readonly send: () => Promise<void>;
}

/** An error without a class is a fault of the adapter; it is given this many tries. */
const triesOfUnknownError = 5;

export class Flusher {
  private readonly queue: { readonly batch: MetricWriteBatch; readonly count: number }[] = [];
  private queued = 0;
  private sequence = 0;
  private running: Promise<void> | undefined;
  private cancelTimer: (() => void) | undefined;
  private wake: (() => void) | undefined;
  /** Someone waits for the next flush. */
  private awaited = false;
  /** Set by stop: until when retries go on. */
  private deadlineMs: number | undefined;
  private readonly counters: Readonly<Record<'flushed' | 'retries' | 'dropped', Counter>>;

  constructor(
    private readonly source: FlushSource,
    private readonly services: FlusherServices,
    private readonly settings: StreamSettings,
    /** New for every process. */
    private readonly writer: string,
  ) {
    const { selfMetrics } = services;
    this.counters = {
      flushed: selfMetrics.counter('meterlark_stream_flushed_total', 'Rows and entities stored', ['what']),
      retries: selfMetrics.counter('meterlark_stream_retries_total', 'Writes repeated after a retryable failure', ['what']),
      dropped: selfMetrics.counter('meterlark_stream_dropped_total', 'Rows and entities given up', ['what', 'reason']),
    };
  }

  /** Rows waiting, those of a write that is under way included. */
  get queuedRows(): number {
    return this.queued;
  }

  enqueue({ rows, count }: CollectedRows): void {
    this.sequence += 1;
    this.queue.push({ batch: { writer: this.writer, sequence: this.sequence, rows }, count });
    this.queued += count;
  }

  start(): void {
    this.cancelTimer = this.services.timers.after(this.settings.flushIntervalMs, () => {
      void this.runSafely().then(() => this.deadlineMs === undefined && this.start());
    });
  }

  /** Flushes soon, unless a flush is under way. */
  request(): void {
    if (this.running === undefined) void this.runSafely();
  }

  /** Resolves when all that was merged before the call is stored or given up. */
  async flush(): Promise<void> {
    this.awaited = true;
    if (this.running !== undefined) await this.running.catch(() => undefined);
    await this.run();
  }

  /** Last flush; retries go on until the stop time-out, then the rest is given up. */
  async stop(): Promise<void> {
    this.deadlineMs = this.services.clock.now() + this.settings.stopTimeoutMs;
    this.cancelTimer?.();
    this.wake?.();
    await this.flush();
  }

  private async runSafely(): Promise<void> {
    await this.run().catch((error: unknown) => this.services.logger.error('flush failed', { error }));
  }

  private run(): Promise<void> {
    this.running ??= this.cycle().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async cycle(): Promise<void> {
    const startedMs = this.services.clock.now();
    // One turn later, so that `running` is set before anything else can ask for a flush.
    await Promise.resolve();
    const { metadataWriter, selfMetrics, clock } = this.services;
    const everything = this.awaited || this.deadlineMs !== undefined;
    this.awaited = false;
    const { entities, batches } = this.source.prepare(everything);
    if (entities.length > 0) {
      await this.deliver({ what: 'entities', count: entities.length, send: () => metadataWriter.upsertEntities(entities) });
    }
    await this.drain();
    for (const rows of batches) {
      this.enqueue(rows);
      await this.drain();
    }
    const seconds = (clock.now() - startedMs) / 1000;
    selfMetrics.gauge('meterlark_stream_flush_seconds', 'Duration of the last flush').set(seconds);
  }

  private async drain(): Promise<void> {
    const { writer } = this.services;
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      const { batch, count } = next;
      await this.deliver({ what: 'rows', count, send: () => writer.write(batch) });
      this.queue.shift();
      this.queued -= count;
    }
  }

  private async deliver(work: Work): Promise<void> {
    const { what, count } = work;
    for (let tries = 1; ; tries += 1) {
      try {
        await work.send();
        this.counters.flushed.add(count, { what });
        return;
      } catch (error) {
        const reason = this.reasonToGiveUp(error, tries);
        if (reason !== undefined) {
          this.counters.dropped.add(count, { what, reason });
          this.services.logger.error('storage write given up', { what, count, reason, tries, error });
          return;
        }
        this.services.logger.warn('storage write failed, will be repeated', { what, count, tries, error });
      }
      this.counters.retries.add(1, { what });
      await this.pause(tries);
    }
  }

  private reasonToGiveUp(error: unknown, tries: number): 'permanent' | 'fault' | 'stopped' | undefined {
    if (isMeterlarkError(error) && error.class === 'permanent') return 'permanent';
    if (!isMeterlarkError(error) && tries >= triesOfUnknownError) return 'fault';
    return this.deadlineMs !== undefined && this.services.clock.now() >= this.deadlineMs ? 'stopped' : undefined;
  }

  /** Doubles with each try up to the maximum; short while stopping. */
  private async pause(tries: number): Promise<void> {
    const { retryInitialMs, retryMaxMs } = this.settings;
    const limit = this.deadlineMs === undefined ? retryMaxMs : retryInitialMs;
    const milliseconds = Math.min(limit, retryInitialMs * 2 ** (tries - 1));
    await new Promise<void>((resolve) => {
      const cancel = this.services.timers.after(milliseconds, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
    this.wake = undefined;
  }
}
