/** Sends one thing to the store until it is stored or given up. */
import type { Clock, Counter, Logger, SelfMetrics } from '../kernel/ambient.js';
import { isMeterlarkError } from '../kernel/error.js';
import type { StreamSettings } from './stream-settings.js';
import type { Timers } from './timers.js';

export interface DeliveryServices {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly selfMetrics: SelfMetrics;
}

export interface Work {
  readonly what: 'rows' | 'entities' | 'records';
  readonly count: number;
  readonly send: () => Promise<void>;
}

export type DeliverySettings = Pick<StreamSettings, 'retryInitialMs' | 'retryMaxMs' | 'stopTimeoutMs'>;

/** An error without a class is a fault of the adapter; it is given this many tries. */
const triesOfUnknownError = 5;

export class Delivery {
  private wake: (() => void) | undefined;
  /** Set by stop: until when retries go on. */
  private deadlineMs: number | undefined;
  private readonly counters: Readonly<Record<'flushed' | 'retries' | 'dropped', Counter>>;

  constructor(
    private readonly services: DeliveryServices,
    private readonly settings: DeliverySettings,
  ) {
    const { selfMetrics } = services;
    this.counters = {
      flushed: selfMetrics.counter('meterlark_stream_flushed_total', 'Rows, entities and records stored', ['what']),
      retries: selfMetrics.counter('meterlark_stream_retries_total', 'Writes repeated after a retryable failure', ['what']),
      dropped: selfMetrics.counter('meterlark_stream_dropped_total', 'Rows, entities and records given up', ['what', 'reason']),
    };
  }

  /** Ends a back-off at once; retries go on until the stop time-out, then the rest is given up. */
  stop(): void {
    this.deadlineMs = this.services.clock.now() + this.settings.stopTimeoutMs;
    this.wake?.();
  }

  async deliver(work: Work): Promise<void> {
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
