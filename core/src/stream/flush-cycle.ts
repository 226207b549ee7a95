/** When flushes happen: every interval, on request, and when someone waits; never two at a time. */
import type { DeliveryServices } from './delivery.js';

export interface FlushCycleOptions {
  readonly intervalMs: number;
  /** Name of the gauge that tells how long the last one took. */
  readonly gauge: string;
  /** `everything`: the last flush, or one that someone waits for. */
  readonly run: (everything: boolean) => Promise<void>;
}

export class FlushCycle {
  private running: Promise<void> | undefined;
  private cancelTimer: (() => void) | undefined;
  /** Someone waits for the next flush. */
  private awaited = false;
  private stopping = false;

  constructor(
    private readonly services: DeliveryServices,
    private readonly options: FlushCycleOptions,
  ) {}

  start(): void {
    this.cancelTimer = this.services.timers.after(this.options.intervalMs, () => {
      void this.runSafely().then(() => !this.stopping && this.start());
    });
  }

  /** Flushes soon, unless a flush is under way. */
  request(): void {
    if (this.running === undefined) void this.runSafely();
  }

  /** Resolves when all that was there before the call is stored or given up. */
  async flush(): Promise<void> {
    this.awaited = true;
    if (this.running !== undefined) await this.running.catch(() => undefined);
    await this.run();
  }

  /** Ends the timer and flushes for the last time. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.cancelTimer?.();
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
    const { clock, selfMetrics } = this.services;
    const startedMs = clock.now();
    // One turn later, so that `running` is set before anything else can ask for a flush.
    await Promise.resolve();
    const everything = this.awaited || this.stopping;
    this.awaited = false;
    await this.options.run(everything);
    selfMetrics.gauge(this.options.gauge, 'Duration of the last flush').set((clock.now() - startedMs) / 1000);
  }
}
