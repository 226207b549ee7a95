/** Sends the writes of the last seconds once more when the store comes back from a loss. */
import type { Clock, Counter, Logger, SelfMetrics } from '@meterlark/core';
import { RecentWrites, type RecentWritesOptions } from './recent-writes.js';

export interface RepetitionContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
}

export class Repetition {
  private readonly recent: RecentWrites;
  private readonly repeated: Counter;
  /** Those that a store which came back has not acknowledged again yet. */
  private pending: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;
  private prepare: () => Promise<void> = () => Promise.resolve();

  constructor(
    options: RecentWritesOptions,
    private readonly context: RepetitionContext,
  ) {
    this.recent = new RecentWrites(options, context.clock, context.selfMetrics);
    const help = 'Writes sent once more because the store may have lost them';
    this.repeated = context.selfMetrics.counter('meterlark_storage_banyandb_repeated_writes_total', help);
  }

  /** What must be there before rows can be: run first, at every return of the store. */
  beforeRepeating(prepare: () => Promise<void>): void {
    this.prepare = prepare;
  }

  /** Of a write that was acknowledged just now. */
  remember(bytes: number, again: () => Promise<void>): void {
    this.recent.add(bytes, again);
  }

  /** The connection was lost then, and there is one again. Never rejects: what fails is sent after the next return. */
  storeIsBack(lostAtMs: number): void {
    this.pending.push(...this.recent.before(lostAtMs));
    this.running ??= this.repeat().finally(() => {
      this.running = undefined;
    });
  }

  /** Resolves when nothing is being repeated. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async repeat(): Promise<void> {
    const { logger } = this.context;
    try {
      await this.prepare();
      let count = 0;
      for (let again = this.pending[0]; again !== undefined; again = this.pending[0]) {
        await again();
        this.pending.shift();
        this.repeated.add(1);
        count += 1;
      }
      if (count > 0) logger.info('BanyanDB is back: the writes of the last seconds before were repeated', { writes: count });
    } catch (error) {
      logger.warn('writes could not be repeated, and are when BanyanDB is back again', { writes: this.pending.length, error });
    }
  }
}
