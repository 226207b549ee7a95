/** Batches that wait for the store: numbered as they come, written in order, one at a time. */
import type { Delivery, Work } from './delivery.js';

/** As MetricWriteBatch and RecordWriteBatch. */
interface Batch<R> {
  readonly writer: string;
  readonly sequence: number;
  readonly rows: readonly R[];
}

export interface Parcel<R> {
  readonly rows: readonly R[];
  readonly count: number;
  /** About; 0 where nobody asks. */
  readonly bytes?: number;
}

interface Waiting<R> {
  readonly batch: Batch<R>;
  readonly count: number;
  readonly bytes: number;
}

export interface OutboxOptions<R> {
  readonly what: Work['what'];
  readonly delivery: Delivery;
  readonly target: { write(batch: Batch<R>): Promise<void> };
  /** New for every process. */
  readonly writer: string;
}

export class Outbox<R> {
  private readonly queue: Waiting<R>[] = [];
  private sequence = 0;
  private rows = 0;
  private bytes = 0;

  constructor(private readonly options: OutboxOptions<R>) {}

  /** Rows waiting, those of a write that is under way included. */
  get queuedRows(): number {
    return this.rows;
  }

  get queuedBytes(): number {
    return this.bytes;
  }

  add({ rows, count, bytes = 0 }: Parcel<R>): void {
    this.sequence += 1;
    this.queue.push({ batch: { writer: this.options.writer, sequence: this.sequence, rows }, count, bytes });
    this.rows += count;
    this.bytes += bytes;
  }

  /** Until nothing waits; what is added meanwhile included. */
  async drain(): Promise<void> {
    const { what, delivery, target } = this.options;
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      const { batch, count, bytes } = next;
      await delivery.deliver({ what, count, send: () => target.write(batch) });
      this.queue.shift();
      this.rows -= count;
      this.bytes -= bytes;
    }
  }
}
