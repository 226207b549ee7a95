import type { Counter, SelfMetrics } from '@meterlark/core';
import type { RuleFailure } from './router.js';

/** Counts what rules fail on, and tells of each metric once. */
export class RuleFailures {
  private readonly counter: Counter;
  private readonly told = new Set<string>();

  constructor(
    metrics: SelfMetrics,
    private readonly tell: (metric: string, cause: unknown) => void,
  ) {
    this.counter = metrics.counter(
      'meterlark_meter_rule_failures_total',
      'Samples on which the closure of a rule failed, by metric',
      ['metric'],
    );
  }

  add({ metric, cause, samples }: RuleFailure): void {
    this.counter.add(samples, { metric });
    if (this.told.has(metric)) return;
    this.told.add(metric);
    this.tell(metric, cause);
  }
}
