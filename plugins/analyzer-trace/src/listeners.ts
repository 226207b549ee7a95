/** Asks every listener in the order added; one that throws has said nothing. */
import type { Counter, Logger, SelfMetrics, Span, SpanListener, SpanListeners, SpanOrigin } from '@meterlark/core';

export class ListenerList implements SpanListeners {
  private readonly listeners: SpanListener[] = [];
  private readonly failed = new Set<SpanListener>();
  private readonly failures: Counter;

  constructor(
    private readonly logger: Logger,
    metrics: SelfMetrics,
  ) {
    this.failures = metrics.counter('meterlark_trace_listener_failures_total', 'Spans on which a listener failed; they were stored as they were.');
  }

  add(listener: SpanListener): void {
    this.listeners.push(listener);
  }

  hasRoom(): boolean {
    return this.listeners.every((listener) => listener.hasRoom());
  }

  /** The span to store. */
  listen(span: Span, origin: SpanOrigin): Span {
    let told = span;
    for (const listener of this.listeners) {
      try {
        told = listener.listen(told, origin);
      } catch (error) {
        this.fail(listener, error);
      }
    }
    return told;
  }

  private fail(listener: SpanListener, error: unknown): void {
    this.failures.add(1);
    if (this.failed.has(listener)) return;
    this.failed.add(listener);
    this.logger.error('a span listener failed; further failures of it are only counted', { listener: listener.constructor.name, error });
  }
}
