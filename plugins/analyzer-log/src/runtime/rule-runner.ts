/** Hot path: asks the rules of a log's layer, each by itself, and says what became of the log. */
import type { MetricSample } from '@meterlark/core';
import type { LogRule, RuleOutcome } from '../plan.js';
import type { CurrentLog } from './current-log.js';
import type { DropReason } from './drops.js';
import type { Keeper } from './keeper.js';
import type { Origin } from './origins.js';
import type { RuleFailures } from './rule-failures.js';
import type { RunningRule } from './rule-book.js';

/** Of several reasons the one that comes first is told. */
const order: readonly DropReason[] = ['rule_failed', 'lists_full', 'not_slowest', 'incomplete', 'no_layer', 'sampled', 'aborted', 'no_rule'];

export interface RunnerParts {
  readonly keeper: Keeper;
  readonly failures: RuleFailures;
  readonly samples: (samples: readonly MetricSample[]) => void;
}

export class RuleRunner {
  /** What became of the current log. */
  private stored = false;
  private reason: DropReason = 'no_rule';
  /** A rule had something to say of it. */
  private heard = false;

  constructor(private readonly parts: RunnerParts) {}

  /** Why nothing of the log was stored; undefined when something was. */
  run(input: CurrentLog, origin: Origin): DropReason | undefined {
    const { auto, rules, said } = origin.route;
    this.forget();
    input.layer = said;
    for (const each of auto) this.ask(each, input, origin);
    // What an `auto` rule took is no other's; one that failed took nothing.
    if (!this.heard) for (const each of rules) this.ask(each, input, origin);
    if (!this.heard) this.parts.keeper.seeSender(input, origin);
    return this.stored ? undefined : this.reason;
  }

  private forget(): void {
    this.stored = false;
    this.heard = false;
    this.reason = 'no_rule';
  }

  private ask({ rule, tools }: RunningRule, input: CurrentLog, origin: Origin): void {
    let outcome: RuleOutcome;
    try {
      outcome = rule.run(input, tools);
    } catch (error) {
      this.parts.failures.add(rule, error);
      this.note('rule_failed');
      return;
    }
    // Also what a rule made before it aborted, as SkyWalking does.
    if (outcome.samples.length > 0) this.parts.samples(outcome.samples);
    if (outcome.aborted) this.note('aborted');
    else this.hear(rule, outcome, input, origin);
  }

  private hear(rule: LogRule, outcome: RuleOutcome, input: CurrentLog, origin: Origin): void {
    this.heard = true;
    const reason = this.parts.keeper.keep(rule, input, origin, outcome);
    if (reason === undefined) this.stored = true;
    else this.note(reason);
  }

  private note(reason: DropReason): void {
    if (order.indexOf(reason) < order.indexOf(this.reason)) this.reason = reason;
  }
}
