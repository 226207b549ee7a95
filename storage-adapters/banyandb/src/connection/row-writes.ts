/** Rows out: cut into streams, what failed again alone. */
import type { MeterlarkError } from '@meterlark/core';
import { banyanErrors } from '../errors.js';
import { WireEncoder } from '../protocol/wire-encoder.js';
import type { BanyanSettings } from '../settings.js';
import { waitBefore, type Waiting } from './backoff.js';
import type { CallMetrics } from './call-metrics.js';
import { errorOf, isPassing, meaningOfRows } from './failures.js';
import type { Lane } from './lane.js';
import { errorOfRows, mayPass, unanswered } from './row-statuses.js';
import { OpenRowStream, type RowPlan, type StreamLimits, type StreamResult } from './row-stream.js';
import type { Way } from './store-return.js';
import type { Target } from './target.js';

/** What is left after one round. */
interface Round {
  readonly again: number[];
  /** No longer at the gate than this. */
  readonly untilMs: number;
  /** Rows by what was said of them; those of `again`, and those that no try can help. */
  readonly passing: Map<string, number>;
  readonly refused: Map<string, number>;
  /** Of a stream that broke off. */
  broken: MeterlarkError | undefined;
  /** Nothing more can be sent. */
  fatal: MeterlarkError | undefined;
}

export class RowWrites {
  private readonly limits: StreamLimits;

  constructor(
    private readonly way: Way,
    private readonly settings: BanyanSettings,
    private readonly lane: Lane,
    private readonly context: { readonly metrics: CallMetrics; readonly waiting: Waiting },
  ) {
    this.limits = { rows: settings.streamRows, bytes: settings.streamBytes, timeoutMs: settings.writeTimeoutMs };
  }

  /** A stream that ends late is tried again, other than a query: every row is stored once however often it is sent. */
  async write(plan: RowPlan, count: number): Promise<void> {
    const refused = new Map<string, number>();
    const untilMs = performance.now() + this.settings.writeTimeoutMs;
    let rows = Array.from({ length: count }, (_, index) => index);
    for (let attempt = 1; rows.length > 0; attempt += 1) {
      const round: Round = { again: [], untilMs, passing: new Map(), refused, broken: undefined, fatal: undefined };
      await this.sendAll(plan, rows, round);
      if (round.fatal !== undefined) throw round.fatal;
      rows = round.again;
      if (rows.length === 0) break;
      if (attempt >= this.settings.retry.attempts || round.broken?.code === closedCode) throw lastError(plan.what, round);
      this.context.metrics.retried(plan.method);
      await waitBefore(attempt + 1, this.settings.retry, this.context.waiting);
    }
    if (refused.size > 0) throw errorOfRows(plan.what, refused);
  }

  /** The next stream is sent while the answers of the ones before are on their way; the lane bounds how many there are. */
  private async sendAll(plan: RowPlan, rows: readonly number[], round: Round): Promise<void> {
    const answers: Promise<void>[] = [];
    let next = 0;
    while (next < rows.length && round.fatal === undefined && round.broken === undefined) {
      const sent = await this.sendSome(plan, rows, next, { round, answers });
      if (sent === 0) break;
      next += sent;
    }
    await Promise.all(answers);
    for (; next < rows.length; next += 1) round.again.push(rows[next]!);
  }

  /** Gives how many rows a stream took; 0 when there is no stream to be had. */
  private async sendSome(plan: RowPlan, rows: readonly number[], from: number, { round, answers }: { round: Round; answers: Promise<void>[] }): Promise<number> {
    await this.lane.enter().catch((error: unknown) => {
      // What is on its way is not left without a reader.
      return Promise.allSettled(answers).then(() => Promise.reject(error as Error));
    });
    let target: Target;
    try {
      target = await this.way.ready(round.untilMs);
    } catch (error) {
      this.lane.leave();
      const failure = error as MeterlarkError;
      if (failure.class === 'retryable') round.broken = failure;
      else round.fatal = failure;
      return 0;
    }
    const stream = new OpenRowStream(target, plan, this.limits, new WireEncoder());
    answers.push(stream.result.then((result) => this.takeResult(plan, stream, result, round)).finally(() => this.lane.leave()));
    const sent = await stream.send(rows, from);
    this.context.metrics.sentBytes(stream.bytes);
    return sent;
  }

  private takeResult(plan: RowPlan, stream: OpenRowStream, { sent, failed, failure }: StreamResult, round: Round): void {
    const { metrics } = this.context;
    metrics.stored(plan.catalog, sent - failed.length);
    metrics.called(plan.method, failure === undefined ? 'ok' : meaningOfRows(failure));
    const fatal = failure !== undefined && this.isFatal(plan, stream, failure, round);
    const counts = new Map<string, number>();
    for (const { row, status } of failed) {
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (mayPass(status) && !(fatal && status === unanswered)) round.again.push(row);
    }
    for (const [status, rows] of counts) {
      metrics.notStored(status, rows);
      add(mayPass(status) ? round.passing : round.refused, status, rows);
    }
  }

  /** Tells the targets, and whether the error of a whole stream is for ever. */
  private isFatal(plan: RowPlan, { target, connection }: OpenRowStream, failure: NonNullable<StreamResult['failure']>, round: Round): boolean {
    const meaning = meaningOfRows(failure);
    const error = errorOf(failure, meaning, { what: plan.what, target: target.name, user: this.settings.user });
    if (meaning === 'away') this.way.away(target, connection);
    if (meaning === 'late') target.doubt();
    if (isPassing(meaning) || meaning === 'late') {
      round.broken = error;
      return false;
    }
    round.fatal = error;
    return true;
  }
}

const closedCode = banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED().code;

function lastError(what: string, { broken, passing }: Round): MeterlarkError {
  return broken ?? errorOfRows(what, passing);
}

function add(counts: Map<string, number>, status: string, rows: number): void {
  counts.set(status, (counts.get(status) ?? 0) + rows);
}
