/** Single questions: queries, properties, the registry. */
import { isMeterlarkError } from '@meterlark/core';
import type { MethodName } from '../protocol/methods.js';
import { banyanErrors } from '../errors.js';
import type { BanyanSettings } from '../settings.js';
import { waitBefore, type Waiting } from './backoff.js';
import type { CallMetrics } from './call-metrics.js';
import { CallFailure } from './calls.js';
import { errorOf, isPassing, meaningOf } from './failures.js';
import type { Target } from './target.js';
import type { Way } from './store-return.js';

export interface Ask {
  readonly method: MethodName;
  readonly request: Buffer;
  /** For messages. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Whether an unknown object may be known soon, and so is asked for again. */
  readonly awaitsSchema: boolean;
}

export class UnaryCalls {
  constructor(
    private readonly way: Way,
    private readonly settings: BanyanSettings,
    private readonly metrics: CallMetrics,
    private readonly waiting: Waiting,
  ) {}

  /** Failures that may pass are tried again; a passed deadline is not: the server may still be busy with the first. */
  async ask(ask: Ask): Promise<Buffer> {
    const untilMs = performance.now() + ask.timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.attempt(ask, untilMs);
      if (Buffer.isBuffer(outcome)) return outcome;
      if (!outcome.again || attempt >= this.settings.retry.attempts) throw outcome.error;
      this.metrics.retried(ask.method);
      await waitBefore(attempt + 1, this.settings.retry, this.waiting);
    }
  }

  /** One try at this target. */
  async askOnce(target: Target, ask: Ask): Promise<Buffer> {
    const { method, request, timeoutMs } = ask;
    this.metrics.sentBytes(request.length);
    try {
      const answer = await target.unary(method, request, timeoutMs);
      this.metrics.receivedBytes(answer.length);
      this.metrics.called(method, 'ok');
      return answer;
    } catch (error) {
      if (error instanceof CallFailure) this.metrics.called(method, meaningOf(error));
      throw error;
    }
  }

  private async attempt(ask: Ask, untilMs: number): Promise<Buffer | { readonly again: boolean; readonly error: unknown }> {
    let target: Target;
    try {
      target = await this.way.ready(untilMs);
    } catch (error) {
      return { again: isRetryable(error), error };
    }
    const { connection } = target;
    try {
      return await this.askOnce(target, ask);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const meaning = meaningOf(error);
      if (meaning === 'away') this.way.away(target, connection);
      if (meaning === 'late') target.doubt();
      const again = isPassing(meaning) && (meaning !== 'schema' || ask.awaitsSchema);
      return { again, error: errorOf(error, meaning, { what: ask.what, target: target.name, user: this.settings.user }) };
    }
  }
}

/** After `close` there is nothing to try. */
function isRetryable(error: unknown): boolean {
  return isMeterlarkError(error) && error.class === 'retryable' && error.code !== closedCode;
}

const closedCode = banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED().code;
