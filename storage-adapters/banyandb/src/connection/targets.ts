/** Which target is used: one at a time, another when it is away. */
import { isMeterlarkError, type Clock, type Logger, type MeterlarkError } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import type { CallMetrics } from './call-metrics.js';
import type { Target } from './target.js';

const shortestRestMs = 1_000;

export interface TargetsContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: CallMetrics;
  readonly random: () => number;
  readonly connectTimeoutMs: number;
}

export class Targets {
  private current: number;
  private isClosed = false;
  private onLoss: () => void = () => undefined;

  constructor(
    private readonly all: readonly Target[],
    private readonly context: TargetsContext,
  ) {
    this.current = Math.min(Math.floor(context.random() * all.length), all.length - 1);
  }

  /** Told when a connection that had worked is gone. */
  onLost(lost: () => void): void {
    this.onLoss = lost;
  }

  lost(): void {
    if (!this.isClosed) this.onLoss();
  }

  get now(): Target {
    return this.all[this.current]!;
  }

  /** A connected target of an accepted version. One that is away makes it a passing failure, whatever the others say. */
  async ready(): Promise<Target> {
    if (this.isClosed) throw banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED();
    if (this.now.isReady) return this.now;
    const failures: MeterlarkError[] = [];
    const timeoutMs = Math.ceil(this.context.connectTimeoutMs / this.all.length);
    for (const target of this.inOrder()) {
      const failure = await this.failureOf(target, timeoutMs);
      if (failure === undefined) return this.take(target);
      failures.push(failure);
    }
    throw summaryOf(failures);
  }

  /** It did not answer over that connection: it rests, so that others come first, and gets a new one. */
  away(target: Target, connection: number): void {
    if (this.isClosed || connection !== target.connection) return;
    if (target.isInGoodStanding) this.context.logger.warn('a target of BanyanDB went away', { target: target.name });
    target.isInGoodStanding = false;
    target.restUntilMs = this.context.clock.now() + shortestRestMs;
    target.reconnect();
  }

  /** Running calls are cancelled. */
  close(): void {
    this.isClosed = true;
    for (const target of this.all) target.close();
  }

  private async failureOf(target: Target, timeoutMs: number): Promise<MeterlarkError | undefined> {
    const { connection } = target;
    try {
      await target.ready(timeoutMs);
      return undefined;
    } catch (error) {
      if (!isMeterlarkError(error)) throw error;
      if (this.isClosed) throw banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED();
      this.away(target, connection);
      return error;
    }
  }

  private take(target: Target): Target {
    const place = this.all.indexOf(target);
    if (place !== this.current) {
      this.context.logger.info('another target of BanyanDB is used', { target: target.name });
      this.context.metrics.targetChanged();
      this.current = place;
    }
    return target;
  }

  /** From the current one round; those that rest come last. */
  private inOrder(): Target[] {
    const { all, current } = this;
    const nowMs = this.context.clock.now();
    const round = [...all.slice(current), ...all.slice(0, current)];
    return [...round.filter(({ restUntilMs }) => restUntilMs <= nowMs), ...round.filter(({ restUntilMs }) => restUntilMs > nowMs)];
  }
}

function summaryOf(failures: readonly MeterlarkError[]): MeterlarkError {
  const passing = failures.find((failure) => failure.class === 'retryable');
  if (failures.length === 1 || passing === undefined) return failures[0]!;
  const target = failures.map(({ fields }) => String(fields.target)).join(', ');
  const reason = failures.map((failure) => `${String(failure.fields.target)}: ${String(failure.fields.reason ?? failure.message)}`).join('; ');
  return banyanErrors.METERLARK_STORAGE_BANYANDB_UNREACHABLE({ target, reason }, passing);
}
