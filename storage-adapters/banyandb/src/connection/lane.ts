import { banyanErrors } from '../errors.js';

/** Waiting calls of all lanes; one bound for them together. */
export interface WaitingRoom {
  waiting: number;
  readonly max: number;
}

/** Lets so many run at a time; others wait in order, bounded. */
export class Lane {
  private running = 0;
  private readonly queue: { readonly enter: () => void; readonly leave: (error: Error) => void }[] = [];
  private closed = false;

  constructor(
    private readonly parallel: number,
    private readonly room: WaitingRoom,
    private readonly onRefused: () => void,
  ) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** Pair it with `leave`. */
  enter(): Promise<void> {
    if (this.closed) return Promise.reject(banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED());
    if (this.running < this.parallel) {
      this.running += 1;
      return Promise.resolve();
    }
    if (this.room.waiting >= this.room.max) {
      this.onRefused();
      return Promise.reject(banyanErrors.METERLARK_STORAGE_BANYANDB_BUSY({ waiting: this.room.waiting }));
    }
    this.room.waiting += 1;
    return new Promise<void>((enter, leave) => this.queue.push({ enter, leave })).finally(() => {
      this.room.waiting -= 1;
    });
  }

  leave(): void {
    const next = this.queue.shift();
    if (next === undefined) this.running -= 1;
    else next.enter();
  }

  close(): void {
    this.closed = true;
    for (const { leave } of this.queue.splice(0)) leave(banyanErrors.METERLARK_STORAGE_BANYANDB_CLOSED());
  }
}
