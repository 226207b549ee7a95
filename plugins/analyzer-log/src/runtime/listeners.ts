/** Asks every listener in the order added; one that throws has heard nothing. */
import type { Counter, Log, Logger, LogListener, LogListeners, LogOrigin, SelfMetrics } from '@meterlark/core';

export class LogListenerList implements LogListeners {
  private readonly listeners: LogListener[] = [];
  private readonly failed = new Set<LogListener>();
  private readonly failures: Counter;

  constructor(
    private readonly logger: Logger,
    metrics: SelfMetrics,
  ) {
    this.failures = metrics.counter('meterlark_log_listener_failures_total', 'Logs on which a listener failed; rules were asked all the same.');
  }

  add(listener: LogListener): void {
    this.listeners.push(listener);
  }

  hasRoom(): boolean {
    return this.listeners.every((listener) => listener.hasRoom());
  }

  listen(log: Log, origin: LogOrigin): void {
    for (const listener of this.listeners) {
      try {
        listener.listen(log, origin);
      } catch (error) {
        this.fail(listener, error);
      }
    }
  }

  private fail(listener: LogListener, error: unknown): void {
    this.failures.add(1);
    if (this.failed.has(listener)) return;
    this.failed.add(listener);
    this.logger.error('a log listener failed; further failures of it are only counted', { listener: listener.constructor.name, error });
  }
}
