/** What the server says of itself about calls: kept as numbers, handed on once a batch. */
import type { Counter, SelfMetrics } from '@meterlark/core';

const unknownHelp = 'Spans with tokens that are no calls, as nobody knows the operation they name; by operation';
/** Further ones are told of as `other`. */
const maxUnknownWords = 50;

export class CallCounts {
  private readonly calls: Counter;
  private readonly passed: Counter;
  private readonly failures: Counter;
  private readonly unknown: Counter;
  private readonly unknownWords = new Set<string>();
  private readonly byDialect = new Map<string, number>();
  private readonly byReason = new Map<string, number>();
  private readonly logCalls: Counter;
  private readonly byOutcome = new Map<string, number>();
  private failedSoFar = 0;

  constructor(metrics: SelfMetrics) {
    const nested = 'Model-call spans not counted: sent again, nested in one that was, or logged by a gateway and counted from its log';
    const logged = "Calls that gateways' access logs tell of: counted, joined with a span or another gateway's log, sent again, or found to be counted twice";
    this.logCalls = metrics.counter('meterlark_genai_log_calls_total', logged, ['outcome']);
    this.calls = metrics.counter('meterlark_genai_calls_total', 'Model calls counted', ['dialect']);
    this.passed = metrics.counter('meterlark_genai_calls_passed_over_total', nested, ['reason']);
    this.unknown = metrics.counter('meterlark_genai_unknown_operations_total', unknownHelp, ['operation']);
    this.failures = metrics.counter('meterlark_genai_calls_failed_total', 'Model calls lost to a fault while they were counted');
  }

  counted(dialect: string): void {
    this.byDialect.set(dialect, (this.byDialect.get(dialect) ?? 0) + 1);
  }

  passedOver(reason: string): void {
    this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + 1);
  }

  logged(outcome: string): void {
    this.byOutcome.set(outcome, (this.byOutcome.get(outcome) ?? 0) + 1);
  }

  unknownOperation(word: string): void {
    if (this.unknownWords.size < maxUnknownWords) this.unknownWords.add(word);
    this.unknown.add(1, { operation: this.unknownWords.has(word) ? word : 'other' });
  }

  /** How many failed so far. */
  failed(): number {
    this.failures.add();
    this.failedSoFar += 1;
    return this.failedSoFar;
  }

  settled(): void {
    for (const [dialect, count] of this.byDialect) this.calls.add(count, { dialect });
    for (const [reason, count] of this.byReason) this.passed.add(count, { reason });
    for (const [outcome, count] of this.byOutcome) this.logCalls.add(count, { outcome });
    this.byDialect.clear();
    this.byReason.clear();
    this.byOutcome.clear();
  }
}
