/** One write stream: rows out under back-pressure, answers in to the end. */
import type { MethodName } from '../protocol/methods.js';
import type { RowAnswer } from '../protocol/decode-acks.js';
import type { WireEncoder } from '../protocol/wire-encoder.js';
import { CallFailure } from './calls.js';
import { stored, unanswered } from './row-statuses.js';
import type { RowStream, Target } from './target.js';

/** Rows of one object, by their places. */
export interface RowPlan {
  readonly method: MethodName;
  readonly what: string;
  readonly catalog: string;
  encode(out: WireEncoder, row: number, number: number): Buffer;
  decodeAnswer(bytes: Buffer): RowAnswer;
}

export interface StreamLimits {
  readonly rows: number;
  readonly bytes: number;
  readonly timeoutMs: number;
}

export interface StreamResult {
  readonly sent: number;
  /** Places of rows the server does not have, with what it said. */
  readonly failed: readonly { readonly row: number; readonly status: string }[];
  /** How the stream ended, when not well. */
  readonly failure: CallFailure | undefined;
}

/**
 * The server holds back the good answers until the client has ended its half; bad ones come at once. A row without an answer is failed
 * as UNANSWERED.
 */
export class OpenRowStream {
  /** Of the target, when it was opened. */
  readonly connection: number;
  readonly result: Promise<StreamResult>;
  bytes = 0;
  private readonly call: RowStream<RowAnswer>;
  private readonly statuses: (string | undefined)[] = [];
  private sent = 0;
  /** Known when all are sent. */
  private rows: readonly number[] | undefined;
  private failure: CallFailure | undefined;
  private isOver = false;
  private hasEnded = false;
  private wake: (() => void) | undefined;
  private finish!: (result: StreamResult) => void;

  constructor(
    readonly target: Target,
    private readonly plan: RowPlan,
    private readonly limits: StreamLimits,
    private readonly encoder: WireEncoder,
  ) {
    this.result = new Promise((resolve) => (this.finish = resolve));
    this.connection = target.connection;
    this.call = target.stream(plan.method, (bytes) => plan.decodeAnswer(bytes), limits.timeoutMs);
    this.listen();
  }

  /** Sends rows from this place of the list on, and gives how many it took. */
  async send(rows: readonly number[], from: number): Promise<number> {
    const most = Math.min(this.limits.rows, rows.length - from);
    try {
      while (this.sent < most && !this.isOver) {
        const message = this.plan.encode(this.encoder, rows[from + this.sent]!, this.sent + 1);
        if (this.sent > 0 && this.bytes + message.length > this.limits.bytes) break;
        this.bytes += message.length;
        this.sent += 1;
        if (!this.call.write(message)) await this.drained();
      }
      this.call.end();
    } catch (error) {
      this.call.cancel();
      throw error;
    } finally {
      this.rows = rows.slice(from, from + this.sent);
      this.settle();
    }
    return this.sent;
  }

  private listen(): void {
    const { call } = this;
    call.on('data', (answer: RowAnswer) => this.take(answer));
    call.on('drain', () => this.wake?.());
    // The status follows; without a listener an error would end the process.
    call.on('error', () => {});
    call.on('end', () => {
      this.hasEnded = true;
      this.settle();
    });
    call.on('status', ({ code, details }: { readonly code: number; readonly details: string }) => {
      if (code !== 0) this.failure = new CallFailure(code, details);
      this.isOver = true;
      this.wake?.();
      this.settle();
    });
  }

  private take({ number, status }: RowAnswer): void {
    if (number >= 1 && number <= this.sent) this.statuses[number - 1] = status;
  }

  private drained(): Promise<void> {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => (this.wake = resolve));
  }

  /** When everything is known: all is sent, the answers are read, the status is there. */
  private settle(): void {
    if (!this.isOver || !this.hasEnded || this.rows === undefined) return;
    this.target.ended(this.call as RowStream<never>);
    const failed: { row: number; status: string }[] = [];
    for (const [place, row] of this.rows.entries()) {
      const status = this.statuses[place] ?? unanswered;
      if (!stored.includes(status)) failed.push({ row, status });
    }
    this.finish({ sent: this.rows.length, failed, failure: this.failure });
  }
}
