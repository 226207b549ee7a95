/** Rules that throw: counted by rule, and told to the operator now and then. */
import type { Clock, Counter, Logger, SelfMetrics } from '@meterlark/core';
import type { LogRule } from '../plan.js';

/** A rule that goes on failing is told of again after that. */
const quietMs = 3_600_000;

interface Told {
  atMs: number;
  /** Failures since. */
  since: number;
}

export class RuleFailures {
  private readonly counter: Counter;
  private readonly told = new WeakMap<LogRule, Told>();

  constructor(
    private readonly logger: Logger,
    metrics: SelfMetrics,
    private readonly clock: Clock,
  ) {
    this.counter = metrics.counter('meterlark_log_rule_failures_total', 'Logs on which a rule failed, by rule; it kept nothing of them.', ['rule']);
  }

  add(rule: LogRule, error: unknown): void {
    this.counter.add(1, { rule: rule.name });
    const nowMs = this.clock.now();
    const told = this.told.get(rule);
    if (told !== undefined && nowMs - told.atMs < quietMs) {
      told.since += 1;
      return;
    }
    this.told.set(rule, { atMs: nowMs, since: 0 });
    const failuresSince = told?.since ?? 0;
    this.logger.warn('a rule failed on a log; further failures of it are only counted for an hour', { rule: rule.name, file: rule.file, failuresSince, error });
  }
}
